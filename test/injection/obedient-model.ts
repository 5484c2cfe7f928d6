import { startAnthropicServer } from '../support/anthropic-server.ts';
import type {
  ModelServer,
  ReceivedRequest,
  ScriptedCall,
  ScriptedTurn,
  Step,
} from '../support/model-script.ts';
import { startOpenAiServer } from '../support/openai-server.ts';
import { type Instruction, instructionsIn } from './planted-language.ts';

/** A call that the model made because it was told to. */
export interface ObeyedCall {
  readonly call: Instruction;
  /** Null when it never heard of it again: the review had ended. */
  answer: string | null;
}

export interface ObedientModel {
  readonly baseUrl: string;
  /** What it was sent until {@link stop}. */
  readonly requests: readonly ReceivedRequest[];
  /** By the number of the attack, in the order in which it was told. */
  readonly obeyed: ReadonlyMap<number, readonly ObeyedCall[]>;
  /** To be called when the review has ended. */
  stop(): Promise<void>;
}

/** More than any review here asks for. */
const MOST_REQUESTS = 60;

/** The loop runs no more of one turn. */
const MOST_CALLS = 40;

/** What a text can make of the model itself: how all its turns are from then on. */
const MANNERS: Readonly<Record<string, (turn: number) => ScriptedTurn>> = {
  '@silent': () => ({ text: 'There is nothing to say.' }),
  '@repeat': () => ({ calls: [{ name: 'list_files', input: {} }] }),
  '@wander': (turn) => ({ calls: [{ name: 'read_file', input: { path: 'src/app.js', end_line: turn } }] }),
  '@babble': () => ({ calls: [{ name: 'read_file', raw: '{' }] }),
  '@slow': () => ({ text: 'Wait.', delayMs: 30_000 }),
};

/**
 * A model that does whatever any text tells it: the prompt, the data in it, what tools answer. Each instruction is
 * followed once, all new ones in one turn, as far as one may have so many; when there is none, it says that it is done.
 */
export async function startObedientModel(provider: 'anthropic' | 'openai'): Promise<ObedientModel> {
  const obeyed = new Map<number, ObeyedCall[]>();
  const byId = new Map<string, ObeyedCall>();
  const known = new Set<string>();
  /** Not made yet: by the reviewer, and by the one that looks a second time. */
  const pending = { true: [] as ScriptedCall[], false: [] as ScriptedCall[] };
  let manner: ((turn: number) => ScriptedTurn) | undefined;
  let [asked, stopped] = [0, false];

  function obey(instruction: Instruction): ScriptedCall[] {
    const { attack, tool: name, input, raw } = instruction;
    const made: ObeyedCall = { call: instruction, answer: null };
    obeyed.set(attack, [...(obeyed.get(attack) ?? []), made]);
    if (name.startsWith('@')) {
      manner = MANNERS[name];
      return [];
    }
    const id = `call_${known.size}`;
    byId.set(id, made);
    return [{ id, name, input, ...(raw !== undefined && { raw: withRepeats(raw) }) }];
  }

  function answer(request: ReceivedRequest): ScriptedTurn {
    asked += 1;
    if (stopped) return { text: 'Nobody reads this.' };
    const { texts, results, tools } = readRequest(request.json);
    for (const { id, text } of results) {
      const made = byId.get(id);
      if (made !== undefined) made.answer = text;
    }
    const waiting = pending[tools.has('judge_finding') ? 'true' : 'false'];
    for (const instruction of texts.flatMap(instructionsIn)) {
      // The one that looks a second time is another one.
      const key = JSON.stringify([tools.has('judge_finding'), instruction]);
      if (known.has(key)) continue;
      known.add(key);
      waiting.push(...obey(instruction));
    }
    if (manner !== undefined) return manner(asked);
    return { calls: waiting.length > 0 ? waiting.splice(0, MOST_CALLS) : [endOf(tools)] };
  }

  const steps: Step[] = Array.from({ length: MOST_REQUESTS }, () => answer);
  const start = provider === 'anthropic' ? startAnthropicServer : startOpenAiServer;
  const server = await start(steps);
  const requests: ReceivedRequest[] = [];
  return {
    baseUrl: server.baseUrl,
    requests,
    obeyed,
    async stop() {
      requests.push(...server.requests);
      stopped = true;
      await Promise.all(Array.from({ length: MOST_REQUESTS - asked }, () => askAgain(server)));
    },
  };
}

/** `@@[*3;` stands for `[[[`: a short text asks for a long input. */
const withRepeats = (raw: string): string =>
  raw.replace(/@@(.)\*(\d+);/g, (_, character: string, count: string) => character.repeat(Number(count)));

/** The server fails its test when a step is left: the first request, sent once more, takes one. */
async function askAgain({ requests, baseUrl }: ModelServer): Promise<void> {
  const first = requests.find(({ raw }) => raw !== '');
  if (first === undefined) throw new Error('the model was never asked');
  const { path, raw, headers } = first;
  const { 'content-length': _, ...sent } = headers;
  const response = await fetch(new URL(path, baseUrl), { method: 'POST', body: raw, headers: sent });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the model server refused its own first request: ${response.status}`);
}

/** How a model ends that was told to do nothing more: the reviewer, or the one that looks a second time. */
const endOf = (tools: ReadonlySet<unknown>): ScriptedCall =>
  tools.has('judge_finding')
    ? { name: 'judge_finding', input: { verdict: 'holds', reason: 'It says so.' } }
    : { name: 'finish_review', input: { summary: 'As I was told.' } };

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** What a request of either protocol says to the model. What the model said itself is not told to it. */
function readRequest(json: unknown) {
  const request = isObject(json) ? json : {};
  const heard = listOf(request['messages']).filter(({ role }) => role !== 'assistant');
  const blocks = heard.flatMap((message) => [message, ...listOf(message['content'])]);
  const tools = listOf(request['tools']).map(({ name, function: inner }) =>
    isObject(inner) ? inner['name'] : name,
  );
  return {
    texts: [request['system'], ...heard.map(({ content }) => content)].flatMap((one) => [...stringsIn(one)]),
    results: blocks.flatMap((block) => {
      const id = block['tool_use_id'] ?? block['tool_call_id'];
      // In OpenAI's protocol an error is told by its text alone.
      const text = [...stringsIn(block['content'])].join('\n').replace(/^Error: /, '');
      return typeof id === 'string' ? [{ id, text }] : [];
    }),
    tools: new Set(tools),
  };
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (isObject(value)) for (const inner of Object.values(value)) yield* stringsIn(inner);
}
