import type { ModelRequest, ModelTurn, ToolCall, ToolResult, Usage } from './model.ts';
import type { ModelErrorKind } from './model-error.ts';
import type { Decision } from './policy.ts';

/** What happens in a run, in order. The consumer has dealt with one before the next thing is done. */
export type AgentEvent =
  | {
      readonly type: 'model-request';
      readonly turn: number;
      readonly model: string;
      readonly request: ModelRequest;
    }
  | {
      readonly type: 'model-response';
      readonly turn: number;
      readonly model: string;
      readonly response: ModelTurn;
    }
  | {
      readonly type: 'model-failure';
      readonly turn: number;
      readonly model: string;
      readonly kind: ModelErrorKind;
      readonly message: string;
    }
  | { readonly type: 'tool-call'; readonly turn: number; readonly call: ToolCall }
  | {
      readonly type: 'tool-result';
      readonly turn: number;
      readonly result: ToolResult;
      /** Null when the policy was not asked: no such tool, or an input that is not one. */
      readonly decision: Decision | null;
      readonly details: unknown;
    };

/** How a run ended. Only `finished` may be taken for an answer. */
export interface AgentOutcome {
  /** `late`: the time is up. `limit`: of turns, tokens or money. `refused`: by the model. */
  readonly ended: 'finished' | 'failed' | 'late' | 'limit' | 'refused' | 'aborted';
  /** Of anything but `finished`: for a person, without a full stop. */
  readonly reason: string | null;
  /** What a person can do about it: whole sentences. */
  readonly advice: string | null;
  /** Whether the same may succeed later. Another model may in any case. */
  readonly retryable: boolean;
  readonly turns: number;
  readonly usage: Usage;
}
