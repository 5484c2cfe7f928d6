import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitIds, isFullId } from './commit-ids.ts';
import { serverUrl } from './fetch-refs.ts';
import { type ListedHead, listHeads } from './list-heads.ts';
import { MirrorError } from './mirror-error.ts';
import { mirrorEnvironment, writeProfile } from './mirror-profile.ts';
import { PushError } from './push-error.ts';
import { PUSH_KIND, pushFailure, type SaidFailure } from './push-failure.ts';
import { type GitCall, runGit } from './run-git.ts';
import { runTransport } from './run-transport.ts';

export interface BranchPush {
  /** The worktree that the commit was made in (see `createWorktree`). Of it only objects are read, no configuration. */
  readonly folder: string;
  /** PATH, proxies and certificates are taken from it. */
  readonly env: NodeJS.ProcessEnv;
  /** `https://github.com/owner/name`, without a user. `http:` only to this machine. The token goes to this origin alone. */
  readonly url: string;
  /** Asked for when the server wants one, and once more, with true, when it was refused. What it rejects with is rejected with. */
  readonly token: (refused: boolean) => Promise<string>;
  /** Below `code-agent/`, without `refs/heads/`. */
  readonly branch: string;
  /** A full object id. */
  readonly commit: string;
  /** What the branch was when the work began; null: it was not there. */
  readonly expected: string | null;
  readonly signal: AbortSignal;
}

/** Where to, and a repository of ours to do it from. */
interface Place {
  readonly url: URL;
  readonly gitDir: string;
  readonly call: GitCall;
}

/**
 * Pushes a commit as a task's branch: one that is there goes on, and never loses a commit. Pushed is pushed, also when the answer
 * was lost; a commit that is there already is none to push. Rejects with a PushError, with exit code 2 for what is no push at
 * all, with what `token` rejected with, and with exit code 4 when the signal is aborted: then it may have been pushed.
 */
export async function pushBranch(push: BranchPush): Promise<void> {
  check(push);
  const url = serverUrl(push.url);
  // Below the worktree, and so gone with it when this process is killed.
  const gitDir = mkdtempSync(join(push.folder, '.git/push-'));
  try {
    await pushFrom(push, { url, gitDir, call: prepare(push, gitDir, url) });
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
}

/** The rules for the branches of tasks once more, and for pushing: whatever comes here, nothing else is pushed to. */
const BRANCH = /^code-agent\/[A-Za-z0-9._/-]{1,190}$/;
const NO_BRANCH = /\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)|[./]$/;

function check({ branch, commit, expected }: BranchPush): void {
  if (!BRANCH.test(branch) || NO_BRANCH.test(branch))
    throw new PushError(
      'refused',
      `${JSON.stringify(branch.slice(0, 100))} is no branch of a task: nothing was pushed`,
    );
  if (isFullId(commit) && (expected === null || isFullId(expected))) return;
  throw new PushError('refused', 'what is to be pushed, or what was there, is no full object id');
}

/**
 * A repository that has the objects and nothing else: no refs that a name could be taken for, no configuration, hooks or remotes
 * but ours.
 */
function prepare({ folder, commit, env, signal }: BranchPush, gitDir: string, url: URL): GitCall {
  writeProfile(gitDir, url.href, commit.length === 64 ? 'sha256' : 'sha1');
  mkdirSync(join(gitDir, 'objects/info'));
  writeFileSync(join(gitDir, 'objects/info/alternates'), `${join(folder, '.git/objects')}\n`);
  return { cwd: gitDir, env: mirrorEnvironment(env, gitDir), signal };
}

async function pushFrom(push: BranchPush, place: Place): Promise<void> {
  const { commit, expected } = push;
  const before = await look(push, place);
  if (before?.symref != null)
    throw failed(push, place, 'refused', 'on the server it is another name of another branch');
  if (before?.commit === commit) return;
  const [here] = await commitIds([commit], place.call);
  if (here !== commit) throw failed(push, place, 'refused', `the commit ${commit} is not here`);
  if (before === null && expected !== null)
    throw failed(push, place, 'moved', `it is not there any more, and was ${expected}`);
  if (before !== null && !(await isBuiltUpon(before.commit, commit, place.call)))
    throw failed(push, place, 'moved', `it is ${before.commit} now, which ours is not built upon`);

  const failure = await send(push, place);
  if (failure === null) return;
  const { kind, says, advice, isUnsure } = failure;
  if (!isUnsure) throw failed(push, place, kind, says, advice);
  const after = await look(push, place).catch((error: unknown) => {
    if (error instanceof PushError) return undefined;
    throw error;
  });
  if (after?.commit === commit) return;
  if (after === undefined)
    throw failed(push, place, kind, `${says}; it may have been pushed all the same`, advice);
  throw failed(push, place, after?.commit === before?.commit ? kind : 'moved', says, advice);
}

/** What the branch is on the server; null: it is not there. */
async function look({ branch, env, token, signal }: BranchPush, { url }: Place): Promise<ListedHead | null> {
  try {
    return (await listHeads({ url, env, token, branches: [branch], signal })).get(branch) ?? null;
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    const { kind, message, advice } = error;
    throw new PushError(PUSH_KIND[kind], `${branch} was not pushed: ${message}`, {
      ...(advice !== undefined && { advice }),
      cause: error.cause,
    });
  }
}

async function isBuiltUpon(before: string, commit: string, call: GitCall): Promise<boolean> {
  const [here] = await commitIds([before], call);
  if (here !== before) return false;
  const lost = await runGit(['rev-list', '--max-count=1', before, `^${commit}`, '--'], call);
  return lost.length === 0;
}

/** With another token when the first was refused. Null: it is pushed. */
async function send(push: BranchPush, place: Place): Promise<SaidFailure | null> {
  const failure = await sendOnce(push, place, () => push.token(false));
  return failure?.kind === 'unauthorised' ? sendOnce(push, place, () => push.token(true)) : failure;
}

async function sendOnce(
  { branch, commit, signal }: BranchPush,
  { url, call, gitDir }: Place,
  token: () => Promise<string>,
): Promise<SaidFailure | null> {
  const end = await runTransport({
    command: [...PUSH, '--end-of-options', url.href, `${commit}:refs/heads/${branch}`],
    ...{ cwd: gitDir, env: call.env, url, token, signal },
  });
  return end.ended === null ? null : pushFailure(end);
}

/** `--progress`: git that writes to one who is gone is ended by that (SIGPIPE). Never `--force`, and no `+` before the names. */
const PUSH: readonly [string, ...string[]] = [
  ...(['push', '--porcelain', '--progress', '--atomic', '--no-verify'] as const),
  ...['--no-recurse-submodules', '--no-follow-tags', '--no-signed', '--no-force'],
];

const failed = (
  { branch }: BranchPush,
  { url }: Place,
  kind: PushError['kind'],
  says: string,
  advice?: string,
): PushError =>
  new PushError(kind, `${branch} was not pushed to ${url.host}${url.pathname}: ${says}`, {
    ...(advice !== undefined && { advice }),
  });
