import { serverFailure } from './fetch-failure.ts';
import type { MirrorFailure } from './mirror-error.ts';
import type { PushFailure } from './push-error.ts';
import type { TransportEnd } from './run-transport.ts';

/** Why git says that a push failed. */
export interface SaidFailure {
  readonly kind: PushFailure;
  /** For the end of a sentence. */
  readonly says: string;
  readonly advice?: string;
  /** It may have been done all the same, or failed of a change meanwhile: what the branch is now decides. */
  readonly isUnsure: boolean;
}

/** A line of `git push --porcelain` (git-push(1), "OUTPUT") for a ref that was not updated. */
const NOT_UPDATED = /^!\t[^\t]*\t(.*)$/m;
/** Why git itself refuses: it would lose commits. */
const NOT_FORWARD =
  /^\[rejected\] \((?:non-fast-forward|fetch first|needs force|stale info|already exists)\)/;
/** What a server says when the branch was changed, or made, between its two answers (receive-pack.c, refs.c). */
const CHANGED_MEANWHILE =
  /cannot lock ref|failed to update ref|transaction failed|atomic push failure|fetch first|reference already exists|incorrect old value/i;
/** GitHub's words while it is ill, though it answers. */
const SERVER_FAILED = /^(?:failure|internal server error)$/i;
/** GitHub's words, also among what it has to say besides. */
const PROTECTED = /protected branch|\bGH006\b|\bGH013\b|rule violations/i;
const HOLDS_SECRETS = /push protection|cannot contain secrets/i;

/** A server without what we ask for, as `--atomic` (send-pack.c). */
const NOT_ABLE = /^fatal: (the receiving end does not support .*)/m;

/** By what git wrote, in English (LC_ALL=C), when it did not end well. */
export function pushFailure({ ended, stdout, stderr }: TransportEnd): SaidFailure {
  const [, status] = NOT_UPDATED.exec(stdout) ?? [];
  const remote = remoteLines(stderr);
  const reason = /\((.*)\)$/.exec(status ?? '')?.[1] ?? '';
  const [kindOfStatus] = /^\[[a-z ]+\]/.exec(status ?? '') ?? [];
  switch (kindOfStatus) {
    case '[rejected]':
      return NOT_FORWARD.test(status ?? '')
        ? { kind: 'moved', says: 'it has commits that ours is not built upon', isUnsure: false }
        : { kind: 'refused', says: `git refuses it (${printable(reason)})`, isUnsure: false };
    case '[remote rejected]':
      return remoteRefusal(reason, remote);
    default:
      return connectionFailure(stderr, remote, ended ?? 'no answer');
  }
}

function remoteRefusal(reason: string, remote: string): SaidFailure {
  const said = [printable(reason), remote].filter((part) => part !== '').join('; ');
  if (SERVER_FAILED.test(reason))
    return { kind: 'unreachable', says: `the server failed: ${said}`, isUnsure: true };
  const isProtected = (PROTECTED.test(reason) || PROTECTED.test(remote)) && !HOLDS_SECRETS.test(remote);
  return {
    kind: isProtected ? 'protected' : 'refused',
    says: `the server refuses it: ${said}`,
    ...(isProtected && { advice: 'What holds for branches is in the settings of the repository.' }),
    isUnsure: CHANGED_MEANWHILE.test(reason),
  };
}

/** What came of talking with the server is what would come of fetching from it. */
function connectionFailure(stderr: string, remote: string, ended: string): SaidFailure {
  const [, notAble] = NOT_ABLE.exec(stderr) ?? [];
  if (notAble !== undefined) return { kind: 'refused', says: printable(notAble), isUnsure: false };
  const failure = serverFailure(stderr);
  if (failure === null) {
    // Of what git itself fails of it will fail again; killed, it may have been for its memory.
    const [, line] = /^(?:fatal|error): (.*)/m.exec(stderr) ?? [];
    return line === undefined
      ? { kind: 'unreachable', says: `git ended with ${ended}`, isUnsure: true }
      : { kind: 'refused', says: `git says: ${printable(line)}`, isUnsure: true };
  }
  const kind = PUSH_KIND[failure.kind];
  return {
    kind,
    says: [failure.says, remote].filter((part) => part !== '').join('; '),
    ...(failure.advice !== undefined && { advice: failure.advice }),
    isUnsure: kind === 'unreachable',
  };
}

/** What a failure to read from a server is to one who wants to push there. */
export const PUSH_KIND: Readonly<Record<MirrorFailure, PushFailure>> = {
  unauthorised: 'unauthorised',
  forbidden: 'unauthorised',
  gone: 'refused',
  refused: 'refused',
  'head-moved': 'moved',
  moved: 'unreachable',
  'rate-limited': 'unreachable',
  unreachable: 'unreachable',
  'too-large': 'unreachable',
  'no-space': 'unreachable',
  busy: 'unreachable',
  damaged: 'unreachable',
};

/** What the server has to say besides, without its progress. */
const remoteLines = (stderr: string): string =>
  stderr
    .split(/[\r\n]+/)
    .flatMap((line) => /^remote: *(?:error: *)?(.*\S)/.exec(line)?.[1] ?? [])
    .filter((line) => !/^(?:Resolving deltas|Counting|Compressing|Enumerating|Total|Processing)\b/.test(line))
    .map(printable)
    .join('; ')
    .slice(0, 400);

/** For one line of ours, without what could steer a terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{DI}]/gu, ' ').slice(0, 400);
