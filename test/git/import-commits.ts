import { execFileSync } from 'node:child_process';
import type { TempRepository } from '../support/temp-repository.ts';

/** A file of a tree. Of a submodule (160000) the content is its commit's id. */
export interface TreeFile {
  readonly mode: string;
  readonly content: Buffer;
}

/** The files of a tree by the bytes of their paths, written as Latin-1. */
export type Tree = ReadonlyMap<string, TreeFile>;

/**
 * Makes a commit of each tree, every one the child of the one before, on the branch `main`; answers their ids.
 * One process makes all of them, and it takes any byte in a path: git-fast-import(1).
 */
export function importCommits({ path, env }: TempRepository, trees: readonly Tree[]): string[] {
  const input: Buffer[] = [];
  const line = (text: string) => input.push(Buffer.from(`${text}\n`, 'latin1'));
  for (const [index, tree] of trees.entries()) {
    line(
      `commit refs/heads/main\nmark :${index + 1}\ncommitter C <c@example.com> ${1.7e9 + index} +0000\ndata 0`,
    );
    if (index > 0) line(`from :${index}`);
    line('deleteall');
    for (const [name, { mode, content }] of tree) {
      if (mode === '160000') {
        line(`M 160000 ${content} ${quote(name)}`);
        continue;
      }
      line(`M ${mode} inline ${quote(name)}\ndata ${content.length}`);
      input.push(content);
      line('');
    }
    line(`get-mark :${index + 1}`);
  }
  const output = execFileSync(
    'git',
    ['-c', 'core.fsync=none', 'fast-import', '--quiet', '--force', '--done'],
    {
      cwd: path,
      env,
      input: Buffer.concat([...input, Buffer.from('done\n')]),
    },
  );
  return output.toString().trim().split('\n');
}

const quote = (path: string): string =>
  `"${path.replace(/[^ !#-[\]-~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
