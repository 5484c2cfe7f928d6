import { foldSession, type SessionState } from '../agent/fold-session.ts';
import type { Usage } from '../agent/model.ts';
import type { EventData, SessionEvent } from '../agent/session-event.ts';
import { displayPath } from '../change/path.ts';
import { coverageText, durationText, findingsText, placeText, plural, spentTexts } from './summary.ts';

/**
 * A session in words, for a format to show. What it says itself stands in fields of its own, neither sanitised nor
 * escaped; of its texts none is shortened. Digests and limits of requests, ids of calls and the nonce are left to the JSON.
 */
export interface SessionAccount {
  /** What it was and came to. */
  readonly facts: readonly Fact[];
  /** `1 error, 1 suppressed`, in our words. */
  readonly found: string;
  /** Those that count before those that are suppressed. */
  readonly findings: readonly FindingAccount[];
  /** What became of each path of the change, and what failed beside them. */
  readonly coverage: readonly Fact[];
  readonly runs: readonly RunAccount[];
  /** What it wrote and made, outside of any run. */
  readonly writes: readonly Entry[];
}

export interface Fact {
  readonly name: string;
  /** May hold the session's words. */
  readonly value: string;
}

export interface FindingAccount {
  readonly severity: EventData['finding-made']['finding']['severity'];
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly body: string;
}

export interface RunAccount {
  readonly run: string;
  /** None when nothing says how it began. */
  readonly facts: readonly Fact[];
  /** `3 turns, 2 calls`, in our words. */
  readonly counts: string;
  /** Null while it has not. */
  readonly ended: string | null;
  readonly entries: readonly Entry[];
}

/** What one event says. */
export interface Entry {
  /** ISO 8601. */
  readonly at: string;
  /** Whether a turn of the run begins with it. */
  readonly turn: boolean;
  /** In our words. */
  readonly line: string;
  /** What the line ends with, in the session's words. */
  readonly subject: string;
  readonly texts: readonly LabelledText[];
}

export interface LabelledText {
  /** In our words. */
  readonly label: string;
  readonly text: string;
  /** One line, and short enough to stand beside its label. */
  readonly short: boolean;
}

/** The account of a session that has begun, or that holds no events at all. Throws RangeError as `foldSession` does. */
export function sessionAccount(events: readonly SessionEvent[]): SessionAccount {
  const calls = callsOf(events);
  const state = events.length === 0 ? null : foldSession(events);
  const findings = state?.findings ?? [];
  return {
    facts: state === null ? [{ name: 'Outcome', value: 'none: it holds no events' }] : factsOf(state, events),
    found: findings.length === 0 && !state?.ended ? 'no findings yet' : findingsText(findings),
    findings: [
      ...findings.filter(({ suppressed }) => suppressed === null),
      ...findings.filter(({ suppressed }) => suppressed !== null),
    ].map(findingAccount),
    coverage: coverageFacts(state?.ended?.coverage ?? { files: [], failures: [] }),
    runs: runsOf(state, events, calls),
    writes: events.flatMap((event) => ('run' in event.data ? [] : entryOf(event, calls))),
  };
}

function factsOf(state: SessionState, events: readonly SessionEvent[]): Fact[] {
  const { started, startedAt, lastAt, ended, calls, usage, usd } = state;
  const { kind, door, tool, change, line, models } = started;
  const unpriced = events.some(({ type, data }) => type === 'model-responded' && data.usd === null);
  const [tokens, cost] = spentTexts({ calls, usage, usd, unpriced });
  return [
    ...fact('Outcome', ended?.outcome ?? 'not ended'),
    ...fact('Kind', kind),
    ...fact('Door', door),
    ...fact('Change', change === null ? 'none' : changeText(change)),
    ...fact('Line', line),
    ...fact('Models', models.map(({ id }) => id).join(', else ') || 'none'),
    ...fact('Answers', String(calls)),
    ...fact('Tokens', tokens),
    ...fact('Cost', cost),
    ...fact('Begun', startedAt),
    ...(ended === null ? fact('Last event', lastAt) : fact('Time', durationText(ended.ms))),
    ...(ended === null ? [] : fact('Findings', countsText(ended.findings))),
    ...fact('Coverage', ended?.coverage && coverageText({ ...ended.coverage, notes: [] })),
    ...fact('Tool', `${tool.name} ${tool.version}`),
  ];
}

