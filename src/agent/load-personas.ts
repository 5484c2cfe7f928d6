import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Who reviews, or does a part of a task: what it is told, what it may use, and how far it may go. */
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
  /** The file of a person's own; null: it comes with the program. */
  readonly file: string | null;
}

const header = z.strictObject({
  description: z.string().check(z.minLength(1), z.maxLength(200)),
  tools: z.array(z.string().check(z.regex(/^[a-z][a-z0-9_]{0,63}$/))).check(z.minLength(1)),
  turns: z.int().check(z.gte(1), z.lte(500)),
  model: z.exactOptional(z.string().check(z.minLength(1))),
});

/** Those that come with the program. */
const PROGRAMS = fileURLToPath(new URL('./personas', import.meta.url));
const FILE = /^([a-z][a-z0-9-]{0,40})\.md$/;

/**
 * The personas by name: those that come with the program, and those in a person's own folder, which take the place of one of the
 * same name. Each is a Markdown file with its tools and limits in front (docs/tasks.md). Throws with exit code 2 for a file that
 * is none.
 */
export function loadPersonas(folder: string | null): ReadonlyMap<string, Persona> {
  const names = new Set([PROGRAMS, folder].flatMap((place) => (place === null ? [] : namesIn(place))));
  return new Map(
    [...names].sort().flatMap((name) => {
      const persona = loadPersona(name, folder);
      return persona === null ? [] : [[name, persona] as const];
    }),
  );
}

/** One of them, without a look at the others; null when there is none of that name. */
export function loadPersona(name: string, folder: string | null): Persona | null {
  const found = readPersonaFile(name, folder);
  if (found === null) return null;
  const { path, text, isOwn } = found;
  return { ...parsePersona(name, text, path), file: isOwn ? path : null };
}

/** A file that a persona is made of. */
export interface PersonaFile {
  readonly path: string;
  readonly text: string;
  /** It is a person's own. */
  readonly isOwn: boolean;
}

/** The file of that persona, a person's own before that of the program; null when there is none. */
export function readPersonaFile(name: string, folder: string | null): PersonaFile | null {
  if (!FILE.test(`${name}.md`)) return null;
  for (const place of [folder, PROGRAMS]) {
    if (place === null) continue;
    const path = join(place, `${name}.md`);
    const text = readOrNull(path);
    if (text !== null) return { path, text, isOwn: place === folder };
  }
  return null;
}

const namesIn = (folder: string): string[] =>
  unlessMissing(() => readdirSync(folder).flatMap((file) => FILE.exec(file)?.[1] ?? [])) ?? [];

const readOrNull = (path: string): string | null => unlessMissing(() => readFileSync(path, 'utf8'));

/** Null where there is no such file or folder. Throws with exit code 2 for one that cannot be read. */
function unlessMissing<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new CodeAgentError(`personas cannot be read: ${error.message}`, {
      exitCode: EXIT.usage,
      cause: error,
    });
  }
}

/** `path`: for what is wrong with it. */
export function parsePersona(name: string, text: string, path: string): Omit<Persona, 'file'> {
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
