import { addUsage, type Budget, NO_USAGE, OUT_OF_TIME } from './budget.ts';
import type { AgentEvent, AgentOutcome } from './events.ts';
import type { Message, Model, ModelRequest, ModelTurn, ToolCall, TurnBlock, Usage } from './model.ts';
import { ModelError } from './model-error.ts';
import type { ToolAnswer, Toolbox } from './tool-registry.ts';

export interface AgentRun {
  readonly model: Model;
  readonly system: string;
  readonly prompt: string;
  readonly toolbox: Toolbox;
  readonly budget: Budget;
  readonly limits: { readonly turns: number; readonly outputTokens: number };
  /** Whether the model has said, through a tool, that it is done. Its own silence is no answer. */
  readonly isFinished: () => boolean;
  /** Said to a model that stops without having said so. */
  readonly nudge: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (characters: number) => void;
}

/** The same call so often, and nothing written in between, means that the model goes in circles. */
const SAME_CALL = 5;
/** So many turns in a row with nothing but calls that are none. */
const INVALID_TURNS = 2;
const PAUSES = 5;
/** Of one turn. */
const MOST_CALLS = 40;

/**
 * Asks the model, runs the tools that it asks for, gives it their results, until it says that it is done. Nothing of a
 * turn is run unless the whole turn arrived, and nothing at all behind a refusal. What goes wrong is an outcome.
 */
export async function* runAgent(run: AgentRun): AsyncGenerator<AgentEvent, AgentOutcome> {
  const { model, toolbox, budget } = run;
  const messages: Message[] = [{ role: 'user', text: run.prompt }];
  const calls = new Map<string, number>();
  const once = { nudged: false, compacted: false, raised: false };
  let [pauses, invalid] = [0, 0];
  let usage: Usage = NO_USAGE;
  let maxOutput = Math.min(run.limits.outputTokens, model.limits.output);
  const ended = (
    how: AgentOutcome['ended'],
    reason: string | null,
    retryable = false,
    advice: string | null = null,
  ): AgentOutcome => ({
    ended: how,
    reason,
    advice,
    retryable,
    turns: turn,
    usage,
  });

  let turn = 1;
  for (; turn <= run.limits.turns; turn += 1) {
    const wish: ModelRequest = {
      system: run.system,
      tools: toolbox.specs,
      messages: [...messages],
      maxOutput,
    };
    const reservation = await budget.reserve(model, wish);
    if (typeof reservation === 'string')
      return ended(reservation === OUT_OF_TIME ? 'late' : 'limit', reservation);
    const request = { ...wish, maxOutput: reservation.maxOutput };
    yield { type: 'model-request', turn, model: model.id, request };
    let response: ModelTurn;
    try {
      response = wholeTurn(await model.ask(request, askOptions(run)));
      reservation.settle(response.usage);
      usage = addUsage(usage, response.usage);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      reservation.settle(error.usage);
      if (error.usage !== null) usage = addUsage(usage, error.usage);
      yield { type: 'model-failure', turn, model: model.id, kind: error.kind, message: error.message };
      if (error.kind === 'too-large' && !once.compacted && compact(messages)) {
        once.compacted = true;
        continue;
      }
      if (error.kind === 'aborted') return ended('aborted', error.message);
      const how = error.kind === 'deadline' ? 'late' : 'failed';
      return ended(how, error.message, error.retryable, error.advice ?? null);
    }
    yield { type: 'model-response', turn, model: model.id, response };

    switch (response.stop) {
      case 'refusal':
        return ended('refused', `the model refused${response.refusal ? `: ${response.refusal}` : ''}`, true);
      case 'context-exceeded':
        if (once.compacted || !compact(messages))
          return ended('failed', 'the context of the model is full', true);
        once.compacted = true;
        continue;
      case 'max-tokens':
        // Nothing of a cut turn is run or kept: it is asked for again, once, with more room.
        if (once.raised || request.maxOutput < maxOutput || maxOutput >= model.limits.output)
          return ended('failed', `the answer was cut off at ${request.maxOutput} tokens`, true);
        once.raised = true;
        maxOutput = Math.min(maxOutput * 2, model.limits.output);
        continue;
      case 'pause':
        pauses += 1;
        if (pauses > PAUSES) return ended('failed', 'the model paused again and again', true);
        messages.push({ role: 'assistant', blocks: response.blocks });
        continue;
      case 'end':
        if (run.isFinished()) return ended('finished', null);
        if (once.nudged) return ended('failed', 'the model ended without saying that it was done', true);
        once.nudged = true;
        if (response.blocks.length > 0) messages.push({ role: 'assistant', blocks: response.blocks });
        messages.push({ role: 'user', text: run.nudge });
        continue;
      case 'tool-calls':
    }

    const wanted = response.blocks.filter(isCall);
    for (const call of wanted) {
      const key = keyOf(call);
      calls.set(key, (calls.get(key) ?? 0) + 1);
      if ((calls.get(key) ?? 0) >= SAME_CALL)
        return ended('failed', `the model made the same call ${SAME_CALL} times`, true);
      yield { type: 'tool-call', turn, call };
    }
    const given = wanted.map((call, index) =>
      index < MOST_CALLS ? toolbox.call(call, run.signal) : tooMany(call),
    );
    const answers = withinRoom(await Promise.all(given), model.limits.context);
    for (const { result, decision, details } of answers)
      yield { type: 'tool-result', turn, result, decision, details };
    if (answers.some(({ wrote }) => wrote)) calls.clear();
    if (run.signal.aborted) return ended('aborted', 'it was stopped');
    if (run.isFinished() && wanted.length <= MOST_CALLS) return ended('finished', null);
    invalid = answers.every(isInvalid) ? invalid + 1 : 0;
    if (invalid > INVALID_TURNS)
      return ended('failed', 'the model could not write a call that its tools understand', true);
    messages.push({ role: 'assistant', blocks: response.blocks });
    messages.push({ role: 'tool-results', results: answers.map(({ result }) => result) });
  }
  turn -= 1;
  return ended('limit', `out of turns (${run.limits.turns})`);
}

