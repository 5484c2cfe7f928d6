import type { Persona } from '../agent/load-personas.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { didYouMean } from '../config/nearest.ts';

/** Those with a part of their own, which is not the work. */
const OTHERS: Readonly<Record<string, string>> = {
  planner: 'It plans every task, whoever does it.',
  analyst: '`code-agent interactive` has it talk an idea over.',
  reviewer: '`code-agent review` has it review a change.',
};

/** The tool by which the work ends. */
const END = 'finish_task';

/**
 * The persona that somebody wants to have the work done by. Throws with exit code 2 when there is none of that name, and when it has
 * another part, or could not end it.
 */
export function workerPersona(name: string, personas: ReadonlyMap<string, Persona>): Persona {
  const persona = personas.get(name);
  if (Object.hasOwn(OTHERS, name))
    throw new CodeAgentError(`the persona ${name} does no work of a task`, {
      exitCode: EXIT.usage,
      advice: OTHERS[name] ?? '',
    });
  const workers = [...personas.keys()].filter((one) => !Object.hasOwn(OTHERS, one));
  if (persona === undefined)
    throw new CodeAgentError(
      `there is no persona ${JSON.stringify(name)}.${didYouMean(name, workers)} There are ${workers.join(', ')}`,
      { exitCode: EXIT.usage, advice: '`code-agent personas` says who they are.' },
    );
  if (!persona.tools.includes(END))
    throw new CodeAgentError(`the persona ${name} has no ${END}: it could never end its work`, {
      exitCode: EXIT.usage,
      advice: `Add it to the tools in ${persona.file ?? name}.`,
    });
  return persona;
}
