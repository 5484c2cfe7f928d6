import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { createObjectReader } from '../../src/git/object-reader.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { openGit } from './open-git.ts';

/** Writes blobs; answers their ids. */
function writeBlobs({ path, env }: TempRepository, contents: readonly Buffer[]): string[] {
  const input = contents.flatMap((content, index) => [
    Buffer.from(`blob\nmark :${index + 1}\ndata ${content.length}\n`),
    content,
    Buffer.from(`\nget-mark :${index + 1}\n`),
  ]);
  const output = execFileSync(
    'git',
    ['-c', 'core.fsync=none', '-c', 'core.compression=0', 'fast-import', '--quiet'],
    {
      cwd: path,
      env,
      input: Buffer.concat(input),
    },
  );
  return output.toString().trim().split('\n');
}

const loose = ({ path }: TempRepository, oid: string) =>
  join(path, '.git/objects', oid.slice(0, 2), oid.slice(2));

describe('contents', () => {
  const header = `${'0'.repeat(40)} blob 5\nhello\n`;
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one newline', Buffer.from('\n')],
    ['newlines at both ends', Buffer.from('\n\na\n\n')],
    ['what looks like a header', Buffer.from(header.repeat(3))],
    ['what looks like an answer to a missing object', Buffer.from(`${'0'.repeat(40)} missing\n`)],
    ['NUL and other bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['as much as a pipe holds', randomBytes(65_536)],
    ['20 MB', randomBytes(20_000_000)],
  ])('%s', async (_, content) => {
    const repository = tempRepository();
    const [before = '', oid = '', after = ''] = writeBlobs(repository, [
      Buffer.from('1'),
      content,
      Buffer.from('2'),
    ]);
    const { reader } = await openGit(repository);
    const read = await Promise.all([before, oid, after].map((name) => reader.read(name)));
    expect(read.map((bytes) => bytes.length)).toEqual([1, content.length, 1]);
    expect(read[1]?.equals(content)).toBe(true);
    expect(await reader.info(oid)).toEqual({ oid, type: 'blob', size: content.length });
  });

  it('5,000 of them asked for at once come each to whom it belongs, with missing ones between', async () => {
    const repository = tempRepository();
    const contents = Array.from({ length: 5000 }, (_, index) => Buffer.from(`${index}\n`.repeat(index % 50)));
    const oids = writeBlobs(repository, contents);
    const { reader } = await openGit(repository);
    const missing = 'f'.repeat(40);
    const asked = oids.map((oid, index) =>
      index % 10 === 0 ? reader.read(missing).catch((error: unknown) => error) : reader.read(oid),
    );
    const infos = oids.map((oid, index) => reader.info(index % 10 === 0 ? missing : oid));
    for (const [index, answer] of (await Promise.all(asked)).entries()) {
      if (index % 10 === 0) expect(answer).toBeInstanceOf(CodeAgentError);
      else expect(answer).toEqual(contents[index]);
    }
    for (const [index, info] of (await Promise.all(infos)).entries()) {
      expect(info).toEqual(
        index % 10 === 0 ? null : { oid: oids[index], type: 'blob', size: contents[index]?.length },
      );
    }
  });

  it('in a sha256 repository', async () => {
    const repository = tempRepository('--object-format=sha256');
    const [oid = ''] = writeBlobs(repository, [Buffer.from('a\n')]);
    const { reader } = await openGit(repository);
    expect(oid).toHaveLength(64);
    expect((await reader.read(oid)).toString()).toBe('a\n');
  });
});

