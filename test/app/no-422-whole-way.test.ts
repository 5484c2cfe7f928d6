import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Subject } from '../../src/app/find-pull-request.ts';
import { type PostedFindings, postFindings } from '../../src/app/post-findings.ts';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import type { GitHubApp } from '../../src/github/github-app.ts';
import { REVIEW_READ, REVIEW_WRITE } from '../../src/github/permissions.ts';
import { renderCheckRun } from '../../src/report/pull-request/check-run.ts';
import { createMarkers } from '../../src/report/pull-request/marker.ts';
import { renderReviewBody } from '../../src/report/pull-request/review-body.ts';
import { type PostPlan, planPosts } from '../../src/review/posts/plan-posts.ts';
import type { Review } from '../../src/review/review.ts';
import { createWriteOnce } from '../../src/sessions/write-once.ts';
import { importCommits } from '../git/import-commits.ts';
import { NO_LIMITS, openGit } from '../git/open-git.ts';
import type { LoopbackGitHub } from '../support/github/loopback-github.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { sampleFinding } from '../support/sample-review.ts';
import { tempRepository } from '../support/temp-repository.ts';
import { FILE_BYTES, generatedPullRequest } from './generated-pull-request.ts';
import { generatedReview, treeOf } from './generated-review.ts';
import { summaryOf, textOf } from './judge-posts.ts';
import { placeFindings } from './place-findings.ts';

const SHOP = 'acme/shop';
const PULL_REQUESTS = 40;
const SEED = 40_422;

/** A pull request and how to write to it, with nothing noted of what was written. */
async function openSubject(github: LoopbackGitHub, app: GitHubApp, number: number): Promise<Subject> {
  const [installation, repository] = [github.installationOf(SHOP), github.repositoryId(SHOP)];
  const reader = app.client(installation, repository, REVIEW_READ);
  const redact = async (text: string) => text;
  return {
    address: { installation, repository, number },
    key: { repository: '1', number },
    fullName: SHOP,
    pull: await reader.pullRequest(number),
    reader,
    writer: app.client(installation, repository, REVIEW_WRITE),
    writeOnce: createWriteOnce([], () => undefined, redact),
    markers: createMarkers('a secret of the test', repository, number),
    userId: github.app.userId,
    redact,
  };
}

/** As `post-review` does it. */
function post(subject: Subject, review: Review, plan: PostPlan): Promise<PostedFindings> {
  const posting = {
    subject,
    head: subject.pull.head.sha,
    timesPosted: () => 0,
    confirm: async () => undefined,
  };
  return postFindings(posting, plan, {
    finding: textOf(subject.markers),
    review: (comments, marker) => renderReviewBody(review, comments, marker),
  });
}

const appOf = (github: LoopbackGitHub): GitHubApp =>
  createGitHubApp(
    { appId: github.app.id, privateKey: github.app.privateKey, apiUrl: github.apiUrl },
    { writeGapMs: 0 },
  );

