import type { FileChange } from '../change/change-set.ts';
import type { Finding } from '../review/finding.ts';
import type { Review } from '../review/review.ts';
// The type alone: what a commit waits for does not load zod.
import type { ReviewJson } from './review-schema.ts';
import { sanitizeJson } from './sanitize.ts';

/**
 * The review for programs, as `schema/review.schema.json` describes it. Texts are as they are, not sanitised.
 *
 * A path whose bytes are no UTF-8 survives: each such byte b is the lone surrogate U+DC00+b of the
 * {@link RepoPath}, which JSON writes as `\udc80` … `\udcff`. Python's
 * `os.fsencode(json.loads(…)["path"])` gives the bytes back.
 */
export function renderJson({ change, verdict, coverage, findings, timing, model, session }: Review): string {
  const report: ReviewJson = {
    version: 1,
    change: {
      id: change.id,
      base: { commit: change.base.commit, tree: change.base.tree },
      head: { commit: change.head.commit },
      files: change.files.map(fileJson),
    },
    verdict: { outcome: verdict.outcome, failOn: verdict.failOn, outOfTime: verdict.outOfTime },
    coverage: {
      files: coverage.files.map(({ path, outcome, reason }) => ({ path, outcome, reason })),
      failures: coverage.failures,
      notes: coverage.notes,
    },
    findings: findings.map(findingJson),
    timing: { totalMs: timing.totalMs },
    model,
    session,
  };
  return `${sanitizeJson(JSON.stringify(report, null, 2))}\n`;
}

function fileJson({
  path,
  oldPath,
  status,
  before,
  after,
  unread,
}: FileChange): ReviewJson['change']['files'][number] {
  const blob = (side: FileChange['before']) =>
    side === null ? null : { mode: side.mode, oid: side.oid, size: side.size };
  return {
    path,
    ...(oldPath !== path && { oldPath }),
    status,
    before: blob(before),
    after: blob(after),
    unread,
  };
}

function findingJson(finding: Finding): ReviewJson['findings'][number] {
  const { id, fingerprint, path, place, severity, category, title, body, source, confidence } = finding;
  const { excerpt, suggestion, suppressed } = finding;
  return {
    id,
    fingerprint,
    path,
    place,
    severity,
    category,
    title,
    body,
    source,
    confidence,
    excerpt,
    suggestion,
    suppressed,
  };
}
