import type * as z from 'zod/mini';

/**
 * Something that a model may do: a plain object, made by a factory that is given what it works on. The registry parses
 * the input once, asks the policy, and cuts what is too long.
 */
export interface Tool<Input = never> {
  /** `^[a-z][a-z0-9_]{0,63}$` */
  readonly name: string;
  /** For the model: what it does, when to use it, what it answers. */
  readonly description: string;
  /** An object. Every key has a description; unknown keys are errors. */
  readonly input: z.ZodMiniType<Input>;
  /** What it can change, for the policy. `read`: nothing. `report`: the result of this run. */
  readonly effect: 'read' | 'report' | 'write' | 'delete' | 'run' | 'network';
  /** The paths that the input names, for the policy. */
  readonly paths?: (input: Input) => readonly string[];
  /** Resolves with what the model is told. A failure that the model can mend is a ToolFailure; others are ours. */
  run(input: Input, context: { readonly signal: AbortSignal }): Promise<ToolOutput>;
}

export interface ToolOutput {
  /** For the model. */
  readonly content: string;
  /** For logs and reports, not for the model. */
  readonly details?: unknown;
  /** How to see what was cut off, were it cut: "Use start_line." */
  readonly more?: string;
}

/** What a model did wrong or could not know: the message goes back to it as the tool's result. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
}
