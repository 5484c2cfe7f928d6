import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';
import { openTools } from './open-tools.ts';

/** A repository in which these files are staged, and nothing is committed. */
function staged(files: Readonly<Record<string, string | Uint8Array>>): TempRepository {
  const repository = tempRepository();
  repository.write(files);
  repository.git('add', '--all');
  return repository;
}
const read = async (repository: TempRepository, input: Record<string, unknown>) =>
  (await openTools(repository)).use('read_file', input);

const numbers = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('what is shown', () => {
  it('is what is staged, not what is in the working tree', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'committed\n', 'gone.ts': 'here\n' });
    repository.write({ 'a.ts': 'staged\n' });
    repository.git('add', 'a.ts');
    repository.git('rm', '--quiet', '--cached', 'gone.ts');
    repository.write({ 'a.ts': 'only in the working tree\n', 'untracked.ts': 'untracked\n' });
    const { use } = await openTools(repository);
    expect(await use('read_file', { path: 'a.ts' })).toBe('a.ts: lines 1-1 of 1\n1\tstaged');
    for (const path of ['untracked.ts', 'gone.ts'])
      expect(await use('read_file', { path })).toBe(
        `error: There is no file ${path}. list_files shows what there is.`,
      );
  });

  it('is what a hook is committing, whatever else is in the index', async () => {
    const repository = staged({ 'a.ts': 'in the index\n' });
    const other = join(repository.path, '.git', 'next-index');
    const env = { GIT_INDEX_FILE: other };
    repository.write({ 'b.ts': 'in the other index\n' });
    await repository.tryGit(['add', 'b.ts'], { env: { ...repository.env, ...env } });
    const { use } = await openTools(repository, { env });
    expect(await use('read_file', { path: 'b.ts' })).toContain('in the other index');
    expect(await use('read_file', { path: 'a.ts' })).toMatch(/^error: There is no file/);
    expect(await use('search', { pattern: 'in the' })).toBe('b.ts\n>1\tin the other index');
  });

  it('is what the last commit of a range has', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'first\n' });
    repository.commit({ 'a.ts': 'second\n' });
    repository.commit({ 'a.ts': 'third\n' });
    const { use } = await openTools(repository, { range: 'HEAD~2..HEAD~1' });
    expect(await use('read_file', { path: 'a.ts' })).toBe('a.ts: lines 1-1 of 1\n1\tsecond');
  });

  it('is the lines that are asked for, and says how to read on', async () => {
    const repository = staged({ 'a.ts': numbers(20) });
    expect(await read(repository, { path: 'a.ts', start_line: 4, end_line: 5 })).toBe(
      'a.ts: lines 4-5 of 20\n4\tline 4\n5\tline 5\n[To read on: start_line 6]',
    );
    expect(await read(repository, { path: './a.ts', start_line: 19, end_line: 50 })).toBe(
      'a.ts: lines 19-20 of 20\n19\tline 19\n20\tline 20',
    );
    expect(await read(repository, { path: 'a.ts', start_line: 21 })).toBe('error: a.ts has only 20 lines.');
    expect(await read(repository, { path: 'a.ts', start_line: 5, end_line: 4 })).toMatch(/comes before/);
    expect(await read(repository, { path: 'a.ts', start_line: 0 })).toMatch(
      /^error: .*\n- start_line: Too small/,
    );
  });

  it('of a long file is its beginning, cut at a line, with what shows the rest', async () => {
    const repository = staged({ 'a.ts': `${'x'.repeat(60)}\n`.repeat(5_000) });
    const shown = await read(repository, { path: 'a.ts' });
    expect(shown.length).toBeLessThan(30_300);
    const rows = shown.split('\n');
    expect(rows[0]).toBe('a.ts: lines 1-1000 of 5000');
    expect(rows.at(-2)).toMatch(/^\d+\tx{60}$/);
    expect(rows.at(-1)).toMatch(/^\[The last \d+ of \d+ characters are cut off\. To read on: start_line/);
    const next = Number(rows.at(-2)?.split('\t')[0]) + 1;
    expect(await read(repository, { path: 'a.ts', start_line: next, end_line: next })).toContain(
      `\n${next}\tx`,
    );
  });

  it('tells CRLF and a missing last newline, and shows the lines without', async () => {
    const repository = staged({ 'a.ts': 'one\r\ntwo\r\n', 'b.ts': 'one\ntwo', 'empty.ts': '' });
    expect(await read(repository, { path: 'a.ts' })).toBe(
      'a.ts: lines 1-2 of 2, CRLF line ends\n1\tone\n2\ttwo',
    );
    expect(await read(repository, { path: 'b.ts' })).toBe(
      'b.ts: lines 1-2 of 2, no newline at the end\n1\tone\n2\ttwo',
    );
    expect(await read(repository, { path: 'empty.ts' })).toBe('empty.ts is empty.');
  });

  it('of a line of a megabyte is its beginning', async () => {
    const repository = staged({ 'a.js': `short\n${'x'.repeat(999_000)}\nlast\n` });
    const shown = await read(repository, { path: 'a.js' });
    expect(shown).toBe(
      `a.js: lines 1-3 of 3\n1\tshort\n2\t${'x'.repeat(2_000)}… [997000 more characters]\n3\tlast`,
    );
  });

  it('of UTF-16 with a mark is its text', async () => {
    const bytes = Buffer.from('\ufeffone\r\ntwo\r\n', 'utf16le');
    expect(await read(staged({ 'a.txt': bytes }), { path: 'a.txt' })).toBe(
      'a.txt: lines 1-2 of 2, CRLF line ends\n1\tone\n2\ttwo',
    );
  });
});

