/**
 * Prints how many milliseconds a turn takes, a JSON list with one entry for each round:
 *
 *     node scripts/run.mjs bench/support/time-loop.ts <address of the model> <turns> <rounds>
 *
 * In each round a model is asked until it has finished, through the loop, the adapter and a tool; then the same
 * requests are sent again with nothing but `node:http`. The first round, in which everything is loaded, is left out.
 */
import { Agent, request as httpRequest } from 'node:http';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import { loadPersona } from '../../src/agent/load-personas.ts';
import { runAgent } from '../../src/agent/loop.ts';
import type { ModelRequest } from '../../src/agent/model.ts';
import { decide, REVIEWER_EFFECTS } from '../../src/agent/policy.ts';
import { createToolRegistry } from '../../src/agent/tool-registry.ts';
import { createAnthropicModel } from '../../src/models/anthropic.ts';
import { anthropicRequest } from '../../src/models/anthropic-request.ts';
import { findOverlappingSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import { createFinishReview } from '../../src/tools/finish-review.ts';
import { createReadFile } from '../../src/tools/read-file.ts';
import { LINES_A_TURN } from './model-scripts.ts';
import { seededText } from './seeded-files.ts';

/** Milliseconds of a turn. */
export interface LoopRound {
  readonly loop: number;
  readonly exchange: number;
}

const [, , baseUrl = '', turns = '30', rounds = '1'] = process.argv;
const TURNS = Number(turns);
const file = Buffer.from(seededText('ts', TURNS * LINES_A_TURN, 1));
const model = createAnthropicModel({ id: 'claude-sonnet-5-5', apiKey: 'bench', baseUrl });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const times: LoopRound[] = [];
for (let round = 0; round <= Number(rounds); round += 1) {
  const { ms: loop, requests } = await timeLoop();
  const exchange = await timeExchanges(requests);
  if (round > 0) times.push({ loop: loop / TURNS, exchange: exchange / TURNS });
}
agent.destroy();
console.log(JSON.stringify(times));

async function timeLoop(): Promise<{ ms: number; requests: ModelRequest[] }> {
  let isFinished = false;
  const finish = createFinishReview(() => {
    isFinished = true;
  });
  const snapshot = {
    read: async () => file,
    list: async () => [{ name: 'large.ts', kind: 'file' as const }],
  };
  const tools = [createReadFile(snapshot), finish];
  const persona = { name: 'the reviewer', tools: tools.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  const requests: ModelRequest[] = [];
  const start = performance.now();
  const run = runAgent({
    model,
    system: loadPersona('reviewer', null)?.prompt ?? '',
    prompt: 'Review large.ts.',
    toolbox: createToolRegistry(tools, {
      decide: (use) => decide(use, { persona, door: 'cli' }),
      redact: (text) => redactSecrets(text, findOverlappingSecrets, []),
    }),
    budget: createBudget({ usd: null, tokens: null, deadline: monotonicMs() + 60_000 }),
    limits: { turns: TURNS, outputTokens: 16_000 },
    isFinished: () => isFinished,
    nudge: '',
    signal: new AbortController().signal,
  });
  for (let next = await run.next(); ; next = await run.next()) {
    if (!next.done) {
      if (next.value.type === 'model-request') requests.push(next.value.request);
    } else if (next.value.ended === 'finished' && requests.length === TURNS) {
      return { ms: performance.now() - start, requests };
    } else throw new Error(`${next.value.ended} after ${requests.length} turns: ${next.value.reason}`);
  }
}

async function timeExchanges(requests: readonly ModelRequest[]): Promise<number> {
  const bodies = requests.map((one) => JSON.stringify(anthropicRequest(model.id, one)));
  const start = performance.now();
  for (const body of bodies) await exchange(body);
  return performance.now() - start;
}

function exchange(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    httpRequest(`${baseUrl}/v1/messages`, { method: 'POST', agent }, (response) => {
      response.on('end', resolve).on('error', reject).resume();
    })
      .on('error', reject)
      .end(body);
  });
}
