import { MirrorError, type MirrorFailure } from './mirror-error.ts';

/** What a server, or the way to it, is at fault of. */
export interface ServerFailure {
  readonly kind: MirrorFailure;
  /** For the end of a sentence. */
  readonly says: string;
  readonly advice?: string;
  /** git's own lines. */
  readonly lines: string;
}

/** What git, curl and a server say, in English (LC_ALL=C), at the beginning of a line; the first that matches is it. */
const KNOWN: readonly [
  RegExp,
  MirrorFailure,
  (found: RegExpExecArray) => { says: string; advice?: string },
][] = [
  [
    /^(?:fatal|error): .*(No space left on device|Disk quota exceeded|File too large)/m,
    'no-space',
    ([, found]) => ({
      says: `there is no room for it (${found})`,
      advice: 'What came of it was removed. Make room, or let fewer mirrors be kept.',
    }),
  ],
  [
    /^fatal: (?:Authentication failed for|could not read (?:Username|Password) for|credential helper)|^error: .*The requested URL returned error: 401/m,
    'unauthorised',
    () => ({ says: 'the server wants a token that it takes (401)' }),
  ],
  [
    /^(?:fatal|error): .*The requested URL returned error: (3\d\d)/m,
    'moved',
    ([, status]) => ({ says: `the server points to another address (${status}), which is not followed` }),
  ],
  [
    /^(?:fatal|error): .*The requested URL returned error: (403)/m,
    'forbidden',
    () => ({ says: 'the server does not allow it (403)' }),
  ],
  [
    /^(?:fatal|error): .*The requested URL returned error: (429)/m,
    'rate-limited',
    () => ({ says: 'the server wants fewer requests (429)' }),
  ],
  [
    /^fatal: repository '.*' not found|^(?:fatal|error): .*The requested URL returned error: (?:404|410|451)/m,
    'gone',
    () => ({ says: 'the server has no such repository, or does not show it' }),
  ],
  [
    /^(?:fatal|error): (?:fsck error in packed object|object [0-9a-f]+: (\w+):.*)/m,
    'refused',
    ([, id]) => ({
      says: `it holds an object that is damaged or dangerous${id === undefined ? '' : ` (${id})`}`,
      advice: '`git fsck` in a clone says which.',
    }),
  ],
  [
    /^fatal: mismatched algorithms: client (\w+); server (\w+)/m,
    'refused',
    ([, ours, theirs]) => ({ says: `its object format is ${theirs}, and ${ours} was expected` }),
  ],
  [/^fatal: remote error: (.{1,200})/m, 'refused', ([, text]) => ({ says: `the server says: ${text}` })],
  [
    /^(?:fatal|error): (.*(?:unable to access|RPC failed|early EOF|unexpected disconnect|hung up|index-pack|expected flush|bad line length|unpack|pack has|protocol error|not valid: is this a git repository|transfer closed).{0,160})/m,
    'unreachable',
    ([, text = '']) => ({ says: `the connection did not hold: ${text.slice(0, 200)}` }),
  ],
];

/** A server that lacks a ref or an object that was asked for by name. */
const MISSING =
  /^fatal: couldn't find remote ref (\S+)|^fatal: (?:remote error: )?(?:upload-pack: not our ref|Server does not allow request for unadvertised object|no such remote ref) (\S+)/m;

/** Of what git wrote when a fetch failed: the ref or object that the server does not have; null when it failed of something else. */
export function missingOnServer(stderr: string): string | null {
  const [, ref, oid] = MISSING.exec(stderr) ?? [];
  return ref ?? oid ?? null;
}

/** By what git wrote; null when it said nothing that is known, and so our own repository may be at fault. */
export function serverFailure(stderr: string): ServerFailure | null {
  const lines = printable(stderr);
  for (const [pattern, kind, explain] of KNOWN) {
    const found = pattern.exec(lines);
    if (found !== null) return { kind, ...explain(found), lines: lines.trim() };
  }
  return null;
}

/** The failure of a fetch of `from` (host, owner, name); null as `serverFailure` has it. */
export function fetchFailure(stderr: string, from: string): MirrorError | null {
  const failure = serverFailure(stderr);
  if (failure === null) return null;
  const { kind, says, advice, lines } = failure;
  return new MirrorError(kind, `${from} could not be fetched: ${says}`, {
    cause: new Error(lines),
    ...(advice !== undefined && { advice }),
  });
}

/** git's own lines, without progress and what the server has to say, and without what could steer a terminal. */
function printable(stderr: string): string {
  return stderr
    .split(/[\r\n]+/)
    .filter((line) => /^(?:fatal|error): /.test(line))
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{DI}]/gu, ' '))
    .join('\n');
}
