import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { verify } from '@octokit/webhooks-methods';
import { expect, onTestFinished, test } from 'vitest';
import { asApp, clientFor } from '../../support/github/connect.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const SECRET = ['only', 'for', 'tests'].join('-');
const SHOP = { owner: 'acme', repo: 'shop' };

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A server that keeps what it gets; answers `status()`. */
async function receiver(status = () => 202) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(status()).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, received };
}

async function shop(status?: () => number) {
  const github = await testGitHub();
  const hook = await receiver(status);
  github.setWebhook(hook.url, SECRET);
  const { id, installation } = await github.addRepository('acme/shop', { private: true });
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { 'a.ts': 'one\ntwo\n' } } });
  return { github, hook, id, installation };
}

test('every action of a person is a signed webhook with ids of ours', async () => {
  const { github, hook, id, installation } = await shop();
  const before = await github.resolve('acme/shop', 'change');
  const after = await github.push('acme/shop', 'change', { files: { 'b.ts': 'new\n' } });
  await github.editPullRequest('acme/shop', 1, { title: 'Better', draft: true, labels: ['bug'] });
  await github.editPullRequest('acme/shop', 1, { draft: false, labels: [] });
  const said = await github.comment('acme/shop', 1, '/agent review');
  await github.editComment('acme/shop', said, '/agent help');
  await github.deleteComment('acme/shop', said);
  const asked = await github.commentOnLine('acme/shop', 1, { path: 'a.ts', line: 1 }, 'why?');
  await github.replyInThread('acme/shop', 1, asked, 'because');
  await github.resolveThread('acme/shop', 1, asked);
  await github.close('acme/shop', 1);
  await github.reopen('acme/shop', 1);
  const { rest } = await clientFor(github, 'acme/shop');
  const { data: run } = await rest.checks.create({ ...SHOP, name: 'code-agent', head_sha: after });
  await github.rerequestCheckRun('acme/shop', run.id);
  await github.merge('acme/shop', 1);
  await github.renameRepository('acme/shop', 'store');
  await github.uninstall('acme/store');

  const events = hook.received.map(({ headers, body }) => {
    const payload = JSON.parse(body);
    return { name: `${headers['x-github-event']}.${payload.action}`, payload, headers, body };
  });
  // Those of one action are under way at the same time.
  expect(events.map(({ name }) => name).sort()).toEqual(
    [
      'pull_request.opened',
      'pull_request.synchronize',
      'pull_request.edited',
      'pull_request.converted_to_draft',
      'pull_request.labeled',
      'pull_request.ready_for_review',
      'pull_request.unlabeled',
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.deleted',
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
      'pull_request_review_thread.resolved',
      'pull_request.closed',
      'pull_request.reopened',
      'check_run.created',
      'check_run.rerequested',
      'pull_request.closed',
      'repository.renamed',
      'installation.deleted',
    ].sort(),
  );
  for (const { name, headers, body, payload } of events) {
    expect(await verify(SECRET, body, String(headers['x-hub-signature-256']))).toBe(true);
    expect(headers).toMatchObject({
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-github-hook-id': '42',
      'x-github-hook-installation-target-id': String(github.app.id),
      'x-github-hook-installation-target-type': 'integration',
    });
    expect(payload.installation.id).toBe(installation);
    if (!name.startsWith('installation')) expect(payload.repository.id).toBe(id);
    // Nothing is left of the examples but what is nobody's.
    expect([name, ...(/.{40}(?:codertocat|octocat|hello-world).{40}/i.exec(body) ?? [])]).toEqual([name]);
  }
  const of = (wanted: string) => events.filter(({ name }) => name === wanted).map(({ payload }) => payload);
  expect(of('pull_request.synchronize')).toMatchObject([
    { before, after, pull_request: { head: { sha: after } } },
  ]);
  expect(of('issue_comment.edited')).toMatchObject([
    {
      changes: { body: { from: '/agent review' } },
      comment: { id: said, body: '/agent help', user: { login: 'mona' } },
      issue: { number: 1, pull_request: {} },
    },
  ]);
  expect(of('pull_request_review_comment.created')).toMatchObject([
    { comment: { id: asked } },
    { comment: { in_reply_to_id: asked } },
  ]);
  expect(of('pull_request_review_thread.resolved')).toMatchObject([{ thread: { comments: { length: 2 } } }]);
});

test('what the App does is told of too, by its bot, without holding up its request', async () => {
  const { github, hook } = await shop();
  const { rest } = await clientFor(github, 'acme/shop');
  await rest.issues.createComment({ ...SHOP, issue_number: 1, body: 'Hello' });
  await github.settled();
  expect(JSON.parse(hook.received.at(-1)?.body ?? '')).toMatchObject({
    action: 'created',
    sender: { login: 'code-agent[bot]', type: 'Bot', id: github.app.userId },
  });
});

test('what could not be handed over is listed, and can be sent once more under its id', async () => {
  let status = 503;
  const { github, hook } = await shop(() => status);
  const { rest, paginate } = asApp(github);
  const { data: failed } = await rest.apps.listWebhookDeliveries({ status: 'failure' });
  expect(failed).toMatchObject([
    { status_code: 503, event: 'pull_request', action: 'opened', redelivery: false },
  ]);
  const [first] = failed;
  const { data: whole } = await rest.apps.getWebhookDelivery({ delivery_id: first?.id ?? 0 });
  expect(whole.request.payload).toMatchObject({ action: 'opened', number: 1 });
  expect(whole.request.headers).toMatchObject({ 'x-github-delivery': first?.guid });
  status = 202;
  await rest.apps.redeliverWebhookDelivery({ delivery_id: first?.id ?? 0 });
  await github.settled();
  expect(hook.received.map(({ headers }) => headers['x-github-delivery'])).toEqual([
    first?.guid,
    first?.guid,
  ]);
  expect(hook.received[0]?.body).toBe(hook.received[1]?.body);
  github.setWebhook('http://127.0.0.1:9/', SECRET);
  await github.comment('acme/shop', 1, 'x');
  const all = await paginate(rest.apps.listWebhookDeliveries, { per_page: 1 });
  expect(all.map((one) => [one.status_code, one.redelivery])).toEqual([
    [0, false],
    [202, true],
    [503, false],
  ]);
});

test('a webhook can be made and bent', async () => {
  const { github, hook } = await shop();
  const payload = github.payload('pull_request', 'opened', { repository: 'acme/shop', number: 1 });
  expect(payload).toMatchObject({ action: 'opened', number: 1, pull_request: { number: 1 } });
  await github.send({ event: 'issue_comment', payload, id: 'same', signature: 'sha256=00' });
  await github.send({ event: 'push', body: '{', signature: null, headers: { 'Content-Type': 'text/plain' } });
  const sent = hook.received.slice(-2);
  expect(sent[0]?.headers).toMatchObject({ 'x-github-delivery': 'same', 'x-hub-signature-256': 'sha256=00' });
  expect(sent[1]?.headers['x-hub-signature-256']).toBeUndefined();
  expect(sent[1]?.headers['content-type']).toBe('text/plain');
  await github.send({ event: 'ping', payload: { zen: 'ä' } });
  const { headers, body } = hook.received.at(-1) ?? { headers: {}, body: '' };
  expect(headers['x-hub-signature-256']).toBe(
    `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  );
});
