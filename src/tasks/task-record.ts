import type { RunSink } from '../agent/run-sink.ts';

/** Keeps a task in its session, and knows what it had come to when it was killed. */
export interface TaskRecord extends RunSink {
  /** What a call was answered, when the whole turn that it is of was answered; null: the call is to be made. */
  answerTo(run: string, callId: string): RecordedAnswer | null;
  /** What the worktree holds behind a turn, before its answers are told. */
  keep(run: string, turn: number, kept: KeptWork): void;
  /** Does something once, however often the task is gone on with: what it came to is JSON. `parse` throws for what it is not. */
  step<T>(key: string, parse: (value: unknown) => T, work: () => Promise<unknown>): Promise<T>;
}

export interface RecordedAnswer {
  readonly content: string;
  readonly isError: boolean;
  /** Null: the worktree was as it was behind the turn before. */
  readonly kept: KeptWork | null;
}

export interface KeptWork {
  /** Its id. */
  readonly tree: string;
  /** What leads to it from the base: a binary patch, compressed (gzip), in base64. */
  readonly patch: string;
}
