import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { clientFor } from '../../support/github/connect.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const SHOP = { owner: 'acme', repo: 'shop' };

/** The webhooks that a shop has sent, as `event.action`, and what was in them. */
async function shop() {
  const github = await testGitHub();
  const received: { readonly name: string; readonly payload: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const payload = JSON.parse(body);
    received.push({ name: `${request.headers['x-github-event']}.${payload.action}`, payload });
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  github.setWebhook(`http://127.0.0.1:${address.port}/`, ['only', 'for', 'tests'].join('-'));
  await github.addRepository('acme/shop', { private: true });
  const names = () => received.splice(0).map(({ name }) => name);
  return { github, received, names };
}

test('issues and pull requests are numbered together, and each is read as what it is', async () => {
  const { github } = await shop();
  expect(await github.openIssue('acme/shop', { title: 'Broken', body: 'It fails.', labels: ['bug'] })).toBe(
    1,
  );
  expect(await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } })).toBe(
    2,
  );
  expect(await github.openIssue('acme/shop')).toBe(3);
  const { rest } = await clientFor(github, 'acme/shop', { issues: 'read' });
  const { data } = await rest.issues.get({ ...SHOP, issue_number: 1 });
  expect(data).toMatchObject({ title: 'Broken', body: 'It fails.', state: 'open', user: { login: 'mona' } });
  expect(data.pull_request).toBeUndefined();
  expect(data.html_url).toBe(`${github.url}/acme/shop/issues/1`);
  expect((await rest.issues.get({ ...SHOP, issue_number: 2 })).data.pull_request).toBeDefined();
  await expect(rest.issues.get({ ...SHOP, issue_number: 4 })).rejects.toMatchObject({ status: 404 });
  const pulls = await clientFor(github, 'acme/shop', { pull_requests: 'read' });
  await expect(pulls.rest.pulls.get({ ...SHOP, pull_number: 1 })).rejects.toMatchObject({ status: 404 });
  expect((await pulls.rest.pulls.list(SHOP)).data.map(({ number }) => number)).toEqual([2]);
});

test('an issue needs `issues`, and a comment there `issues: write`; of a pull request it is `pull_requests`', async () => {
  const { github } = await shop();
  const issue = { ...SHOP, issue_number: await github.openIssue('acme/shop') };
  const pull = {
    ...SHOP,
    issue_number: await github.openPullRequest('acme/shop', { head: 'x', push: { files: { a: '1\n' } } }),
  };
  const body = 'Hello';
  const { rest: issues } = await clientFor(github, 'acme/shop', { issues: 'write' });
  const { rest: pulls } = await clientFor(github, 'acme/shop', { pull_requests: 'write' });
  const { rest: reader } = await clientFor(github, 'acme/shop', { issues: 'read' });
  const denied = { status: 403 };
  await expect(pulls.issues.get(issue)).rejects.toMatchObject(denied);
  await expect(pulls.issues.createComment({ ...issue, body })).rejects.toMatchObject(denied);
  await expect(reader.issues.createComment({ ...issue, body })).rejects.toMatchObject(denied);
  await expect(issues.issues.createComment({ ...pull, body })).rejects.toMatchObject(denied);
  await pulls.issues.createComment({ ...pull, body });
  const { data } = await issues.issues.createComment({ ...issue, body });
  const comment = { ...SHOP, comment_id: data.id };
  expect(data.html_url).toBe(`${github.url}/acme/shop/issues/1#issuecomment-${data.id}`);
  await issues.issues.updateComment({ ...comment, body: 'Hello!' });
  await issues.reactions.createForIssueComment({ ...comment, content: 'eyes' });
  await issues.reactions.createForIssue({ ...issue, content: 'rocket' });
  await expect(pulls.issues.updateComment({ ...comment, body: 'no' })).rejects.toMatchObject(denied);
  await expect(pulls.reactions.createForIssueComment({ ...comment, content: '+1' })).rejects.toMatchObject(
    denied,
  );
  await expect(pulls.reactions.createForIssue({ ...issue, content: '+1' })).rejects.toMatchObject(denied);
  expect((await reader.issues.listComments(issue)).data.map(({ body }) => body)).toEqual(['Hello!']);
  expect(github.issue('acme/shop', 1)).toMatchObject({
    issueComments: [{ id: data.id, user: 'code-agent[bot]', body: 'Hello!', isEdited: true }],
    reactions: [{ user: 'code-agent[bot]', content: 'rocket' }],
  });
  await issues.issues.deleteComment(comment);
  expect(github.issue('acme/shop', 1).issueComments).toEqual([]);
});

test('what people do with an issue is told', async () => {
  const { github, received, names } = await shop();
  const { login } = github.app;
  await github.openIssue('acme/shop', { labels: ['bug'], assignees: ['mona'], author: 'eve' });
  expect(names().sort()).toEqual(['issues.assigned', 'issues.labeled', 'issues.opened']);
  await github.editIssue('acme/shop', 1, { labels: ['agent:fix'], assignees: [login] });
  const payloads = new Map(received.map(({ name, payload }) => [name, payload]));
  expect(payloads.get('issues.labeled')).toMatchObject({
    label: { name: 'agent:fix' },
    issue: { number: 1, user: { login: 'eve' }, labels: [{ name: 'agent:fix' }] },
    sender: { login: 'mona' },
  });
  expect(payloads.get('issues.assigned')).toMatchObject({
    assignee: { login, id: github.app.userId },
    issue: { assignees: [{ login }] },
  });
  expect(payloads.get('issues.labeled')?.['issue']).not.toHaveProperty('pull_request');
  expect(names().sort()).toEqual([
    'issues.assigned',
    'issues.labeled',
    'issues.unassigned',
    'issues.unlabeled',
  ]);
  const said = await github.comment('acme/shop', 1, '/agent fix');
  expect(received).toMatchObject([
    { name: 'issue_comment.created', payload: { issue: { number: 1 }, comment: { id: said } } },
  ]);
  expect(received[0]?.payload['issue']).not.toHaveProperty('pull_request');
  names();
  await github.editComment('acme/shop', said, '/agent help');
  await github.deleteComment('acme/shop', said);
  await github.editIssue('acme/shop', 1, { title: 'Other', state: 'closed' });
  await github.editIssue('acme/shop', 1, { state: 'open' });
  expect(names()).toEqual([
    'issue_comment.edited',
    'issue_comment.deleted',
    'issues.edited',
    'issues.closed',
    'issues.reopened',
  ]);
  await github.openPullRequest('acme/shop', { head: 'x', push: { files: { a: '1\n' } } });
  names();
  await github.editPullRequest('acme/shop', 2, { assignees: [login] });
  expect(received).toMatchObject([{ name: 'pull_request.assigned', payload: { assignee: { login } } }]);
  const made = github.payload('issues', 'labeled', { repository: 'acme/shop', number: 1 });
  expect(made).toMatchObject({ action: 'labeled', issue: { number: 1, title: 'Other' } });
  for (const { payload } of received) expect(JSON.stringify(payload)).not.toMatch(/codertocat|octocat/i);
});
