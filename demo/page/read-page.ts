import type { LoopbackGitHub, SeenPullRequest } from '../../test/support/github/loopback-github.ts';
import { askGit } from '../../test/support/github/run-git.ts';
import { readShownDiff, type ShownFile } from '../../test/support/github/shown-diff.ts';

/** All that the page of a pull request shows. */
export interface PullRequestPage {
  readonly repository: string;
  readonly pull: SeenPullRequest;
  readonly body: string;
  readonly author: string;
  readonly head: string;
  readonly base: string;
  readonly commits: number;
  readonly files: readonly ShownFile[];
  /** The login of the App. */
  readonly bot: string;
}

export interface PageOf extends Pick<PullRequestPage, 'repository' | 'body' | 'author' | 'head' | 'base'> {
  readonly number: number;
}

/** Reads it where it lies, with the diff from the merge base to the head. */
export async function readPage(github: LoopbackGitHub, { number, ...of }: PageOf): Promise<PullRequestPage> {
  const pull = github.pullRequest(of.repository, number);
  const path = github.barePath(of.repository);
  const mergeBase = await askGit(path, ['merge-base', pull.baseSha, pull.headSha]);
  const commits = await askGit(path, ['rev-list', '--count', `${mergeBase}..${pull.headSha}`]);
  const diff = await readShownDiff(path, mergeBase, pull.headSha);
  return { ...of, pull, commits: Number(commits), files: [...diff.values()], bot: github.app.login };
}
