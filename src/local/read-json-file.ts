import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { displayPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { dottedKey } from '../config/config.ts';

const MOST_LISTED = 10;

/**
 * Reads a JSON file that a person wrote. Each `error` of the schema completes "expected …". Rejects (exit code 2) with the
 * file and everything that is wrong in it.
 */
export async function readJsonFile<T>(file: string, schema: z.ZodMiniType<T>): Promise<T> {
  const result = z.safeParse(schema, parseJson(file, await readText(file)), {
    reportInput: true,
    error: ({ code, message }) => (code === 'invalid_type' ? 'something else' : message),
  });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(describe).map((problem) => displayPath(`${file}: ${problem}`));
  const more = problems.length - MOST_LISTED;
  throw refusal(
    [...problems.slice(0, MOST_LISTED), ...(more > 0 ? [`${file}: and ${more} more`] : [])].join('\n'),
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw refusal(
      `${displayPath(file)}: ${code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`}`,
      error,
    );
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(`${displayPath(file)}: not JSON: ${error.message}`, error);
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.length === 0 ? '' : `${dottedKey(issue.path)}: `;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${at}unknown key ${JSON.stringify(key)}`);
  if (issue.code === 'custom') return [`${at}${issue.message}`];
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [`${at}is missing: expected ${issue.message}`];
  return [`${at}expected ${issue.message}, got ${shown(issue.input)}`];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const refusal = (message: string, cause?: unknown) =>
  new CodeAgentError(message, { exitCode: EXIT.usage, cause });
