import { commitOf } from './bare-repository.ts';
import { findLine, movedLine, positionOf } from './review-rules.ts';
import { askGit, runGit } from './run-git.ts';
import { readLineMoves, readShownDiff, type ShownDiff } from './shown-diff.ts';
import type { Account, PullRequest, Repository, ReviewComment } from './state.ts';
import type { World } from './world.ts';

/** By repository and the two commits: it never changes. */
const shown: Kept<ShownDiff> = new WeakMap();
const moves: Kept<ShownDiff> = new WeakMap();
const bases: Kept<string> = new WeakMap();
type Kept<T> = WeakMap<Repository, Map<string, Promise<T>>>;

/** What is shown of a pull request at a commit of it: from the merge base on. */
export async function shownAt(
  pull: PullRequest,
  commit: string,
): Promise<{ readonly baseId: string; readonly diff: ShownDiff }> {
  const { repository } = pull;
  const baseId = await mergeBase(repository, pull.baseSha, commit);
  const diff = await kept(shown, repository, `${baseId} ${commit}`, () =>
    readShownDiff(repository.path, baseId, commit),
  );
  return { baseId, diff };
}

/** The commits of a pull request, oldest first. */
export async function commitsOf(pull: PullRequest): Promise<string[]> {
  const listed = await askGit(pull.repository.path, [
    'rev-list',
    '--reverse',
    pull.headSha,
    `^${pull.baseSha}`,
    '--',
  ]);
  return listed.split('\n').filter((line) => line !== '');
}

/**
 * What follows when branches of a repository moved: heads and bases of its pull requests, and of those that come from it,
 * `refs/pull/N/head`, the comments' lines, and their webhooks.
 */
export async function followBranches(
  world: World,
  repository: Repository,
  branches: ReadonlyMap<string, string | null>,
  by: Account,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Promise<void> {
  const all = [...world.state.repositories.values()].flatMap((one) => [...one.pulls.values()]);
  for (const pull of all) {
    if (pull.state === 'closed') continue;
    const base = pull.repository === repository ? branches.get(pull.baseRef) : undefined;
    const head = pull.headRepository === repository ? branches.get(pull.headRef) : undefined;
    if (base != null) pull.baseSha = base;
    if (head != null && head !== pull.headSha) {
      const before = pull.headSha;
      await moveHead(pull, head);
      if (!isQuiet)
        world.emit('pull_request', 'synchronize', {
          repository: pull.repository,
          pull,
          by,
          more: { before, after: head },
        });
    } else if (base != null) await measure(pull);
    if (head === null) {
      pull.state = 'closed';
      pull.closedAt = pull.updatedAt = new Date();
      world.emit('pull_request', 'closed', { repository: pull.repository, pull, by });
    }
  }
}

/** The webhook of a push to a branch (`before` null: made; `after` null: deleted). */
export function tellPush(
  world: World,
  repository: Repository,
  by: Account,
  branch: string,
  before: string | null,
  after: string | null,
): void {
  const none = '0'.repeat(40);
  world.emit('push', null, {
    repository,
    by,
    more: {
      ...{ ref: `refs/heads/${branch}`, before: before ?? none, after: after ?? none },
      ...{ created: before === null, deleted: after === null, commits: [], head_commit: null },
    },
  });
}

/** The pull request has this head now. */
export async function moveHead(pull: PullRequest, head: string): Promise<void> {
  const { repository, number } = pull;
  const from = pull.headRepository?.path ?? repository.path;
  if (from !== repository.path) await runGit(repository.path, ['fetch', '--quiet', '--no-tags', from, head]);
  await runGit(repository.path, ['update-ref', `refs/pull/${number}/head`, head]);
  pull.headSha = head;
  if (!pull.heads.includes(head)) pull.heads.push(head);
  pull.updatedAt = new Date();
  await measure(pull);
  await followComments(pull, pull.reviewComments);
}

/** Counts what a pull request changes. */
async function measure(pull: PullRequest): Promise<void> {
  const { path } = pull.repository;
  const base = await mergeBase(pull.repository, pull.baseSha, pull.headSha);
  const [stat, commits] = await Promise.all([
    askGit(path, ['diff', '--shortstat', '-M', base, pull.headSha, '--']),
    askGit(path, ['rev-list', '--count', pull.headSha, `^${pull.baseSha}`, '--']),
  ]);
  const count = (what: RegExp) => Number(what.exec(stat)?.[1] ?? 0);
  pull.size = {
    commits: Number(commits),
    files: count(/(\d+) file/),
    added: count(/(\d+) insertion/),
    removed: count(/(\d+) deletion/),
  };
}

/**
 * Where the lines of comments are in the head: from the commit that each was made on. A comment whose line is gone is
 * outdated; a line that only left the diff keeps its new number. On the LEFT it is the merge base that may have moved.
 */
export async function followComments(pull: PullRequest, comments: readonly ReviewComment[]): Promise<void> {
  const { repository, headSha } = pull;
  if (comments.length === 0) return;
  const { baseId, diff } = await shownAt(pull, headSha);
  for (const comment of comments) {
    const { original } = comment;
    if (original.subject === 'file') {
      comment.now = { line: 0, startLine: null, position: 1, commitId: headSha };
      continue;
    }
    const isLeft = original.side === 'LEFT';
    const [from, to] = isLeft ? [original.baseId, baseId] : [original.commitId, headSha];
    const file = (await lineMoves(repository, from, to)).get(isLeft ? original.oldPath : original.path);
    const place = (line: number | null) => (line === null ? null : movedLine(file?.hunks ?? [], line));
    const line = place(original.line);
    const startLine = original.startSide === original.side ? place(original.startLine) : original.startLine;
    const shownFile = diff.get((isLeft ? undefined : file?.path) ?? original.path);
    comment.now =
      line === null || (original.startLine !== null && startLine === null)
        ? null
        : {
            line,
            startLine,
            position:
              shownFile !== undefined && findLine(shownFile, line, original.side) !== null
                ? (positionOf(shownFile, line, original.side) ?? 1)
                : 1,
            commitId: headSha,
          };
  }
}

/** The merge base of two commits; the base itself when they have nothing in common. */
export async function mergeBase(repository: Repository, base: string, head: string): Promise<string> {
  return kept(bases, repository, `${base} ${head}`, () =>
    askGit(repository.path, ['merge-base', base, head]).catch(() => base),
  );
}

/** The branches of a repository. */
export async function branchesOf(repository: Repository): Promise<Map<string, string>> {
  const listed = await askGit(repository.path, [
    'for-each-ref',
    '--format=%(objectname) %(refname:lstrip=2)',
    'refs/heads',
  ]);
  return new Map(
    listed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
}

/** Is this commit there, and is it of the pull request as it is now? */
export async function isCommitOf(pull: PullRequest, commit: string): Promise<boolean> {
  if (commit === pull.headSha) return true;
  if ((await commitOf(pull.repository.path, commit)) === null) return false;
  return (await commitsOf(pull)).includes(commit);
}

/** By the path in `from`. */
async function lineMoves(repository: Repository, from: string, to: string): Promise<ShownDiff> {
  if (from === to) return new Map();
  return kept(moves, repository, `${from} ${to}`, async () => {
    const moved = await readLineMoves(repository.path, from, to);
    return new Map([...moved.values()].map((file) => [file.oldPath, file]));
  });
}

function kept<T>(store: Kept<T>, repository: Repository, key: string, read: () => Promise<T>): Promise<T> {
  const known = store.get(repository) ?? new Map<string, Promise<T>>();
  store.set(repository, known);
  const found = known.get(key) ?? read();
  known.set(key, found);
  return found;
}
