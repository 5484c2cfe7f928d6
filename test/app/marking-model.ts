import type { Model, ModelRequest, ModelTurn } from '../../src/agent/model.ts';
import { ModelError } from '../../src/agent/model-error.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';

export interface MarkingModel {
  readonly model: Model;
  /** What it was asked, first the system prompts. Reviews of a part of a change, and second looks at a finding. */
  readonly calls: () => { readonly reviews: number; readonly judgements: number };
  /** From now on it fails, for good. */
  fail(isFailing: boolean): void;
  /** Called before each answer. */
  onCall(call: () => void | Promise<void>): void;
}

/**
 * A model that finds what is marked: each added line `BUG_<name>();` is an error, each `NOTE_<name>();` is worth knowing. It
 * holds all that it is asked to look at again.
 */
export function markingModel(): MarkingModel {
  const counts = { reviews: 0, judgements: 0 };
  let isFailing = false;
  let called: () => void | Promise<void> = () => {};
  const model = createScriptedModel((request) => {
    const isJudging = request.tools.some(({ name }) => name === 'judge_finding');
    counts[isJudging ? 'judgements' : 'reviews'] += 1;
    if (isFailing) return new ModelError('key', 'the key was refused', { retryable: false });
    return isJudging
      ? turn([call('judge_finding', { verdict: 'holds', reason: 'Line 1 shows it.' })])
      : marked(request);
  });
  return {
    model: {
      ...model,
      async ask(request, options) {
        await called();
        return model.ask(request, options);
      },
    },
    calls: () => ({ ...counts }),
    fail(failing) {
      isFailing = failing;
    },
    onCall(call) {
      called = call;
    },
  };
}

/** In one turn: no loop takes any number. */
const MOST_CALLS = 25;

function marked({ messages }: ModelRequest): ModelTurn {
  const [first] = messages;
  const text = first?.role === 'user' ? first.text : '';
  const calls: ModelTurn['blocks'][number][] = [];
  let path = '';
  for (const line of text.split('\n')) {
    path = /^file: (.+)$/.exec(line)?.[1] ?? path;
    const [, quote = '', kind, name] = /^\s*\d+ \+((BUG|NOTE)_(\w+)\(\);)$/.exec(line) ?? [];
    if (kind === undefined) continue;
    calls.push(
      call('report_finding', {
        ...{
          path,
          quote,
          severity: kind === 'BUG' ? 'error' : 'info',
          category: 'correctness',
          confidence: 0.95,
        },
        ...{ title: `${name} fails`, body: `When ${name} is called, it fails.` },
      }),
    );
  }
  const told = messages.filter(({ role }) => role === 'assistant').length * MOST_CALLS;
  const rest = calls.slice(told, told + MOST_CALLS);
  const isLast = calls.length <= told + MOST_CALLS;
  return turn([...rest, ...(isLast ? [call('finish_review', { summary: 'Looked at all of it.' })] : [])]);
}

let made = 0;
const call = (name: string, input: unknown) =>
  ({ type: 'tool-call', id: `call${++made}`, name, input }) as const;

const turn = (blocks: ModelTurn['blocks']): ModelTurn => ({
  blocks,
  stop: 'tool-calls',
  usage: { input: 100, output: 10, cacheRead: 0, cacheWrite: 0, estimated: false },
});
