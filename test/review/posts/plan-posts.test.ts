import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../../src/change/change-set.ts';
import { createPatchParser } from '../../../src/change/parse-patch.ts';
import { anchor } from '../../../src/review/anchor.ts';
import type { Finding, Severity } from '../../../src/review/finding.ts';
import { type PostPlan, planPosts } from '../../../src/review/posts/plan-posts.ts';
import { postDelta } from '../../../src/review/posts/post-delta.ts';
import type { StandingComment } from '../../../src/review/posts/standing-comment.ts';
import type { CoverageEntry, ModelShare, Review } from '../../../src/review/review.ts';
import {
  excluded,
  LATIN1_PATH,
  reviewed,
  sampleFile,
  sampleFinding,
  sampleReview,
  skipped,
} from '../../support/sample-review.ts';

/** Lines 11 to 17 become 11 to 18. */
const HUNK = '@@ -11,7 +11,8 @@\n a\n b\n c\n-d\n+D\n+E\n e\n f\n g\n';

function changedFile(path: string, hunks = HUNK): FileChange {
  const parser = createPatchParser();
  const patch = Buffer.from(`diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n${hunks}`);
  const [section] = [...parser.push(patch), ...parser.end()];
  return sampleFile(path, { hunks: section?.hunks ?? [] });
}

const MODEL: ModelShare = {
  models: ['some-model'],
  calls: 1,
  tokens: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, estimated: false },
  usd: null,
  unpriced: true,
  units: { reviewed: 1, known: 0, failed: 0 },
  dropped: { unplaced: 0, refuted: 0, merged: 0 },
};

function reviewOf(
  findings: readonly Finding[],
  more: Partial<Review> = {},
  files = [changedFile('a.ts')],
): Review {
  const review = sampleReview({
    findings,
    coverage: { files: files.map(({ path }) => reviewed(path)), failures: [], notes: [] },
    ...more,
  });
  return { ...review, change: { ...review.change, files } };
}

const at = (startLine: number, endLine = startLine) => ({ startLine, endLine });
const finding = (name: string, more: Partial<Finding> = {}): Finding =>
  sampleFinding({ id: name, fingerprint: name, path: 'a.ts', place: at(14), title: 'T', ...more });
const standing = (fingerprint: string, more: Partial<StandingComment> = {}): StandingComment => ({
  fingerprint,
  path: 'a.ts',
  source: 'check',
  kind: 'inline',
  commentId: 1,
  threadId: 'thread',
  resolved: false,
  deleted: false,
  recreated: 0,
  severity: 'error',
  title: 'T',
  ...more,
});

const names = (posts: readonly { readonly finding: Finding }[]) =>
  posts.map((post) => post.finding.fingerprint);
const whys = (plan: PostPlan) => plan.summary.map((post) => [post.finding.fingerprint, post.why]);
const fingerprints = (comments: readonly StandingComment[]) => comments.map((comment) => comment.fingerprint);

