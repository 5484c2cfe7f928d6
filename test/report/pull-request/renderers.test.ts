import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCheckRun } from '../../../src/report/pull-request/check-run.ts';
import { renderExplanation, renderFindingComment } from '../../../src/report/pull-request/finding-comment.ts';
import { createMarkers } from '../../../src/report/pull-request/marker.ts';
import { type Notice, renderLimitNotice, renderNotice } from '../../../src/report/pull-request/notice.ts';
import { renderReviewBody } from '../../../src/report/pull-request/review-body.ts';
import { renderSummary } from '../../../src/report/pull-request/summary-comment.ts';
import { sanitize, sanitizeJson } from '../../../src/report/sanitize.ts';
import type { Finding, Suggestion } from '../../../src/review/finding.ts';
import { type InlinePost, planPosts } from '../../../src/review/posts/plan-posts.ts';
import type { StandingComment } from '../../../src/review/posts/standing-comment.ts';
import type { Review } from '../../../src/review/review.ts';
import { arbitraryReview } from '../arbitrary-review.ts';
import { markdownText, outsideOfCode } from './arbitrary-markdown.ts';
import {
  BACKOFF,
  emptyChange,
  everything,
  HOSTS,
  incomplete,
  MARKUP_PATH,
  MODEL,
  manyFiles,
  planOf,
  threeFindings,
} from './sample-pull-request.ts';

const markers = createMarkers('a secret of the test', 7, 12);
const marker = markers.write('finding', 'a7f3');
const options = { marker, hosts: HOSTS };
const golden = (name: string) => `golden/${name}`;

