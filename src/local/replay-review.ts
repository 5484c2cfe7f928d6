import { createBudget } from '../agent/budget.ts';
import { monotonicMs } from '../agent/clock.ts';
import type { Model, ModelRequest } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import { reviewChange } from '../review/review-change.ts';
import { type RecordedRequest, recordedRequests } from '../sessions/recorded-requests.ts';
import { recordedAnswers } from '../sessions/recorder.ts';
import { requestDigest } from '../sessions/request-digest.ts';
import { commitMessage } from './commit-message.ts';
import { findChange } from './find-change.ts';
import { begunReview, type FoundSession } from './find-session.ts';
import { loadOwnTools } from './load-own-tools.ts';
import type { ModelAsk } from './model-reviewer.ts';
import { configAt, type Door, type OpenRepository, prepareReview } from './prepare-review.ts';

/** What running a session again has shown. */
export interface Replay {
  /** Requests that are the same, byte for byte. */
  readonly same: number;
  /** Where it goes another way, in the order of time. */
  readonly divergences: readonly Divergence[];
  /** Findings that are made only now, and those that were made only then, by their fingerprints. */
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

export interface Divergence {
  readonly model: string;
  /** The first byte of the request that differs, and what stood there and stands there now; -1: nothing like it was asked. */
  readonly at: number;
  readonly was: string;
  readonly is: string;
}

/** Characters around the place that differs. */
const SHOWN = 60;

/**
 * Runs the review of a session again with the answers that were recorded: nobody is asked, nothing is written. What a
 * model was asked then is compared with what it would be asked now, byte for byte. Rejects with exit code 2 when the
 * change of the session is not here any more.
 */
export async function replayReview(git: OpenRepository, door: Door, session: FoundSession): Promise<Replay> {
  const { events } = session;
  const { started, findings } = begunReview(session, 'replay');
  const comparison = await findChange(git, door, started.change);
  const { config } = await configAt(git, door, comparison.base);
  const isTold = started.door !== 'hook' && started.change?.head != null;
  const answers = recordedAnswers(events);
  const requests = recordedRequests(events);
  const divergences: Divergence[] = [];
  let same = 0;

  const modelOf = ({ id: model, context, output }: (typeof started.models)[number]): Model => ({
    id: model,
    provider: 'scripted',
    limits: { context, output },
    price: null,
    async ask(request) {
      const answer = answers.get(requestDigest(model, request));
      if (answer === undefined) {
        divergences.push(divergence(model, request, requests));
        throw new ModelError('not-found', 'it was not asked this', { retryable: false });
      }
      same += 1;
      return answer;
    },
  });
  const deadline = monotonicMs() + config.review.timeout;
  const asking = async (): Promise<ModelAsk> => ({
    models: started.models.map(modelOf),
    tools: await loadOwnTools(config),
    budget: createBudget({ usd: null, tokens: null, deadline }),
    patience: 'a replay',
    notes: [],
    door: started.door,
    knownValues: [],
    message: isTold ? await commitMessage(git.reader, comparison) : null,
    replayOf: { nonce: started.nonce },
  });
  const input = await prepareReview(git, door, comparison, config, new AbortController().signal, {
    ask: started.models.length === 0 ? undefined : await asking(),
  });
  const review = await reviewChange(input);
  const now = new Set(review.findings.map(({ fingerprint }) => fingerprint));
  // What another tool has found is not looked for again.
  const sources = new Set(['check', ...started.models.map((model) => model.id)]);
  const then = new Set(
    findings.filter(({ source }) => sources.has(source)).map(({ fingerprint }) => fingerprint),
  );
  return {
    same,
    divergences,
    added: [...now].filter((one) => !then.has(one)),
    missing: [...then].filter((one) => !now.has(one)),
  };
}

/** Against the recorded request that it is the most like: the longest beginning that both have. */
function divergence(
  model: string,
  { system, tools, messages, maxOutput }: ModelRequest,
  recorded: readonly RecordedRequest[],
): Divergence {
  const now = JSON.stringify({ model, system, tools, messages, maxOutput });
  let [at, was] = [-1, ''];
  for (const one of recorded) {
    const text = JSON.stringify(one);
    const common = commonLength(now, text);
    if (common > at) [at, was] = [common, text];
  }
  const around = (text: string) => text.slice(Math.max(0, at - SHOWN), Math.max(0, at) + SHOWN);
  return { model, at, was: around(was), is: around(now) };
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
