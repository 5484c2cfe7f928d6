import { loadPersona, type Persona } from '../agent/load-personas.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Without them a review says nothing, or never ends. */
const NEEDED = ['report_finding', 'finish_review'];

/**
 * The persona that reviews: the program's, or a person's own in its place. Throws with exit code 2 when that is none, or could not
 * review.
 */
export function loadReviewer(folder: string | null): Persona {
  const persona = loadPersona('reviewer', folder);
  if (persona === null)
    throw new CodeAgentError('there is no persona reviewer', { exitCode: EXIT.incomplete });
  const missing = NEEDED.filter((name) => !persona.tools.includes(name));
  if (missing.length === 0) return persona;
  throw new CodeAgentError(
    `the persona ${persona.file ?? persona.name} has no ${missing.join(' and no ')}: a reviewer reports and ends with them`,
    { exitCode: EXIT.usage, advice: 'Add them to its tools.' },
  );
}
