import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Usage } from './model.ts';

/**
 * - `key`: 401, the key is refused. `permission`: 403. `payment`: 402 or a spend limit. `not-found`: no such model, 404.
 * - `rate-limit`: 429. `overloaded`: 529 and the like. `server`: any other 5xx.
 * - `too-large`: 413, the request has too many bytes or tokens. `bad-request`: any other 4xx, a defect of ours.
 * - `deadline`: our own time for the call is up. `aborted`: somebody ended it.
 * - `connection`: no connection, or it broke. `bad-answer`: not what the protocol says, or cut off.
 */
export type ModelErrorKind =
  | 'key'
  | 'permission'
  | 'payment'
  | 'not-found'
  | 'rate-limit'
  | 'overloaded'
  | 'server'
  | 'too-large'
  | 'bad-request'
  | 'deadline'
  | 'aborted'
  | 'connection'
  | 'bad-answer';

/** Why a model gave no turn. `retryable`: the same call, made later or to another model, may succeed. Holds no secret. */
export class ModelError extends CodeAgentError {
  readonly kind: ModelErrorKind;
  /** What was paid for nonetheless, as far as the provider said. */
  readonly usage: Usage | null;

  constructor(
    kind: ModelErrorKind,
    message: string,
    options: { retryable: boolean; advice?: string; usage?: Usage | null; cause?: unknown },
  ) {
    const { retryable, advice, cause, usage = null } = options;
    super(message, {
      exitCode: kind === 'deadline' ? EXIT.timeout : EXIT.incomplete,
      retryable,
      ...(advice !== undefined && { advice }),
      ...(cause !== undefined && { cause }),
    });
    this.kind = kind;
    this.usage = usage;
  }
}
