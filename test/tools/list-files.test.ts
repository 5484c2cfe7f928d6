import { describe, expect, it } from 'vitest';
import { tempRepository } from '../support/temp-repository.ts';
import { openTools } from './open-tools.ts';

const FILES = {
  'readme.md': '\n',
  'src/a.ts': '\n',
  'src/b.test.ts': '\n',
  'src/deep/c.ts': '\n',
  'src/deep/er/d.ts': '\n',
  'test/a.test.ts': '\n',
};

async function tools() {
  const repository = tempRepository();
  repository.commit(FILES);
  repository.write({ 'src/new.ts': '\n', 'untracked/x.ts': '\n' });
  repository.link('src/link', 'a.ts');
  repository.git('add', 'src');
  repository.git('rm', '--quiet', '--cached', 'src/a.ts');
  repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`);
  return openTools(repository);
}
const list = async (input: Record<string, unknown>) =>
  (await (await tools()).use('list_files', input)).split('\n');

describe('list_files', () => {
  it('lists a folder as it will be committed', async () => {
    expect(await list({})).toEqual(['readme.md', 'src/', 'test/', 'vendor/']);
    expect(await list({ folder: './src/' })).toEqual([
      'src/b.test.ts',
      'src/deep/',
      'src/link (symbolic link)',
      'src/new.ts',
    ]);
    expect(await list({ folder: 'vendor' })).toEqual(['vendor/lib (submodule)']);
  });

  it('and what is in its folders', async () => {
    expect(await list({ folder: 'src', depth: 2 })).toEqual([
      'src/b.test.ts',
      'src/deep/',
      'src/deep/c.ts',
      'src/deep/er/',
      'src/link (symbolic link)',
      'src/new.ts',
    ]);
    expect((await list({ depth: 3 })).join()).toMatch(/depth: Too big/);
  });

  it('only what matches', async () => {
    expect(await list({ depth: 2, glob: '*.test.ts' })).toEqual(['src/b.test.ts', 'test/a.test.ts']);
    expect(await list({ depth: 2, glob: 'test/' })).toEqual(['test/a.test.ts']);
    expect(await list({ depth: 2, glob: 'src/*.ts' })).toEqual(['src/b.test.ts', 'src/new.ts']);
    expect(await list({ glob: 'nothing' })).toEqual(['Nothing in the top of the repository.']);
  });

  it('says what is none', async () => {
    expect(await list({ folder: 'nothing' })).toEqual(['error: There is no folder nothing.']);
    expect(await list({ folder: 'untracked' })).toEqual(['error: There is no folder untracked.']);
    expect(await list({ folder: 'readme.md' })).toEqual(['error: readme.md is no folder: use read_file.']);
  });

  it('says how many it does not list', async () => {
    const repository = tempRepository();
    repository.write(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`f${index}.ts`, ''])));
    repository.git('add', '--all');
    const rows = (await (await openTools(repository)).use('list_files', {})).split('\n');
    expect(rows).toHaveLength(501);
    expect(rows.at(-1)).toBe('[100 more: name a folder in it, or a glob]');
  });

  it('a glob that no other matcher survives takes no time', async () => {
    const repository = tempRepository();
    repository.commit({ [`${'a'.repeat(200)}.ts`]: '' });
    const { answer } = await openTools(repository);
    const { ms } = await answer('list_files', { glob: `${'*a'.repeat(100)}b` });
    expect(ms).toBeLessThan(500);
  });
});
