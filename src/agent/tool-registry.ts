import * as z from 'zod/mini';
import { toDotPath } from 'zod/v4/core';
import englishErrors from 'zod/v4/locales/en.js';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { monotonicMs } from './clock.ts';
import type { ToolCall, ToolResult, ToolSpec } from './model.ts';
import type { Decision, ToolUse } from './policy.ts';
import { type Tool, ToolFailure, type ToolOutput } from './tool.ts';

/** Any tool: what its input is, only its own schema knows. */
export type AnyTool = Omit<Tool, 'input'> & { readonly input: z.ZodMiniType<unknown> };

/** The tools of one run. */
export interface Toolbox {
  /** By name: in the same order each time, for what a provider caches begins with them. */
  readonly specs: readonly ToolSpec[];
  /**
   * Runs the tool that a model asks for. What the model did wrong, what the policy forbids and what takes too long is
   * an answer to it; what rejects is ours.
   */
  call(call: ToolCall, signal: AbortSignal): Promise<ToolAnswer>;
}

export interface ToolAnswer {
  readonly result: ToolResult;
  /** `invalid`: the input is not what the schema says. `unknown`: there is no such tool. */
  readonly outcome: 'done' | 'failed' | 'denied' | 'invalid' | 'unknown';
  /** Whether files were changed: what was asked before may have another answer now. */
  readonly wrote: boolean;
  /** Null when the policy was not asked. */
  readonly decision: Decision | null;
  /** See {@link ToolOutput.details}. */
  readonly details: unknown;
  /** Characters of the answer that the model was not shown. */
  readonly cut: number;
  readonly ms: number;
}

/** What a person is asked. */
export interface Question extends ToolUse {
  readonly input: unknown;
  readonly reason: string;
}

export interface ToolboxOptions {
  readonly decide: (use: ToolUse) => Decision;
  /** Asks a person. Without it nobody can answer, and what would be asked is denied. */
  readonly approve?: (question: Question, signal: AbortSignal) => Promise<boolean>;
  /** Takes the secrets out of all that a model is told; before it is cut, for half a secret is not recognised. */
  readonly redact?: (text: string) => string | Promise<string>;
  /** Characters of an answer. */
  readonly characters?: number;
  /** Milliseconds that a tool may take. */
  readonly timeLimit?: number;
}

const WRITING: readonly (AnyTool['effect'] | undefined)[] = ['write', 'delete'];

/** Milliseconds that a tool has to end after it was told to. */
const GRACE = 1_000;

/** Throws TypeError for a tool that is none: see {@link toolSpec}. */
export function createToolRegistry(
  tools: readonly AnyTool[],
  { decide, approve, redact, characters = 30_000, timeLimit = 30_000 }: ToolboxOptions,
): Toolbox {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size < tools.length) throw new TypeError('two tools have one name');
  const names = [...byName.keys()].sort();

  async function answer(call: ToolCall, signal: AbortSignal): Promise<Answer> {
    const tool = byName.get(call.name);
    if (tool === undefined)
      return refusal('unknown', `There is no tool ${quoted(call.name)}. The tools are: ${names.join(', ')}.`);
    if (call.invalid !== undefined)
      return refusal('invalid', `The input of ${tool.name} was no JSON: ${quoted(call.invalid)}`);
    const parsed = z.safeParse(tool.input, call.input, { error: englishErrors().localeError });
    if (!parsed.success)
      return refusal('invalid', `The input of ${tool.name} is wrong:\n${listIssues(parsed.error.issues)}`);
    // Of the type that the tool's own schema made.
    const input = parsed.data as never;
    const use = { tool: tool.name, effect: tool.effect, paths: tool.paths?.(input) ?? [] };
    const decision = decide(use);
    const { reason } = decision;
    if (decision.decision === 'deny') return { ...refusal('denied', `Not allowed: ${reason}.`), decision };
    if (decision.decision === 'ask') {
      if (approve === undefined)
        return { ...refusal('denied', `Not allowed: ${reason}, and nobody can be asked here.`), decision };
      if (!(await approve({ ...use, input, reason }, signal)))
        return { ...refusal('denied', 'Not allowed: the person who was asked said no.'), decision };
    }
    const output = await runWithin(tool, input, signal, timeLimit);
    return typeof output === 'string'
      ? { ...refusal('failed', output), decision }
      : { outcome: 'done', output, decision };
  }

  return {
    specs: names.flatMap((name) => {
      const tool = byName.get(name);
      return tool === undefined ? [] : [toolSpec(tool)];
    }),
    async call(call, signal) {
      const startedAt = monotonicMs();
      const { outcome, output, decision } = await answer(call, signal);
      const text = redact === undefined ? output.content : await redact(output.content);
      const { shown, cut } = cutToLength(text.toWellFormed(), characters, output.more);
      return {
        result: { callId: call.id, content: shown, isError: outcome !== 'done' },
        outcome,
        wrote: outcome === 'done' && WRITING.includes(byName.get(call.name)?.effect),
        decision,
        details: output.details,
        cut,
        ms: monotonicMs() - startedAt,
      };
    },
  };
}

