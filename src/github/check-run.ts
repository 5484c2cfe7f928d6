import * as z from 'zod/mini';
import { instantSchema } from './instant.ts';

/** GitHub's check run: what a branch protection can ask for. */
export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  /** `queued`, `in_progress`, `completed`. */
  readonly status: string;
  /** Null until it is completed. */
  readonly conclusion: string | null;
  /** Ours, as it was given when it was made. */
  readonly externalId: string | null;
  /** The App that made it. */
  readonly appId: number | null;
  readonly title: string | null;
  readonly summary: string | null;
  /** How many annotations have arrived: after a write that may have been done, go on behind them. */
  readonly annotationsCount: number;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly htmlUrl: string | null;
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
  readonly status?: 'queued' | 'in_progress';
  readonly conclusion?: CheckConclusion;
  readonly detailsUrl?: string;
  readonly output?: CheckOutput;
}

export interface NewCheckRun extends CheckRunChange {
  readonly name: string;
  readonly headSha: string;
  readonly externalId?: string;
}

const time = z.optional(z.nullable(instantSchema));

export const checkRunSchema = z.pipe(
  z.object({
    id: z.int(),
    name: z.string(),
    head_sha: z.string(),
    status: z.string(),
    conclusion: z.nullable(z.string()),
    external_id: z.optional(z.nullable(z.string())),
    app: z.optional(z.nullable(z.object({ id: z.int() }))),
    output: z.object({
      title: z.nullable(z.string()),
      summary: z.nullable(z.string()),
      annotations_count: z.int(),
    }),
    started_at: time,
    completed_at: time,
    html_url: z.nullable(z.string()),
  }),
  z.transform(
    (one): CheckRun => ({
      id: one.id,
      name: one.name,
      headSha: one.head_sha,
      status: one.status,
      conclusion: one.conclusion,
      externalId: one.external_id || null,
      appId: one.app?.id ?? null,
      title: one.output.title,
      summary: one.output.summary,
      annotationsCount: one.output.annotations_count,
      startedAt: one.started_at ?? null,
      completedAt: one.completed_at ?? null,
      htmlUrl: one.html_url,
    }),
  ),
);
