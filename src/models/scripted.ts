import type { Message, Model, ModelRequest, ModelTurn } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';

/** What a scripted model answers: a turn, a failure, or what it makes of the request. */
export type ScriptStep = ModelTurn | ModelError | ((request: ModelRequest) => ModelTurn | ModelError);

export interface ScriptedModel extends Model {
  readonly requests: readonly ModelRequest[];
  /** How many steps were not asked for. */
  left(): number;
}

/**
 * A model that says what was written down for it: for tests, for `eval` without a key. Is asked for more than there is,
 * or in a way that a real API refuses (a call without its result): throws what is no ModelError, so that nothing takes
 * it for an outcome.
 */
export function createScriptedModel(
  steps: readonly ScriptStep[] | ((request: ModelRequest) => ScriptStep),
  {
    id = 'scripted',
    limits = { context: 200_000, output: 32_000 },
    price = null,
  }: Partial<Pick<Model, 'id' | 'limits' | 'price'>> = {},
): ScriptedModel {
  const requests: ModelRequest[] = [];
  let paused = false;
  return {
    id,
    provider: 'scripted',
    limits,
    price,
    requests,
    left: () => (typeof steps === 'function' ? 0 : Math.max(0, steps.length - requests.length)),
    async ask(request, { signal }) {
      const step = typeof steps === 'function' ? steps(request) : steps[requests.length];
      requests.push(request);
      if (signal.aborted) throw new ModelError('aborted', 'it was stopped', { retryable: false });
      checkPairs(request.messages, paused);
      if (step === undefined) throw new Error(`the script of the model has ended: call ${requests.length}`);
      const answer = typeof step === 'function' ? step(request) : step;
      if (answer instanceof ModelError) throw answer;
      paused = answer.stop === 'pause';
      return answer;
    },
  };
}

/** Every call has one result in the message behind it, in the same order. */
function checkPairs(messages: readonly Message[], paused: boolean): void {
  for (const [index, message] of messages.entries()) {
    const calls =
      message.role === 'assistant'
        ? message.blocks.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []))
        : [];
    const next = messages[index + 1];
    const results = next?.role === 'tool-results' ? next.results.map(({ callId }) => callId) : [];
    if (message.role === 'assistant' && calls.join('\0') !== results.join('\0'))
      throw new Error(`message ${index}: calls ${calls.join(', ')} were answered with ${results.join(', ')}`);
  }
  if (messages[0]?.role !== 'user') throw new Error('the first message is not from the user');
  if (messages.at(-1)?.role === 'assistant' && !paused) throw new Error('the last message is from the model');
}
