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
  const paths = ['node_modules', 'a/b/node_modules', 'taken/node_modules', 'vendor'];
  const hostile = ['out/node_modules', 'out/there/node_modules', 'out/made/node_modules'];
  const linked = linkDependencies(
    folder,
    [...paths, ...hostile].map((path) => ({ path, target })),
  );
  expect(linked.map(({ path }) => path)).toEqual(['node_modules', 'a/b/node_modules']);
  expect(readlinkSync(join(folder, 'a/b/node_modules'))).toBe(target);
  expect(lstatSync(join(folder, 'taken/node_modules')).isDirectory()).toBe(true);
  expect(readdirSync(outside)).toEqual(['there']);
  expect(existsSync(join(outside, 'there/node_modules'))).toBe(false);
});
