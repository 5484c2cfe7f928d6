import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/**
 * Why a branch was not pushed.
 *
 * - `moved`: it has something else by now that the commit is not built upon, or it was deleted: fetch it and see.
 * - `refused`: the server, or we, do not take it: a hook of the server, a workflow without the permission for it, a name that is
 *   none of a task's branch, a repository that is not there for this token.
 * - `unauthorised`: the token was refused twice (401), or may not write (403).
 * - `protected`: a branch protection or a ruleset covers it.
 * - `unreachable`: no answer, a 5xx, a limit, another address, and the branch is not what it was to be: it may come to be that.
 */
export type PushFailure = 'moved' | 'refused' | 'unauthorised' | 'protected' | 'unreachable';

/** Why a branch was not pushed. Neither the message nor a cause holds the token. */
export class PushError extends CodeAgentError {
  readonly kind: PushFailure;

  constructor(
    kind: PushFailure,
    message: string,
    { advice, cause }: { readonly advice?: string; readonly cause?: unknown } = {},
  ) {
    super(message, {
      exitCode: EXIT.incomplete,
      retryable: kind === 'unreachable',
      cause,
      ...(advice !== undefined && { advice }),
    });
    this.kind = kind;
  }
}
