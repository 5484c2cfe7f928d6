import * as z from 'zod/mini';
import type { FileWalkthrough } from '../tools/finish-review.ts';
import { MODEL_CATEGORIES } from '../tools/model-categories.ts';
import type { ReportedFinding } from '../tools/report-finding.ts';
import type { FileBegins } from './moved-lines.ts';

/**
 * What is kept of a reviewed unit. Findings are kept as they were reported, but for the hint, which is the line that they
 * were found at: where they are is proven each time.
 */
export interface UnitResult {
  /** The model that answered. */
  readonly model: string;
  /** With the severity that the second look has left. */
  readonly findings: readonly ReportedFinding[];
  readonly unplaced: number;
  readonly refuted: number;
  /** What changed in its files, where that was asked for. */
  readonly walkthrough?: readonly FileWalkthrough[];
  /** Where the hunks were that the hints are about. Not there in the results of 0.1. */
  readonly begins?: readonly FileBegins[];
}

const severity = z.enum(['error', 'warning', 'info']);

const schema = z.object({
  model: z.string(),
  findings: z.array(
    z.object({
      path: z.string(),
      quote: z.string(),
      lineHint: z.nullable(z.int()),
      side: z.enum(['new', 'old']),
      severity,
      category: z.enum(MODEL_CATEGORIES),
      title: z.string(),
      body: z.string(),
      suggestion: z.nullable(z.string()),
      confidence: z.number(),
    }),
  ),
  unplaced: z.number(),
  refuted: z.number(),
  walkthrough: z.exactOptional(z.array(z.object({ path: z.string(), change: z.string() }))),
  begins: z.exactOptional(
    z.array(z.object({ path: z.string(), hunks: z.array(z.object({ old: z.int(), new: z.int() })) })),
  ),
});

/** A kept result; null when there is none, or it is of another version. */
export function parseUnitResult(value: unknown): UnitResult | null {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? parsed.data : null;
}
