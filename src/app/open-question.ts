import { randomBytes } from 'node:crypto';
import type { ChangeSet } from '../change/change-set.ts';
import type { Config } from '../config/config.ts';
import { pathRules } from '../config/path-rules.ts';
import { type Comparison, readChange } from '../git/read-change.ts';
import { createSnapshot } from '../git/snapshot.ts';
import { lookSetup, type ModelAsk } from '../local/model-reviewer.ts';
import type { OpenRepository } from '../local/prepare-review.ts';
import { beginningOf } from '../local/review-events.ts';
import type { Redact } from '../review/redact.ts';
import type { LookSetup } from '../review/reviewer-setup.ts';
import { createJournal } from '../sessions/journal.ts';
import { createRecorder } from '../sessions/recorder.ts';
import { createSessionId } from '../sessions/session-id.ts';
import { shownPath } from '../tools/shown-path.ts';
import type { PolicyAt } from './read-policy-at.ts';

/** A question about a change, as a session of its own. */
export interface OpenedQuestion {
  readonly setup: LookSetup;
  /** The files of the change that a model may be told of. */
  readonly files: readonly string[];
  end(isAnswered: boolean): void;
}

/** All that a model is told and may look at to answer, kept as a session under the git directory as it goes. */
export async function openQuestion(
  { repository, reader }: OpenRepository,
  comparison: Comparison,
  { at, config }: PolicyAt,
  ask: ModelAsk,
): Promise<OpenedQuestion> {
  const { base, head } = comparison;
  if (head === null) throw new RangeError('a question is about a change that ends in a commit');
  const change = await readChange(repository, reader, comparison, config.limits);
  const setup = await lookSetup(
    {
      ...{ repository, reader, change, config },
      before: createSnapshot(reader, base.tree, config.limits),
      after: createSnapshot(reader, head.tree, config.limits),
      base: createSnapshot(reader, at.tree, config.limits),
      tree: head.tree,
    },
    ask,
  );
  const nonce = randomBytes(16).toString('hex');
  const journal = createJournal(repository.commonDir, createSessionId());
  const began = beginningOf(repository, change, { ...ask, nonce });
  journal.append(
    began.type === 'session-started' ? { ...began, data: { ...began.data, kind: 'task' } } : began,
    { durable: true },
  );
  const recorder = createRecorder(journal, setup.redact);
  const startedAt = process.uptime();
  return {
    setup: { ...setup, nonce, sink: recorder, models: setup.models.map(recorder.record) },
    files: await namesOf(change, config, setup.redact),
    end(isAnswered) {
      const { usage, usd, calls } = ask.budget.spent();
      recorder.note(
        {
          type: 'session-ended',
          data: {
            outcome: isAnswered ? 'completed' : 'failed',
            ms: (process.uptime() - startedAt) * 1000,
            usage: calls === 0 ? null : { ...usage },
            usd,
            findings: { kept: 0, suppressed: 0, dropped: 0 },
            coverage: null,
          },
        },
        { durable: true },
      );
      journal.close();
    },
  };
}

/** Neither the names of ignored files are told, nor one that holds a secret. */
async function namesOf({ files }: ChangeSet, config: Config, redact: Redact): Promise<string[]> {
  const rules = await pathRules(config);
  const told = files.filter(({ path }) => rules.ignoredBy(path) === null);
  const names = await Promise.all(
    told.map(async ({ path }) => ((await redact(path)) === path ? [path] : [])),
  );
  return names.flat().map(shownPath);
}
