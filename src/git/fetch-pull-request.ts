import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { commitIds, isFullId } from './commit-ids.ts';
import { fetchRefs, type RefFetch } from './fetch-refs.ts';
import { damaged, orDamaged } from './mirror-damage.ts';
import { MirrorError } from './mirror-error.ts';
import type { MirroredPullRequest, WantedPullRequest } from './mirrors.ts';
import { type GitCall, runGit, spawnGit, startFailure } from './run-git.ts';
import { withToken } from './with-token.ts';

/** A bare repository of ours, and the server's. */
export interface FetchPlace {
  readonly url: URL;
  /** With `mirrorEnvironment`; `cwd` is the git directory. */
  readonly call: GitCall;
  readonly maxBytes: number;
  /** Told the leader of each group of processes that fetches. */
  readonly onStart: (pid: number) => void;
}

/** Whatever base branch was fetched last: what is here already is told by it when no pull request is left. */
const NEWEST = 'refs/code-agent/newest';

/** What a pull request's commits are kept by. */
export const pullRefs = (number: number): { readonly head: string; readonly base: string } => ({
  head: `refs/code-agent/pull/${number}/head`,
  base: `refs/code-agent/pull/${number}/base`,
});

/** What no name of a branch has (git-check-ref-format(1)), and a refspec could be bent by. */
const NO_BRANCH = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|^$/u;

/** Whether a branch can be called so, and a refspec of it is nothing else. */
export const isBranch = (name: string): boolean => !NO_BRANCH.test(name);

/** Throws a CodeAgentError (exit code 2) when what is wanted cannot be. */
export function checkWanted({ number, head, base }: WantedPullRequest): void {
  const numbered = Number.isSafeInteger(number) && number > 0;
  const named = isFullId(head) && isFullId(base.sha) && head.length === base.sha.length;
  if (numbered && named && isBranch(base.ref)) return;
  throw new CodeAgentError('the pull request has no number, no full commit ids or no branch to go into', {
    exitCode: EXIT.usage,
  });
}

/**
 * Has both sides of a pull request in the repository at `call.cwd`, and finds where they parted. Asks the server only for what
 * is not known yet. Under the mirror's lock.
 */
export async function fetchPullRequest(
  wanted: WantedPullRequest,
  place: FetchPlace,
): Promise<MirroredPullRequest> {
  const { number, head, signal } = wanted;
  const call = { ...place.call, signal };
  const refs = pullRefs(number);
  const [haveHead, haveBase] = await idsOf([refs.head, refs.base], call);
  const base =
    haveHead === head && haveBase === wanted.base.sha ? haveBase : await fetchSides(wanted, place, call);
  const mergeBase = await ask(['merge-base', base, head], call);
  const from = mergeBase ?? base;
  return { gitDir: call.cwd, env: call.env, mergeBase, head, base, range: `${from}..${head}` };
}

/** Answers the base. */
async function fetchSides(wanted: WantedPullRequest, place: FetchPlace, call: GitCall): Promise<string> {
  const { number, head, base } = wanted;
  const refs = pullRefs(number);
  const fetch = (specs: RefFetch['refs']) => fetchWithToken(specs, wanted, place);
  const pull = `refs/pull/${number}/head`;
  const branch = `refs/heads/${base.ref}`;
  const headByName = [pull, refs.head] as const;
  const headById = [head, refs.head] as const;
  const baseByName = [branch, NEWEST] as const;
  const baseById = [base.sha, refs.base] as const;

  let missing = await fetch([headByName, baseByName]);
  // A branch may be gone once its pull request is closed, and a server may hide those refs: it may have the commits still.
  const lost = new Set<string>();
  while (missing !== null) {
    if (lost.has(missing) || (missing !== pull && missing !== branch)) throw goneFailure(wanted, missing);
    lost.add(missing);
    missing = await fetch([lost.has(pull) ? headById : headByName, lost.has(branch) ? baseById : baseByName]);
  }

  const [current, tip] = await idsOf([refs.head, lost.has(branch) ? refs.base : NEWEST], call);
  if (current !== head) {
    const moved = (): MirrorError =>
      new MirrorError('head-moved', `the head of pull request ${number} is ${current} now, not ${head}`, {
        current: current ?? null,
      });
    if (await isAncestor(head, current, call)) throw moved();
    if ((await fetch([headById])) !== null) throw moved();
    // What the server answers with may be behind what its API told: then it is an older commit.
    if (!(await isAncestor(current, head, call))) throw moved();
  }

  let chosen = base.sha;
  if (tip !== base.sha && !(await isAncestor(base.sha, tip, call))) {
    // The branch was set to something else since, and the server need not have kept what it was.
    if ((await fetch([baseById])) !== null) chosen = tip ?? base.sha;
  }
  const stdin = `update ${refs.base} ${chosen}\n`;
  await orDamaged(runGit(['update-ref', '--stdin'], { ...call, stdin }));
  return chosen;
}

/** As `fetchRefs`, with another token when the first was refused. */
export function fetchWithToken(
  refs: RefFetch['refs'],
  { token, signal }: Pick<WantedPullRequest, 'token' | 'signal'>,
  { url, call, maxBytes, onStart }: FetchPlace,
): Promise<string | null> {
  const isRefused = (error: unknown): boolean =>
    error instanceof MirrorError && error.kind === 'unauthorised';
  return withToken(token, isRefused, (one) =>
    fetchRefs({ gitDir: call.cwd, env: call.env, url, refs, maxBytes, onStart, signal, token: one }),
  );
}

function goneFailure({ number, base }: WantedPullRequest, missing: string): MirrorError {
  const what =
    missing === base.sha ? `the commit that pull request ${number} is based on` : `pull request ${number}`;
  return new MirrorError('gone', `the server does not have ${what} any more (${missing})`);
}

const idsOf = (names: readonly string[], call: GitCall): Promise<(string | undefined)[]> =>
  orDamaged(commitIds(names, call));

const isAncestor = async (
  one: string | undefined,
  other: string | undefined,
  call: GitCall,
): Promise<boolean> =>
  one !== undefined &&
  other !== undefined &&
  (await idsOf([one], call))[0] === one &&
  (await ask(['merge-base', '--is-ancestor', one, other], call)) !== null;

/** The first line that git answers; null when it says no (exit code 1). */
async function ask(args: readonly string[], call: GitCall): Promise<string | null> {
  const child = spawnGit(args, call);
  let said = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((done, reject) => {
    child.on('error', (cause) => reject(startFailure(cause, args[0] ?? '')));
    child.on('close', done);
  });
  if (code === 0) return said.split('\n')[0] ?? '';
  if (code === 1) return null;
  throw damaged(stderr.split('\n')[0] ?? `exit code ${code}`);
}
