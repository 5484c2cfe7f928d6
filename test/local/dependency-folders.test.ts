import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { linkDependencies } from '../../src/local/dependency-folders.ts';
import { tempFolder } from '../support/temp-repository.ts';

it('links where nothing is, and never behind a link', () => {
  const [folder, outside, target] = [tempFolder(), tempFolder(), tempFolder()];
  mkdirSync(join(folder, 'taken/node_modules'), { recursive: true });
  mkdirSync(join(outside, 'there'));
  symlinkSync(outside, join(folder, 'out'));
  symlinkSync('nowhere', join(folder, 'vendor'));
  const paths = ['.venv', 'a/b/.venv', 'taken/node_modules', 'vendor'];
  const hostile = ['out/node_modules', 'out/there/node_modules', 'out/made/node_modules'];
  const linked = linkDependencies(
    folder,
    [...paths, ...hostile].map((path) => ({ path, target })),
  );
  expect(linked.map(({ path }) => path)).toEqual(['.venv', 'a/b/.venv']);
  expect(readlinkSync(join(folder, 'a/b/.venv'))).toBe(target);
  expect(lstatSync(join(folder, 'taken/node_modules')).isDirectory()).toBe(true);
  expect(readdirSync(outside)).toEqual(['there']);
  expect(existsSync(join(outside, 'there/node_modules'))).toBe(false);
});

it('beside the packages of node_modules can be written, and those of the repository itself are those of the worktree', () => {
  const [folder, home] = [tempFolder(), tempFolder()];
  const target = join(home, 'node_modules');
  for (const path of ['pace', '.bin', '.cache', '.tmp', '.vite-temp', '.pnpm/pn@1/pn', '@shop/far'])
    mkdirSync(join(target, path), { recursive: true });
  const links = {
    pn: '.pnpm/pn@1/pn',
    own: '../packages/own',
    fixed: '/opt/fixed',
    '@shop/till': '../../packages/till',
    '@shop/near': '../pace',
    '@all': '../packages',
  };
  for (const [path, lead] of Object.entries(links)) symlinkSync(lead, join(target, path));
  symlinkSync('anywhere', Buffer.concat([Buffer.from(`${target}/b`), Buffer.of(0xff)]));
  const linked = linkDependencies(folder, [{ path: 'lib/node_modules', target }]);
  expect(linked).toHaveLength(1);
  const place = join(folder, 'lib/node_modules');
  const leads = (at: string): Record<string, string | null> =>
    Object.fromEntries(
      readdirSync(at, { withFileTypes: true }).map((entry) => [
        entry.name,
        entry.isSymbolicLink() ? readlinkSync(join(at, entry.name)) : null,
      ]),
    );
  expect(leads(place)).toEqual({
    ...{ pace: join(target, 'pace'), '.bin': join(target, '.bin'), '.pnpm': join(target, '.pnpm') },
    ...{ pn: join(target, 'pn'), own: '../packages/own', fixed: join(target, 'fixed') },
    ...{ '@shop': null, '@all': '../packages' },
  });
  expect(leads(join(place, '@shop'))).toEqual({
    ...{ far: join(target, '@shop/far'), near: join(target, '@shop/near') },
    till: '../../packages/till',
  });
});
