import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWorkTools } from './work-tools.ts';

it('makes a file, and the folders on the way', async () => {
  const tools = await openWorkTools();
  expect(await tools.use('write_file', { path: 'src/deep/a.ts', content: 'a\nb' })).toBe(
    'src/deep/a.ts is new: 2 lines.',
  );
  expect(tools.read('src/deep/a.ts')).toBe('a\nb');
  expect(tools.isExecutable('src/deep/a.ts')).toBe(false);
  expect(tools.changes()).toBe(1);
  expect(await tools.use('write_file', { path: './/empty', content: '' })).toBe('empty is new: 0 lines.');
});

it('replaces a file, says that it was there, and keeps whether it may be run', async () => {
  const tools = await openWorkTools({ 'run.sh': 'echo a\necho b\n', 'data.bin': Buffer.of(0, 1, 2) });
  tools.makeExecutable('run.sh');
  expect(await tools.use('write_file', { path: 'run.sh', content: 'echo c\n' })).toBe(
    'run.sh was there, and is replaced: 1 line, before 2 lines.',
  );
  expect([tools.read('run.sh'), tools.isExecutable('run.sh')]).toEqual(['echo c\n', true]);
  expect(await tools.use('write_file', { path: 'data.bin', content: 'x\n' })).toBe(
    'data.bin was there, and is replaced: 1 line, before 3 bytes.',
  );
});

it('sets and takes away that it may be run', async () => {
  const tools = await openWorkTools({ a: 'a\n' });
  const use = (executable: boolean) => tools.use('write_file', { path: 'a', content: 'a\n', executable });
  expect(await use(false)).toBe('a is so already: nothing was changed.');
  expect(await use(true)).toMatch(/^a was there/);
  expect(tools.isExecutable('a')).toBe(true);
  expect(await use(true)).toBe('a is so already: nothing was changed.');
  await use(false);
  expect(tools.isExecutable('a')).toBe(false);
  await tools.use('write_file', { path: 'new', content: '#!/bin/sh\n', executable: true });
  expect(tools.isExecutable('new')).toBe(true);
  expect(tools.changes()).toBe(3);
});

it('writes nothing when it is so already', async () => {
  const tools = await openWorkTools({ a: 'a\n' });
  expect(await tools.use('write_file', { path: 'a', content: 'a\n' })).toBe(
    'a is so already: nothing was changed.',
  );
  expect(tools.changes()).toBe(0);
});

it('says what the line ends were', async () => {
  const tools = await openWorkTools({ a: 'a\r\nb\r\n', b: 'b' });
  expect(await tools.use('write_file', { path: 'a', content: 'x\ny\n' })).toBe(
    'a was there, and is replaced: 2 lines, before 2 lines. Its line ends were CRLF.',
  );
  expect(await tools.use('write_file', { path: 'b', content: 'x\ny\n' })).toBe(
    'b was there, and is replaced: 2 lines, before 1 line.',
  );
});

it('is refused where there is a folder, where a file is too large, and out of the worktree', async () => {
  const tools = await openWorkTools({ 'src/a': 'a' }, { maxBytes: 100 });
  mkdirSync(join(tools.folder, '.git'));
  const use = (path: string, content = 'x') => tools.use('write_file', { path, content });
  expect(await use('src')).toBe('error: src is a folder.');
  expect(await use('src/a/b')).toBe('error: src/a is a file, not a folder.');
  expect(await use('big', 'x'.repeat(101))).toBe('error: big would have more than 100 bytes: too much.');
  expect(await use('../x')).toBe('error: ../x leaves its folder by "..".');
  expect(await use('/tmp/x')).toMatch(/^error: \/tmp\/x is absolute/);
  expect(await use('.git/config')).toBe("error: .git/config lies in git's own folder.");
  expect(await use('a', '\0')).toMatch(/^error: The input of write_file is wrong/);
  expect(await use('.')).toBe('error: The empty path names no file.');
  expect(tools.changes()).toBe(0);
});
