import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Truth } from '../review/score-findings.ts';
import { MODEL_CATEGORIES } from '../tools/model-categories.ts';
import { readJsonFile } from './read-json-file.ts';

/** A change that is known to have certain problems, or none. */
export interface EvalCase extends Truth {
  /** Its folder. */
  readonly name: string;
  readonly title: string;
  /** The commits, as the bundle names them. */
  readonly base: string;
  readonly head: string;
  /** Where it is described. */
  readonly file: string;
  /** Its repository. */
  readonly bundle: string;
}

const text = (error: string) =>
  z.string({ error }).check(z.regex(/\S/, { error }), z.maxLength(500, { error }));

/** A branch, a tag or a commit. What begins with a dash would be an option, and two dots are a range. */
const REVISION = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9/._~^-]{0,199}$/;
const revision = z
  .string({ error: 'a revision' })
  .check(z.regex(REVISION, { error: 'a revision, such as a branch or a commit of the bundle' }));

/** From the top of the repository. A path that leaves it, or that is not in its shortest form, names no file of it. */
const PATH = /^(?!\/)(?!(?:.*\/)?\.{0,2}(?:\/|$))[^\\\0]+$/;
const path = z
  .string({ error: 'a path' })
  .check(
    z.maxLength(4096, { error: 'a path' }),
    z.regex(PATH, { error: 'a path from the top of the repository, with / and without .. in it' }),
  );

const line = z
  .int({ error: 'the number of a line' })
  .check(z.gte(1, { error: 'the number of a line, from 1 on' }));
const inOrder = z.refine<{ startLine: number; endLine: number }>(
  ({ startLine, endLine }) => startLine <= endLine,
  { error: 'endLine is before startLine' },
);

const list = <T>(item: z.ZodMiniType<T>) => z.array(item, { error: 'a list' });
const object = { error: 'an object' };

const expected = z
  .strictObject(
    {
      path,
      startLine: line,
      endLine: line,
      category: z.exactOptional(z.enum(MODEL_CATEGORIES, { error: `one of ${MODEL_CATEGORIES.join(', ')}` })),
      about: list(
        text('a word or phrase').check(z.minLength(3, { error: 'a word of three letters or more' })),
      ).check(z.minLength(1, { error: 'a word or phrase at least' })),
    },
    object,
  )
  .check(inOrder);
const forbidden = z
  .strictObject({ path, startLine: line, endLine: line, why: text('why it is right') }, object)
  .check(inOrder);

const schema = z.strictObject(
  {
    title: text('a title'),
    source: text('where the code comes from'),
    licence: text('the licence of the code'),
    base: revision,
    head: revision,
    expected: list(expected),
    forbidden: z.exactOptional(list(forbidden)),
  },
  object,
);

/** The cases of a folder, which has a folder for each, by name. Rejects (exit code 2) when one is not as it has to be. */
export async function readEvalCases(folder: string): Promise<EvalCase[]> {
  const names = await caseNames(folder);
  if (names.length === 0) {
    throw new CodeAgentError(`there are no cases in ${folder}`, {
      exitCode: EXIT.usage,
      advice: 'Each case is a folder in it, with a case.json and a repository.bundle.',
    });
  }
  return Promise.all(names.map((name) => readCase(folder, name)));
}

async function readCase(folder: string, name: string): Promise<EvalCase> {
  const file = join(folder, name, 'case.json');
  const { title, base, head, expected, forbidden = [] } = await readJsonFile(file, schema);
  const bundle = join(folder, name, 'repository.bundle');
  if (!existsSync(bundle)) {
    throw new CodeAgentError(`${bundle}: is missing`, {
      exitCode: EXIT.usage,
      advice: 'Make it with `git bundle create repository.bundle BASE HEAD`.',
    });
  }
  return { name, title, base, head, expected, forbidden, file, bundle };
}

async function caseNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new CodeAgentError(`${folder}: cannot be read (${code})`, {
      exitCode: EXIT.usage,
      advice: 'Name a folder of cases: code-agent eval DIR',
      cause,
    });
  }
}
