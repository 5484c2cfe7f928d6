import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath } from '../../src/change/path.ts';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { WorkFileError } from '../../src/tools/work-file-error.ts';
import { openWorkFiles, UNFINISHED_WRITES, type WorkFilesOptions } from '../../src/worktree/work-files.ts';
import { run, tempFolder } from '../support/temp-repository.ts';
import { everythingIn, SECRET, workPlace } from './work-place.ts';

const NO_OLD: readonly unknown[] = [];
const modeOf = (file: string): number => statSync(file).mode & 0o7777;
const index = (backup: string): unknown[] =>
  existsSync(join(backup, 'index.jsonl'))
    ? readFileSync(join(backup, 'index.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
    : [];

async function open(options: Partial<WorkFilesOptions> = {}) {
  const place = workPlace();
  const { folder, backup } = place;
  const files = await openWorkFiles({ folder, backup, maxBytes: 1_000, ...options });
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  return { ...place, files, read, entries: (path = '.') => readdirSync(join(folder, path)).sort() };
}

describe.each([
  ['with descriptors', undefined],
  ['by paths alone, as where the system shows no descriptors', null],
])('%s', (_, descriptors) => {
  const opened = (options: Partial<WorkFilesOptions> = {}) =>
    open(descriptors === undefined ? options : { descriptors, ...options });

  it('reads files, and knows what is not there', async () => {
    const { files, folder } = await opened();
    writeFileSync(join(folder, 'empty'), '');
    expect((await files.read('src/a.ts'))?.toString()).toBe('a\n');
    expect(await files.read('empty')).toEqual(Buffer.alloc(0));
    expect(await files.read('b.ts')).toBeNull();
    expect(await files.read('no/such/folder/b.ts')).toBeNull();
    expect(await files.isExecutable('no/such/folder/b.ts')).toBe(false);
  });

  it('writes what is new, with its folders, and replaces what is there', async () => {
    const { files, read, entries, backup } = await opened();
    await files.write('new/deep/b.ts', Buffer.from('b\n'));
    await files.write('src/a.ts', Buffer.from('other\n'));
    expect([read('new/deep/b.ts'), read('src/a.ts')]).toEqual(['b\n', 'other\n']);
    expect([entries('new/deep'), entries('src')]).toEqual([['b.ts'], ['a.ts']]);
    expect(index(backup)).toMatchObject([{ path: 'src/a.ts', bytes: 2 }]);
  });

  it('makes files as the umask says, and keeps or changes whether one may be run', async () => {
    const { files, folder } = await opened();
    const umask = 0o777 & ~process.umask();
    const at = (name: string) => join(folder, name);
    await files.write('plain', Buffer.from('1'));
    await files.write('tool', Buffer.from('1'), { executable: true });
    expect([modeOf(at('plain')), modeOf(at('tool'))]).toEqual([0o666 & umask, 0o777 & umask]);
    await files.write('tool', Buffer.from('2'));
    expect(modeOf(at('tool'))).toBe(0o777 & umask);
    await files.write('tool', Buffer.from('3'), { executable: false });
    expect(modeOf(at('tool'))).toBe(0o666 & umask);
    chmodSync(at('plain'), 0o640);
    await files.write('plain', Buffer.from('2'));
    expect(modeOf(at('plain'))).toBe(0o640);
    await files.write('plain', Buffer.from('2'), { executable: true });
    expect(modeOf(at('plain'))).toBe(0o750);
    expect([await files.isExecutable('plain'), await files.isExecutable('tool')]).toEqual([true, false]);
  });

  it('does not keep what would run a file as its owner', async () => {
    const { files, folder } = await opened();
    chmodSync(join(folder, 'src/a.ts'), 0o6755);
    await files.write('src/a.ts', Buffer.from('x'));
    expect(modeOf(join(folder, 'src/a.ts'))).toBe(0o755);
  });

  it('removes files, and the folders that are empty then', async () => {
    const { files, folder, entries } = await opened();
    mkdirSync(join(folder, 'one/two'), { recursive: true });
    writeFileSync(join(folder, 'one/two/x'), 'x');
    writeFileSync(join(folder, 'one/y'), 'y');
    await files.remove('one/two/x');
    expect(entries('one')).toEqual(['y']);
    await files.remove('one/y');
    await files.remove('src/a.ts');
    await files.remove('README.md');
    expect(entries()).toEqual(['.git']);
  });

  it('moves files with their mode, and takes what was empty or is away', async () => {
    const { files, folder, read, entries, backup } = await opened();
    chmodSync(join(folder, 'src/a.ts'), 0o755);
    await files.move('src/a.ts', 'lib/deep/b.ts');
    expect([entries(), read('lib/deep/b.ts')]).toEqual([['.git', 'README.md', 'lib'], 'a\n']);
    expect(modeOf(join(folder, 'lib/deep/b.ts'))).toBe(0o755);
    expect(index(backup)).toEqual(NO_OLD);
    await expect(files.move('lib/deep/b.ts', 'README.md')).rejects.toThrow(
      'There is something at README.md already.',
    );
    await expect(files.move('lib/deep/b.ts', 'lib/deep/b.ts')).rejects.toThrow(/something at/);
    await expect(files.move('lib/deep/b.ts', 'lib/deep/b.ts/c')).rejects.toThrow(/is a file, not a folder/);
    await expect(files.move('no.ts', 'other/no.ts')).rejects.toThrow('There is no file no.ts.');
    expect(entries()).toEqual(['.git', 'README.md', 'lib']);
    await files.move('lib/deep/b.ts', 'lib/deep/c.ts');
    expect(entries('lib/deep')).toEqual(['c.ts']);
  });

  it('replaces a file under one of its names, and leaves it under the others', async () => {
    const { files, folder, outside, read } = await opened();
    linkSync(join(outside, 'canary.txt'), join(folder, 'src/hard.txt'));
    await files.write('src/hard.txt', Buffer.from('mine'));
    expect([read('src/hard.txt'), readFileSync(join(outside, 'canary.txt'), 'utf8')]).toEqual([
      'mine',
      SECRET,
    ]);
    expect(statSync(join(outside, 'canary.txt')).nlink).toBe(1);
  });

  it('moves nothing over another name of the same file', async () => {
    const { files, folder, read } = await opened();
    linkSync(join(folder, 'src/a.ts'), join(folder, 'src/A.ts'));
    await expect(files.move('src/a.ts', 'src/A.ts')).rejects.toThrow(/something at/);
    expect([read('src/a.ts'), read('src/A.ts')]).toEqual(['a\n', 'a\n']);
  });

  it('keeps what is overwritten or removed, for its owner alone, and goes on counting', async () => {
    const { files, folder, backup } = await opened();
    chmodSync(join(folder, 'src/a.ts'), 0o755);
    await files.write('src/a.ts', Buffer.from('second'));
    await files.write('src/a.ts', Buffer.from('third'));
    await files.remove('src/a.ts');
    const again = await openWorkFiles({ folder, backup, maxBytes: 1_000 });
    await again.remove('README.md');
    expect(modeOf(backup)).toBe(0o700);
    const contents = ['a\n', 'second', 'third', 'read me\n'];
    expect(index(backup)).toEqual(
      contents.map((content, at) => ({
        file: `00000${at + 1}`,
        path: at < 3 ? 'src/a.ts' : 'README.md',
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        executable: at < 3,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      })),
    );
    for (const [at, content] of contents.entries()) {
      expect(readFileSync(join(backup, `00000${at + 1}`), 'utf8')).toBe(content);
      expect(modeOf(join(backup, `00000${at + 1}`))).toBe(0o600);
    }
    expect(modeOf(join(backup, 'index.jsonl'))).toBe(0o600);
  });

  it('changes nothing when the old bytes cannot be kept', async () => {
    const { files, backup, read, entries } = await opened();
    rmSync(backup, { recursive: true });
    writeFileSync(backup, 'in the way');
    for (const change of [() => files.write('src/a.ts', Buffer.from('x')), () => files.remove('src/a.ts')])
      await expect(change()).rejects.toThrow(CodeAgentError);
    expect([read('src/a.ts'), entries('src')]).toEqual(['a\n', ['a.ts']]);
  });

  it('leaves files alone that are too large, but for moves', async () => {
    const { files, folder, backup, entries } = await opened({ maxBytes: 10 });
    writeFileSync(join(folder, 'large'), 'x'.repeat(11));
    writeFileSync(join(folder, 'fits'), 'x'.repeat(10));
    const before = everythingIn(folder);
    for (const attempt of [
      () => files.read('large'),
      () => files.write('large', Buffer.from('small')),
      () => files.remove('large'),
    ])
      await expect(attempt()).rejects.toThrow('large has more than 10 bytes: too much.');
    await expect(files.write('new/x', Buffer.alloc(11))).rejects.toThrow('would have more than 10 bytes');
    expect(everythingIn(folder)).toEqual(before);
    expect(index(backup)).toEqual(NO_OLD);
    expect((await files.read('fits'))?.length).toBe(10);
    await files.move('large', 'larger');
    expect(entries()).toContain('larger');
  });

  it('takes folders away again that it made for a file that cannot be written', async () => {
    const { files, folder, entries } = await opened();
    symlinkSync('/', join(folder, 'src/link'));
    await expect(files.write('new/deep/.git/x', Buffer.from('x'))).rejects.toThrow(WorkFileError);
    await expect(files.move('src/link', 'new/deep/x')).rejects.toThrow(WorkFileError);
    mkdirSync(join(folder, 'there/folder'), { recursive: true });
    await expect(files.move('src/a.ts', 'there/folder')).rejects.toThrow(/something at/);
    await expect(
      files.write(`new/deep/${'x'.repeat(255)}/${'y'.repeat(256)}`, Buffer.from('x')),
    ).rejects.toThrow(WorkFileError);
    expect(entries()).toEqual(['.git', 'README.md', 'src', 'there']);
    expect(entries('there/folder')).toEqual([]);
  });

  it('knows names that are no UTF-8', async () => {
    const { files, folder, backup } = await opened();
    const name = Buffer.from([0x66, 0xff, 0xc3, 0xa9]);
    const path = decodePath(name);
    await files.write(path, Buffer.from('1'));
    await files.write(path, Buffer.from('2'));
    expect((await files.read(path))?.toString()).toBe('2');
    expect(readdirSync(folder, { encoding: 'buffer' }).some((entry) => entry.equals(name))).toBe(true);
    expect(index(backup)).toMatchObject([{ path }]);
    await files.move(path, 'plain');
    expect((await files.read('plain'))?.toString()).toBe('2');
  });

  it('is the files of the folder that it was opened for, whatever is there later', async () => {
    const { files, folder, outside } = await opened();
    renameSync(folder, `${folder}-moved`);
    await expect(files.read('README.md')).rejects.toThrow(CodeAgentError);
    mkdirSync(folder);
    await expect(files.write('README.md', Buffer.from('x'))).rejects.toThrow(/is another one by now/);
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    await expect(files.write('canary.txt', Buffer.from('x'))).rejects.toThrow(CodeAgentError);
    expect(readdirSync(outside).sort()).toEqual(['canary.txt', 'src']);
  });

  it('does many things at the same time', async () => {
    const { files, backup, entries } = await opened();
    const names = Array.from({ length: 40 }, (_, number) => `many/${number % 4}/${number}`);
    await Promise.all(names.map((name) => files.write(name, Buffer.from(name))));
    await Promise.all(names.map((name) => files.write(name, Buffer.from('second'))));
    expect(new Set(index(backup).map((entry) => JSON.stringify(entry))).size).toBe(40);
    expect(readdirSync(backup)).toHaveLength(41);
    expect(entries('many/1')).toHaveLength(10);
  });

  it('holds any bytes', async () => {
    const { files } = await opened();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1_000 }), async (bytes) => {
        await files.write('any', Buffer.from(bytes));
        expect(await files.read('any')).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });
});

describe('opening', () => {
  it('refuses a folder for backups that a model would reach, and one behind a link', async () => {
    const { folder, outside, backup } = workPlace();
    const maxBytes = 10;
    for (const inside of [folder, join(folder, 'backup'), join(folder, '..', 'work', 'src')])
      await expect(openWorkFiles({ folder, backup: inside, maxBytes })).rejects.toThrow(TypeError);
    symlinkSync(join(folder, 'src'), join(outside, 'link'));
    await expect(openWorkFiles({ folder, backup: join(outside, 'link'), maxBytes })).rejects.toThrow(
      TypeError,
    );
    symlinkSync(folder, join(outside, 'other-name'));
    const within = join(outside, 'other-name/src/backup');
    await expect(openWorkFiles({ folder, backup: within, maxBytes })).rejects.toThrow(TypeError);
    chmodSync(backup, 0o755);
    await openWorkFiles({ folder, backup, maxBytes });
    expect(modeOf(backup)).toBe(0o700);
  });

  it('needs the worktree', async () => {
    const folder = tempFolder();
    const options = { folder: join(folder, 'no'), backup: join(folder, 'backup'), maxBytes: 10 };
    await expect(openWorkFiles(options)).rejects.toThrow(CodeAgentError);
  });

  it('works in a folder that is reached through a link', async () => {
    const { folder, backup, outside } = workPlace();
    symlinkSync(folder, join(outside, 'link'));
    const files = await openWorkFiles({ folder: join(outside, 'link'), backup, maxBytes: 10 });
    await files.write('src/b', Buffer.from('b'));
    expect(readFileSync(join(folder, 'src/b'), 'utf8')).toBe('b');
  });
});

it('no descriptor stays open', async () => {
  const { files, folder } = await open();
  symlinkSync('/', join(folder, 'link'));
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 50; round += 1) {
    await files.write('x/y/z', Buffer.from('z'));
    await files.write('link/x', Buffer.from('z')).catch(() => undefined);
    await files.write('README.md/x', Buffer.from('z')).catch(() => undefined);
    await files.read('x/y/no/z');
    await files.move('x/y/z', 'z');
    await files.move('z', 'README.md').catch(() => undefined);
    await files.remove('z');
  }
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});

