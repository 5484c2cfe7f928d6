/** Process exit codes of every command. They are part of the public contract (README, "Exit codes"). */
export const EXIT = {
  pass: 0,
  /** Findings at or above the fail level. */
  findings: 1,
  /** Wrong usage, configuration or range: nothing was reviewed. */
  usage: 2,
  /** The change could not be looked at, or not all of it, or the report not be written. */
  incomplete: 3,
  /** The budget ran out before everything was looked at. */
  timeout: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An expected failure, told to a person. The message says what happened and where, `advice` what to do.
 * Anything else that is thrown is a defect of ours.
 */
export class CodeAgentError extends Error {
  override readonly name = 'CodeAgentError';
  readonly exitCode: ExitCode;
  readonly advice: string | undefined;
  /** True when the same call may succeed later without a change by the user. */
  readonly retryable: boolean;

  constructor(
    message: string,
    options: { exitCode: ExitCode; advice?: string; retryable?: boolean; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode;
    this.advice = options.advice;
    this.retryable = options.retryable ?? false;
  }
}
