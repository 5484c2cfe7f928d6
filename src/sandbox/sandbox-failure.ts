import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** A sandbox that could not do its part: the command did not run. `advice`: what a person can do. */
export function sandboxFailure(
  message: string,
  options: { advice?: string; cause?: unknown; retryable?: boolean } = {},
): CodeAgentError {
  return new CodeAgentError(message, { exitCode: EXIT.incomplete, ...options });
}
