import * as z from 'zod/mini';
import { NO_USAGE } from '../agent/budget.ts';
import type { Model, ModelTurn, Price } from '../agent/model.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { createScriptedModel } from '../models/scripted.ts';
import { readJsonFile } from './read-json-file.ts';

/** What a model is made to say: for an evaluation without a key, whose numbers are known. */
export interface EvalScript {
  /** A model for one review of a case. */
  modelFor(name: string): CaseModel;
}

export interface CaseModel {
  readonly model: Model;
  /** Throws (exit code 2) when the script had too few turns, or has some left behind a complete review. */
  end(complete: boolean): void;
}

const object = { error: 'an object' };
const count = z.exactOptional(z.int({ error: 'a number of tokens' }).check(z.gte(0, { error: '0 or more' })));
const dollars = z.number({ error: 'dollars' }).check(z.gte(0, { error: '0 or more' }));

const turn = z.strictObject(
  {
    text: z.exactOptional(z.string({ error: 'text' })),
    calls: z.exactOptional(
      z.array(
        z.strictObject({ name: z.string({ error: 'the name of a tool' }), input: z.unknown() }, object),
        {
          error: 'a list of calls',
        },
      ),
    ),
    usage: z.exactOptional(
      z.strictObject({ input: count, output: count, cacheRead: count, cacheWrite: count }, object),
    ),
  },
  object,
);

const schema = z.strictObject(
  {
    price: z.exactOptional(
      z.strictObject({ input: dollars, output: dollars, cacheRead: dollars, cacheWrite: dollars }, object),
    ),
    cases: z.record(z.string(), z.array(turn, { error: 'a list of turns' }), object),
  },
  object,
);

/** Reads a script: the turns of the model for each of the cases, in order, and what its tokens cost. */
export async function readEvalScript(file: string, cases: readonly string[]): Promise<EvalScript> {
  const script = await readJsonFile(file, schema);
  const turnsOf = new Map(Object.entries(script.cases));
  for (const name of cases) if (!turnsOf.has(name)) throw refusal(file, `has no turns for the case ${name}`);
  for (const name of turnsOf.keys())
    if (!cases.includes(name)) throw refusal(file, `there is no case ${name}`);
  const price: Price | null = script.price ?? null;
  return {
    modelFor(name) {
      const turns = turnsOf.get(name) ?? [];
      let asked = 0;
      const tooShort = (turn: number) =>
        refusal(file, `cases.${name}: turn ${turn} was asked for, and there is none`);
      const next = (): ModelTurn => {
        const said = turns[asked];
        asked += 1;
        if (said === undefined) throw tooShort(asked);
        return modelTurn(said, asked);
      };
      return {
        model: createScriptedModel(next, { price }),
        end(complete) {
          // A review takes whatever a model throws for a failure of the model.
          if (asked > turns.length) throw tooShort(turns.length + 1);
          const left = turns.length - asked;
          if (complete && left > 0)
            throw refusal(file, `cases.${name}: ${asked} turns were asked for, and there are ${left} more`);
        },
      };
    },
  };
}

function modelTurn({ text, calls = [], usage }: z.infer<typeof turn>, number: number): ModelTurn {
  return {
    blocks: [
      ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
      ...calls.map(({ name, input }, index) => ({
        type: 'tool-call' as const,
        id: `call-${number}-${index + 1}`,
        name,
        input,
      })),
    ],
    stop: calls.length > 0 ? 'tool-calls' : 'end',
    usage: { ...NO_USAGE, ...usage },
  };
}

const refusal = (file: string, problem: string) =>
  new CodeAgentError(`${file}: ${problem}`, { exitCode: EXIT.usage });