describe('a write that fails', () => {
  const program = join(import.meta.dirname, 'failing-write.ts');
  const runProgram = (shell: string, ...args: string[]) =>
    run('sh', ['-c', shell, 'sh', process.execPath, 'scripts/run.mjs', program, ...args], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env['PATH'] },
    });

  it('by a limit leaves the old file and nothing else', async () => {
    const { folder, backup } = workPlace();
    const before = everythingIn(folder);
    // Blocks of 512 bytes: one megabyte.
    const ran = await runProgram('ulimit -f 2048; exec "$@"', folder, backup, '3000000');
    expect(ran).toEqual({
      code: 0,
      stdout: 'WorkFileError: src/a.ts cannot be written: it is too large.\n',
      stderr: '',
    });
    expect(everythingIn(folder)).toEqual(before);
  });

  it('by a full disk leaves the old file and nothing else', async ({ skip }) => {
    const { folder, backup } = workPlace();
    const inMounts =
      'exec unshare --mount --map-root-user sh -c \'mount -t tmpfs -o size=256k none "$0" && mkdir "$0/src" && echo a > "$0/src/a.ts" && "$@"; code=$?; ls -A "$0" "$0/src"; cat "$0/src/a.ts"; exit $code\'';
    const ran = await runProgram(`${inMounts} '${folder}' "$@"`, folder, backup, '600000');
    if (/unshare|mount/.test(ran.stderr)) skip('no name space of mounts can be made here');
    expect(ran.stderr).toBe('');
    expect(ran.stdout.split('\n')).toEqual([
      'WorkFileError: src/a.ts cannot be written: the disk is full.',
      ...[`${folder}:`, 'src', '', `${folder}/src:`, 'a.ts', 'a', ''],
    ]);
  });
});

it('what a killed write leaves has a name that can be told', async () => {
  const { files, folder, entries } = await open({ maxBytes: 50_000_000 });
  const pattern = new RegExp(`^${UNFINISHED_WRITES.replaceAll('.', '\\.').replace('*', '[0-9a-f]+')}$`);
  const writing = files.write('src/large', Buffer.alloc(50_000_000));
  const seen = new Set<string>();
  let done = false;
  void writing.then(() => {
    done = true;
  });
  while (!done) {
    for (const name of entries('src')) seen.add(name);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const others = [...seen].filter((name) => !['a.ts', 'large'].includes(name));
  expect(others).toHaveLength(1);
  expect(others[0]).toMatch(pattern);
  expect(entries('src')).toEqual(['a.ts', 'large']);
  expect(statSync(join(folder, 'src/large')).size).toBe(50_000_000);
});
