import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';
import { openJournal, restoreJournal } from '../sessions/journal.ts';
import { askModels, choosing } from './ask-models.ts';
import { commitMessage } from './commit-message.ts';
import { findChange } from './find-change.ts';
import { begunReview, type FoundSession } from './find-session.ts';
import { configAt, type Door, type OpenRepository, prepareReview } from './prepare-review.ts';
import { goOn } from './review-session.ts';
import { recordReview } from './staged-review.ts';

export interface ResumeOptions {
  /** Instead of those of the configuration: that which was asked before, when a flag named it. */
  readonly model: string | undefined;
  /** US dollars, what was spent before included. */
  readonly maxCost: number | undefined;
  readonly onProgress: (progress: ReviewerProgress) => void;
}

/**
 * Goes on with a review that was interrupted: what a model has answered is not asked again. Rejects with exit code 2 when
 * the session has ended, no model was asked in it, another process has it, its change is not here any more, or no model can be asked.
 */
export async function resumeReview(
  git: OpenRepository,
  door: Door,
  session: FoundSession,
  { model, maxCost, onProgress }: ResumeOptions,
): Promise<Review> {
  const { commonDir } = git.repository;
  const { id, records, isHere } = session;
  const { started, ended } = begunReview(session, 'resume');
  if (ended !== null)
    throw refusal(
      `the session ${id} has ended`,
      '`code-agent sessions show` says how, `replay` runs it again.',
    );
  if (started.models.length === 0)
    throw refusal(
      `no model was asked in the session ${id}: there is nothing to go on with`,
      '`code-agent review` begins anew.',
    );
  const comparison = await findChange(git, door, started.change);
  const { config } = await configAt(git, door, comparison.base);
  // As it was told then: a hook knows no message, and what is only staged has none.
  const message =
    started.door === 'hook' || started.change?.head == null
      ? null
      : await commitMessage(git.reader, comparison);
  const ask = await askModels(door, choosing(config, { model }), {
    door: started.door,
    within: config.review.timeout,
    maxCost,
    message,
    onProgress,
  });
  if (ask === undefined)
    throw refusal('no model is configured', 'Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL.');
  if ('failure' in ask) throw ask.failure;
  if (!isHere) restoreJournal(commonDir, id, records);
  const going = goOn(openJournal(commonDir, id), started.nonce, (text) =>
    redactSecrets(text, findOverlappingSecrets, ask.knownValues),
  );
  const input = await prepareReview(git, door, comparison, config, new AbortController().signal, {
    ask: { ...ask, session: going },
  });
  const review = await reviewChange(input);
  recordReview(commonDir, review);
  return review;
}

const refusal = (message: string, advice: string): CodeAgentError =>
  new CodeAgentError(message, { exitCode: EXIT.usage, advice });