interface Answer extends Pick<ToolAnswer, 'outcome' | 'decision'> {
  readonly output: ToolOutput;
}

const refusal = (outcome: ToolAnswer['outcome'], content: string): Answer => ({
  outcome,
  output: { content },
  decision: null,
});

const quoted = (text: string): string => JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);

function listIssues(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.map(({ path, message }) => `- ${toDotPath(path) || 'the input'}: ${message}`);
  return lines.slice(0, 20).join('\n');
}

/** What the tool answers, or why there is no answer. A tool that changes something is never given up on while it may. */
async function runWithin(
  tool: AnyTool,
  input: never,
  signal: AbortSignal,
  timeLimit: number,
): Promise<ToolOutput | string> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeLimit);
  const told = AbortSignal.any([signal, late.signal]);
  const patience = waitFor(told, GRACE);
  try {
    const output = await Promise.race([tool.run(input, { signal: told }), patience.over]);
    if (output !== STILL_RUNNING) return output;
    if (tool.effect !== 'read' && tool.effect !== 'report')
      throw new CodeAgentError(`the tool ${tool.name} does not end, and may still be changing something`, {
        exitCode: EXIT.incomplete,
      });
  } catch (error) {
    if (error instanceof ToolFailure) return error.message;
    if (!told.aborted || error instanceof CodeAgentError) throw error;
  } finally {
    clearTimeout(timer);
    patience.stop();
  }
  return signal.aborted
    ? `${tool.name} was stopped.`
    : `${tool.name} did not end within ${timeLimit / 1000} s and was stopped. Ask for less.`;
}

const STILL_RUNNING = Symbol('still running');

/** Resolves so many milliseconds after the signal. */
function waitFor(signal: AbortSignal, ms: number) {
  let timer: NodeJS.Timeout | undefined;
  let start = () => {};
  const over = new Promise<typeof STILL_RUNNING>((resolve) => {
    start = () => {
      timer = setTimeout(() => resolve(STILL_RUNNING), ms);
    };
  });
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  return {
    over,
    stop() {
      signal.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}

/** Cuts at the end of a line, where there is one in the second half. */
function cutToLength(text: string, most: number, more = 'Ask for less at a time.') {
  if (text.length <= most) return { shown: text, cut: 0 };
  const newline = text.lastIndexOf('\n', most);
  const end = newline >= most / 2 ? newline : most;
  const kept = text.slice(0, end).toWellFormed();
  const cut = text.length - end;
  return { shown: `${kept}\n[The last ${cut} of ${text.length} characters are cut off. ${more}]`, cut };
}

/**
 * The tool as a model is told of it. Throws TypeError when its name is not one, when its schema is none of an object or
 * has no JSON Schema, and when it lets unknown keys pass.
 */
export function toolSpec({ name, description, input }: AnyTool): ToolSpec {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} is no name of a tool`);
  const inputSchema = madeSchemas.get(input) ?? objectSchemaOf(name, input);
  madeSchemas.set(input, inputSchema);
  return { name, description, inputSchema };
}

/** Each part of a change has tools of its own, of the same few schemas. */
const madeSchemas = new WeakMap<AnyTool['input'], ToolSpec['inputSchema']>();

function objectSchemaOf(name: string, input: AnyTool['input']): ToolSpec['inputSchema'] {
  const { $schema, '~standard': _, ...schema } = z.toJSONSchema(input, { io: 'input' });
  if (schema.type !== 'object') throw new TypeError(`the input of ${name} is no object`);
  if (schema.additionalProperties !== false)
    throw new TypeError(`the input of ${name} lets unknown keys pass: they must be errors`);
  return schema;
}
