import { expect, test } from 'vitest';
import { asApp, clientFor } from '../../support/github/connect.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const SHOP = { owner: 'acme', repo: 'shop' };

test('every operation answers what GitHub describes', async () => {
  const github = await testGitHub();
  const { id, installation } = await github.addRepository('acme/shop', {
    private: true,
    files: { 'a.ts': 'one\ntwo\nthree\n' },
    labels: ['bug'],
  });
  const number = await github.openPullRequest('acme/shop', {
    head: 'change',
    push: { files: { 'a.ts': 'one\n2\nthree\n' } },
    labels: ['bug'],
  });
  const pull = { ...SHOP, pull_number: number };
  const issue = { ...SHOP, issue_number: number };
  const app = asApp(github);
  expect((await app.rest.apps.getAuthenticated()).data?.slug).toBe('code-agent');
  expect((await app.rest.apps.listInstallations()).data.map((one) => one.id)).toEqual([installation]);
  await app.rest.apps.getInstallation({ installation_id: installation });
  expect((await app.rest.apps.getRepoInstallation(SHOP)).data.id).toBe(installation);
  await app.rest.apps.listWebhookDeliveries();

  const { rest, request, graphql } = await clientFor(github, 'acme/shop');
  expect((await rest.repos.get(SHOP)).data.id).toBe(id);
  expect((await request('GET /repositories/{id}', { id })).data.full_name).toBe('acme/shop');
  await rest.apps.listReposAccessibleToInstallation();
  expect(
    (await rest.repos.getCollaboratorPermissionLevel({ ...SHOP, username: 'mona' })).data.role_name,
  ).toBe('write');
  expect((await rest.users.getByUsername({ username: github.app.login })).data.id).toBe(github.app.userId);
  await request('GET /user/{account_id}', { account_id: github.app.userId });
  await rest.rateLimit.get();
  const { data: read } = await rest.pulls.get(pull);
  expect(read).toMatchObject({ changed_files: 1, additions: 1, deletions: 1, commits: 1 });
  expect((await rest.pulls.list(SHOP)).data).toHaveLength(1);
  expect((await rest.pulls.listCommits(pull)).data.map(({ sha }) => sha)).toEqual([read.head.sha]);
  expect((await rest.git.getRef({ ...SHOP, ref: 'heads/change' })).data.object.sha).toBe(read.head.sha);
  await github.push('acme/shop', 'code-agent/x', { files: { 'b.ts': 'one\n' } });
  const { data: opened } = await rest.pulls.create({
    ...SHOP,
    title: 'x',
    head: 'code-agent/x',
    base: 'main',
  });
  await rest.pulls.update({ ...SHOP, pull_number: opened.number, title: 'y' });
  const ofPeople = { ...SHOP, issue_number: await github.openIssue('acme/shop', { labels: ['bug'] }) };
  await rest.issues.get(ofPeople);
  await rest.issues.createComment({ ...ofPeople, body: 'x' });
  await rest.issues.listComments(ofPeople);
  await rest.issues.get(issue);
  expect((await rest.issues.listLabelsOnIssue(issue)).data.map(({ name }) => name)).toEqual(['bug']);
  await rest.issues.listLabelsForRepo(SHOP);

  const { data: review } = await rest.pulls.createReview({
    ...pull,
    commit_id: read.head.sha,
    event: 'COMMENT',
    body: 'Look',
    comments: [
      { path: 'a.ts', line: 2, side: 'RIGHT', body: 'new' },
      { path: 'a.ts', line: 2, side: 'LEFT', body: 'old' },
      { path: 'a.ts', start_line: 1, start_side: 'RIGHT', line: 3, side: 'RIGHT', body: 'range' },
    ],
  });
  const ofReview = { ...pull, review_id: review.id };
  await rest.pulls.getReview(ofReview);
  await rest.pulls.updateReview({ ...ofReview, body: 'Look here' });
  expect((await rest.pulls.listReviews(pull)).data.map(({ body }) => body)).toEqual(['Look here']);
  const { data: comments } = await rest.pulls.listCommentsForReview(ofReview);
  expect(comments).toHaveLength(3);
  const { data: pending } = await rest.pulls.createReview({ ...pull, body: 'wait' });
  expect(pending.state).toBe('PENDING');
  await rest.pulls.deletePendingReview({ ...pull, review_id: pending.id });
  const { data: second } = await rest.pulls.createReview(pull);
  await rest.pulls.submitReview({ ...pull, review_id: second.id, event: 'COMMENT', body: 'done' });
  const { data: onFile } = await rest.pulls.createReviewComment({
    ...pull,
    commit_id: read.head.sha,
    path: 'a.ts',
    subject_type: 'file',
    body: 'file',
  });
  const comment = { ...SHOP, comment_id: onFile.id };
  await rest.pulls.getReviewComment(comment);
  await rest.pulls.updateReviewComment({ ...comment, body: 'the file' });
  await rest.pulls.createReplyForReviewComment({ ...pull, comment_id: onFile.id, body: 'so?' });
  await rest.reactions.createForPullRequestReviewComment({ ...comment, content: 'eyes' });
  const [reaction] = (await rest.reactions.listForPullRequestReviewComment(comment)).data;
  await rest.reactions.deleteForPullRequestComment({ ...comment, reaction_id: reaction?.id ?? 0 });
  await rest.pulls.deleteReviewComment(comment);
  expect((await rest.pulls.listReviewComments(pull)).data.map(({ body }) => body)).toEqual([
    'new',
    'old',
    'range',
    'so?',
  ]);

  const { data: said } = await rest.issues.createComment({ ...issue, body: 'Hello' });
  const talk = { ...SHOP, comment_id: said.id };
  await rest.issues.getComment(talk);
  await rest.issues.updateComment({ ...talk, body: 'Hello!' });
  await rest.issues.listComments(issue);
  await rest.reactions.createForIssueComment({ ...talk, content: '+1' });
  await rest.reactions.listForIssueComment(talk);
  await rest.reactions.createForIssue({ ...issue, content: 'eyes' });
  await rest.reactions.listForIssue(issue);
  await rest.issues.deleteComment(talk);

  const annotation = {
    path: 'a.ts',
    start_line: 2,
    end_line: 2,
    annotation_level: 'warning',
    message: 'x',
  } as const;
  const { data: run } = await rest.checks.create({
    ...SHOP,
    name: 'code-agent',
    head_sha: read.head.sha,
    status: 'in_progress',
    output: { title: 't', summary: 's', annotations: [annotation] },
  });
  const check = { ...SHOP, check_run_id: run.id };
  await rest.checks.update({
    ...check,
    conclusion: 'failure',
    output: { title: 't', summary: 's', annotations: [annotation] },
  });
  expect((await rest.checks.get(check)).data).toMatchObject({
    status: 'completed',
    output: { annotations_count: 2 },
  });
  await rest.checks.listAnnotations(check);
  expect((await rest.checks.listForRef({ ...SHOP, ref: read.head.sha })).data.total_count).toBe(1);
  expect((await rest.checks.listForRef({ ...SHOP, ref: 'change' })).data.check_runs[0]?.id).toBe(run.id);

  const threads: unknown = await graphql(
    `query Threads($owner: String!, $name: String!, $number: Int!, $after: String) {
      repository(owner: $owner, name: $name) { pullRequest(number: $number) {
        reviewThreads(first: 2, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes { id isResolved isOutdated resolvedBy { login } comments(first: 1) { nodes { databaseId } } }
        } } } }`,
    { owner: 'acme', name: 'shop', number },
  );
  expect(threads).toMatchObject({
    repository: {
      pullRequest: { reviewThreads: { pageInfo: { hasNextPage: true }, nodes: [{ isResolved: false }, {}] } },
    },
  });
  expect(github.pullRequest('acme/shop', number)).toMatchObject({
    reviewComments: [{ line: 2 }, { line: 2, side: 'LEFT' }, { startLine: 1, line: 3 }, { body: 'so?' }],
    checkRuns: [{ conclusion: 'failure', annotations: [{ startLine: 2 }, { startLine: 2 }] }],
  });
});
