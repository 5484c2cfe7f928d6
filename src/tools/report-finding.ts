import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';
import { MODEL_CATEGORIES } from './model-categories.ts';
import { lineInput, pathInput } from './path-input.ts';
import { meantPath } from './shown-path.ts';

/** A problem as a model told it: nothing of it is proven, and its place is only what it quotes. */
export interface ReportedFinding {
  readonly path: string;
  /** Code of the file, on one or more lines. */
  readonly quote: string;
  /** Where the model thinks that it is. */
  readonly lineHint: number | null;
  /** `old`: the quote is of what was removed. */
  readonly side: 'new' | 'old';
  readonly severity: 'error' | 'warning' | 'info';
  readonly category: (typeof MODEL_CATEGORIES)[number];
  readonly title: string;
  readonly body: string;
  /** What to put in place of the quoted lines; '' takes them out. */
  readonly suggestion: string | null;
  /** 0 to 1. */
  readonly confidence: number;
}

const input = z.strictObject({
  path: pathInput('The file, from the top of the repository.'),
  quote: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(4_000),
      z.regex(/\S/, { error: 'must hold code' }),
      z.describe(
        'The code that it is about, verbatim: whole lines, without line numbers and without the "+" or "-" of a diff. As few lines as show the problem.',
      ),
    ),
  line_hint: z.optional(lineInput('The line that the quote begins at, as far as you know.')),
  side: z.optional(
    z
      .enum(['new', 'old'])
      .check(z.describe('old: the quote is of lines that the change removes. Default: new.')),
  ),
  severity: z
    .enum(['error', 'warning', 'info'])
    .check(z.describe('error: must not be merged. warning: must be looked at before. info: worth knowing.')),
  category: z.enum(MODEL_CATEGORIES).check(z.describe('What kind of problem it is.')),
  title: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(200),
      z.regex(/^[^\r\n]*$/, { error: 'must be one line' }),
      z.describe('What is wrong, in one sentence on one line, without a full stop.'),
    ),
  body: z
    .string()
    .check(
      z.maxLength(2_000),
      z.describe('Why: the concrete input or order of events that goes wrong, and what then happens.'),
    ),
  suggestion: z.optional(
    z
      .string()
      .check(
        z.maxLength(4_000),
        z.describe('What to put in place of all quoted lines, indented as they are. Only when it is sure.'),
      ),
  ),
  confidence: z
    .number()
    .check(z.gte(0), z.lte(1), z.describe('How sure you are that it is a problem: 0 to 1.')),
});

/**
 * Takes a model's finding. `report` answers what the model is told of it; it rejects with a ToolFailure when the quote
 * is not found, and says why, so that the model can correct it.
 */
export function createReportFinding(
  report: (finding: ReportedFinding) => string | Promise<string>,
): Tool<z.infer<typeof input>> {
  return {
    name: 'report_finding',
    description:
      'Reports one problem that this change brings in. Call it once for each problem. The quote is looked up in the file: when it is not there word for word, you are told, and can call again with a right one.',
    input,
    effect: 'report',
    paths: ({ path }) => [path],
    async run({ path, line_hint: lineHint = null, side = 'new', suggestion = null, ...rest }) {
      const finding = { ...rest, path: meantPath(path), lineHint, side, suggestion };
      return { content: await report(finding), details: finding };
    },
  };
}
