import { DEFAULTS } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { renderTerminal } from '../report/terminal.ts';
import type { Review } from '../review/review.ts';
import { failedOutcome, type HeldUp, type HookOutcome, hookOutcome } from './hook-outcome.ts';
import type { Door } from './prepare-review.ts';
import { renderError } from './render-error.ts';
import { reviewStaged } from './staged-review.ts';

/** The hooks before a commit and before a merge commit: githooks(5). */
export const preCommit = (door: Door): Promise<number> =>
  holdUp(door, { what: 'commit', bypass: 'git commit --no-verify' });
export const preMergeCommit = (door: Door): Promise<number> =>
  holdUp(door, { what: 'merge', bypass: 'git merge --no-verify' });

async function holdUp(door: Door, held: HeldUp): Promise<number> {
  let hook = DEFAULTS.hook;
  try {
    const review = await reviewStaged(door, (config) => {
      hook = config.hook;
    });
    // An empty change is a reworded message or an empty commit: there is nothing to say.
    if (review.change.files.length > 0) say(renderTerminal(review, terminalOptions(door.env)));
    const outcome = hookOutcome(review, hook, held);
    const exitCode = conclude(outcome);
    if (exitCode === 0 && review.model !== null && review.verdict.outOfTime) await goOn(door, review);
    if (review.session !== null) await moveLater(door);
    return exitCode;
  } catch (error) {
    say(renderError(error, false));
    return conclude(failedOutcome(error, hook, held));
  }
}

/** The model was too slow for the hook: it goes on, and the push hears of it. */
async function goOn(door: Door, { change }: Review): Promise<void> {
  const { goOnInBackground } = await import('./background-review.ts');
  if (await goOnInBackground(door, change.base.commit))
    say('The model goes on in the background: `code-agent status` shows it, and the push waits for it.\n');
}

/** Nobody waits for a database here. */
export async function moveLater(door: Door): Promise<void> {
  if (readEnvironment(door.env).databaseUrl === null) return;
  try {
    const { moveInBackground } = await import('./move-in-background.ts');
    await moveInBackground(door);
  } catch (error) {
    say(renderError(error, false));
  }
}

/** Hooks speak on stderr: stdout may be a pipe to a program (githooks(5), pre-push). */
export function say(text: string): void {
  process.stderr.write(text);
}

/** Says what becomes of the commit or the push. */
export function conclude({ exitCode, says }: HookOutcome): number {
  for (const line of says) say(`${line}\n`);
  return exitCode;
}

/** Colour and width for stderr. */
export function terminalOptions(env: NodeJS.ProcessEnv): { color: boolean; width?: number } {
  const { color } = readEnvironment(env);
  const { isTTY, columns } = process.stderr;
  return {
    color: color === 'always' || (color === 'auto' && isTTY),
    ...(isTTY && { width: Math.max(60, columns) }),
  };
}
