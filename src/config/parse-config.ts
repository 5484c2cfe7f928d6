import { Composer, type CST, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, Parser } from 'yaml';
import * as z from 'zod/mini';
import { displayPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type ConfigValues, dottedKey, oneOf } from './config.ts';
import { didYouMean } from './nearest.ts';
import { configSchema, knownKeys, sectionKey } from './schema.ts';

export interface ParsedConfig {
  readonly values: ConfigValues;
  /** The line of every key and list item, by its dotted key: `hook.budget`, `paths[0].files[1]`. */
  readonly lines: ReadonlyMap<string, number>;
}

/** One thing that is wrong with a configuration file. */
interface ConfigProblem {
  readonly line: number;
  readonly text: string;
}

/** Longer than any that a person writes, and short enough for what YAML takes time over. */
const MOST_CHARACTERS = 64 * 1024;

/**
 * Twice what a right file can have, and no danger to the stack. YAML nodes are composed recursively, and V8 ends the
 * whole process when it compiles a regular expression close to the end of the stack.
 */
const DEEPEST = 16;

/** The values of a configuration file. Fails with every problem of the file at once, each with its line. */
export function parseConfig(text: string, fileName: string): ParsedConfig {
  const { value, lines } = parseYaml(text, fileName);
  const result = z.safeParse(configSchema, value, { reportInput: true, error: expectation });
  if (result.success) return { values: result.data, lines };
  throw refusal(
    fileName,
    result.error.issues.flatMap((issue) => describeIssue(issue, lines)),
  );
}

function parseYaml(text: string, fileName: string): { value: unknown; lines: Map<string, number> } {
  if (text.length > MOST_CHARACTERS)
    throw refusal(fileName, [{ line: 1, text: `longer than ${MOST_CHARACTERS} characters` }]);
  const lineCounter = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lineCounter.linePos(offset).line);
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  const deep = tooDeep(tokens);
  if (deep !== null)
    throw refusal(fileName, [{ line: lineAt(deep.offset), text: `nested more than ${DEEPEST} deep` }]);
  // The core schema whatever a %YAML directive says: in YAML 1.1 `off` would be the value false.
  const composer = new Composer({ schema: 'core', logLevel: 'error' });
  const [document, another] = composer.compose(tokens, true, text.length);
  if (another) throw refusal(fileName, [{ line: lineAt(another.range[0]), text: 'a second YAML document' }]);
  const problems = [...(document?.errors ?? []), ...(document?.warnings ?? [])].map(
    ({ code, message, pos }) => ({
      line: lineAt(pos[0]),
      text:
        code === 'DUPLICATE_KEY' ? `the key ${keyAt(text, pos[0])} is there twice` : `not YAML: ${message}`,
    }),
  );
  if (problems.length > 0) throw refusal(fileName, problems);
  const lines = new Map<string, number>();
  recordLines(document?.contents ?? null, [], lines, lineAt);
  try {
    return { value: document?.toJS() ?? {}, lines };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw refusal(fileName, [{ line: 1, text: `aliases that cannot be followed: ${error.message}` }], error);
  }
}

/** The first collection that is nested too deep, in what the parser gives before anything recurses into it. */
function tooDeep(tokens: readonly CST.Token[]): CST.Token | null {
  const open: { token: CST.Token | null | undefined; depth: number }[] = tokens.map((token) => ({
    token,
    depth: 0,
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (!token) continue;
    if (depth > DEEPEST) return token;
    if ('items' in token) {
      for (const { key, value } of token.items) {
        open.push({ token: key, depth: depth + 1 }, { token: value, depth: depth + 1 });
      }
    } else if (token.type === 'document') open.push({ token: token.value, depth });
  }
  return null;
}

const keyAt = (text: string, offset: number) =>
  quoted(/^[^:\r\n]{0,80}/.exec(text.slice(offset))?.[0].trim() ?? '');

function recordLines(
  node: Node | null,
  path: readonly (string | number)[],
  lines: Map<string, number>,
  lineAt: (offset: number) => number,
): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key) || !key.range) continue;
      const inner = [...path, String(key.value)];
      lines.set(dottedKey(inner), lineAt(key.range[0]));
      if (isMap(value) || isSeq(value)) recordLines(value, inner, lines, lineAt);
    }
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => {
      const inner = [...path, index];
      if (!isMap(item) && !isSeq(item) && !isScalar(item) && !isAlias(item)) return;
      if (item.range) lines.set(dottedKey(inner), lineAt(item.range[0]));
      recordLines(item, inner, lines, lineAt);
    });
  }
}

/** What YAML calls that which zod expected. Only for schemas that do not say it themselves. */
function expectation(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String));
  if (issue.code !== 'invalid_type') return 'something else';
  const names: Partial<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    string: 'text',
    boolean: 'true or false',
  };
  return names[issue.expected] ?? issue.expected;
}

function describeIssue(issue: z.core.$ZodIssue, lines: ReadonlyMap<string, number>): ConfigProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ line: lineOf([...path, key], lines), text: unknownKey(path, key) }));
  }
  const at = path.length === 0 ? '' : `${dottedKey(path)}: `;
  const line = lineOf(path, lines);
  if (issue.code === 'custom') return [{ line, text: `${at}${issue.message}` }];
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [{ line, text: `${at}is missing: expected ${issue.message}` }];
  const hint =
    issue.code === 'invalid_value' && typeof issue.input === 'string'
      ? didYouMean(issue.input, issue.values.map(String))
      : '';
  return [
    {
      line,
      text: `${at}expected ${issue.message}, got ${shown(issue.input)}${hint === '' ? '' : `.${hint}`}`,
    },
  ];
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const kind = path.at(-1) === 'checks' ? 'check' : 'key';
  const place = path.length === 0 ? '' : ` in ${dottedKey(path)}`;
  const known = knownKeys(path);
  const elsewhere = path.length === 0 ? sectionKey(key) : null;
  const meant = didYouMean(key, known) || (elsewhere === null ? '' : ` Did you mean "${elsewhere}"?`);
  return `unknown ${kind} ${quoted(key)}${place}.${meant || ` Known here: ${known.join(', ')}.`}`;
}

/** The line of the place or, where YAML has none (behind an alias, a key that is missing), of what holds it. */
function lineOf(path: readonly PropertyKey[], lines: ReadonlyMap<string, number>): number {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(dottedKey(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? quoted(value) : String(value);
}

const MOST_SHOWN = 80;
const quoted = (text: string) =>
  JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

const MOST_LISTED = 20;

function refusal(fileName: string, problems: readonly ConfigProblem[], cause?: unknown): CodeAgentError {
  const listed = problems
    .toSorted((one, other) => one.line - other.line)
    .slice(0, MOST_LISTED)
    .map(({ line, text }) => displayPath(`${fileName}:${line}: ${text}`));
  const more = problems.length - listed.length;
  if (more > 0) listed.push(`${displayPath(fileName)}: and ${more} more`);
  return new CodeAgentError(listed.join('\n'), { exitCode: EXIT.usage, cause });
}
