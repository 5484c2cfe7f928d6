import { costOf } from '../agent/budget.ts';
import type { AgentEvent } from '../agent/events.ts';
import type { Model, ModelRequest, ModelTurn, TurnBlock } from '../agent/model.ts';
import type { RunSink } from '../agent/run-sink.ts';
import type { EventData, NewEvent, SessionEvent } from '../agent/session-event.ts';
import type { Journal } from './journal.ts';
import { callKey, type RecordedReturn, recordedReturns } from './recorded-turns.ts';
import { redactJson } from './redact-json.ts';
import { requestDigest } from './request-digest.ts';
import { createWriteOnce, type WriteOnce } from './write-once.ts';

/** Keeps a session in its journal, and takes from it what happened already. */
export interface Recorder extends RunSink {
  /** The model: what the session has an answer to is not asked again; an answer is without secrets before it is used. */
  record(model: Model): Model;
  readonly writeOnce: WriteOnce;
  /** What a call was answered, when its whole turn was. */
  answerTo(run: string, callId: string): RecordedReturn | null;
  /** What the worktree of a task holds behind a turn. */
  keep(run: string, turn: number, kept: { readonly tree: string; readonly patch: string }): void;
  /** Does something once: what it came to before is parsed and given back. */
  step<T>(key: string, parse: (value: unknown) => T, work: () => Promise<unknown>): Promise<T>;
  /** Writes an event of the session itself. */
  note(event: NewEvent, options?: { readonly durable?: boolean }): void;
}

/** `redact`: for what a model and the other side of a write say; what a model was told has been through it. */
export function createRecorder(journal: Journal, redact: (text: string) => Promise<string>): Recorder {
  const answers = recordedAnswers(journal.events);
  const known = new Set(journal.events.map(identityOf));
  const begun = new Set(
    journal.events.flatMap(({ type, data }) => (type === 'run-started' ? [data.run] : [])),
  );
  const returns = recordedReturns(journal.events);
  const steps = new Map(
    journal.events.flatMap(({ type, data }) =>
      type === 'step-done' ? [[data.key, data.result] as const] : [],
    ),
  );
  const models = new Map<string, Model>();
  /** What each run has sent, to write only what is new. */
  const sent = new Map<string, ModelRequest>();

  /** Once: a session that goes on repeats what it has already. */
  const append = (event: NewEvent, durable = false): void => {
    const identity = identityOf(event);
    if (identity !== null && known.has(identity)) return;
    journal.append(event, { durable });
    if (identity !== null) known.add(identity);
  };

  return {
    writeOnce: createWriteOnce(journal.events, (event) => append(event, true), redact),
    note: (event, { durable = false } = {}) => append(event, durable),
    record(model) {
      models.set(model.id, model);
      return {
        ...model,
        async ask(request, options) {
          const answer = answers.get(requestDigest(model.id, request));
          return answer ?? withoutSecrets(await model.ask(request, options), redact);
        },
      };
    },
    answerTo: (run, callId) => returns.get(callKey(run, callId)) ?? null,
    keep: (run, turn, kept) => append({ type: 'worktree-kept', data: { run, turn, ...kept } }),
    async step(key, parse, work) {
      if (steps.has(key)) return parse(steps.get(key));
      const result = await redactJson(await work(), redact);
      append({ type: 'step-done', data: { key, result } }, true);
      return parse(result);
    },
    hasBegun: (run) => begun.has(run),
    started: ({ run, persona, paths }) =>
      append({ type: 'run-started', data: { run, persona, paths: [...paths] } }),
    happened(run, event) {
      for (const one of recordsOf(run, event, sent, models)) append(one, one.type === 'model-responded');
    },
    ended: (run, { ended, reason, turns, usage }) =>
      append({ type: 'run-ended', data: { run, ended, reason, turns, usage } }),
  };
}

/** The answers that a session has, by the request. */
export function recordedAnswers(events: readonly SessionEvent[]): ReadonlyMap<string, ModelTurn> {
  return new Map(
    events.flatMap((event) =>
      event.type === 'model-responded' ? [[event.data.digest, turnOf(event.data.response)] as const] : [],
    ),
  );
}

type RecordedTurn = Extract<NewEvent, { type: 'model-responded' }>['data']['response'];

