import type { AgentEvent, AgentOutcome } from './events.ts';

/** One run of the loop, as others speak of it. */
export interface RunStart {
  /** The same for the same work in another session. */
  readonly run: string;
  readonly persona: string;
  /** What it is about. */
  readonly paths: readonly string[];
}

/** Is told what happens in runs, before it is acted on. What it throws ends the run. */
export interface RunSink {
  /** Whether the session had begun this run before it was gone on with. */
  hasBegun(run: string): boolean;
  started(start: RunStart): void;
  happened(run: string, event: AgentEvent): void;
  ended(run: string, outcome: AgentOutcome): void;
}
