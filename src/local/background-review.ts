import { readEnvironment } from '../config/environment.ts';
import { type Comparison, changeId, readRawDiff } from '../git/read-change.ts';
import { openRepository } from '../git/repository.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { renderTerminal } from '../report/terminal.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../review/redact.ts';
import { reviewChange } from '../review/review-change.ts';
import { keepOutcome } from '../sessions/commit-outcomes.ts';
import { announceReview, noteReview, type ReviewNote } from '../sessions/running-reviews.ts';
import { askModels } from './ask-models.ts';
import { leaveBehind } from './leave-behind.ts';
import type { ModelAsk } from './model-reviewer.ts';
import { configAt, type Door, type OpenRepository, openGit, prepareReview } from './prepare-review.ts';
import { reopenSession } from './review-session.ts';
import { recordReview } from './staged-review.ts';
import { isOneBegunAt } from './wait-for-background.ts';

/** How long the commit may take that the hook has let go: its author may be writing the message. */
const COMMIT_WITHIN_MS = 600_000;
const POLL_MS = 250;

/**
 * Goes on with the review of a commit that a hook lets go before its model has answered: in a process of its own, which
 * nobody waits for but a push, and which a push knows of from here on. False in CI, where nothing may outlive its step,
 * and where no process can be started.
 */
export async function goOnInBackground({ cwd, env, signal }: Door, base: string | null): Promise<boolean> {
  if (readEnvironment(env).ci) return false;
  const { commonDir, gitDir } = await openRepository(cwd, env, signal);
  const pid = leaveBehind(['background', base ?? 'none'], { cwd, env });
  if (pid === undefined) return false;
  announceReview(commonDir, pid, { gitDir, base });
  return true;
}

/**
 * Waits for the commit to be made that was begun when HEAD was `base`, and reviews it. What it finds is kept until
 * it is read. Ends without a word when no commit is made in time, and when another process waits for the same one.
 */
export async function reviewInBackground(base: string | null, door: Door): Promise<number> {
  const git = await openGit(door);
  const { commonDir, gitDir } = git.repository;
  const note = noteReview(commonDir, { gitDir, base });
  try {
    const commit = await commitOn(git, base, note);
    if (commit === null) return 0;
    note.names(commit);
    const comparison = await resolveRange(git.repository, git.reader, commit);
    const { config } = await configAt(git, door, comparison.base);
    const time = AbortSignal.timeout(config.review.timeout);
    const ask = await askModels(door, config, { door: 'hook', within: config.review.timeout, message: null });
    const asked = ask && 'models' in ask ? await goingOn(git, comparison, ask) : ask;
    const input = await prepareReview(git, door, comparison, config, time, { ask: asked });
    const review = await reviewChange(input);
    recordReview(commonDir, review);
    const { verdict, findings } = review;
    if (verdict.outcome !== 'pass' || findings.some(({ suppressed }) => suppressed === null)) {
      const text = renderTerminal(review, { color: false });
      keepOutcome(commonDir, { commit, outcome: verdict.outcome, text });
    }
    // What is in the way is noted, and said by `status`.
    if (readEnvironment(door.env).databaseUrl !== null)
      await (await import('./move-sessions.ts')).moveSessions(git, door);
    return 0;
  } finally {
    note.remove();
    git.close();
  }
}

/** With the session that the hook has left: what a model has answered it, was paid for. */
async function goingOn(
  { repository }: OpenRepository,
  comparison: Comparison,
  ask: ModelAsk,
): Promise<ModelAsk> {
  const id = changeId(comparison.base.tree, await readRawDiff(repository, comparison));
  const redact = (text: string) => redactSecrets(text, findOverlappingSecrets, ask.knownValues);
  const session = reopenSession(repository.commonDir, id, redact);
  return session === null ? ask : { ...ask, session };
}

/** The commit that HEAD has become since; null when none is made in time, or another process reviews it. */
async function commitOn(
  { reader }: OpenRepository,
  base: string | null,
  note: ReviewNote,
): Promise<string | null> {
  for (let waited = 0; waited < COMMIT_WITHIN_MS; waited += POLL_MS) {
    const head = await reader.info('HEAD^{commit}');
    // The commit was given up and begun again. In this order: who awaits a commit says so before it is made.
    if (note.isOvertaken()) return null;
    if (head !== null && head.oid !== base) {
      // Else HEAD was moved elsewhere meanwhile. The push reviews what was committed there.
      return (await isOneBegunAt(reader, [head.oid], base)) ? head.oid : null;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return null;
}
