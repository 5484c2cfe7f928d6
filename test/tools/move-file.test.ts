import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkTools } from './work-tools.ts';

describe('move_file', () => {
  it('moves a file with its mode, and makes folders', async () => {
    const tools = await openWorkTools({ 'src/run.sh': 'a', 'src/b': 'b' });
    tools.makeExecutable('src/run.sh');
    expect(await tools.use('move_file', { from: 'src/run.sh', to: 'bin/deep/go.sh' })).toBe(
      'src/run.sh is bin/deep/go.sh now.',
    );
    expect([tools.read('bin/deep/go.sh'), tools.isExecutable('bin/deep/go.sh')]).toEqual(['a', true]);
    expect(readdirSync(join(tools.folder, 'src'))).toEqual(['b']);
    expect(tools.changes()).toBe(1);
  });

  it('is refused when something is there already, when there is nothing to move, and out of the worktree', async () => {
    const tools = await openWorkTools({ a: 'a', b: 'b', 'c/d': 'd' });
    const use = (from: string, to: string) => tools.use('move_file', { from, to });
    expect(await use('a', 'b')).toBe('error: There is something at b already.');
    expect(await use('a', 'c')).toBe('error: There is something at c already.');
    expect(await use('a', './a')).toBe('error: There is something at a already.');
    expect(await use('x', 'y')).toBe('error: There is no file x.');
    expect(await use('c', 'e')).toBe('error: c is a folder.');
    expect(await use('a', '../a')).toMatch(/^error: \.\.\/a leaves its folder/);
    expect([tools.read('a'), tools.read('b'), tools.changes()]).toEqual(['a', 'b', 0]);
  });
});
