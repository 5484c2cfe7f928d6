import { execFileSync } from 'node:child_process';

/** A changed file, as `git show` has it. */
export interface PatchedFile {
  readonly path: string;
  readonly patch: string;
  /** Lines added and removed. */
  readonly changed: number;
}

const SYSTEM =
  'You review code. You are given a file and its diff. Report bugs, security problems and missing tests in what the diff changes, each with its line, its severity and what to do. Say so when there are none.';

/** The text files that a commit adds or changes. Without lock files, which nobody sends. */
export function patchedFiles(repository: string, commit: string, env: NodeJS.ProcessEnv): PatchedFile[] {
  const show = git(repository, env, '-c', 'core.quotePath=false', 'show', '--format=', '-M', commit);
  return show.split(/^(?=diff --git )/m).flatMap((patch) => {
    const path = /^\+\+\+ b\/(.*?)\t?$/m.exec(patch)?.[1];
    if (path === undefined || /(?:^|\/)(?:[^/]*[-.]lock(?:\.json|\.yaml)?|go\.sum)$/.test(path)) return [];
    const lines = patch.slice(patch.indexOf('\n@@')).split('\n');
    return [{ path, patch, changed: lines.filter((line) => /^[+-]/.test(line)).length }];
  });
}

/** The straightforward way: one prompt for each file, with the whole file and its diff; no tools and no cache. */
export async function reviewNaively(
  { repository, commit, env }: { repository: string; commit: string; env: NodeJS.ProcessEnv },
  files: readonly PatchedFile[],
  baseUrl: string,
): Promise<void> {
  for (const { path, patch } of files) {
    const whole = git(repository, env, 'show', `${commit}:${path}`);
    const content = `File ${path}:\n\n${whole}\n\nIts diff:\n\n${patch}\n\nReview the change.`;
    const messages = [{ role: 'user', content }];
    const body = { model: 'bench', max_tokens: 16_000, stream: true, system: SYSTEM, messages };
    const response = await fetch(`${baseUrl}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
    if (!(await response.text()).includes('message_stop')) throw new Error(`no answer about ${path}`);
  }
}

const git = (cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env, maxBuffer: 1e9 }).toString();
