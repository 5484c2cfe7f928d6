import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** The index became another one between two looks at it: another process staged something. */
export function changedFailure(): CodeAgentError {
  return new CodeAgentError('the index changed while it was being reviewed', {
    exitCode: EXIT.incomplete,
    advice: 'Something else staged or unstaged files. Run it again.',
    retryable: true,
  });
}
