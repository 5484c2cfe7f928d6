import { CodeAgentError } from '../code-agent-error.ts';

/** What a person is told of an error. One of no kind that we know is a fault of ours and may hold anything: `otherwise`. */
export const problemText = (error: unknown, otherwise: string): string =>
  error instanceof CodeAgentError ? `${error.message}.` : otherwise;
