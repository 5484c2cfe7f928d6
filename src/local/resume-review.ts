import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type Comparison, changeId, readRawDiff } from '../git/read-change.ts';
import { resolveRange, resolveStaged } from '../git/resolve-range.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';
import { foldSession } from '../sessions/fold-session.ts';
import { openJournal, readJournal } from '../sessions/journal.ts';
import type { EventData } from '../sessions/session-event.ts';
import { askModels, choosing } from './ask-models.ts';
import { commitMessage } from './commit-message.ts';
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
 * the session has ended, another process has it, its change is not here any more, or no model can be asked.
 */
export async function resumeReview(
  git: OpenRepository,
  door: Door,
  id: string,
  { model, maxCost, onProgress }: ResumeOptions,
): Promise<Review> {
  const { commonDir } = git.repository;
  const { started, ended } = foldSession(readJournal(commonDir, id).events);
  if (ended !== null)
    throw refusal(
      `the session ${id} has ended`,
      '`code-agent sessions show` says how, `replay` runs it again.',
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
  const session = goOn(openJournal(commonDir, id), started.nonce, (text) =>
    redactSecrets(text, findOverlappingSecrets, ask.knownValues),
  );
  const input = await prepareReview(git, door, comparison, config, new AbortController().signal, {
    ask: { ...ask, session },
  });
  const review = await reviewChange(input);
  recordReview(commonDir, review);
  return review;
}

/** What is staged, or the commit that it has become: the same change has the same id. */
async function findChange(
  git: OpenRepository,
  door: Door,
  change: EventData['session-started']['change'],
): Promise<Comparison> {
  const { repository, reader } = git;
  const isIt = async (comparison: Comparison): Promise<boolean> =>
    changeId(comparison.base.tree, await readRawDiff(repository, comparison)) === change?.id;
  const { base, head } = change ?? { base: null, head: null };
  if (head !== null) {
    const range = await resolveRange(repository, reader, base === null ? head : `${base}..${head}`);
    if (await isIt(range)) return range;
  }
  const staged = await resolveStaged(repository, reader, door.env);
  if (await isIt(staged)) return staged;
  const last = await resolveRange(repository, reader, 'HEAD');
  if (await isIt(last)) return last;
  throw refusal(
    'the change of this session is neither staged nor the last commit any more',
    'Its answers are for that change alone. `code-agent review` begins anew.',
  );
}

const refusal = (message: string, advice: string): CodeAgentError =>
  new CodeAgentError(message, { exitCode: EXIT.usage, advice });
