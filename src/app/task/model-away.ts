import { CodeAgentError, EXIT } from '../../code-agent-error.ts';

/** The model of a task gives no answer, and may later: its session stays, and is gone on with then. */
export class ModelAway extends CodeAgentError {
  constructor(reason: string | null) {
    super(`The model does not answer (${reason ?? 'it does not say why'})`, {
      exitCode: EXIT.incomplete,
      retryable: true,
    });
  }
}
