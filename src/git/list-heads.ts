import { isFullId } from './commit-ids.ts';
import { serverFailure } from './fetch-failure.ts';
import { MirrorError } from './mirror-error.ts';
import { mirrorEnvironment } from './mirror-profile.ts';
import { runTransport } from './run-transport.ts';
import { withToken } from './with-token.ts';

/** A branch of a server. */
export interface ListedHead {
  readonly commit: string;
  /** The ref that it only is another name of; null: it is a branch of its own. */
  readonly symref: string | null;
}

export interface HeadsQuestion {
  readonly url: URL;
  /** PATH, proxies and certificates are taken from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Asked for when the server wants one, and once more, with true, when it was refused. Null: there is none. */
  readonly token: ((refused: boolean) => Promise<string>) | null;
  readonly branches: readonly string[];
  readonly signal: AbortSignal;
}

/** No repository at all: the answer is the same in each. */
const NOWHERE = '/dev/null';
const LINE = /^(ref: )?(\S+)\trefs\/heads\/(.+)$/;

/**
 * What branches are on a server now; one that is not there is not in the answer. Their names must be ones that git takes. Rejects
 * with a MirrorError, and as `runTransport` does.
 */
export async function listHeads(question: HeadsQuestion): Promise<ReadonlyMap<string, ListedHead>> {
  const { token, branches } = question;
  if (branches.length === 0) return new Map();
  const wanted = new Set(branches);
  const heads = new Map<string, ListedHead>();
  const symrefs = new Map<string, string>();
  const answer = await withToken(token, isRefused, (one) => ask(question, one));
  for (const line of answer.split('\n')) {
    const [, isSymref, what = '', branch = ''] = LINE.exec(line) ?? [];
    // git's patterns also fit what only ends so.
    if (!wanted.has(branch)) continue;
    if (isSymref !== undefined) symrefs.set(branch, what);
    else if (isFullId(what)) heads.set(branch, { commit: what, symref: symrefs.get(branch) ?? null });
  }
  return heads;
}

async function ask(
  { url, env, branches, signal }: HeadsQuestion,
  token: (() => Promise<string>) | null,
): Promise<string> {
  const names = branches.map((branch) => `refs/heads/${branch}`);
  const { ended, stdout, stderr } = await runTransport({
    command: ['ls-remote', '--quiet', '--symref', '--heads', '--end-of-options', url.href, ...names],
    ...{ cwd: '/', env: mirrorEnvironment(env, NOWHERE), url, token, signal },
  });
  if (ended === null) return stdout;
  const failure = serverFailure(stderr);
  const { kind, says } = failure ?? { kind: 'unreachable', says: `git ended with ${ended}` };
  throw new MirrorError(kind, `the branches of ${url.host}${url.pathname} could not be read: ${says}`, {
    ...(failure?.advice !== undefined && { advice: failure.advice }),
    cause: new Error(failure?.lines ?? ended),
  });
}

const isRefused = (error: unknown): boolean => error instanceof MirrorError && error.kind === 'unauthorised';
