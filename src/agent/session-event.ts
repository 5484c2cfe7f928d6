import * as z from 'zod/mini';
import type { EVENT_VERSIONS, EventType } from './event-versions.ts';

/**
 * What happened in a session, in order. Each type has a version of its own: a new one is added beside the old, which
 * is read for ever. Secrets were taken out before an event is made.
 */

const text = z.string();
const count = z.number().check(z.gte(0));
const usage = z.object({
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  estimated: z.boolean(),
});

/** One agent run within the session: a unit that is reviewed, a finding that is judged, a task. */
const run = z.string();

const toolCall = z.object({
  type: z.literal('tool-call'),
  id: text,
  name: text,
  /** JSON has no undefined: of a call that was none it is missing. */
  input: z.exactOptional(z.unknown()),
  invalid: z.exactOptional(text),
});
const turn = z.object({
  blocks: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text'), text }),
      toolCall,
      z.object({
        type: z.literal('opaque'),
        provider: z.enum(['anthropic', 'openai-compatible', 'scripted']),
        value: z.unknown(),
      }),
    ]),
  ),
  stop: z.enum(['end', 'tool-calls', 'max-tokens', 'pause', 'refusal', 'context-exceeded']),
  refusal: z.exactOptional(text),
  usage,
});

const finding = z.object({
  fingerprint: text,
  path: text,
  place: z.nullable(z.object({ startLine: count, endLine: count })),
  severity: z.enum(['error', 'warning', 'info']),
  category: text,
  title: text,
  body: text,
  source: text,
  confidence: z.number(),
  suppressed: z.nullable(z.object({ by: text, reason: text })),
});

const started1 = z.object({
  kind: z.enum(['review', 'task']),
  door: z.enum(['hook', 'cli', 'app']),
  tool: z.object({ name: text, version: text }),
  /** Of the change: its id, and the commits that it lies between. */
  change: z.nullable(z.object({ id: text, base: z.nullable(text), head: z.nullable(text) })),
  /** Those that may be asked, in order, with what they hold in tokens. None: the checks alone look. */
  models: z.array(z.object({ id: text, context: count, output: count })),
  /** Drawn anew for each session: with it and the same input, the same is asked again. '' when nothing is. */
  nonce: text,
});

const ended1 = z.object({
  outcome: z.enum(['pass', 'fail', 'incomplete', 'completed', 'failed', 'cancelled']),
  ms: count,
  usage: z.nullable(usage),
  usd: z.nullable(z.number()),
  findings: z.object({ kept: count, suppressed: count, dropped: count }),
});

/** By type and version. */
const DATA = {
  'session-started@1': started1,
  'session-started@2': z.extend(started1, {
    /** Sessions of one line follow each other: of a branch in a worktree, of a pull request. Null: of none. */
    line: z.nullable(text),
  }),
  'run-started@1': z.object({ run, persona: text, paths: z.array(text) }),
  'model-requested@1': z.object({
    run,
    turn: count,
    model: text,
    /** sha256 of the request as canonical JSON: the same request has the same answer in a replay. */
    digest: text,
    /** What was not in the request of the run before it: the first has all. */
    added: z.object({
      system: z.exactOptional(text),
      tools: z.exactOptional(z.array(z.unknown())),
      messages: z.array(z.unknown()),
      maxOutput: count,
    }),
  }),
  'model-responded@1': z.object({
    run,
    turn: count,
    model: text,
    digest: text,
    response: turn,
    usd: z.nullable(z.number()),
  }),
  'model-failed@1': z.object({
    run,
    turn: count,
    model: text,
    digest: text,
    kind: text,
    message: text,
    usage: z.nullable(usage),
  }),
  'tool-called@1': z.object({ run, turn: count, call: toolCall }),
  'tool-decided@1': z.object({
    run,
    callId: text,
    decision: z.enum(['allow', 'ask', 'deny']),
    reason: text,
  }),
  'tool-returned@1': z.object({ run, turn: count, callId: text, content: text, isError: z.boolean() }),
  /** Behind a turn of a task: what leads to the tree from the base, as a binary patch, in gzip, in base64. */
  'worktree-kept@1': z.object({ run, turn: count, tree: text, patch: text }),
  /** Something that a task does by itself, such as a run of the tests, and what it came to. */
  'step-done@1': z.object({ key: text, result: z.unknown() }),
  'finding-made@1': z.object({ finding }),
  /** Before it is written. `digest`: sha256 of it; what is written twice under one key is written once. */
  'write-begun@1': z.object({ key: text, target: text, digest: text }),
  'write-done@1': z.object({ key: text, result: z.unknown() }),
  'artifact-made@1': z.object({ name: text, mediaType: text, sha256: text, bytes: count }),
  'run-ended@1': z.object({ run, ended: text, reason: z.nullable(text), turns: count, usage }),
  'session-ended@1': ended1,
  'session-ended@2': z.extend(ended1, {
    /** What became of each path of the change, and what failed beside them; null when it was no review. */
    coverage: z.nullable(
      z.object({
        files: z.array(
          z.object({
            path: text,
            outcome: z.enum(['reviewed', 'excluded', 'skipped']),
            reason: z.nullable(text),
          }),
        ),
        failures: z.array(text),
      }),
    ),
  }),
} as const;

type Versioned = keyof typeof DATA;

type Newest<T extends EventType> = `${T}@${(typeof EVENT_VERSIONS)[T]}` & Versioned;

/** What an event of each type holds, in its newest version. */
export type EventData = { [T in EventType]: z.infer<(typeof DATA)[Newest<T>]> };

/** What an older version did not say. */
const UPGRADES: { readonly [V in Versioned]?: (data: z.infer<(typeof DATA)[V]>) => unknown } = {
  'session-started@1': (data) => ({ ...data, line: null }),
  'session-ended@1': (data) => ({ ...data, coverage: null }),
};

/** An event that has happened, and is not in a session yet. */
export type NewEvent = { [T in EventType]: { readonly type: T; readonly data: EventData[T] } }[EventType];

/** An event of a session. Its data is in the newest version, whichever it was written in. */
export type SessionEvent = NewEvent & {
  /** That it was written in. */
  readonly version: number;
  /** From 1 on, without a gap. */
  readonly seq: number;
  /** ISO 8601, in UTC. */
  readonly at: string;
};

const envelope = z.object({
  type: z.string(),
  version: z.int(),
  seq: z.int().check(z.gte(1)),
  at: z.iso.datetime(),
  data: z.unknown(),
});

/**
 * An event from a journal or a database. Throws RangeError for what is none; of a type or a version that only a newer
 * code-agent knows, its message says so.
 */
export function parseEvent(value: unknown): SessionEvent {
  const { success, data: event, error } = envelope.safeParse(value);
  if (!success) throw new RangeError(`no event: ${error.issues[0]?.message}`);
  const key = `${event.type}@${event.version}`;
  if (!isVersioned(key))
    throw new RangeError(`an event ${key}, which this version of code-agent does not know`);
  const parsed = z.safeParse(DATA[key], event.data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RangeError(`event ${event.seq} (${key}): ${issue?.path.join('.')}: ${issue?.message}`);
  }
  // Data and upgrade belong together, and type and data: all are chosen by the key.
  const upgrade = UPGRADES[key] as ((data: unknown) => unknown) | undefined;
  const data = upgrade === undefined ? parsed.data : upgrade(parsed.data);
  return { ...event, data } as SessionEvent;
}

const isVersioned = (key: string): key is Versioned => Object.hasOwn(DATA, key);
