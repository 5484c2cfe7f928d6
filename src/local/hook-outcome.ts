import { CodeAgentError, EXIT, type ExitCode } from '../code-agent-error.ts';
import type { Config, HookAnswer } from '../config/config.ts';
import type { Review } from '../review/review.ts';
import { exitCodeOf } from '../review/verdict.ts';

/** What a hook that could not look at everything answers git, and says. */
export interface HookOutcome {
  /** Not 0 stops the commit or the push. */
  readonly exitCode: ExitCode;
  /** Lines under the report. */
  readonly says: readonly string[];
}

/** What is held up: the word for it and git's own way past the hook. */
export interface HeldUp {
  readonly what: 'commit' | 'merge' | 'push';
  readonly bypass: string;
}

const ALLOWED: Readonly<Record<HeldUp['what'], string>> = {
  commit: 'The commit goes through',
  merge: 'The merge goes through',
  push: 'The push goes through',
};

/** The stated policy for every verdict. */
export function hookOutcome(review: Review, hook: Config['hook'], held: HeldUp): HookOutcome {
  const { verdict, findings } = review;
  if (verdict.outcome === 'pass') return { exitCode: EXIT.pass, says: [] };
  if (verdict.outcome === 'fail') {
    const id = findings[0]?.id ?? '<id>';
    return {
      exitCode: EXIT.findings,
      says: [
        `The ${held.what} was stopped. Fix it, or \`${held.bypass}\`.`,
        `Not a problem? \`code-agent findings dismiss ${id} --because "…"\``,
      ],
    };
  }
  const exitCode = exitCodeOf(verdict);
  return verdict.outOfTime
    ? answer(hook.onTimeout, 'hook.onTimeout', exitCode, held)
    : answer(hook.onIncomplete, 'hook.onIncomplete', exitCode, held);
}

/** The same for a review that came to no verdict. A configuration that cannot be read names no policy: warn. */
export function failedOutcome(error: unknown, hook: Config['hook'], held: HeldUp): HookOutcome {
  const exitCode = error instanceof CodeAgentError ? error.exitCode : EXIT.incomplete;
  return exitCode === EXIT.timeout
    ? answer(hook.onTimeout, 'hook.onTimeout', exitCode, held)
    : answer(hook.onIncomplete, 'hook.onIncomplete', exitCode, held);
}

function answer(policy: HookAnswer, key: string, exitCode: ExitCode, held: HeldUp): HookOutcome {
  return policy === 'block'
    ? {
        exitCode,
        says: [`The ${held.what} was stopped (${key}: block). To go on all the same: \`${held.bypass}\`.`],
      }
    : { exitCode: EXIT.pass, says: [`${ALLOWED[held.what]} (${key}: warn).`] };
}
