import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { isLoopback } from '../is-loopback.ts';
import { fetchFailure, missingOnServer } from './fetch-failure.ts';
import { folderBytes } from './folder-bytes.ts';
import { MirrorError } from './mirror-error.ts';
import { runTransport, type TransportGroup } from './run-transport.ts';

export interface RefFetch {
  readonly gitDir: string;
  /** From `mirrorEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  /** From {@link serverUrl}. */
  readonly url: URL;
  /** Asked for when the server wants one; null: there is none. */
  readonly token: (() => Promise<string>) | null;
  /** `[what, to]`: a full ref name or object id of the server, and the ref of ours that is set to it, whatever it was. */
  readonly refs: readonly (readonly [string, string])[];
  /** Of the repository with what comes: it is ended above. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Told the leader of the group of processes that fetches. */
  readonly onStart: (pid: number) => void;
}

/** How often a fetch is looked at: what it may grow over its limit meanwhile is what comes in that time. */
const WATCH_MS = 200;

/**
 * Fetches refs with all their history, and nothing else: no tags, no submodules, no FETCH_HEAD, no other configuration than the
 * repository's own. Answers null, or the name of the first that the server does not have, and then nothing was changed.
 * Rejects with a MirrorError, with what `token` rejected with, or with exit code 4 when the signal is aborted. When it fails,
 * parts of packs may be left, and git has ended with all that it started.
 */
export async function fetchRefs(wanted: RefFetch): Promise<string | null> {
  const { gitDir, env, url, token, refs, maxBytes, signal } = wanted;
  const from = `${url.host}${url.pathname}`;
  const grown = (): boolean => folderBytes(join(gitDir, 'objects')) > maxBytes;
  let tooLarge = false;
  let watch: NodeJS.Timeout | undefined;
  const watchGrowth = ({ pid, end }: TransportGroup): void => {
    if (pid !== undefined) wanted.onStart(pid);
    watch = setInterval(() => {
      if (tooLarge || !grown()) return;
      tooLarge = true;
      end();
    }, WATCH_MS);
  };
  try {
    const { ended, stderr } = await runTransport({
      command: fetchCommand(url),
      ...{ cwd: gitDir, env, url, token, signal },
      input: refs.map(([what, to]) => `+${what}:${to}\n`).join(''),
      onStart: watchGrowth,
    });
    if (tooLarge || (ended === null && grown())) throw tooLargeFailure(from, maxBytes);
    if (ended === null) return null;
    const missing = missingOnServer(stderr);
    if (missing !== null) return missing;
    throw fetchFailure(stderr, from) ?? unknownFailure(from, stderr, ended);
  } finally {
    clearInterval(watch);
  }
}

/**
 * The address of a repository on a server, without what is not part of it. Throws a CodeAgentError (exit code 2) for one that is
 * not `https:`, or `http:` to this machine, and for one with a user or a password in it.
 */
export function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === null || !safe || url.username !== '' || url.password !== '' || url.search + url.hash !== '') {
    throw new CodeAgentError('the address of the repository is none that is fetched from or pushed to', {
      exitCode: EXIT.usage,
      advice: 'It is to be like https://github.com/owner/name; http: is only for this machine.',
    });
  }
  return url;
}

/** `--progress`: git that writes to one who is gone is ended by that (SIGPIPE). The names come on its input. */
const fetchCommand = (url: URL): [string, ...string[]] => [
  ...(['fetch', '--progress', '--force', '--no-tags', '--no-prune', '--no-recurse-submodules'] as const),
  ...['--no-write-fetch-head', '--no-auto-maintenance', '--no-show-forced-updates', '--refmap=', '--stdin'],
  ...['--end-of-options', url.href],
];

function tooLargeFailure(from: string, maxBytes: number): MirrorError {
  return new MirrorError('too-large', `${from} has more than ${Math.round(maxBytes / 1e6)} MB of history`, {
    advice: 'What came of it was removed. Raise the limit of mirrors, if there is room for it.',
  });
}

/** Nothing that a server is known to be the cause of. */
function unknownFailure(from: string, stderr: string, ended: string): MirrorError {
  const first = stderr.split(/[\r\n]+/).find((line) => /^(?:fatal|error): /.test(line)) ?? ended;
  const said = first.replace(/[\p{Cc}\p{Cf}\p{DI}]/gu, ' ').slice(0, 300);
  return new MirrorError('damaged', `${from} could not be fetched: ${said}`, { cause: new Error(ended) });
}
