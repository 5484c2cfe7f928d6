import type { Budget } from '../agent/budget.ts';
import type { Persona } from '../agent/load-personas.ts';
import type { Model } from '../agent/model.ts';
import type { Door, Permission } from '../agent/policy.ts';
import type { AnyTool, Question } from '../agent/tool-registry.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import type { Redact } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import type { AskPerson } from '../tools/ask.ts';
import type { Plan } from '../tools/propose-plan.ts';
import type { RunCommand } from '../tools/run-command.ts';
import type { Turns } from '../tools/take-turns.ts';
import type { ProtectedChange } from './protected-changes.ts';
import type { Surroundings } from './render-task.ts';
import type { TaskEvent } from './task.ts';
import type { KeptWork, TaskRecord } from './task-record.ts';

/** All that a task works with. The entry points put it together. */
export interface TaskDoor {
  readonly door: Exclude<Door, 'hook'>;
  readonly permission: Permission;
  readonly personas: ReadonlyMap<string, Persona>;
  readonly modelFor: (persona: Persona) => Model;
  readonly budget: Budget;
  readonly record: TaskRecord;
  /** Drawn anew for each session: see `renderPlanning`. */
  readonly nonce: string;
  readonly redact: Redact;
  readonly around: Surroundings;
  readonly work: Work;
  readonly person: Person;
  /** Looks at all that has changed since the base, as every change is looked at. */
  readonly review: (tree: string) => Promise<Review>;
  readonly told: (event: TaskEvent) => void;
  readonly signal: AbortSignal;
}

/** The worktree of the task. */
export interface Work {
  readonly base: Snapshot;
  /** What may be looked at and changed in it; `changed` is to be called when a command has run. */
  readonly tools: readonly AnyTool[];
  readonly turns: Turns;
  readonly changed: () => void;
  /** Runs the tests by `run`, in a turn: what they leave behind is no part of the work. */
  readonly aside: <T>(run: () => Promise<T>) => Promise<T>;
  /**
   * Installs the packages of the base, where the operator lets it and nobody has installed any: commands can read them from then on.
   * Answers what could not be installed and why, without a full stop. Null: nothing is missing, or nothing is to be installed.
   */
  install(door: Pick<TaskDoor, 'told' | 'signal'>): Promise<string | null>;
  /** Takes away what was installed. */
  close(): void;
  /** Runs a command in it; a text says why none can be run here. */
  readonly run: RunCommand | string;
  /** Runs a command where only these files are as they are now, and all others as they were. */
  readonly runWithout: (kept: readonly RepoPath[], ...run: Parameters<RunCommand>) => ReturnType<RunCommand>;
  /** The tree of what it holds now. */
  tree(): Promise<string>;
  read(tree: string): Snapshot;
  /** Which files differ from the base; without their names when they were renamed. */
  changedFiles(tree: string): Promise<readonly ChangedFile[]>;
  /** Writes a file, as the tools do. */
  write(path: RepoPath, text: string): Promise<void>;
  /** A list of files, or a patch, against the base. */
  changes(patch: boolean): Promise<string>;
  /** Makes a commit of what it holds; null when nothing has changed since the last one. `at`: its time, by its tree and its parent. */
  commit(message: string, at: (what: string) => Promise<Date>): Promise<string | null>;
  /** The last commit, or its base. */
  head(): Promise<string>;
  /** What it holds, to be kept; null when it is as it was when it was last asked, or restored. */
  keep(): Promise<KeptWork | null>;
  /** Has it hold what was kept, the next time that something is done in it. */
  restore(kept: KeptWork): void;
  /** Resolves when it holds what it is to hold. */
  settled(): Promise<void>;
}

export interface ChangedFile {
  readonly path: RepoPath;
  readonly status: 'added' | 'modified' | 'deleted';
}

/** Who wants the task done, or may say yes to it. */
export interface Person {
  agrees(plan: Plan): Promise<boolean>;
  readonly ask: AskPerson;
  readonly approve: (question: Question, signal: AbortSignal) => Promise<boolean>;
  /** Whether these changes, at this tree and no other, may leave the worktree. */
  allows(changes: readonly ProtectedChange[], tree: string): Promise<boolean>;
}
