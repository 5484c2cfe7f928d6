import { CodeAgentError } from '../../code-agent-error.ts';

/** What a person can mend: no use in trying it again by itself. */
export class TaskProblem extends CodeAgentError {
  constructor(message: string) {
    super(message, { exitCode: 2 });
  }
}
