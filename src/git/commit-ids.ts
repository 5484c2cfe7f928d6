import { type GitCall, runGit } from './run-git.ts';

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether it is a full object id. */
export const isFullId = (text: string): boolean => ID.test(text);

/** The commit that each name stands for; undefined: none that is here. */
export async function commitIds(names: readonly string[], call: GitCall): Promise<(string | undefined)[]> {
  const stdin = names.map((name) => `${name}^{commit}\n`).join('');
  const output = await runGit(['cat-file', '--batch-check=%(objectname)'], { ...call, stdin });
  return output
    .toString()
    .split('\n')
    .slice(0, names.length)
    .map((line) => (isFullId(line) ? line : undefined));
}