// `testGitHub` fails the test for anything that was refused.
it(`posts ${PULL_REQUESTS} generated pull requests over HTTP, and nothing of them is refused`, async () => {
  const pulls = fc.sample(generatedPullRequest, { seed: SEED, numRuns: PULL_REQUESTS });
  const repository = tempRepository('--bare');
  const commits = importCommits(
    repository,
    pulls.flatMap((pull) => [treeOf(pull, 'before'), treeOf(pull, 'after')]),
  );
  for (const [index, commit] of commits.entries())
    repository.git('update-ref', `refs/heads/${index % 2 === 0 ? 'base' : 'head'}-${index >> 1}`, commit);
  const git = await openGit(repository);
  const github = await testGitHub();
  await github.addRepository(SHOP, { from: repository.path });
  const app = appOf(github);
  const counts = { inline: 0, file: 0, summary: 0, annotations: 0 };

  for (const [index, pull] of pulls.entries()) {
    const number = await github.openPullRequest(SHOP, { base: `base-${index}`, head: `head-${index}` });
    const subject = await openSubject(github, app, number);
    const { sha } = subject.pull.head;
    const change = await git.range(`base-${index}...head-${index}`, { ...NO_LIMITS, fileBytes: FILE_BYTES });
    const review = generatedReview(change, placeFindings(change, pull.findings, index));
    const planned = planPosts({ review, standing: [], mostComments: pull.mostComments });
    const { plan, posted } = await post(subject, review, planned);
    expect(plan).toEqual(planned);
    const summary = summaryOf({ review, plan, markers: subject.markers });
    await subject.writer.createIssueComment(number, summary);
    const { conclusion, ...output } = renderCheckRun(review, plan);
    await subject.writer.createCheckRun({ name: 'code-agent', headSha: sha, conclusion, output });

    const seen = github.pullRequest(SHOP, number);
    const byId = new Map(seen.reviewComments.map((comment) => [comment.id, comment]));
    const places = posted.map(({ fingerprint, commentId }) => {
      const { path, line, startLine } = byId.get(commentId) ?? {};
      return { fingerprint, path, line, startLine };
    });
    expect(places).toEqual([
      ...plan.inline.map(({ finding: { fingerprint, path }, startLine, endLine }) => ({
        ...{ fingerprint, path, line: endLine, startLine: startLine === endLine ? null : startLine },
      })),
      ...plan.file.map(({ finding: { fingerprint, path } }) => ({
        ...{ fingerprint, path, line: null, startLine: null },
      })),
    ]);
    expect(seen.reviewComments).toHaveLength(posted.length);
    expect(seen.issueComments.map(({ body }) => body)).toEqual([summary]);
    expect(seen.checkRuns.map(({ annotations }) => annotations.length)).toEqual([output.annotations.length]);
    for (const kind of ['inline', 'file', 'summary'] as const) counts[kind] += plan[kind].length;
    counts.annotations += output.annotations.length;
  }
  console.log(`seed ${SEED}: ${JSON.stringify({ pulls: pulls.length, ...counts })}`);
  expect(github.refusals).toEqual([]);
  expect(counts.inline).toBeGreaterThan(40);
  expect(counts.file).toBeGreaterThan(40);
  expect(counts.summary).toBeGreaterThan(100);
});

it('tells at the file what GitHub does not take at its lines: a NUL that no hunk shows', async () => {
  const lines = (nineteenth: string) =>
    Buffer.from(
      `\0\n${Array.from({ length: 40 }, (_, at) => (at === 19 ? nineteenth : `line ${at}`)).join('\n')}\n`,
    );
  const tree = (line: string) =>
    new Map(
      ['a.dat', 'b.txt'].map((path) => [
        path,
        { mode: '100644', content: lines(line).subarray(path === 'a.dat' ? 0 : 2) },
      ]),
    );
  const repository = tempRepository('--bare');
  importCommits(repository, [tree('old'), tree('new')]);
  repository.git('update-ref', 'refs/heads/head', 'main');
  repository.git('update-ref', 'refs/heads/main', 'main~');
  const git = await openGit(repository);
  const github = await testGitHub({ mayRefuse: true });
  await github.addRepository(SHOP, { from: repository.path });
  const number = await github.openPullRequest(SHOP, { head: 'head' });
  const subject = await openSubject(github, appOf(github), number);
  const findings = [
    ['a.dat', 21],
    ['b.txt', 20],
    ['a.dat', 20],
    ['b.txt', 19],
  ] as const;
  const review = generatedReview(
    await git.range('main...head'),
    findings.map(([path, line], index) =>
      sampleFinding({ path, place: { startLine: line, endLine: line }, fingerprint: `f${index}` }),
    ),
  );
  const planned = planPosts({ review, standing: [] });
  const { plan, posted } = await post(subject, review, planned);
  expect(github.refusals).not.toEqual([]);
  expect(posted).toHaveLength(findings.length);
  const seen = github.pullRequest(SHOP, number).reviewComments;
  expect(seen.map(({ path, line }) => [path, line]).sort()).toEqual([
    ['a.dat', null],
    ['a.dat', null],
    ['b.txt', 19],
    ['b.txt', 20],
  ]);
  expect([plan.inline.length, plan.file.length, plan.summary.length]).toEqual([2, 2, 0]);
});
