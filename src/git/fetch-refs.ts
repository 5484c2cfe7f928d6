import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { fetchFailure, missingOnServer } from './fetch-failure.ts';
import { folderBytes } from './folder-bytes.ts';
import { MirrorError } from './mirror-error.ts';
import { ASK_ON_LINE, spawnTransport, startFailure } from './run-git.ts';

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
/** For git to end by itself, when it is told to. */
const GRACE_MS = 2_000;
const KEPT_STDERR = 32_000;

/**
 * Fetches refs with all their history, and nothing else: no tags, no submodules, no FETCH_HEAD, no other configuration than the
 * repository's own. Answers null, or the name of the first that the server does not have, and then nothing was changed.
 * Rejects with a MirrorError, with what `token` rejected with, or with exit code 4 when the signal is aborted. When it fails,
 * parts of packs may be left, and git has ended with all that it started.
 */
export async function fetchRefs(wanted: RefFetch): Promise<string | null> {
  const { gitDir, env, url, refs, maxBytes, signal } = wanted;
  const from = `${url.host}${url.pathname}`;
  if (signal.aborted) throw stopped(from, signal.reason);
  const { child, line } = spawnTransport(fetchCommand(url), {
    cwd: gitDir,
    env: { ...env, GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1) },
  });
  if (child.pid !== undefined) wanted.onStart(child.pid);
  const answers = answerOnLine(line, wanted);
  const grown = (): boolean => folderBytes(join(gitDir, 'objects')) > maxBytes;
  let tooLarge = false;
  const watch = setInterval(() => {
    if (tooLarge || !grown()) return;
    tooLarge = true;
    endGroup(child);
  }, WATCH_MS);
  const onAbort = (): void => endGroup(child);
  signal.addEventListener('abort', onAbort, { once: true });
  let stderr = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(refs.map(([what, to]) => `+${what}:${to}\n`).join(''));
  try {
    const ended = await ending(child);
    if (signal.aborted) throw stopped(from, signal.reason);
    if (tooLarge || (ended === null && grown())) throw tooLargeFailure(from, maxBytes);
    if (answers.failure !== undefined) throw answers.failure;
    if (ended === null) return null;
    const said = answers.secrets.reduce((text, secret) => text.replaceAll(secret, '***'), stderr);
    const missing = missingOnServer(said);
    if (missing !== null) return missing;
    throw fetchFailure(said, from) ?? unknownFailure(from, said, ended);
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    line.destroy();
  }
}

/**
 * The address of a repository on a server, without what is not part of it. Throws a CodeAgentError (exit code 2) for one that is
 * not `https:`, or `http:` to this machine, and for one with a user or a password in it.
 */
export function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const here = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && here.test(url.hostname));
  if (url === null || !safe || url.username !== '' || url.password !== '' || url.search + url.hash !== '') {
    throw new CodeAgentError('the address of the repository is none that is fetched from', {
      exitCode: EXIT.usage,
      advice: 'It is to be like https://github.com/owner/name; http: is only for this machine.',
    });
  }
  return url;
}

/** `--progress`: git that writes to one who is gone is ended by that (SIGPIPE). The names come on its input. */
const fetchCommand = (url: URL): string[] => [
  ...[
    '-c',
    'http.followRedirects=false',
    '-c',
    'credential.helper=',
    '-c',
    `credential.helper=${ASK_ON_LINE}`,
  ],
  ...['fetch', '--progress', '--force', '--no-tags', '--no-prune', '--no-recurse-submodules'],
  ...['--no-write-fetch-head', '--no-auto-maintenance', '--no-show-forced-updates', '--refmap=', '--stdin'],
  ...['--end-of-options', url.href],
];

interface Answers {
  /** What the token could not be had for. */
  failure: unknown;
  /** All that were given, for what is said afterwards. */
  readonly secrets: string[];
}

/** Answers git's questions (git-credential(1), "INPUT/OUTPUT FORMAT"), for the origin that it was sent to alone. */
function answerOnLine(line: Duplex, { url, token }: RefFetch): Answers {
  const answers: Answers = { failure: undefined, secrets: [] };
  let asked = '';
  const answer = async (question: string): Promise<string> => {
    const has = (field: string): boolean => question.split('\n').includes(field);
    const ours = has(`protocol=${url.protocol.slice(0, -1)}`) && has(`host=${url.host}`);
    if (token === null || !ours) return NO_ANSWER;
    const secret = await token();
    if (!/^[\x21-\x7e]+$/.test(secret)) throw new TypeError('a token with characters that no token has');
    answers.secrets.push(secret);
    return `username=x-access-token\npassword=${secret}\n`;
  };
  line.on('error', () => line.destroy());
  line.setEncoding('utf8').on('data', (text: string) => {
    asked += text;
    for (let end = /^ask\n/m.exec(asked); end !== null; end = /^ask\n/m.exec(asked)) {
      const question = asked.slice(0, end.index);
      asked = asked.slice(end.index + end[0].length);
      answer(question).then(
        (text) => line.writable && line.write(text),
        (error: unknown) => {
          answers.failure ??= error;
          if (line.writable) line.write(NO_ANSWER);
        },
      );
    }
  });
  return answers;
}

/** git is not to ask anybody else. */
const NO_ANSWER = 'quit=1\nquit=1\n';

/** Null when it ended well, else how. */
function ending(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(startFailure(cause, 'fetch')));
    child.on('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
  });
}

/** Ends git and all that it started, by force when it does not. */
function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const force = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(force));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

function stopped(from: string, cause: unknown): CodeAgentError {
  return new CodeAgentError(`fetching ${from} was stopped`, {
    exitCode: EXIT.timeout,
    retryable: true,
    cause,
  });
}

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
