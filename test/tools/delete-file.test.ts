import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkTools } from './work-tools.ts';

describe('delete_file', () => {
  it('deletes a file, and the folders that are empty then', async () => {
    const tools = await openWorkTools({ 'src/deep/a': 'a', b: 'b' });
    expect(await tools.use('delete_file', { path: 'src/deep/a' })).toBe('src/deep/a is deleted.');
    expect(existsSync(join(tools.folder, 'src'))).toBe(false);
    expect(tools.changes()).toBe(1);
  });

  it('is refused for what is no file', async () => {
    const tools = await openWorkTools({ 'src/a': 'a' });
    expect(await tools.use('delete_file', { path: 'src' })).toBe('error: src is a folder.');
    expect(await tools.use('delete_file', { path: 'b' })).toBe('error: There is no file b.');
    expect(await tools.use('delete_file', { path: 'src/a/b' })).toBe('error: src/a is a file, not a folder.');
    expect(tools.changes()).toBe(0);
  });
});
