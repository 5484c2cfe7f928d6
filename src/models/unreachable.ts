import type { Model } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import type { CodeAgentError } from '../code-agent-error.ts';

/** A model that cannot be asked, for a reason that is known before: it fails with it, and the next one is asked. */
export function createUnreachableModel(id: string, why: CodeAgentError): Model {
  const { message, advice, retryable } = why;
  const failure =
    why instanceof ModelError
      ? why
      : new ModelError('not-found', message, {
          retryable,
          ...(advice !== undefined && { advice }),
          cause: why,
        });
  return {
    id,
    provider: 'openai-compatible',
    // Nothing is fitted to it.
    limits: { context: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER },
    price: null,
    ask: () => Promise.reject(failure),
  };
}
