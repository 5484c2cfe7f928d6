import * as z from 'zod';
import { SEVERITIES } from '../review/finding.ts';

const path = z
  .string()
  .describe(
    'Path from the top of the repository, with / between its parts. A byte b that is no UTF-8 is the lone surrogate U+DC00+b (\\udc80 to \\udcff), as in Python\'s "surrogateescape".',
  );
const commit = z.string().nullable();
const lineNumber = z.int().min(1);
const column = z.int().min(1);
const severity = z.enum(SEVERITIES);

const blob = z
  .object({
    mode: z.enum(['100644', '100755', '120000', '160000']).describe('Mode of the tree entry.'),
    oid: z.string().describe('Object id; of a submodule, its commit.'),
    size: z.int().min(0).describe('Bytes. 0 for a submodule.'),
  })
  .nullable();

const change = z.object({
  id: z.string().describe('The same for the same change to the same tree, wherever it is seen.'),
  base: z
    .object({
      commit: commit.describe('Null when there is no commit before the change.'),
      tree: z.string().describe('Object id of the tree that the change starts from.'),
    })
    .describe('What the change starts from.'),
  head: z
    .object({ commit: commit.describe('Null when the change ends in the index.') })
    .describe('What the change ends in.'),
  files: z
    .array(
      z.object({
        path: path.describe(`${path.description} Of a deleted file, the path that it had.`),
        oldPath: path.exactOptional().describe('The path before the change. Only of a renamed file.'),
        status: z
          .enum(['added', 'deleted', 'modified', 'renamed', 'type-changed'])
          .describe('What happened to the file.'),
        before: blob.describe('The file before the change. Null when it was not there.'),
        after: blob.describe('The file after the change. Null when it is not there.'),
        unread: z.string().nullable().describe('Why its content was not read. Null when it was.'),
      }),
    )
    .describe("The changed files, in git's order."),
});

const verdict = z.object({
  outcome: z
    .enum(['pass', 'fail', 'incomplete'])
    .describe(
      'incomplete: nothing that fails was found, but not everything was looked at. It is not a pass.',
    ),
  failOn: z.enum([...SEVERITIES, 'never']).describe('The least severity that fails.'),
  outOfTime: z.boolean().describe('The budget ran out before everything was looked at.'),
});

const coverage = z.object({
  files: z
    .array(
      z.object({
        path,
        outcome: z.enum(['reviewed', 'excluded', 'skipped']).describe('What was done with the file.'),
        reason: z
          .string()
          .nullable()
          .describe('The rule that excludes it or the reason for skipping it. Null when reviewed.'),
      }),
    )
    .describe('One entry for every changed file.'),
  failures: z.array(z.string()).describe('Checks that failed, and so did not look.'),
  notes: z.array(z.string()).describe('Worth saying, but no reason for doubt.'),
});

const place = z.object({
  startLine: lineNumber.describe('First line, counted from 1 in the file after the change.'),
  endLine: lineNumber.describe('Last line, inclusive.'),
  startColumn: column.exactOptional().describe('First column, in UTF-16 code units counted from 1.'),
  endColumn: column.exactOptional().describe('The column after the last, on the last line.'),
});

const excerpt = z.object({
  firstLine: lineNumber.describe('Number of the first of the lines.'),
  lines: z.array(z.string()).describe('Lines around the place, without line endings. Secrets are masked.'),
  caret: z
    .object({
      line: lineNumber.describe('Number of the marked line.'),
      startColumn: column.describe('First marked column, in the masked line.'),
      endColumn: column.describe('The column after the last.'),
    })
    .nullable()
    .describe('What is marked. Null when it is whole lines.'),
});

const finding = z.object({
  id: z.string().describe('Short and stable: the first characters of the fingerprint.'),
  fingerprint: z.string().describe('The same for the same problem when it moves to other lines.'),
  path,
  place: place.nullable().describe("Null when the problem is the file's, not a line's."),
  severity: severity.describe('error: must not be committed. warning: look first. info: worth knowing.'),
  category: z.string().describe("The check's id, or the other tool's rule."),
  title: z.string().describe('What is wrong, in one line.'),
  body: z.string().describe("Why it is wrong and what to do. May be ''."),
  source: z.string().describe('"check", or the name of the tool or model that found it.'),
  confidence: z.number().min(0).max(1).describe('1 for a check.'),
  excerpt: excerpt.nullable().describe('The code that it is about. Null for a whole file.'),
  suggestion: z
    .object({
      startLine: lineNumber.describe('First line to replace.'),
      endLine: lineNumber.describe('Last line to replace, inclusive.'),
      lines: z.array(z.string()).describe('What to put there, without line endings.'),
    })
    .nullable()
    .describe('A replacement that was proven to apply and to parse. Null when there is none.'),
  suppressed: z
    .object({
      by: z.enum(['inline-ignore', 'baseline', 'dismissed']).describe('What suppresses it.'),
      reason: z.string().describe('The reason that was given.'),
    })
    .nullable()
    .describe('Why the finding does not count. Null when it does.'),
});

const count = z.int().min(0);

const model = z
  .object({
    models: z.array(z.string()).describe('The models that were asked, the first choice first.'),
    calls: count.describe('How often they were asked.'),
    tokens: z
      .object({
        input: count.describe('Sent, and neither read from nor written to a cache.'),
        output: count.describe('Answered.'),
        cacheRead: count.describe('Sent, and read from a cache.'),
        cacheWrite: count.describe('Sent, and written to a cache.'),
        estimated: z.boolean().describe('A server did not say, and they are estimated.'),
      })
      .describe('What was sent and answered.'),
    usd: z.number().min(0).nullable().describe('US dollars; null when no price is known.'),
    unpriced: z.boolean().describe('A model without a known price was asked: usd is not all.'),
    units: z
      .object({
        reviewed: count.describe('Parts of the change that a model looked at.'),
        known: count.describe('Parts whose answer was known, because nothing in them had changed.'),
        failed: count.describe('Parts that no model answered for.'),
      })
      .describe('The parts that the change was looked at in.'),
    dropped: z
      .object({
        unplaced: count.describe('Findings whose quote is not in the file.'),
        refuted: count.describe('Findings that did not survive a second look.'),
        merged: count.describe('Findings that say what another one says.'),
      })
      .describe('Findings of the model that are not shown.'),
  })
  .nullable();

/** What `json.ts` writes. A new key may come with any release; a change of a key's meaning raises `version`. */
export const reviewSchema = z
  .object({
    version: z.literal(1).describe('Version of this format.'),
    change: change.describe('What was reviewed.'),
    verdict: verdict.describe('What the review came to.'),
    coverage: coverage.describe('What was looked at, and what was not.'),
    findings: z.array(finding).describe('Most important first, suppressed ones last.'),
    timing: z
      .object({ totalMs: z.number().min(0).describe('Milliseconds of wall time.') })
      .describe('How long it took.'),
    model: model.describe('What models did, and what it took. Null when none was asked.'),
    session: z
      .string()
      .nullable()
      .describe(
        'The session that it is kept in (code-agent sessions show). Null for an empty change, and when it could not be written.',
      ),
  })
  .meta({ title: 'code-agent review', description: 'A review of one change, for programs.' });

/** The document that {@link reviewSchema} describes. */
export type ReviewJson = ReadonlyDeep<z.infer<typeof reviewSchema>>;

type ReadonlyDeep<T> = T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T;

/** The text of `schema/review.schema.json`. */
export function reviewJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reviewSchema), null, 2)}\n`;
}
