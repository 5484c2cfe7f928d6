import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/**
 * Why a mirror could not be made or brought up to date.
 *
 * - `head-moved`: the pull request's head is another commit by now; {@link MirrorError.current} says which.
 * - `gone`: the server has no such repository, no such pull request, or does not show it to this token (404, 410, 451).
 * - `moved`: the server answered with another address (3xx), which is not followed: read the repository again by its id.
 * - `unauthorised`: the token was refused twice, or one is needed (401).
 * - `forbidden`: 403. `rate-limited`: 429.
 * - `unreachable`: no answer, a 5xx, or a connection that was cut or went silent.
 * - `too-large`: the mirror grew over its limit. What came of it was removed.
 * - `no-space`: the disk is full, or a file may not grow any more. What came of it was removed.
 * - `busy`: another process had the mirror for too long.
 * - `damaged`: git cannot work with the mirror, and it was made anew already or others are at work in it.
 * - `refused`: git does not take what came: dangerous or damaged objects, another object format, a server's own error.
 */
export type MirrorFailure =
  | 'head-moved'
  | 'gone'
  | 'moved'
  | 'unauthorised'
  | 'forbidden'
  | 'rate-limited'
  | 'unreachable'
  | 'too-large'
  | 'no-space'
  | 'busy'
  | 'damaged'
  | 'refused';

/** What is worth another try without anybody's doing. */
const RETRYABLE: readonly MirrorFailure[] = [
  ...(['head-moved', 'rate-limited', 'unreachable', 'no-space', 'busy', 'damaged'] as const),
];

/** A failure of a mirror. Neither the message nor a cause holds the token. */
export class MirrorError extends CodeAgentError {
  readonly kind: MirrorFailure;
  /** Of `head-moved`: the head that the server has now; null when it does not say. */
  readonly current: string | null;

  constructor(
    kind: MirrorFailure,
    message: string,
    { advice, cause, current = null }: { advice?: string; cause?: unknown; current?: string | null } = {},
  ) {
    super(message, {
      exitCode: EXIT.incomplete,
      retryable: RETRYABLE.includes(kind),
      cause,
      ...(advice !== undefined && { advice }),
    });
    this.kind = kind;
    this.current = current;
  }
}