describe('an object that is not there', () => {
  it('has no info, and its content rejects: exit 3', async () => {
    const { reader } = await openGit(tempRepository());
    const oid = '1'.repeat(40);
    expect(await reader.info(oid)).toBeNull();
    await expect(reader.read(oid)).rejects.toMatchObject({
      exitCode: 3,
      message: `the object ${oid} is missing`,
    });
  });

  it.each([
    '',
    ' ',
    'HEAD HEAD',
    'main\nmain',
    'main\0',
    'é',
    '-x',
    `${'1'.repeat(40)} blob 5`,
    'a'.repeat(100_000),
    ':(top)',
  ])('%#: a name that names nothing has no info; the next one has', async (name) => {
    const repository = tempRepository();
    const commit = repository.commit({ a: 'one\n' });
    const { reader } = await openGit(repository);
    expect(await reader.info(name)).toBeNull();
    expect(await reader.info('main^{commit}')).toMatchObject({ oid: commit, type: 'commit' });
  });

  it('is not fetched', async () => {
    const origin = tempRepository();
    origin.commit({ a: 'one\n' });
    origin.git('config', 'uploadpack.allowFilter', 'true');
    const path = join(tempFolder(), 'partial');
    origin.git('clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${origin.path}`, path);
    const { reader } = await openGit({ path, env: origin.env });
    expect(await reader.info('HEAD^{tree}')).not.toBeNull();
    await expect(reader.read(origin.git('rev-parse', 'HEAD:a'))).rejects.toMatchObject({ exitCode: 3 });
  });
});

it('asks a git without --batch-command (before 2.36) through two processes', async () => {
  const repository = tempRepository();
  const [large = '', small = ''] = writeBlobs(repository, [randomBytes(50_000), Buffer.from('a\n')]);
  const real = process.env['PATH'];
  const folder = tempFolder();
  const refusal = "error: unknown option `batch-command'";
  const script = `#!/bin/sh\nPATH='${real}'\nfor last; do :; done\nif test "$last" = --batch-command\nthen echo '${refusal.replaceAll("'", "'\\''")}' >&2; exit 129; else exec git "$@"; fi\n`;
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
  const { reader } = await openGit(repository, { PATH: `${folder}:${real}` });
  const [first, second, missing] = await Promise.all([
    reader.read(large),
    reader.info(small),
    reader.info('HEAD'),
  ]);
  expect(first).toHaveLength(50_000);
  expect(second).toEqual({ oid: small, type: 'blob', size: 2 });
  expect(missing).toBeNull();
  expect((await reader.read(small)).toString()).toBe('a\n');
});

describe('no question hangs', () => {
  const busy = async () => {
    const repository = tempRepository();
    const [large = '', small = ''] = writeBlobs(repository, [randomBytes(5_000_000), Buffer.from('a\n')]);
    return { repository, large, small, git: await openGit(repository) };
  };

  it('when the reader is closed while some wait: they reject, and so does each later one', async () => {
    const { git, large, small } = await busy();
    const { reader } = git;
    await reader.info(small);
    const waiting = [reader.read(large), reader.read(small), reader.info(large)].map((answer) =>
      answer.then(
        () => 'answered',
        (error: unknown) => error,
      ),
    );
    reader.close();
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ exitCode: 3, message: 'the reader of objects was closed' });
    }
    await expect(reader.read(small)).rejects.toBeInstanceOf(CodeAgentError);
    await expect(reader.info(small)).rejects.toBeInstanceOf(CodeAgentError);
    reader.close();
  });

  it('when it is closed before anything was asked', async () => {
    const { reader } = await openGit(tempRepository());
    reader.close();
    await expect(reader.info('HEAD')).rejects.toBeInstanceOf(CodeAgentError);
    await expect(reader.read('f'.repeat(40))).rejects.toBeInstanceOf(CodeAgentError);
  });

  it('when git is killed in the middle of an answer', async () => {
    const repository = tempRepository();
    const [large = '', small = ''] = writeBlobs(repository, [randomBytes(5_000_000), Buffer.from('a\n')]);
    const real = process.env['PATH'];
    const folder = tempFolder();
    const script = `#!/bin/sh\nPATH='${real}'\nfor last; do :; done\nif test "$last" = --batch-command\nthen git "$@" | head -c 100000; kill -9 $$\nelse exec git "$@"; fi\n`;
    writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
    const { reader } = await openGit(repository, { PATH: `${folder}:${real}` });
    const answers = [reader.read(large), reader.read(small)].map((answer) =>
      answer.catch((error: unknown) => error),
    );
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ exitCode: 3 });
    await expect(reader.read(small)).rejects.toMatchObject({ exitCode: 3 });
    await expect(reader.info(small)).rejects.toMatchObject({ exitCode: 3 });
  });

  it('when an object is damaged: it rejects, with its id', async () => {
    const repository = tempRepository();
    repository.write({ a: randomBytes(10_000) });
    repository.git('add', 'a');
    const oid = repository.git('rev-parse', ':a');
    const file = loose(repository, oid);
    chmodSync(file, 0o644);
    truncateSync(file, readFileSync(file).length - 20);
    const { reader } = await openGit(repository);
    const error = await reader.read(oid).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining(oid) });
  });

  it('when the repository is gone', async () => {
    const { repository } = await openGit(tempRepository());
    const call = { ...repository.call, cwd: `${repository.gitDir}/gone` };
    const reader = createObjectReader(call);
    await expect(reader.info('HEAD')).rejects.toBeInstanceOf(CodeAgentError);
  });
});