/** Whether it is a body of ours that does nothing but what we wrote. */
function expectBody(body: string) {
  expect(body.length).toBeLessThanOrEqual(60_000);
  expect(markers.read(body)).not.toBe(null);
  const { text, open } = outsideOfCode(body.slice(0, body.lastIndexOf('\n')));
  expect(open).toBe(false);
  const foreign = text.replace(/<\/?(?:sub|details|summary)>|&(?:#39|#96|#124);/g, '\u2423');
  expect(foreign).not.toMatch(/@|!\[|<(?!https:\/\/github\.com)|#\d|`/);
  expect(body.replaceAll('\t', '')).toBe(sanitize(body.replaceAll('\t', '')));
}

const summaryOf = (review: Review, more: Partial<Parameters<typeof renderSummary>[0]> = {}) =>
  renderSummary({
    review,
    plan: planOf(review),
    head: '4f1c2ab',
    delta: null,
    walkthrough: null,
    hosts: HOSTS,
    marker: markers.write('summary', 'summary'),
    ...more,
  });

describe('renderFindingComment', () => {
  it('says the problem, why, and what to put there', async () => {
    const { inline, file } = planOf(threeFindings);
    const bodies = [...inline, ...file].map((post) => renderFindingComment(post, options));
    for (const body of bodies) expectBody(body);
    await expect(bodies.join('\n\n==========\n\n')).toMatchFileSnapshot(golden('finding-comments.md'));
  });

  const post = (suggestion: Suggestion, more: Partial<InlinePost> = {}): InlinePost => ({
    kind: 'inline',
    finding: { ...BACKOFF, suggestion },
    also: [],
    again: null,
    side: 'RIGHT',
    startLine: 32,
    endLine: 32,
    suggestion,
    ...more,
  });

  it.each([
    ['no line', [], '\n```suggestion\n```\n'],
    ['an empty line', [''], '\n```suggestion\n\n```\n'],
    ['lines with tabs', ['\ta', ' b'], '\n```suggestion\n\ta\n b\n```\n'],
    ['a fence', ['```', 'x', '````'], '\n`````suggestion\n```\nx\n````\n`````\n'],
  ])('offers %s', (_, lines, block) => {
    expect(renderFindingComment(post({ startLine: 32, endLine: 32, lines }), options)).toContain(block);
  });

  it.each([
    ['what nobody sees', 'a\u202eb'],
    ['a carriage return', 'a\r'],
    ['a marker', `// ${marker}`],
  ])('does not offer to commit %s', (_, line) => {
    const body = renderFindingComment(post({ startLine: 32, endLine: 32, lines: [line] }), options);
    expect(body).not.toContain('```suggestion');
    expect(body).toContain('Suggested for line 32:');
    expectBody(body);
  });

  it('tells what else is on the line', () => {
    const also = Array.from({ length: 7 }, (_, index) => ({ ...BACKOFF, title: `Other ${index}` }));
    const body = renderFindingComment(post({ startLine: 32, endLine: 32, lines: [] }, { also }), options);
    expect(body).toContain('Also here: Other 4 (error · correctness)\n\nAnd 2 more here.');
  });

  it('is harmless whatever a finding says', () => {
    fc.assert(
      fc.property(
        markdownText,
        markdownText,
        fc.array(markdownText, { maxLength: 2 }),
        (title, body, lines) => {
          const suggestion = {
            startLine: 32,
            endLine: 32,
            lines: lines.map((line) => line.replaceAll('\n', ' ')),
          };
          const finding = { ...BACKOFF, title, body, category: title, path: body, source: body, suggestion };
          for (const kind of ['inline', 'file'] as const)
            expectBody(renderFindingComment({ ...post(suggestion), finding, kind }, options));
          expectBody(renderExplanation(finding, options));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('renderExplanation', () => {
  it('tells all of a finding', async () => {
    const bodies = threeFindings.findings.map((finding) => renderExplanation(finding, options));
    await expect(bodies.join('\n\n==========\n\n')).toMatchFileSnapshot(golden('explanations.md'));
  });
});

describe('renderSummary', () => {
  it.each<[string, Review, Partial<Parameters<typeof renderSummary>[0]>]>([
    [
      'three findings',
      threeFindings,
      { delta: { fixed: 1, dismissed: 0, open: 1, new: 2, unchangedFiles: 11 } },
    ],
    [
      'walkthrough',
      threeFindings,
      {
        walkthrough: new Map([
          ['src/upload.ts', 'retry with backoff | around `put`, @bob'],
          [MARKUP_PATH, 'no longer asks twice'],
        ]),
      },
    ],
    ['incomplete', incomplete, {}],
    ['empty', emptyChange, {}],
    ['everything', everything, {}],
  ])('%s', async (name, review, more) => {
    const body = summaryOf(review, more);
    expectBody(body);
    await expect(body).toMatchFileSnapshot(golden(`summary-${name.replace(' ', '-')}.md`));
  });

  it('counts what it has no room for, of 3,000 files', async () => {
    const body = summaryOf(manyFiles);
    expectBody(body);
    await expect(body).toMatchFileSnapshot(golden('summary-many-files.md'));
    const [, more = 0] = /and ([\d]+) more files/.exec(body) ?? [];
    const rows = body.split('\n').filter((line) => line.startsWith('| `')).length;
    expect(rows + Number(more)).toBe(3000);
  });

  it.each([
    ['no model asked again', { known: 1, failed: 0 }],
    ['no model asked', { known: 0, failed: 1 }],
  ])('says "%s" in place of what that took', (said, units) => {
    const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, estimated: false };
    const model = { ...MODEL, calls: 0, tokens, usd: 0, units: { reviewed: units.known, ...units } };
    const review: Review = { ...threeFindings, model };
    expect(summaryOf(review)).toContain(`<sub>${said} · 21 s · `);
    expect(renderCheckRun(review, planOf(review)).summary).toMatch(new RegExp(`\n${said} · 21 s$`));
  });

  it('says first that it is incomplete', () => {
    expect(summaryOf(incomplete)).toMatch(/^\*\*code-agent: incomplete\.\*\*/);
    const fails: Review = { ...incomplete, verdict: { ...incomplete.verdict, outcome: 'fail' } };
    expect(summaryOf(fails)).toMatch(/^\*\*code-agent: incomplete\.\*\*/);
  });

  it('is harmless and short enough, whatever is in a review', () => {
    fc.assert(
      fc.property(arbitraryReview, markdownText, (review, text) => {
        const walkthrough = new Map(review.change.files.map(({ path }) => [path, text]));
        expectBody(summaryOf(review, { walkthrough }));
      }),
      { numRuns: 300 },
    );
  });
});

describe('renderCheckRun', () => {
  it.each([
    ['three findings', threeFindings],
    ['incomplete', incomplete],
    ['empty', emptyChange],
  ])('%s', async (name, review) => {
    const report = renderCheckRun(review, planOf(review));
    await expect(`${sanitizeJson(JSON.stringify(report, null, 2))}\n`).toMatchFileSnapshot(
      golden(`check-run-${name.replace(' ', '-')}.golden.json`),
    );
  });

  it.each([
    ['pass', false, 'success'],
    ['fail', false, 'failure'],
    ['incomplete', false, 'neutral'],
    ['pass', true, 'neutral'],
  ] as const)('of %s, out of time %s: %s', (outcome, outOfTime, conclusion) => {
    const review = { ...threeFindings, verdict: { outcome, outOfTime, failOn: 'error' } as const };
    expect(renderCheckRun(review, planOf(review)).conclusion).toBe(conclusion);
  });

  it('keeps to the limits of GitHub', () => {
    const { title, summary, text, annotations } = renderCheckRun(manyFiles, planOf(manyFiles));
    expect(Math.max(title.length, summary.length, text.length)).toBeLessThan(65_535);
    expect(title).toBe('Incomplete: 2000 of 3000 files reviewed, 1000 errors, 1000 warnings, 1000 info');
    expect(annotations).toHaveLength(500);
    expect(annotations.every(({ level }) => level === 'failure')).toBe(true);
    for (const { title, message } of annotations) {
      expect(title.length).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(64_000);
    }
  });

  const other: Finding = { ...BACKOFF, fingerprint: 'd0d0'.repeat(16) };
  const standing: StandingComment = {
    ...{ fingerprint: BACKOFF.fingerprint, path: BACKOFF.path, source: BACKOFF.source, kind: 'inline' },
    ...{ commentId: 1, threadId: null, resolved: false, deleted: false, recreated: 0 },
    ...{ severity: BACKOFF.severity, title: BACKOFF.title },
  };
  it.each<[string, Finding[], StandingComment[]]>([
    ['No findings.', [], []],
    ['1 error, in a new comment.', [BACKOFF], []],
    ['2 errors, in new comments.', [BACKOFF, other], []],
    ['2 errors, in a new comment.', [BACKOFF, BACKOFF], []],
    ['1 error, in an earlier comment.', [BACKOFF], [standing]],
    ['1 info, in the summary only.', [{ ...BACKOFF, severity: 'info' }], []],
    [
      '2 errors, 1 info: 1 in a new comment, 1 in an earlier comment, 1 in the summary only.',
      [BACKOFF, other, { ...other, severity: 'info', fingerprint: 'e0e0'.repeat(16) }],
      [standing],
    ],
  ])('says where the findings are: %s', (said, findings, comments) => {
    const review = { ...threeFindings, findings };
    const { summary } = renderCheckRun(review, planPosts({ review, standing: comments }));
    expect(summary.split('\n\n')[1]).toBe(`3 of 4 files reviewed, 1 excluded (generated). ${said}`);
  });

  it('tells in full what has no comment, where there is no summary', async () => {
    const plan = planOf(threeFindings);
    const { summary, text } = renderCheckRun(threeFindings, plan, { hasSummary: false, hosts: HOSTS });
    expect(summary).toContain(': 2 in new comments, 2 in this check run only.');
    expectBody(`${text}\n\n${marker}`);
    await expect(text).toMatchFileSnapshot(golden('check-run-no-summary.md'));
  });

  it('counts what it has no room for, of 3,000 files and without a summary', () => {
    const plan = planOf(manyFiles);
    const { text } = renderCheckRun(manyFiles, plan, { hasSummary: false, hosts: HOSTS });
    expect(text.length).toBeLessThan(65_535);
    const told = [...text.matchAll(/`x\d+`/g)].length;
    const left = [...text.matchAll(/^- and (\d+) more (?:\(|findings)/gm)].map(([, count]) => Number(count));
    expect(left.reduce((sum, count) => sum + count, told)).toBe(3000);
  });

  it('has code in annotations, and not the backticks around it', () => {
    const title = 'A `debugger` left behind ``a`b`` and a ` alone';
    const body = 'Remove ` debugger `.\n\n```ts\nconst a = `b`;\n```\n\nThen `c`.';
    const review = { ...threeFindings, findings: [{ ...BACKOFF, title, body }] };
    const [annotation] = renderCheckRun(review, planOf(review)).annotations;
    expect(annotation?.title).toBe(
      'correctness: A debugger left behind a`b and a ` alone (some-model) [b81c]',
    );
    expect(annotation?.message).toBe('Remove debugger.\n\n```ts\nconst a = `b`;\n```\n\nThen c.');
    expect(annotation?.details).toContain('// ```');
    const untold = { ...threeFindings, findings: [{ ...BACKOFF, title: 'A `debugger`', body: '' }] };
    expect(renderCheckRun(untold, planOf(untold)).annotations[0]?.message).toBe('A debugger');
    const fence = { ...threeFindings, findings: [{ ...BACKOFF, title: '```js is left open' }] };
    expect(renderCheckRun(fence, planOf(fence)).annotations[0]?.title).toContain(': ```js is left open (');
  });

  it('gives columns only of one line, and none where there is no line', () => {
    const [backoff, secret, info] = renderCheckRun(threeFindings, planOf(threeFindings)).annotations;
    expect(backoff).toMatchObject({ startLine: 31, endLine: 33, level: 'failure' });
    expect(backoff).not.toHaveProperty('startColumn');
    expect(secret).toMatchObject({ path: MARKUP_PATH, startLine: 90, startColumn: 3, endColumn: 8 });
    expect(info).toMatchObject({ startLine: 1, endLine: 1, level: 'notice' });
  });

  it('is harmless whatever is in a review', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        const { summary, text, annotations } = renderCheckRun(review, planOf(review));
        expectBody(`${summary}\n\n${text}\n\n${marker}`);
        const alone = renderCheckRun(review, planOf(review), { hasSummary: false, hosts: HOSTS });
        expectBody(`${alone.summary}\n\n${alone.text}\n\n${marker}`);
        for (const { title, message, path } of annotations) {
          expect(title).toBe(sanitize(title));
          expect(message).toBe(sanitize(message));
          expect(path.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('renderReviewBody', () => {
  it('counts the comments', () => {
    expect(renderReviewBody(threeFindings, 2, marker)).toBe(
      `2 comments at \`4f1c2ab\`. The summary has the rest.\n\n${marker}`,
    );
    expect(renderReviewBody(threeFindings, 1, marker, 'check run')).toBe(
      `1 comment at \`4f1c2ab\`. The check run has the rest.\n\n${marker}`,
    );
  });
});

describe('renderNotice', () => {
  it('says what happened, and what to do', async () => {
    const notices: Notice[] = [
      { kind: 'no-model', reason: 'the model refused the key (401) ![x](y)' },
      { kind: 'paused', by: 'somebody' },
      { kind: 'head-moved', from: '4f1c2ab', to: '5a5a5a5' },
      { kind: 'too-large', files: 4000, lines: 1_200_000, limit: 'app.mostFiles' },
      { kind: 'failed', reason: 'git fetch: @org/team\n/agent review', advice: null },
      { kind: 'failed', reason: 'the disk is full.', advice: 'Make room on it' },
    ];
    const until = new Date('2026-12-01T00:00:00Z');
    const bodies = [
      ...notices.map((notice) => renderNotice(notice, options)),
      ...(['reviews', 'tokens', 'cost'] as const).map((what) =>
        renderLimitNotice(
          { whose: 'person', what, most: 20, key: `app.limits.person.${what}PerDay`, until },
          marker,
        ),
      ),
    ];
    for (const body of bodies) expectBody(body);
    await expect(bodies.join('\n\n==========\n\n')).toMatchFileSnapshot(golden('notices.md'));
  });
});
