import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMirrors } from '../../src/git/mirrors.ts';
import { type BranchPush, pushBranch } from '../../src/git/push-branch.ts';
import { openRepository } from '../../src/git/repository.ts';
import { createWorktree, type Worktree } from '../../src/git/worktree.ts';
import { tokenFor } from '../support/github/connect.ts';
import type { Files, LoopbackGitHub, RecordedRequest } from '../support/github/loopback-github.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { tempFolder } from '../support/temp-repository.ts';

export const SHOP = 'acme/shop';
export const BRANCH = 'code-agent/7-retry';

/** A private repository on a GitHub, and a worktree of its `main`, made as that of a task is. */
export interface TaskWorktree {
  readonly github: LoopbackGitHub;
  readonly url: string;
  readonly worktree: Worktree;
  /** Has the mirror and the worktree in it. */
  readonly folder: string;
  readonly main: string;
  /** Makes a commit in the worktree. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  /** Pushes the last commit to `BRANCH`. */
  push(over?: Partial<BranchPush>): Promise<void>;
  /** The commit of a branch of the server; null: it is not there. */
  at(branch: string): Promise<string | null>;
  /** What git has asked for, of its two services. */
  asked(): readonly RecordedRequest[];
  /** A token of ours. */
  token(): Promise<string>;
}

export async function taskWorktree(
  options: { readonly files?: Files; readonly mayRefuse?: boolean } = {},
): Promise<TaskWorktree> {
  const github = await testGitHub({ mayRefuse: options.mayRefuse ?? false });
  const { id } = await github.addRepository(SHOP, {
    private: true,
    files: { 'a.ts': 'one\n', ...options.files },
  });
  const url = `${github.url}/${SHOP}`;
  const folder = tempFolder();
  const signal = new AbortController().signal;
  const env = { PATH: process.env['PATH'] };
  const token = () => tokenFor(github, SHOP, { contents: 'write' });
  const mirrors = createMirrors({ folder: join(folder, 'mirrors'), maxBytes: 1e9, env });
  const worktree = await mirrors.withBranches(
    { key: { identity: 'github.com/acme/shop', id }, url, token, signal, branches: ['main'] },
    async ({ gitDir, env, heads }) =>
      createWorktree(
        await openRepository(gitDir, env),
        heads.get('main') ?? '',
        join(folder, 'task', 'worktree'),
      ),
  );
  return {
    github,
    url,
    worktree,
    folder,
    main: worktree.base,
    async commit(files) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(worktree.folder, name), text);
      const by = { name: 'code-agent', email: 'code-agent@example.com' };
      return worktree.commit(await worktree.tree(), 'work', by, new Date());
    },
    push: async (over = {}) =>
      pushBranch({
        ...{ folder: worktree.folder, env: worktree.repository.call.env, url, token, signal },
        ...{ branch: BRANCH, commit: await worktree.head(), expected: null },
        ...over,
      }),
    at: (branch) => github.resolve(SHOP, `refs/heads/${branch}`).catch(() => null),
    asked: () => github.requests.filter(({ operation }) => operation?.startsWith('git/')),
    token,
  };
}
