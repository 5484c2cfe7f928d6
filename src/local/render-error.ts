import { CodeAgentError } from '../code-agent-error.ts';
import { sanitize } from '../report/sanitize.ts';

/** What happened, where, and what to do, in that order; the cause and the stack only when asked for. */
export function renderError(error: unknown, verbose: boolean): string {
  const lines = [`code-agent: ${messageOf(error)}`];
  if (error instanceof CodeAgentError && error.advice !== undefined) lines.push(`  ${error.advice}`);
  if (verbose) for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return `${sanitize(lines.join('\n'))}\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof CodeAgentError || (error instanceof Error && error.name === 'CACError'))
    return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `something went wrong that should not have: ${text}. Run it with --verbose, and please report it.`;
}