const fact = (name: string, value: string | null | undefined): Fact[] =>
  value === null || value === undefined ? [] : [{ name, value }];

/** `c0ffee123456, from 1234567890ab to no commit yet` */
function changeText({ id, base, head }: NonNullable<EventData['session-started']['change']>): string {
  const short = (text: string): string => text.slice(0, 12);
  const from = base === null ? 'nothing' : short(base);
  return `${short(id)}, from ${from} to ${head === null ? 'no commit yet' : short(head)}`;
}

const countsText = ({ kept, suppressed, dropped }: EventData['session-ended']['findings']): string =>
  `${kept} kept, ${suppressed} suppressed, ${dropped} dropped`;

const coverageFacts = ({ files, failures }: NonNullable<EventData['session-ended']['coverage']>): Fact[] => [
  ...failures.flatMap((failure) => fact('Failure', failure)),
  ...files.flatMap(({ path, outcome, reason }) =>
    fact(OUTCOMES[outcome], `${displayPath(path)}${reason === null ? '' : `: ${reason}`}`),
  ),
];

const OUTCOMES = { reviewed: 'Reviewed', excluded: 'Excluded', skipped: 'Skipped' } as const;

function findingAccount(finding: EventData['finding-made']['finding']): FindingAccount {
  const { fingerprint, path, place, severity, category, title, body, source, confidence, suppressed } =
    finding;
  return {
    severity,
    title,
    body,
    facts: [
      ...fact('Place', placeText(displayPath(path), place)),
      ...fact('Category', category),
      ...fact('Source', confidence < 1 ? `${source}, confidence ${Number(confidence.toFixed(2))}` : source),
      ...fact('Fingerprint', fingerprint.slice(0, 12)),
      ...fact('Suppressed', suppressed && `${suppressed.by}: ${suppressed.reason}`),
    ],
  };
}

/** The runs in the order in which they began, each with its events: those that run side by side alternate in a session. */
function runsOf(state: SessionState | null, events: readonly SessionEvent[], calls: Calls): RunAccount[] {
  const entries = new Map<string, Entry[]>();
  for (const event of events) {
    if (!('run' in event.data)) continue;
    const { run } = event.data;
    const known = entries.get(run) ?? [];
    entries.set(run, known);
    known.push(...entryOf(event, calls));
  }
  const states = new Map(state?.runs.map((one) => [one.run, one]));
  return [...entries].map(([run, entries]) => {
    const { persona, paths = [], turns = 0, toolCalls = 0, ended = null } = states.get(run) ?? {};
    const facts = [...fact('Persona', persona), ...paths.flatMap((path) => fact('Path', displayPath(path)))];
    const counts = `${plural(turns, 'turn')}, ${plural(toolCalls, 'call')}`;
    return { run, facts, counts, ended, entries };
  });
}

/** The names of the tools that were called, by run and id of the call. */
type Calls = ReadonlyMap<string, string>;

const callKey = (run: string, callId: string): string => JSON.stringify([run, callId]);

const callsOf = (events: readonly SessionEvent[]): Calls =>
  new Map(
    events.flatMap(({ type, data }) =>
      type === 'tool-called' ? [[callKey(data.run, data.call.id), data.call.name] as const] : [],
    ),
  );

