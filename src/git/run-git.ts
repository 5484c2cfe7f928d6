import { type ChildProcessByStdio, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/**
 * Configuration that could run a program or bend the output of a command, fixed for every command.
 * `core.fsmonitor` names a program (git-config(1)); `diff.suppressBlankEmpty` changes patches of plumbing too.
 */
const FIXED_CONFIG = [
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'diff.suppressBlankEmpty=false'],
];

export interface GitCall {
  /** The repository's top level, or its git directory when it is bare. */
  readonly cwd: string;
  /** From {@link gitEnvironment}. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * The environment for git commands on the repository that `env` speaks of: never the network, never a prompt,
 * never a lock that is not needed, English messages, and none of the variables that bend output or pathspecs.
 * `GIT_INDEX_FILE` and `GIT_DIR` stay: in a hook they say which index is being committed (githooks(5)).
 */
export function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const bending = ['GIT_DIFF_OPTS', 'GIT_EXTERNAL_DIFF', 'GIT_PREFIX', 'GIT_PAGER', 'GIT_ATTR_SOURCE'];
  const pathspecs = [
    'GIT_LITERAL_PATHSPECS',
    'GIT_GLOB_PATHSPECS',
    'GIT_NOGLOB_PATHSPECS',
    'GIT_ICASE_PATHSPECS',
  ];
  const kept = Object.entries(env).filter(([name]) => !bending.includes(name) && !pathspecs.includes(name));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone fetches missing objects by itself. git before 2.45 does not know the first variable.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

/** A git that reads what it is asked from its stdin, or (null) none. */
export type GitProcess<Input extends Writable | null> = ChildProcessByStdio<Input, Readable, Readable>;

/** Starts git without input. The caller reads its output; {@link gitEnd} says how it ended. */
export function spawnGit(args: readonly string[], call: GitCall): GitProcess<null> {
  return spawn('git', [...FIXED_CONFIG, ...args], { ...optionsOf(call), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same, with input. */
export function spawnGitWithInput(args: readonly string[], call: GitCall): ChildProcessWithoutNullStreams {
  return spawn('git', [...FIXED_CONFIG, ...args], { ...optionsOf(call), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A git that talks with a server: its progress and errors, and a line to whoever knows the secret. */
export interface TransportProcess {
  readonly child: GitProcess<Writable>;
  /** What the helper of {@link ASK_ON_LINE} writes, and where its answer goes. */
  readonly line: Duplex;
}

/**
 * A credential helper (gitcredentials(7)) that hands git's question on to us and our answer back, over a socket that git and its
 * children inherit: so the secret is in no argument, environment or file. A question ends with the line `ask`; an answer has two.
 */
export const ASK_ON_LINE = '!f() { test "$1" = get || return 0; { cat; echo ask; } >&3; head -n 2 <&3; }; f';

/** Starts git with such a line, as the leader of a process group of its own: a signal to the group ends its helpers too. */
export function spawnTransport(args: readonly string[], call: GitCall): TransportProcess {
  const options = { cwd: call.cwd, env: call.env, windowsHide: true, detached: true };
  const child = spawn('git', [...FIXED_CONFIG, ...args], {
    ...options,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const line = child.stdio[3];
  if (!(line instanceof Duplex)) throw new TypeError('spawn: no socket');
  return { child, line };
}

const optionsOf = ({ cwd, env, signal }: GitCall) => ({
  cwd,
  env,
  windowsHide: true,
  ...(signal && { signal }),
});

/** Resolves when the command has ended well; rejects with what it wrote to stderr when it has not. */
export function gitEnd(child: GitProcess<Writable | null>, what: string): Promise<void> {
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 64) stderr.push(chunk);
  });
  // A command that ends early closes its stdin; how it ended is told by its exit code.
  child.stdin?.on('error', () => child.stdin?.destroy());
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(startFailure(cause, what)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(gitFailure(what, Buffer.concat(stderr).toString(), signal ?? `exit code ${code}`));
    });
  });
}

/** Runs git to its end and returns what it wrote to stdout. Rejects with a CodeAgentError when it fails. */
export async function runGit(args: readonly string[], call: GitCall & { stdin?: string }): Promise<Buffer> {
  const child = call.stdin === undefined ? spawnGit(args, call) : spawnGitWithInput(args, call);
  const end = gitEnd(child, args[0] ?? 'git');
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stdin?.end(call.stdin);
  await end;
  return Buffer.concat(output);
}

/** Of a child's `error` event: it was stopped by its signal, or could not be started. */
export function startFailure(cause: Error, what: string): CodeAgentError {
  if (cause.name === 'AbortError') {
    return new CodeAgentError(`git ${what} was stopped`, { exitCode: EXIT.timeout, retryable: true, cause });
  }
  return new CodeAgentError('git could not be started', {
    exitCode: EXIT.incomplete,
    advice: 'Is git installed, and is it in PATH?',
    cause,
  });
}

/** What to do about an index that cannot be read. */
export const CORRUPT_INDEX_ADVICE =
  'Nothing was reviewed. `git read-tree HEAD` makes a new one; what was staged must be added again.';

/**
 * What git says, and what a person can do about it. The texts are git's own, in English (LC_ALL=C), at the beginning of a
 * line: further in it may quote what it was asked for.
 */
const KNOWN: readonly [
  RegExp,
  (match: RegExpExecArray) => { message: string; advice?: string; usage?: true },
][] = [
  [
    /^fatal: detected dubious ownership in repository at '(.*)'/m,
    ([, path]) => ({
      message: `the repository ${path} belongs to another user`,
      advice: `If you trust it: git config --global --add safe.directory '${path}'`,
      usage: true,
    }),
  ],
  [
    /^fatal: not a git repository/m,
    () => ({
      message: 'this is not a git repository',
      advice: 'Run it inside one, or `git init`.',
      usage: true,
    }),
  ],
  [
    /^(?:fatal|error): [^'"\n]*(index file corrupt|bad index file|index file smaller than expected|unordered stage entries|bad signature)/m,
    ([, found]) => ({
      message: `the index is corrupt (${found})`,
      advice: CORRUPT_INDEX_ADVICE,
    }),
  ],
  [
    /^(?:fatal|error): (?:unable to read|missing blob object|could not read object|bad object|unable to parse object:?) '?([0-9a-f]{40,64})/m,
    ([, oid]) => ({
      message: `the object ${oid} is missing or damaged`,
      advice: '`git fsck` says what else is. In a partial clone, fetch it first: nothing is fetched here.',
    }),
  ],
];

function gitFailure(what: string, stderr: string, ended: string): CodeAgentError {
  for (const [pattern, explain] of KNOWN) {
    const match = pattern.exec(stderr);
    if (match === null) continue;
    const { message, advice, usage } = explain(match);
    return new CodeAgentError(message, {
      exitCode: usage ? EXIT.usage : EXIT.incomplete,
      ...(advice !== undefined && { advice }),
      cause: new Error(stderr.trim()),
    });
  }
  // Warnings, and the lines of GIT_TRACE, may stand before what it failed of.
  const lines = stderr.trim().split('\n');
  const first = lines.find((line) => /^(?:fatal|error|usage): /.test(line)) ?? (lines[0] || ended);
  return new CodeAgentError(`git ${what} failed: ${first}`, {
    exitCode: EXIT.incomplete,
    cause: new Error(`${ended}\n${stderr.trim()}`),
  });
}
