import type { Budget, Spent } from '../agent/budget.ts';
import type { Persona } from '../agent/load-personas.ts';
import type { Model } from '../agent/model.ts';
import type { Door } from '../agent/policy.ts';
import type { RunSink } from '../agent/run-sink.ts';
import type { AnyTool } from '../agent/tool-registry.ts';
import type { RepoPath } from '../change/path.ts';
import type { ReviewedFile } from './check.ts';
import type { Severity } from './finding.ts';
import type { Texts } from './place-finding.ts';
import type { PlannedFile } from './plan.ts';
import type { UnitContext } from './render-unit.ts';
import type { UnitLimits } from './units.ts';

/** All that a model works with that looks at one change. */
export interface LookSetup extends Texts {
  readonly open: (file: PlannedFile) => Promise<ReviewedFile>;
  /** In order: the next one is asked when one cannot answer. Not empty. */
  readonly models: readonly Model[];
  /** What a model may look with: nothing that it could change anything with. */
  readonly tools: readonly AnyTool[];
  readonly context: UnitContext;
  /** What of the context is not as it should be, for a person to know: one line each. */
  readonly notes: readonly string[];
  readonly budget: Budget;
  /** How long the models may take, for a person: `20 s (hook.budget)`. */
  readonly patience: string;
  readonly door: Door;
  readonly limits: UnitLimits & { readonly parallel: number; readonly validate: Severity | 'never' };
  /** Drawn anew for each run: see {@link renderUnit}. */
  readonly nonce: string;
  /** What was answered before, by {@link reviewUnit}. */
  readonly results: { read(key: string): unknown; write(key: string, result: unknown): void };
  readonly onProgress?: (progress: ReviewerProgress) => void;
  /** Keeps what happens. */
  readonly sink?: RunSink;
}

/** All that a reviewer of one change works with. */
export interface ReviewerSetup extends LookSetup {
  /** Who reviews. */
  readonly persona: Persona;
  /** What it looks with: those of `tools` that it has, and the user's own. */
  readonly personaTools: readonly AnyTool[];
}

export interface ReviewerProgress {
  readonly units: number;
  readonly done: number;
  /** The files of a unit that is being looked at. */
  readonly paths: readonly RepoPath[];
  /** What it has taken up to now. */
  readonly spent: () => Spent;
}
