import type { ModelTurn } from '../../src/agent/model.ts';
import { createScriptedModel, type ScriptedModel } from '../../src/models/scripted.ts';
import type { ScriptedTurn } from '../support/model-script.ts';

/** A model in this process that says these turns, one after the other. */
export const scriptedTurns = (turns: readonly ScriptedTurn[]): ScriptedModel =>
  createScriptedModel(turns.map(scriptedTurn));

/** The same calls have the same ids. */
export const scriptedTurn = ({ calls = [], text }: ScriptedTurn, index: number): ModelTurn => ({
  blocks: [
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ name, input }, call) => ({
      type: 'tool-call' as const,
      id: `call-${index}-${call}`,
      name,
      input,
    })),
  ],
  stop: calls.length > 0 ? 'tool-calls' : 'end',
  usage: { input: 100, output: 20, cacheRead: 0, cacheWrite: 0, estimated: false },
});
