import * as z from 'zod/mini';
import { ToolFailure, type ToolOutput } from '../agent/tool.ts';
import { type AnyTool, toolSpec } from '../agent/tool-registry.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

type Run = (input: unknown, context: { readonly signal: AbortSignal }) => unknown;
type Paths = (input: unknown) => readonly string[];

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toolShape = z.strictObject({
  name: z.string(),
  description: z.string().check(z.minLength(1)),
  inputSchema: z.custom<Readonly<Record<string, unknown>>>(isRecord),
  effect: z.enum(['read', 'report', 'write', 'delete', 'run', 'network']),
  paths: z.exactOptional(z.custom<Paths>(isFunction)),
  run: z.custom<Run>(isFunction),
});

/** What is said of a key that is not what it should be. */
const EXPECTED: Readonly<Record<string, string>> = {
  name: 'expected a text',
  description: 'expected a text: it tells the model what the tool does',
  inputSchema: 'expected a JSON Schema or a zod schema',
  effect: 'expected one of read, report, write, delete, run, network',
  paths: 'expected a function',
  run: 'expected a function',
};

const outputShape = z.union([
  z.string(),
  z.object({
    content: z.string(),
    details: z.exactOptional(z.unknown()),
    more: z.exactOptional(z.string()),
  }),
]);

/**
 * The tools in the files that a user's own configuration names. The default export of each is an array of tools, or a
 * function that answers one: `{ name, description, inputSchema, effect, run }`. `importFile` is `import()`; `taken` are
 * the names that tools have already. Rejects with exit code 2 when a file holds anything else.
 */
export async function loadUserTools(
  files: readonly string[],
  importFile: (file: string) => Promise<unknown>,
  taken: readonly string[],
): Promise<AnyTool[]> {
  const tools: AnyTool[] = [];
  const owners = new Map(taken.map((name) => [name, 'code-agent']));
  for (const file of files) {
    for (const [index, value] of (await exported(file, importFile)).entries()) {
      const tool = await openTool(value, index, file);
      const owner = owners.get(tool.name);
      if (owner !== undefined)
        throw failure(file, `the name ${tool.name} is taken (by ${owner})`, 'Give it another name.');
      owners.set(tool.name, file);
      tools.push(tool);
    }
  }
  return tools;
}

async function exported(file: string, importFile: (file: string) => Promise<unknown>): Promise<unknown[]> {
  let value: unknown;
  try {
    const module = await importFile(file);
    value = isRecord(module) ? module['default'] : undefined;
    if (typeof value === 'function') value = await value();
  } catch (cause) {
    throw failure(file, `it cannot be loaded (${messageOf(cause)})`, 'Does `node` run it?', cause);
  }
  if (Array.isArray(value)) return value;
  throw failure(file, 'its default export is neither an array of tools nor a function that answers one');
}

async function openTool(value: unknown, index: number, file: string): Promise<AnyTool> {
  const parsed = z.safeParse(toolShape, value);
  const name = isRecord(value) && typeof value['name'] === 'string' ? value['name'] : String(index + 1);
  if (!parsed.success) throw failure(file, `tool ${name}: ${problemOf(parsed.error.issues)}`);
  const { inputSchema, run, ...rest } = parsed.data;
  try {
    const tool: AnyTool = {
      ...rest,
      input: await schemaOf(inputSchema),
      run: async (input, context) => outputOf(await runChecked(run, input, context, name, file), name, file),
    };
    toolSpec(tool);
    return tool;
  } catch (cause) {
    throw failure(file, `tool ${name}: ${messageOf(cause)}`, undefined, cause);
  }
}

function problemOf(issues: readonly z.core.$ZodIssue[]): string {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') return `unknown key "${issue.keys[0]}"`;
  const key = String(issue?.path[0] ?? '');
  return key === '' ? 'it is no object' : `${key}: ${EXPECTED[key]}`;
}

/** A schema of zod 4, of whichever copy of it, or a JSON Schema. Unknown keys are errors unless it speaks of them. */
async function schemaOf(schema: Readonly<Record<string, unknown>>): Promise<AnyTool['input']> {
  if (isZod(schema)) return schema;
  if ('_def' in schema) throw new TypeError('inputSchema: a schema of zod 3; use zod 4, or a JSON Schema');
  // Only here, and large.
  const { fromJSONSchema } = await import('zod');
  // It throws for what is no JSON Schema, or one that it does not know.
  return fromJSONSchema({ additionalProperties: false, ...schema } as z.core.JSONSchema.JSONSchema);
}

const isZod = (schema: object): schema is AnyTool['input'] => '_zod' in schema;

/** A tool of a user may say that the model did wrong by an error of that name; another one is the tool's own. */
async function runChecked(
  run: Run,
  input: unknown,
  context: { readonly signal: AbortSignal },
  name: string,
  file: string,
): Promise<unknown> {
  try {
    return await run(input, context);
  } catch (cause) {
    context.signal.throwIfAborted();
    if (cause instanceof Error && cause.name === 'ToolFailure')
      throw new ToolFailure(cause.message, { cause });
    throw new CodeAgentError(`${file}: tool ${name} failed: ${messageOf(cause)}`, {
      exitCode: EXIT.incomplete,
      advice: 'An error whose name is "ToolFailure" is told to the model instead.',
      cause,
    });
  }
}

function outputOf(value: unknown, name: string, file: string): ToolOutput {
  const parsed = z.safeParse(outputShape, value);
  if (parsed.success) return typeof parsed.data === 'string' ? { content: parsed.data } : parsed.data;
  throw new CodeAgentError(`${file}: tool ${name} answered neither a text nor { content: text }`, {
    exitCode: EXIT.incomplete,
  });
}

/** Its first line: the rest is code, or a stack. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1).join();

function failure(file: string, problem: string, advice?: string, cause?: unknown): CodeAgentError {
  return new CodeAgentError(`${file}: ${problem}`, {
    exitCode: EXIT.usage,
    ...(advice !== undefined && { advice }),
    ...(cause !== undefined && { cause }),
  });
}
