import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { ASK_ON_LINE, spawnTransport, startFailure } from './run-git.ts';

/** A git command that talks with a server over HTTP. */
export interface Transport {
  /** `fetch`, `push`, `ls-remote`, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** From `mirrorEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  /** From `serverUrl`: what is spoken is its protocol alone, and the token goes to its origin alone. */
  readonly url: URL;
  /** Asked for when the server wants one; null: there is none. */
  readonly token: (() => Promise<string>) | null;
  readonly input?: string;
  readonly signal: AbortSignal;
  readonly onStart?: (group: TransportGroup) => void;
}

/** The processes that talk. */
export interface TransportGroup {
  /** Of their leader; undefined: it could not be started. */
  readonly pid: number | undefined;
  /** Ends all of them, by force when they do not. */
  end(): void;
}

/** How it ended, and what was written: no token is in it. */
export interface TransportEnd {
  /** Null: well. Else the exit code or the signal, in words. */
  readonly ended: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** For git to end by itself, when it is told to. */
const GRACE_MS = 2_000;
/** Of each stream: the end of what git says, and the beginning of what it answers. */
const KEPT_STDERR = 32_000;
const KEPT_STDOUT = 1_000_000;

/** What no server is to bend, and one that goes silent is left (git-config(1)). */
const CONFIG = [
  ...['-c', 'http.followRedirects=false', '-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=60'],
  ...['-c', 'protocol.version=2', '-c', 'credential.helper=', '-c', `credential.helper=${ASK_ON_LINE}`],
];

/**
 * Runs git until it has ended with all that it started. Rejects with what `token` rejected with, with exit code 4 when the signal
 * is aborted, and with exit code 3 when git cannot be started.
 */
export async function runTransport(transport: Transport): Promise<TransportEnd> {
  const { command, cwd, env, url, input = '', signal } = transport;
  if (signal.aborted) throw stopped(transport);
  const { child, line } = spawnTransport([...CONFIG, ...command], {
    cwd,
    env: { ...env, GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1) },
  });
  const end = (): void => endGroup(child);
  const ending = endOf(child, command[0]);
  const answers = answerOnLine(line, transport);
  signal.addEventListener('abort', end, { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < KEPT_STDOUT) stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  try {
    try {
      transport.onStart?.({ pid: child.pid, end });
    } catch (error) {
      end();
      await ending.catch(() => undefined);
      throw error;
    }
    const ended = await ending;
    if (signal.aborted) throw stopped(transport);
    if (answers.failure !== undefined) throw answers.failure;
    const known = (text: string): string =>
      answers.secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    return { ended, stdout: known(stdout), stderr: known(stderr) };
  } finally {
    signal.removeEventListener('abort', end);
    line.destroy();
  }
}

interface Answers {
  /** What the token could not be had for. */
  failure: unknown;
  /** All that were given, for what is said afterwards. */
  readonly secrets: string[];
}

/** Answers git's questions (git-credential(1), "INPUT/OUTPUT FORMAT"), for the origin that it was sent to alone. */
function answerOnLine(line: Duplex, { url, token }: Transport): Answers {
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
function endOf(child: ChildProcess, what: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(startFailure(cause, what)));
    child.on('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
  });
}

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

function stopped({ command, url, signal }: Transport): CodeAgentError {
  return new CodeAgentError(`git ${command[0]} was stopped (${url.host}${url.pathname})`, {
    exitCode: EXIT.timeout,
    retryable: true,
    cause: signal.reason,
  });
}
