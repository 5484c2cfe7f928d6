import type { Permission } from '../agent/policy.ts';
import type { Verdict } from '../review/review.ts';
import type { Plan } from '../tools/propose-plan.ts';
import type { CommandRun } from '../tools/run-command.ts';
import type { TaskType } from './task-type.ts';
import type { TestCounts } from './test-counts.ts';

/** What somebody wants to have done. */
export interface TaskRequest {
  /** Names it in commits and in a session: `7`, or an id of its own. */
  readonly id: string;
  readonly type: TaskType;
  readonly permission: Permission;
  /** In their own words. */
  readonly text: string;
  /** What stands around it, such as the issue that it is asked in: material, not a request. Null: nothing. */
  readonly context: string | null;
  /** How the tests are run; null: found out. */
  readonly tests: string | null;
  /** The name of the persona that does the work; null: by the type. */
  readonly persona: string | null;
  /** A plan, and nothing behind it. */
  readonly planOnly: boolean;
}

/** A run of the tests by the controller. */
export interface TestEvidence {
  readonly command: string;
  readonly run: CommandRun;
  /** Null when the runner's words are not known. */
  readonly counts: TestCounts | null;
}

export const isGreen = ({ run }: TestEvidence): boolean => run.exitCode === 0;

/** What shows that a task was done, or was not. */
export interface Evidence {
  /** Null: there are no tests, or nothing to run them in. */
  readonly before: TestEvidence | null;
  readonly after: TestEvidence | null;
  /** The tests that the task has changed, without the rest of its change. Null: they were not run so, and `unproven` says why. */
  readonly withoutFix: TestEvidence | null;
  readonly unproven: string | null;
  readonly review: { readonly verdict: Verdict; readonly findings: readonly string[] } | null;
}

export interface TaskReport {
  /** `completed`: there is a change, however red. `cancelled`: a person said no. */
  readonly outcome: 'completed' | 'planned' | 'failed' | 'cancelled';
  /** Of anything but `completed`: why, without a full stop. */
  readonly reason: string | null;
  /** It ended of a model that did not answer and may later: gone on with then, it may come to something. */
  readonly retryable: boolean;
  readonly plan: Plan | null;
  /** Of the one who did it: Markdown. */
  readonly summary: string | null;
  /** What keeps it from being offered as ready: one line each. */
  readonly red: readonly string[];
  readonly evidence: Evidence;
  /** The last commit; null when nothing was changed. */
  readonly head: string | null;
}

/** What a person who watches is told. */
export type TaskEvent =
  | { readonly type: 'plan'; readonly plan: Plan }
  | {
      readonly type: 'tests';
      readonly when: 'before' | 'during' | 'after' | 'without-fix';
      readonly evidence: TestEvidence;
    }
  | { readonly type: 'installing'; readonly command: string }
  /** Packages; `problem`: see `Work.install`. */
  | {
      readonly type: 'installed';
      readonly command: string;
      readonly ms: number;
      readonly problem: string | null;
    }
  | { readonly type: 'began'; readonly persona: string }
  | { readonly type: 'tool'; readonly name: string; readonly input: unknown }
  | { readonly type: 'step'; readonly step: number }
  | { readonly type: 'commit'; readonly id: string; readonly subject: string }
  | { readonly type: 'review'; readonly verdict: Verdict; readonly findings: number }
  | { readonly type: 'again'; readonly because: readonly string[] };