/** Nothing for what the rest of the account says. */
function entryOf({ type, data, at }: SessionEvent, calls: Calls): Entry[] {
  const entry = (line: string, subject: string, ...texts: readonly LabelledText[][]): Entry[] => [
    { at, turn: type === 'model-requested', line, subject, texts: texts.flat() },
  ];
  const called = (callId: string, run: string): string => calls.get(callKey(run, callId)) ?? callId;
  switch (type) {
    case 'session-started':
    case 'session-ended':
    case 'run-started':
    case 'finding-made':
      return [];
    case 'model-requested':
      return entry(`Turn ${data.turn}, to`, data.model, ...requestTexts(data.added));
    case 'model-responded': {
      const { stop, refusal, usage, blocks } = data.response;
      const made = (callId: string): boolean => calls.has(callKey(data.run, callId));
      return entry(
        `Answered (${stop}, ${usageText(usage)}${usdText(data.usd)}) by`,
        data.model,
        labelled('Refusal', refusal),
        ...blocks.map((block) => blockText(block, made)),
      );
    }
    case 'model-failed':
      return entry(
        `Not answered${data.usage === null ? '' : ` (${usageText(data.usage)})`} by`,
        data.model,
        labelled('Failure', data.kind),
        labelled('Message', data.message),
      );
    case 'tool-called':
      return entry('Calls', data.call.name, ...inputTexts(data.call));
    case 'tool-decided':
      return entry(
        `Decided (${data.decision}) on`,
        called(data.callId, data.run),
        labelled('Reason', data.reason),
      );
    case 'tool-returned':
      return entry(
        data.isError ? 'Returned as an error by' : 'Returned by',
        called(data.callId, data.run),
        labelled('Result', data.content),
      );
    case 'worktree-kept':
      return entry(
        `Kept the worktree behind turn ${data.turn}`,
        `of ${data.run}`,
        labelled('Tree', data.tree),
      );
    case 'step-done':
      return entry('Has done', data.key, labelled('Result', jsonText(data.result)));
    case 'write-begun':
      return entry(
        'Begins to write to',
        data.target,
        labelled('Key', data.key),
        labelled('Digest', data.digest),
      );
    case 'write-done':
      return entry('Has written', data.key, labelled('Result', jsonText(data.result)));
    case 'artifact-made':
      return entry(
        `Made, of ${plural(data.bytes, 'byte')},`,
        data.name,
        labelled('Type', data.mediaType),
        labelled('sha256', data.sha256),
      );
    case 'run-ended':
      return entry(
        `Ended after ${plural(data.turns, 'turn')} (${usageText(data.usage)}):`,
        data.ended,
        labelled('Reason', data.reason),
      );
  }
}

function requestTexts({ system, tools, messages }: EventData['model-requested']['added']): LabelledText[][] {
  const again = messages.filter(isAnswer).length;
  return [
    labelled('Instructions', system),
    labelled('Tools', tools === undefined ? null : jsonText(tools)),
    labelled('Again', again === 0 ? null : `${plural(again, 'message')} of the turns before`),
    ...messages.filter((message) => !isAnswer(message)).map((message) => labelled('Told', toldText(message))),
  ];
}

/** An answer of a model or of its tools, which has an event of its own. */
const isAnswer = (message: unknown): boolean =>
  isObject(message) && (message['role'] === 'assistant' || message['role'] === 'tool-results');

const toldText = (message: unknown): string =>
  isObject(message) && typeof message['text'] === 'string' ? message['text'] : jsonText(message);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

type Block = EventData['model-responded']['response']['blocks'][number];

/** A call that was made has an event of its own. */
function blockText(block: Block, made: (callId: string) => boolean): LabelledText[] {
  switch (block.type) {
    case 'text':
      return labelled('Said', block.text);
    case 'opaque':
      return labelled(`For ${block.provider} alone`, jsonText(block.value));
    case 'tool-call':
      return made(block.id)
        ? []
        : [...labelled('A call that was not made', block.name), ...inputTexts(block).flat()];
  }
}

const inputTexts = ({ input, invalid }: EventData['tool-called']['call']): LabelledText[][] => [
  labelled('Input', input === undefined ? null : jsonText(input)),
  labelled('Input that is no JSON', invalid),
];

/** `1200 tokens in, 30 out` */
function usageText({ input, cacheRead, cacheWrite, output, estimated }: Usage): string {
  return `${estimated ? 'about ' : ''}${input + cacheRead + cacheWrite} tokens in, ${output} out`;
}

const usdText = (usd: number | null): string => (usd === null ? '' : `, $${usd.toFixed(4)}`);

const jsonText = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';

const LONGEST_SHORT = 100;

const labelled = (label: string, text: string | null | undefined): LabelledText[] =>
  text === null || text === undefined
    ? []
    : [{ label, text, short: text.length <= LONGEST_SHORT && !text.includes('\n') }];