describe('what is no text file', () => {
  it('a binary is said to be one', async () => {
    const repository = staged({ 'a.bin': Buffer.from('text\0text') });
    expect(await read(repository, { path: 'a.bin' })).toBe(
      'a.bin is binary (9 bytes). Its content is not shown.',
    );
  });

  it('a file over the limit is not read, and the model may go on', async () => {
    const { answer } = await openTools(staged({ 'a.ts': 'x'.repeat(200) }), { fileBytes: 100 });
    const { result, outcome } = await answer('read_file', { path: 'a.ts' });
    expect(outcome).toBe('failed');
    expect(result.content).toBe(
      'a.ts is larger than 100 bytes (limits.fileBytes). Its content is not shown.',
    );
  });

  it('a folder and a submodule are said to be that', async () => {
    const repository = staged({ 'src/a.ts': 'a\n' });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`);
    expect(await read(repository, { path: 'src' })).toBe('error: src is a folder: use list_files.');
    expect(await read(repository, { path: '.' })).toMatch(/is a folder/);
    expect(await read(repository, { path: 'vendor/lib' })).toMatch(/^vendor\/lib is a submodule/);
  });

  const targets = ['/etc/passwd', '.git/config', '../secret', 'src/a.ts', '/proc/self/environ'];
  for (const target of targets) {
    it(`a link to ${target} shows that, and nothing of what is there`, async () => {
      const repository = staged({ 'src/a.ts': 'content of a\n' });
      writeFileSync(join(repository.path, '..', 'secret'), 'content of the secret\n');
      symlinkSync(target, join(repository.path, 'link'));
      symlinkSync('src', join(repository.path, 'folder'));
      symlinkSync('/etc', join(repository.path, 'etc'));
      repository.git('add', '--all');
      const { use } = await openTools(repository);
      expect(await use('read_file', { path: 'link' })).toBe(
        `link is a symbolic link to "${target}". It is not followed.`,
      );
      for (const path of ['folder/a.ts', 'etc/passwd', 'link/x'])
        expect(await use('read_file', { path })).toMatch(/^error: There is no file/);
      expect(await use('list_files', { folder: 'etc' })).toMatch(/^error: etc is no folder/);
      expect(await use('search', { pattern: 'root', paths: ['etc/**', 'link'] })).toBe('No line matches.');
    });
  }
});

describe('paths', () => {
  const outside = [
    '/etc/passwd',
    '/proc/self/environ',
    '../repository/a.ts',
    'src/../a.ts',
    '.git/config',
    './.git/config',
    '.GIT/HEAD',
    'a.ts\0',
  ];
  for (const path of outside) {
    it(`${JSON.stringify(path)} is refused, by every tool that takes one`, async () => {
      const { answer } = await openTools(staged({ 'a.ts': 'a\n' }));
      for (const [tool, input] of [
        ['read_file', { path }],
        ['list_files', { folder: path }],
        ['list_files', { glob: path }],
        ['search', { pattern: 'a', paths: [path] }],
        ['history', { what: 'log', path }],
        ['file_diff', { path }],
      ] as const) {
        expect((await answer(tool, input)).decision?.decision).toBe('deny');
      }
    });
  }

  it('that break a line or are no UTF-8 are shown so that they can be asked for', async () => {
    const repository = tempRepository();
    const oid = repository.git('hash-object', '-w', '/dev/null');
    const names = ['d/n\nl.ts', 'caf\xe9.ts', 'tab\t.ts', '"quoted".ts', '-rf.ts'];
    const entries = names.map((name) => `100644 ${oid}\t${name}\0`).join('');
    await repository.tryGit(['update-index', '-z', '--index-info'], {
      stdin: Buffer.from(entries, 'latin1'),
    });
    const { use } = await openTools(repository);
    const listed = (await use('list_files', { depth: 2 })).split('\n');
    expect(listed).toEqual([
      '"\\"quoted\\".ts"',
      '-rf.ts',
      '"caf\\udce9.ts"',
      'd/',
      '"d/n\\nl.ts"',
      '"tab\\t.ts"',
    ]);
    for (const name of listed.filter((one) => one !== 'd/')) {
      const path = name.startsWith('"') ? JSON.parse(name) : name;
      expect(await use('read_file', { path })).toBe(`${name} is empty.`);
    }
  });
});