/** A call without an input, and one whose input is undefined, are the same in JSON, and not to a tool. */
const turnOf = (turn: RecordedTurn): ModelTurn => ({
  ...turn,
  blocks: turn.blocks.map(
    (block): TurnBlock =>
      block.type === 'tool-call'
        ? { ...block, input: block.input }
        : block.type === 'opaque'
          ? { ...block, value: block.value }
          : block,
  ),
});

function* recordsOf(
  run: string,
  event: AgentEvent,
  sent: Map<string, ModelRequest>,
  models: ReadonlyMap<string, Model>,
): Generator<NewEvent> {
  switch (event.type) {
    case 'model-request': {
      const { turn, model, request } = event;
      const before = sent.get(run);
      sent.set(run, request);
      yield {
        type: 'model-requested',
        data: { run, turn, model, digest: requestDigest(model, request), added: addedTo(before, request) },
      };
      return;
    }
    case 'model-response': {
      const { turn, model, response } = event;
      const digest = digestOf(sent.get(run), model);
      const priced = models.get(model);
      const usd = priced === undefined ? null : costOf(priced, response.usage);
      yield {
        type: 'model-responded',
        data: { run, turn, model, digest, response: plainTurn(response), usd },
      };
      return;
    }
    case 'model-failure': {
      const { turn, model, kind, message } = event;
      const digest = digestOf(sent.get(run), model);
      yield { type: 'model-failed', data: { run, turn, model, digest, kind, message, usage: null } };
      return;
    }
    case 'tool-call':
      yield { type: 'tool-called', data: { run, turn: event.turn, call: { ...event.call } } };
      return;
    case 'tool-result': {
      const { turn, result, decision } = event;
      const { callId, content, isError } = result;
      if (decision !== null) yield { type: 'tool-decided', data: { run, callId, ...decision } };
      yield { type: 'tool-returned', data: { run, turn, callId, content, isError } };
    }
  }
}

const plainTurn = (turn: ModelTurn): RecordedTurn => ({
  ...turn,
  blocks: turn.blocks.map((block) => ({ ...block })),
});

const digestOf = (request: ModelRequest | undefined, model: string): string =>
  request === undefined ? '' : requestDigest(model, request);

/** What is in a request and was not in the one before: of the first one, all. */
function addedTo(
  before: ModelRequest | undefined,
  request: ModelRequest,
): EventData['model-requested']['added'] {
  const { system, tools, messages, maxOutput } = request;
  const same = before?.messages.every(
    (message, index) => JSON.stringify(message) === JSON.stringify(messages[index]),
  );
  if (before === undefined || same !== true)
    return { system, tools: [...tools], messages: [...messages], maxOutput };
  return { messages: messages.slice(before.messages.length), maxOutput };
}

async function withoutSecrets(
  turn: ModelTurn,
  redact: (text: string) => Promise<string>,
): Promise<ModelTurn> {
  const blocks = turn.blocks.map(async (block): Promise<TurnBlock> => {
    if (block.type === 'text') return { ...block, text: await redact(block.text) };
    // What only its provider understands is bound to its signature: it is kept as it is.
    if (block.type === 'opaque') return block;
    const invalid = block.invalid === undefined ? {} : { invalid: await redact(block.invalid) };
    return { ...block, input: await redactJson(block.input, redact), ...invalid };
  });
  return { ...turn, blocks: await Promise.all(blocks) };
}

/** What makes an event the same one when a session is gone on with. Null: it may happen more than once. */
function identityOf(event: NewEvent): string | null {
  const { type, data } = event;
  // Of a turn that is made anew the last one counts.
  if (type === 'worktree-kept') return null;
  if (type === 'tool-returned') return `${type} ${data.run} ${data.turn} ${data.callId} ${data.content}`;
  if ('turn' in data && type !== 'model-failed') {
    const call = 'callId' in data ? data.callId : 'call' in data ? data.call.id : '';
    return `${type} ${data.run} ${data.turn} ${call}`;
  }
  if (type === 'tool-decided') return `${type} ${data.run} ${data.callId}`;
  if (type === 'run-started') return `${type} ${data.run}`;
  // One that failed may end otherwise the next time.
  if (type === 'run-ended') return data.ended === 'finished' ? `${type} ${data.run}` : null;
  if (type === 'step-done') return `${type} ${data.key}`;
  if (type === 'finding-made') return `${type} ${data.finding.fingerprint}`;
  if (type === 'session-started' || type === 'session-ended') return type;
  if (type === 'write-begun' || type === 'write-done') return `${type} ${data.key}`;
  return null;
}
