import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/**
 * - `rate-limited`: 403 or 429 with a limit of GitHub's; see `retryAt`.
 * - `refused`: 422 or 400, with GitHub's own `errors`; any other 4xx too, a defect of ours.
 * - `gone`: 404, 410, 451: not there, or not for this token.
 * - `moved`: a write to the old name of a repository that was renamed. Nothing was done; the client knows the new name now.
 * - `unauthorised`: 401, also with a new token. `forbidden`: 403 without a limit. `conflict`: 409.
 * - `server`: 5xx. `unreachable`: no answer, or none in time. `malformed`: not an answer as GitHub's description has it.
 */
export type GitHubFailure =
  | 'rate-limited'
  | 'refused'
  | 'gone'
  | 'moved'
  | 'unauthorised'
  | 'forbidden'
  | 'conflict'
  | 'server'
  | 'unreachable'
  | 'malformed';

/** Why GitHub did not do what was asked. Holds no token, no JWT and no key, also not in its cause. */
export class GitHubError extends CodeAgentError {
  readonly kind: GitHubFailure;
  /** As GitHub's OpenAPI description names it: `pulls/create-review`; `graphql/<name>`. */
  readonly operation: string;
  /** Of HTTP; null without an answer. GraphQL answers 200 to all. */
  readonly status: number | null;
  /** With a rate limit: when GitHub takes requests again, as far as it told, and at least a minute when it did not. */
  readonly retryAt: Date | null;
  /** It was a write, and it may have been done all the same: look for it before it is tried again. */
  readonly mayHaveHappened: boolean;
  /** What GitHub said in detail of what it refused; each one line. */
  readonly errors: readonly string[];

  constructor(
    kind: GitHubFailure,
    message: string,
    options: {
      operation: string;
      status: number | null;
      retryAt?: Date;
      mayHaveHappened?: boolean;
      errors?: readonly string[];
      advice?: string;
      cause?: unknown;
    },
  ) {
    const { operation, status, retryAt, mayHaveHappened, errors, advice, cause } = options;
    super(message, {
      exitCode: EXIT.incomplete,
      retryable: RETRYABLE.includes(kind),
      ...(advice !== undefined && { advice }),
      ...(cause !== undefined && { cause }),
    });
    this.kind = kind;
    this.operation = operation;
    this.status = status;
    this.retryAt = retryAt ?? null;
    this.mayHaveHappened = mayHaveHappened ?? false;
    this.errors = errors ?? [];
  }
}

const RETRYABLE: readonly GitHubFailure[] = ['rate-limited', 'moved', 'server', 'unreachable'];
