import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Who does a part of a task: what it is told, what it may use, and how far it may go. */
export interface Persona {
  readonly name: string;
  readonly description: string;
  /** The names of its tools. */
  readonly tools: readonly string[];
  /** Of the model, at most. */
  readonly turns: number;
  /** The id of the model that it prefers; null: the first that there is. */
  readonly model: string | null;
  readonly prompt: string;
}

const header = z.strictObject({
  description: z.string().check(z.minLength(1), z.maxLength(200)),
  tools: z.array(z.string().check(z.regex(/^[a-z][a-z0-9_]{0,63}$/))).check(z.minLength(1)),
  turns: z.int().check(z.gte(1), z.lte(500)),
  model: z.exactOptional(z.string().check(z.minLength(1))),
});

/** Those that come with the program. */
const OWN = new URL('./personas', import.meta.url);
const FILE = /^([a-z][a-z0-9-]{0,40})\.md$/;

/**
 * The personas by name: those that come with the program, and those in a person's own folder, which take the place of one of the
 * same name. Each is a Markdown file with its tools and limits in front (docs/tasks.md). Throws with exit code 2 for a file that
 * is none.
 */
export function loadPersonas(folder: string | null): ReadonlyMap<string, Persona> {
  const personas = new Map<string, Persona>();
  for (const place of [fileURLToPath(OWN), folder]) {
    for (const name of place === null ? [] : namesIn(place)) {
      const path = join(place ?? '', `${name}.md`);
      personas.set(name, parsePersona(name, readFileSync(path, 'utf8'), path));
    }
  }
  return personas;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((file) => FILE.exec(file)?.[1] ?? []);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** `path`: for what is wrong with it. */
export function parsePersona(name: string, text: string, path: string): Persona {
  const [, front, prompt = ''] = /^---\r?\n(.*?)\r?\n---\r?\n(.*)$/s.exec(text) ?? [];
  if (front === undefined || prompt.trim() === '')
    throw wrong(path, 'has no header between two lines of ---, or no text behind it');
  let value: unknown;
  try {
    value = parse(front);
  } catch (cause) {
    throw wrong(path, 'has a header that is no YAML', cause);
  }
  const parsed = z.safeParse(header, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(
      path,
      `has a header in which ${issue?.path.join('.') || 'something'} is wrong: ${issue?.message}`,
    );
  }
  const { model = null, ...rest } = parsed.data;
  return { name, ...rest, model, prompt: prompt.trim() };
}

const wrong = (path: string, what: string, cause?: unknown): CodeAgentError =>
  new CodeAgentError(`the persona ${path} ${what}`, {
    exitCode: EXIT.usage,
    advice: 'docs/tasks.md shows what one looks like.',
    ...(cause !== undefined && { cause }),
  });
