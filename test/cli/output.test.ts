import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer } from '../support/model-script.ts';
import { CLI, run, type TempRepository, tempRepository } from '../support/temp-repository.ts';

function withStaged(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'kept.ts': 'export {};\n' });
  repository.write({ 'a.ts': 'export const a = 1;\n' });
  repository.git('add', '.');
  return repository;
}

const withModel = ({ env }: TempRepository, server: ModelServer) => ({
  env: { ...env, ANTHROPIC_API_KEY: 'sk-test-0123456789', ANTHROPIC_BASE_URL: server.baseUrl },
});

describe('--output', () => {
  it.each([
    ['in a folder that is not there', '/nonexistent/x', 'ENOENT'],
    ['that is a folder', 'folder', 'EISDIR'],
    ['below a file', 'a.ts/x', 'ENOTDIR'],
  ])('a file %s is refused before a model is asked', async (_, file, code) => {
    const repository = withStaged();
    mkdirSync(join(repository.path, 'folder'));
    const server = await startAnthropicServer([]);
    for (const command of ['review', 'change', 'baseline']) {
      const ran = await repository.codeAgent([command, '--output', file], withModel(repository, server));
      expect(ran).toEqual({
        code: 2,
        stdout: '',
        stderr: `code-agent: --output: ${file} cannot be written (${code})\n`,
      });
    }
    expect(server.requests).toEqual([]);
  });

  it('what is there stays when the review then fails, and nothing comes where nothing was', async () => {
    const repository = withStaged();
    const { path } = repository;
    writeFileSync(join(path, 'kept.txt'), 'kept');
    symlinkSync('nowhere', join(path, 'link'));
    for (const output of ['kept.txt', 'link', 'new.txt'])
      expect((await repository.codeAgent(['review', 'no-commit', '--output', output])).code).toBe(2);
    expect(readFileSync(join(path, 'kept.txt'), 'utf8')).toBe('kept');
    expect(readdirSync(path).sort()).toEqual(['.git', 'a.ts', 'kept.ts', 'kept.txt', 'link']);
  });

  it('takes the place of a longer file', async () => {
    const repository = withStaged();
    const file = join(repository.path, 'out.json');
    writeFileSync(file, ' '.repeat(100_000));
    for (const args of [['change'], ['review', '--format', 'json']]) {
      await repository.codeAgent([...args, '--output', 'out.json']);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 1 });
      expect(readFileSync(file).length).toBeLessThan(10_000);
    }
  });

  it('a named pipe gives its reader the whole report', async () => {
    const { path, env } = withStaged();
    const script = 'mkfifo pipe && { cat pipe & } && "$0" "$1" change --output pipe && wait';
    const { stdout } = await run('sh', ['-c', script, process.execPath, CLI], { cwd: path, env });
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'a.ts' }] });
  });

  it('a disk that is full is said in one line', async () => {
    const repository = withStaged();
    for (const command of ['review', 'change'])
      expect(await repository.codeAgent([command, '--output', '/dev/full'])).toEqual({
        code: 3,
        stdout: '',
        stderr: 'code-agent: --output: /dev/full cannot be written (ENOSPC)\n',
      });
  });
});

describe('stdout', () => {
  const COMMANDS = [['review', '--format', 'json'], ['review'], ['change'], ['config'], ['--help']];

  it.each(COMMANDS)('that nobody reads ends it as SIGPIPE does: %s', async (...args) => {
    const { path, env } = withStaged();
    const child = spawn(process.execPath, [CLI, ...args], { cwd: path, env });
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });

  it('that is read to the first line ends it as SIGPIPE does', async () => {
    const repository = withStaged();
    repository.write({ 'a.ts': 'export const a = 1;\n'.repeat(50_000) });
    repository.git('add', '.');
    const script = '"$0" "$1" change | head -n 1 >/dev/null';
    const ran = await run('bash', ['-o', 'pipefail', '-c', script, process.execPath, CLI], {
      cwd: repository.path,
      env: repository.env,
    });
    expect(ran).toEqual({ code: 141, stdout: '', stderr: '' });
  });

  it('and stderr, when an error is told to nobody', async () => {
    const { path, env } = withStaged();
    const child = spawn(process.execPath, [CLI, 'review', 'no-commit'], { cwd: path, env });
    child.stderr.destroy();
    expect(await once(child, 'close')).toEqual([141, null]);
  });

  it.each(COMMANDS)('on a disk that is full is said in one line: %s', async (...args) => {
    const { path, env } = withStaged();
    const ran = await run('sh', ['-c', 'exec "$0" "$@" >/dev/full', process.execPath, CLI, ...args], {
      cwd: path,
      env,
    });
    expect(ran).toEqual({
      code: 3,
      stdout: '',
      stderr: 'code-agent: the output cannot be written (ENOSPC)\n',
    });
  });
});
