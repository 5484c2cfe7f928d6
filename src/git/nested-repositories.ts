import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDotGit } from '../change/dot-git.ts';

/** The folders below `top` that hold something called `.git`, in any spelling, from the top. No link is followed. */
export async function nestedRepositories(top: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    for await (const entry of await opendir(join(top, folder))) {
      if (isDotGit(entry.name)) {
        if (folder !== '' || entry.name !== '.git') found.push(folder === '' ? entry.name : folder);
      } else if (entry.isDirectory()) folders.push(folder === '' ? entry.name : `${folder}/${entry.name}`);
    }
  }
  return found;
}