describe('planPosts', () => {
  it('tells a finding where its place is proven', () => {
    const findings = [
      finding('in', { place: at(11, 18) }),
      finding('below', { place: at(18, 19) }),
      finding('file', { place: null }),
      finding('elsewhere', { path: 'b.ts' }),
      finding('latin', { path: LATIN1_PATH }),
      finding('info', { severity: 'info' }),
      finding('off', { suppressed: { by: 'dismissed', reason: 'x' } }),
    ];
    const plan = planPosts({
      review: reviewOf(findings, {}, [changedFile('a.ts'), changedFile(LATIN1_PATH)]),
      standing: [],
    });
    expect(plan.inline).toMatchObject([{ finding: { fingerprint: 'in' }, side: 'RIGHT', ...at(11, 18) }]);
    expect(names(plan.file)).toEqual(['below', 'file']);
    expect(whys(plan)).toEqual([
      ['elsewhere', 'no-place'],
      ['latin', 'no-place'],
      ['info', 'info'],
    ]);
  });

  it.each([
    ['of its lines', at(14), at(14), at(14)],
    ['of more lines', at(14), at(13, 15), at(13, 15)],
    ['of fewer lines', at(12, 16), at(14, 15), at(14, 15)],
    ['that reaches out of the hunk', at(18), at(18, 19), null],
    ['of other lines', at(12), at(15), null],
  ])('offers a suggestion %s', (_, place, range, offered) => {
    const suggestion = { ...range, lines: ['x'] };
    const [post] = planPosts({
      review: reviewOf([finding('a', { place, suggestion })]),
      standing: [],
    }).inline;
    expect(post).toMatchObject({ ...(offered ?? place), suggestion: offered === null ? null : suggestion });
  });

  it('offers none where the comment is the file’s', () => {
    const suggestion = { ...at(19), lines: ['x'] };
    const plan = planPosts({ review: reviewOf([finding('a', { place: at(19), suggestion })]), standing: [] });
    expect(plan.file).toMatchObject([{ kind: 'file' }]);
  });

  it('has errors before warnings when there are more than fit, those that stand among them', () => {
    const findings = [
      ...['w1', 'w2'].map((name) => finding(name, { severity: 'warning' })),
      ...['e1', 'e2', 'e3', 'old', 'done'].map((name) => finding(name)),
    ];
    const plan = planPosts({
      review: reviewOf(findings),
      standing: [standing('old'), standing('done', { resolved: true })],
      mostComments: 4,
    });
    expect(names(plan.inline)).toEqual(['e1', 'e2', 'e3']);
    expect(whys(plan)).toEqual([
      ['w1', 'too-many'],
      ['w2', 'too-many'],
    ]);
    expect(names(plan.keep)).toEqual(['old', 'done']);
    expect(planPosts({ review: reviewOf(findings), standing: [], mostComments: 0 }).summary).toHaveLength(7);
  });

  it('posts again what a person deleted, once: fault 45', () => {
    const review = reviewOf([finding('a'), finding('b')]);
    const deleted = [standing('a', { deleted: true }), standing('b', { deleted: true, recreated: 1 })];
    const plan = planPosts({ review, standing: deleted });
    expect(plan.inline).toMatchObject([{ finding: { fingerprint: 'a' }, again: deleted[0] }]);
    expect(plan.summary).toMatchObject([
      { finding: { fingerprint: 'b' }, why: 'deleted', again: deleted[1] },
    ]);
  });

  it('says what a comment that stands has wrong', () => {
    const review = reviewOf([
      finding('a'),
      finding('b', { severity: 'warning' }),
      finding('c', { title: 'U' }),
    ]);
    const plan = planPosts({ review, standing: [standing('a'), standing('b'), standing('c')] });
    expect(plan.keep.map(({ changed }) => changed)).toEqual([false, true, true]);
  });

  it('has what was dismissed since as dismissed, not as fixed', () => {
    const off = finding('a', { suppressed: { by: 'inline-ignore', reason: 'x' } });
    const plan = planPosts({ review: reviewOf([off]), standing: [standing('a')] });
    expect(plan.dismissed).toEqual([{ comment: standing('a'), finding: off }]);
    expect(plan.fixed).toEqual([]);
  });

  const coverage = (entry: CoverageEntry, failures: readonly string[] = []) => ({
    coverage: { files: [entry], failures, notes: [] },
  });
  it.each<[string, Partial<Review>, Partial<StandingComment>, 'fixed' | 'unsure']>([
    ['was reviewed', coverage(reviewed('a.ts')), {}, 'fixed'],
    ['is no part of the change', coverage(skipped('b.ts', 'large')), {}, 'fixed'],
    ['was skipped', coverage(skipped('a.ts', 'large')), {}, 'unsure'],
    ['is excluded', coverage(excluded('a.ts', 'generated')), {}, 'unsure'],
    ['was reviewed, and a check failed', coverage(reviewed('a.ts'), ['syntax: broke']), {}, 'unsure'],
    ['was reviewed, and no model asked for what a model found', {}, { source: 'some-model' }, 'unsure'],
    ['was reviewed by a model again', { model: MODEL }, { source: 'some-model' }, 'fixed'],
    ['was reviewed, and a person has deleted it', {}, { deleted: true }, 'fixed'],
  ])('of a file that %s', (_, more, comment, expected) => {
    const plan = planPosts({ review: reviewOf([], more), standing: [standing('a', comment)] });
    expect([plan.fixed.length, plan.unsure.length]).toEqual(expected === 'fixed' ? [1, 0] : [0, 1]);
  });

  it('tells findings of one fingerprint in one comment', () => {
    const [first, second] = [finding('a', { place: at(14) }), finding('a', { place: at(15) })];
    const plan = planPosts({ review: reviewOf([first, second]), standing: [] });
    expect(plan.inline).toMatchObject([{ finding: first, also: [second] }]);
    expect(planPosts({ review: reviewOf([first, second]), standing: [standing('a')] }).keep).toMatchObject([
      { finding: first, also: [second] },
    ]);
  });

  it('places every finding and every comment once, and only where the diff has the lines', () => {
    const name = fc.constantFrom(...'abcdefghijkl');
    const someFinding = fc
      .record({
        name,
        line: fc.integer({ min: 8, max: 21 }),
        lines: fc.nat(3),
        whole: fc.boolean(),
        path: fc.constantFrom('a.ts', 'b.ts', 'gone.ts'),
        severity: fc.constantFrom<Severity>('error', 'warning', 'info'),
        off: fc.boolean(),
        suggested: fc.boolean(),
      })
      .map(({ name, line, lines, whole, path, severity, off, suggested }) =>
        finding(name, {
          place: whole ? null : at(line, line + lines),
          path,
          severity,
          suppressed: off ? { by: 'dismissed', reason: '' } : null,
          suggestion: suggested ? { ...at(line, line + 1), lines: ['x'] } : null,
        }),
      );
    const someComment = fc
      .record({
        name,
        deleted: fc.boolean(),
        resolved: fc.boolean(),
        recreated: fc.nat(2),
        path: fc.constantFrom('a.ts', 'c.ts'),
      })
      .map(({ name, ...more }) => standing(name, more));
    fc.assert(
      fc.property(
        fc.uniqueArray(someFinding, { selector: (one) => one.fingerprint }),
        fc.uniqueArray(someComment, { selector: (one) => one.fingerprint }),
        fc.nat(6),
        (findings, comments, mostComments) => {
          const review = reviewOf(findings, {}, [
            changedFile('a.ts'),
            changedFile('b.ts', '@@ -9 +9 @@\n-a\n+b\n'),
          ]);
          const plan = planPosts({ review, standing: comments, mostComments });
          const posts = [...plan.inline, ...plan.file, ...plan.summary];
          const counted = findings.filter(({ suppressed }) => suppressed === null);
          expect([...names(posts), ...names(plan.keep)].sort()).toEqual(
            names(counted.map((one) => ({ finding: one }))).sort(),
          );
          const placed = [
            ...plan.keep.map(({ comment }) => comment),
            ...plan.fixed,
            ...plan.unsure,
            ...plan.dismissed.map(({ comment }) => comment),
            ...posts.flatMap(({ again }) => again ?? []),
          ];
          expect(fingerprints(placed).sort()).toEqual(fingerprints(comments).sort());
          const open = plan.keep.filter(({ comment }) => !comment.resolved).length;
          expect(plan.inline.length + plan.file.length).toBeLessThanOrEqual(Math.max(mostComments - open, 0));
          for (const {
            finding: { path },
            side,
            startLine,
            endLine,
            suggestion,
          } of plan.inline) {
            expect(anchor(review.change, path, at(startLine, endLine), side).kind).toBe('inline');
            if (suggestion !== null) expect(suggestion).toMatchObject(at(startLine, endLine));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('postDelta', () => {
  it('counts what has changed', () => {
    const review = reviewOf([
      finding('old'),
      finding('new'),
      finding('back'),
      finding('info', { severity: 'info' }),
    ]);
    const plan = planPosts({
      review,
      standing: [standing('old'), standing('gone'), standing('back', { deleted: true })],
    });
    expect(postDelta(plan, 11)).toEqual({ fixed: 1, dismissed: 0, open: 2, new: 1, unchangedFiles: 11 });
  });

  it('counts what was dismissed as that, and not as fixed', () => {
    const off = finding('off', { suppressed: { by: 'dismissed', reason: 'x' } });
    const plan = planPosts({ review: reviewOf([off]), standing: [standing('off')] });
    expect(postDelta(plan, 0)).toMatchObject({ fixed: 0, dismissed: 1 });
  });
});
