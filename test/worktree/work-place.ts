import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../support/temp-repository.ts';

/** A worktree, and what lies beside it, that nothing done in it may touch. */
export interface WorkPlace {
  /** The worktree: with a folder `.git`, a file `README.md` and a folder `src` that has `a.ts`. */
  readonly folder: string;
  readonly backup: string;
  /** With a file `canary.txt`, and the same once more in folders `src` and `src/deep`. */
  readonly outside: string;
  /** All that is outside of the worktree, and what is git's inside of it, as far as it can be told without a change. */
  seen(): Record<string, string>;
}

export const SECRET = 'nobody may read or change this\n';

export function workPlace(): WorkPlace {
  const top = tempFolder();
  const [folder, backup, outside] = [join(top, 'work'), join(top, 'backup'), join(top, 'outside')];
  for (const name of ['work/.git/hooks', 'work/src', 'outside/src/deep', 'backup'])
    mkdirSync(join(top, name), { recursive: true });
  for (const name of ['canary.txt', 'src/canary.txt', 'src/deep/canary.txt'])
    writeFileSync(join(outside, name), SECRET);
  writeFileSync(join(folder, '.git/config'), '[core]\n');
  writeFileSync(join(folder, 'README.md'), 'read me\n');
  writeFileSync(join(folder, 'src/a.ts'), 'a\n');
  return {
    ...{ folder, backup, outside },
    seen: () => ({
      ...everythingIn(outside, 'outside'),
      ...everythingIn(join(folder, '.git'), '.git'),
      ...Object.fromEntries(readdirSync(top).map((name) => [name, 'at the top'])),
    }),
  };
}

/** An entry, and all that is in it, with kind, mode and content. No link is followed. */
export function everythingIn(file: string, path = '.'): Record<string, string> {
  const stats = lstatSync(file);
  const mode = stats.mode.toString(8);
  if (stats.isFile()) return { [path]: `${mode} ${readFileSync(file, 'latin1')}` };
  if (stats.isSymbolicLink()) return { [path]: `${mode} ${readlinkSync(file)}` };
  if (!stats.isDirectory()) return { [path]: mode };
  const entries = readdirSync(file).sort();
  return Object.assign(
    { [path]: mode },
    ...entries.map((name) => everythingIn(join(file, name), `${path}/${name}`)),
  );
}
