import { loadPersonas, type Persona, readPersonaFile } from '../agent/load-personas.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { personasFolder } from '../local/personas-folder.ts';
import type { Door } from '../local/prepare-review.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { plural } from '../report/summary.ts';

/** `code-agent personas`: who there is. `code-agent personas show <name>`: the file of one, to the letter. */
export function personas(
  verb: string | undefined,
  name: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): number {
  const folder = personasFolder(door);
  if (verb === undefined || verb === 'list') return list([...loadPersonas(folder).values()], flags);
  if (verb !== 'show') throw usage(`personas has no verb ${JSON.stringify(verb)}: list or show`);
  if (name === undefined) throw usage('which persona? code-agent personas show <name>');
  const file = readPersonaFile(name, folder);
  if (file === null) {
    const known = [...loadPersonas(folder).keys()];
    throw usage(
      `there is no persona ${JSON.stringify(name)}.${didYouMean(name, known)} There are ${known.join(', ')}`,
    );
  }
  process.stdout.write(file.text);
  return EXIT.pass;
}

function list(all: readonly Persona[], flags: Record<string, unknown>): number {
  if (flags['json'] === true) {
    const told = all.map(({ prompt: _, ...persona }) => persona);
    process.stdout.write(`${sanitizeJson(JSON.stringify(told, null, 2))}\n`);
    return EXIT.pass;
  }
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, description, tools, turns, model, file } of all) {
    const facts = [
      plural(turns, 'turn'),
      ...(model === null ? [] : [`prefers ${model}`]),
      file ?? 'comes with the program',
    ];
    for (const [head, text] of [
      [name, description],
      ['', facts.join(' · ')],
      ['', tools.join(', ')],
    ] as const)
      process.stdout.write(`${head.padEnd(width)}  ${sanitizeLine(text)}\n`);
  }
  return EXIT.pass;
}

const usage = (message: string): CodeAgentError => new CodeAgentError(message, { exitCode: EXIT.usage });