/** Of calls that are the same. One that is nested too deep to be written down is none that a tool takes. */
function keyOf({ name, input }: ToolCall): string {
  try {
    return `${name} ${JSON.stringify(input)}`;
  } catch (error) {
    if (error instanceof RangeError) return `${name} (nested too deep)`;
    throw error;
  }
}

const tooMany = ({ id }: ToolCall): ToolAnswer => ({
  result: {
    callId: id,
    content: `Not run: ${MOST_CALLS} calls are the most in one turn. Ask again.`,
    isError: true,
  },
  outcome: 'denied',
  wrote: false,
  ...{ decision: null, details: undefined, cut: 0, ms: 0 },
});

/**
 * The results of one turn with as many characters as the context has tokens: about a third of it. Those that are too
 * long for what is left are asked for again.
 */
function withinRoom(answers: readonly ToolAnswer[], room: number): ToolAnswer[] {
  let left = room;
  return answers.map((answer) => {
    const { length } = answer.result.content;
    if (length <= left) {
      left -= length;
      return answer;
    }
    const content = `Not shown: with the other results of this turn its ${length} characters are too many. Ask again for it alone, or for less.`;
    return { ...answer, result: { ...answer.result, content, isError: true }, cut: length };
  });
}

const isCall = (block: TurnBlock): block is ToolCall => block.type === 'tool-call';
const isInvalid = ({ outcome }: ToolAnswer): boolean => outcome === 'invalid' || outcome === 'unknown';

const askOptions = ({ signal, budget, onProgress }: AgentRun) => ({
  signal,
  deadline: budget.deadline,
  ...(onProgress && { onProgress }),
});

/** Whatever an adapter lets through: ids that two calls share would give one of them the other's result. */
function wholeTurn(turn: ModelTurn): ModelTurn {
  const ids = turn.blocks.filter(isCall).map(({ id }) => id);
  const broken = (what: string) =>
    new ModelError('bad-answer', `the model's turn is broken: ${what}`, {
      retryable: true,
      usage: turn.usage,
    });
  if (new Set(ids).size < ids.length) throw broken('two calls have one id');
  if ((turn.stop === 'tool-calls') !== ids.length > 0 && (turn.stop === 'tool-calls' || turn.stop === 'end'))
    throw broken(ids.length > 0 ? 'it ends with calls and does not say so' : 'it says that there are calls');
  return turn;
}

const CUT = '[This result was removed to make room. Call the tool again if you need it.]';
/** So many of the latest results stay. */
const KEPT_RESULTS = 2;

/**
 * Takes older tool results out of the conversation. Thinking is bound to all that was before it (models.md), so it goes
 * too. False when there is nothing to take out.
 */
function compact(messages: Message[]): boolean {
  const holders = messages.flatMap((message, index) => (message.role === 'tool-results' ? [index] : []));
  const old = new Set(holders.slice(0, -KEPT_RESULTS));
  if (old.size === 0) return false;
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant')
      messages[index] = { ...message, blocks: message.blocks.filter(({ type }) => type !== 'opaque') };
    if (message.role === 'tool-results' && old.has(index))
      messages[index] = {
        ...message,
        results: message.results.map((result) => ({ ...result, content: CUT })),
      };
  }
  return true;
}
