import * as z from 'zod/mini';

/** GitHub's check run: what a branch protection can ask for. */
export interface CheckRun {
  readonly id: number;
  /** `queued`, `in_progress`, `completed`. */
  readonly status: string;
  /** Null until it is completed. */
  readonly conclusion: string | null;
  /** Ours, as it was given when it was made. */
  readonly externalId: string | null;
  readonly title: string | null;
  readonly name: string;
  /** Markdown of whoever made it. */
  readonly summary: string | null;
  readonly text: string | null;
  /** How many annotations have arrived: after a write that may have been done, go on behind them. */
  readonly annotationsCount: number;
}

/** `neutral` and `skipped` do not block a merge. */
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out';

/** On lines of the head commit, from 1. */
export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  /** At most 64 kB. */
  readonly message: string;
  /** At most 255 characters. */
  readonly title?: string;
}

/** What the page of a check run shows. */
export interface CheckOutput {
  readonly title: string;
  /** At most 65,535 characters. */
  readonly summary: string;
  /** At most 65,535 characters. */
  readonly text?: string;
  /** Added to those that are there. Any number: they are sent 50 a request, and the conclusion with the last. */
  readonly annotations?: readonly CheckAnnotation[];
}

/** What a check run is to become; what is left out stays. With a conclusion it is completed. */
export interface CheckRunChange {
  readonly status?: 'in_progress';
  readonly conclusion?: CheckConclusion;
  readonly output?: CheckOutput;
}

export interface NewCheckRun extends CheckRunChange {
  readonly name: string;
  readonly headSha: string;
  readonly externalId?: string;
}

export const checkRunSchema = z.pipe(
  z.object({
    id: z.int(),
    status: z.string(),
    conclusion: z.nullable(z.string()),
    external_id: z.optional(z.nullable(z.string())),
    name: z._default(z.string(), ''),
    output: z.object({
      title: z.nullable(z.string()),
      summary: z._default(z.nullable(z.string()), null),
      text: z._default(z.nullable(z.string()), null),
      annotations_count: z.int(),
    }),
  }),
  z.transform(
    (one): CheckRun => ({
      id: one.id,
      status: one.status,
      conclusion: one.conclusion,
      externalId: one.external_id || null,
      title: one.output.title,
      name: one.name,
      summary: one.output.summary,
      text: one.output.text,
      annotationsCount: one.output.annotations_count,
    }),
  ),
);
