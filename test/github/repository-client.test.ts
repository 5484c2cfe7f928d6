import { describe, expect, it, test } from 'vitest';
import { REVIEW_READ, REVIEW_WRITE } from '../../src/github/permissions.ts';
import {
  failureOf,
  INSTALLATION,
  REPOSITORY,
  type Reply,
  type Seen,
  startScriptedGitHub,
  tokenNumber,
} from './scripted-github.ts';

const MONA = { login: 'mona', id: 1, type: 'User' };

const issueComment = (id: number) => ({
  id,
  body: 'Hello.',
  user: MONA,
});

const pullRequest = (repository: { id: number; full_name: string }) => ({
  node_id: 'PR_1',
  number: 1,
  title: 'Retry',
  body: null,
  state: 'open',
  labels: [{ name: 'bug' }],
  user: MONA,
  head: { sha: 'a'.repeat(40), ref: 'retry', repo: null },
  base: { sha: 'b'.repeat(40), ref: 'main', repo: repository },
  html_url: '',
  changed_files: 1,
  additions: 1,
  deletions: 0,
});

const bearer = (count: number): string => `bearer ${tokenNumber(count)}`;
const UNAUTHORISED: Reply = { status: 401, body: { message: 'Bad credentials' } };

describe('tokens', () => {
  it('are for one repository and what was asked for, kept, and another for other permissions', async () => {
    const { app, client, tokens, seen } = await startScriptedGitHub(() => ({
      status: 201,
      body: issueComment(1),
    }));
    await Promise.all([client.createIssueComment(1, 'One.'), client.createIssueComment(1, 'Two.')]);
    const { token, expiresAt, fullName } = await app.token(INSTALLATION, REPOSITORY, REVIEW_READ);
    expect(tokens.map(({ body }) => body)).toEqual([
      { repository_ids: [REPOSITORY], permissions: REVIEW_WRITE },
      { repository_ids: [REPOSITORY], permissions: REVIEW_READ },
    ]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([bearer(1), bearer(1)]);
    expect(token).toBe(tokenNumber(2));
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    expect(fullName).toBe('mona/shop');
  });

  it('are made anew once on a 401 [40], also for a write: it was not done', async () => {
    const { client, tokens, seen } = await startScriptedGitHub(({ headers }) =>
      headers.authorization === bearer(1) ? UNAUTHORISED : { status: 201, body: issueComment(1) },
    );
    await client.createIssueComment(1, 'One.');
    await client.createIssueComment(1, 'Two.');
    expect(tokens).toHaveLength(2);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([bearer(1), bearer(2), bearer(2)]);
  });

  it('are made anew once for all who were refused', async () => {
    const { app, tokens } = await startScriptedGitHub(({ headers }) =>
      headers.authorization === bearer(1) ? UNAUTHORISED : { body: [issueComment(1)] },
    );
    const clients = [1, 2, 3].map(() => app.client(INSTALLATION, REPOSITORY, REVIEW_READ));
    await Promise.all(clients.map((client) => client.issueComments(1)));
    expect(tokens).toHaveLength(2);
  });

  it('are not made for ever', async () => {
    const { client, tokens, seen } = await startScriptedGitHub(() => UNAUTHORISED);
    expect(await failureOf(client.issueComments(1))).toMatchObject({
      kind: 'unauthorised',
      retryable: false,
    });
    expect([tokens.length, seen.length]).toEqual([2, 2]);
  });

  it('that expire in less than five minutes are not used', async () => {
    const soon = new Date(Date.now() + 299_000).toISOString();
    const { client, tokens, seen } = await startScriptedGitHub(() => ({ body: [] }), {
      onToken: (count) =>
        count === 1
          ? {
              status: 201,
              body: {
                token: 'soon',
                expires_at: soon,
                repositories: [{ id: REPOSITORY, full_name: 'mona/shop' }],
              },
            }
          : null,
    });
    await client.issueComments(1);
    await client.issueComments(1);
    await client.issueComments(1);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['bearer soon', bearer(1), bearer(1)]);
    expect(tokens).toHaveLength(1);
  });

  it('of other repositories are refused', async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const mine = { id: REPOSITORY, full_name: 'mona/shop' };
    const other = { id: 43, full_name: 'mona/secrets' };
    for (const repositories of [undefined, [], [other], [mine, other]]) {
      const body = { token: 'wide', expires_at, repositories };
      const { client, seen } = await startScriptedGitHub(() => ({ body: [] }), {
        onToken: () => ({ status: 201, body }),
      });
      expect(await failureOf(client.issueComments(1))).toMatchObject({ kind: 'malformed' });
      expect(seen).toEqual([]);
    }
  });

  it('that could not be made are asked for again the next time', async () => {
    const { client } = await startScriptedGitHub(() => ({ body: [] }), {
      onToken: (count) => (count === 1 ? { status: 404, body: { message: 'Not Found' } } : null),
    });
    expect(await failureOf(client.issueComments(1))).toMatchObject({ kind: 'gone' });
    expect((await client.issueComments(1)).items).toEqual([]);
  });
});

describe('a repository that was renamed [36]', () => {
  /** Answers the old name as GitHub does: a redirect to the id. */
  const renamed = ({ method, path }: Seen): Reply => {
    if (path.startsWith('/api/v3/repos/mona/shop/')) {
      const location = path.replace('/repos/mona/shop/', `/repositories/${REPOSITORY}/`);
      return {
        status: method === 'GET' ? 301 : 307,
        headers: { location },
        body: { message: 'Moved Permanently' },
      };
    }
    const body = path.includes('/pulls/')
      ? pullRequest({ id: REPOSITORY, full_name: 'mona/store' })
      : issueComment(1);
    return { status: method === 'GET' ? 200 : 201, body };
  };
  const start = () => {
    let made = 0;
    return startScriptedGitHub(renamed, { fullName: () => (made++ === 0 ? 'mona/shop' : 'mona/store') });
  };

  it('is followed in a read, and addressed by its new name then', async () => {
    const { client, seen, observed } = await start();
    expect((await client.pullRequest(1)).base.repository.fullName).toBe('mona/store');
    await client.createIssueComment(1, 'Hello.');
    expect(seen.map(({ path }) => path)).toEqual([
      '/api/v3/repos/mona/shop/pulls/1',
      '/api/v3/repositories/42/pulls/1',
      '/api/v3/repos/mona/store/issues/1/comments',
    ]);
    expect(observed.filter(({ operation }) => operation === 'pulls/get')).toMatchObject([
      { status: 301 },
      { status: 200 },
    ]);
  });

  it('refuses a write once, which was not done', async () => {
    const { client, seen } = await start();
    const error = await failureOf(client.createIssueComment(1, 'Hello.'));
    expect(error).toMatchObject({ kind: 'moved', status: 307, mayHaveHappened: false, retryable: true });
    await client.createIssueComment(1, 'Hello.');
    expect(seen.map(({ path }) => path)).toEqual([
      '/api/v3/repos/mona/shop/issues/1/comments',
      '/api/v3/repos/mona/store/issues/1/comments',
    ]);
  });

  it('is not taken for the one that has its old name now', async () => {
    const { client } = await startScriptedGitHub(() => ({
      body: pullRequest({ id: 43, full_name: 'mona/shop' }),
    }));
    expect(await failureOf(client.pullRequest(1))).toMatchObject({ kind: 'gone' });
  });
});

describe('a list', () => {
  /** Pages of two without an end. */
  const endless = ({ path, headers }: Seen): Reply => {
    const page = Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1);
    const link = `<http://${headers.host}/api/v3/x?page=${page + 1}>; rel="next", <http://x/?page=9>; rel="last"`;
    return { body: [issueComment(page * 2), issueComment(page * 2 + 1)], headers: { link } };
  };

  it('ends at our bound, and says so', async () => {
    const { client, seen } = await startScriptedGitHub(endless, { maxItems: 5 });
    const { items, complete } = await client.issueComments(1);
    expect(items.map(({ id }) => id)).toEqual([2, 3, 4, 5, 6]);
    expect(complete).toBe(false);
    expect(seen).toHaveLength(3);
    expect(seen[0]?.path).toContain('per_page=100');
  });

  it('is complete when it ends at the bound by itself', async () => {
    const { client } = await startScriptedGitHub(() => ({ body: [issueComment(1), issueComment(2)] }), {
      maxItems: 2,
    });
    expect(await client.issueComments(1)).toMatchObject({ complete: true, items: [{ id: 1 }, { id: 2 }] });
  });
});

describe('permissionOf', () => {
  test.each([
    ['admin', 'admin', 'write'],
    ['maintain', 'write', 'write'],
    ['write', 'write', 'write'],
    ['triage', 'read', 'read'],
    ['read', 'read', 'read'],
    ['none', 'none', 'none'],
    ['release engineer', 'write', 'write'],
    ['auditor', 'read', 'read'],
    ['auditor', 'none', 'none'],
    ['constructor', 'whatever', 'none'],
  ])('role %s with the permission %s is %s', async (role_name, permission, level) => {
    const { client, seen } = await startScriptedGitHub(() => ({
      body: { permission, role_name, user: MONA },
    }));
    expect(await client.permissionOf({ login: 'evil/../mona', id: 1 })).toBe(level);
    expect(seen[0]?.path).toBe('/api/v3/repos/mona/shop/collaborators/evil%2F..%2Fmona/permission');
  });

  it('is none for a 404, for nobody, and when the login has another id by now', async () => {
    const answers: Reply[] = [
      { status: 404, body: { message: 'Not Found' } },
      { body: { permission: 'admin', role_name: 'admin', user: null } },
      { body: { permission: 'admin', role_name: 'admin', user: { ...MONA, id: 2 } } },
    ];
    for (const reply of answers) {
      const { client } = await startScriptedGitHub(() => reply);
      expect(await client.permissionOf(MONA)).toBe('none');
    }
  });

  it('rejects when GitHub does not tell', async () => {
    for (const status of [403, 410, 429, 500]) {
      const { client } = await startScriptedGitHub(() => ({ status }));
      expect(await failureOf(client.permissionOf(MONA))).toMatchObject({ status });
    }
  });
});

test('annotations go 50 a request [44], and the conclusion with the last', async () => {
  const sent: Record<string, unknown>[] = [];
  const { client, seen } = await startScriptedGitHub(({ body, method }) => {
    sent.push(Object(body));
    const run = {
      id: 9,
      status: 'completed',
      conclusion: 'failure',
      external_id: '',
      output: { title: '', annotations_count: sent.length },
    };
    return { status: method === 'POST' ? 201 : 200, body: run };
  });
  const annotations = Array.from({ length: 120 }, (_, index) => ({
    path: 'a.ts',
    startLine: index + 1,
    endLine: index + 1,
    level: 'failure' as const,
    message: `${index}`,
  }));
  const output = { title: 'Two errors', summary: 'Here they are.', text: 'All of it.', annotations };
  const run = {
    name: 'code-agent',
    headSha: 'a'.repeat(40),
    externalId: 'r1',
    conclusion: 'failure' as const,
    output,
  };
  expect(await client.createCheckRun(run)).toMatchObject({
    id: 9,
    annotationsCount: 3,
    externalId: null,
  });
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/v3/repos/mona/shop/check-runs',
    'PATCH /api/v3/repos/mona/shop/check-runs/9',
    'PATCH /api/v3/repos/mona/shop/check-runs/9',
  ]);
  const outputs = sent.map(({ output }) => Object(output));
  expect(outputs.map((one) => one.annotations.length)).toEqual([50, 50, 20]);
  expect(outputs.flatMap((one) => one.annotations).map(({ message }) => message)).toEqual(
    annotations.map(({ message }) => message),
  );
  expect(sent.map(({ status, conclusion }) => [status, conclusion])).toEqual([
    ['in_progress', undefined],
    ['in_progress', undefined],
    ['completed', 'failure'],
  ]);
  expect(sent[0]).toMatchObject({ name: 'code-agent', head_sha: 'a'.repeat(40), external_id: 'r1' });
  expect(outputs[1]).toMatchObject({ title: 'Two errors', summary: 'Here they are.', text: 'All of it.' });
});

test('writes of one installation are done one after the other, a pause apart; reads are not', async () => {
  let open = 0;
  let most = 0;
  const at: number[] = [];
  const { app, client } = await startScriptedGitHub(
    ({ method }) =>
      (response) => {
        if (method === 'POST') {
          most = Math.max(most, ++open);
          at.push(performance.now());
        }
        setTimeout(() => {
          if (method === 'POST') open--;
          response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
          response.end(JSON.stringify(method === 'POST' ? issueComment(1) : [issueComment(1)]));
        }, 20);
      },
    { writeGapMs: 50 },
  );
  const other = app.client(INSTALLATION, REPOSITORY, REVIEW_WRITE);
  await Promise.all([
    client.createIssueComment(1, 'One.'),
    other.createIssueComment(1, 'Two.'),
    client.createIssueComment(1, 'Three.'),
    client.issueComments(1),
  ]);
  expect(most).toBe(1);
  for (const [index, time] of at.slice(1).entries()) expect(time - (at[index] ?? 0)).toBeGreaterThan(65);
});

test('what is asked is counted', async () => {
  const { client, observed } = await startScriptedGitHub(() => ({ status: 201, body: issueComment(1) }));
  await client.createIssueComment(1, 'Hello.');
  expect(observed).toEqual([
    expect.objectContaining({
      operation: 'apps/create-installation-access-token',
      method: 'POST',
      status: 201,
    }),
    {
      operation: 'issues/create-comment',
      method: 'POST',
      status: 201,
      bytes: { sent: 17, received: JSON.stringify(issueComment(1)).length },
      ms: expect.any(Number),
    },
  ]);
});

test('threads are read page by page, with ids that have more than 32 bits', async () => {
  const thread = (id: number) => ({
    id: `PRRT_${id}`,
    isResolved: id === 1,
    path: 'a.ts',
    resolvedBy: id === 1 ? { __typename: 'User', login: 'mona', databaseId: 1 } : null,
    comments: {
      nodes: [
        {
          fullDatabaseId: `${4_000_000_000 + id}`,
          body: 'Hello.',
          createdAt: '2026-11-30T00:00:00Z',
          author: id === 1 ? { __typename: 'Bot', login: 'code-agent', databaseId: 1234 } : null,
        },
      ],
    },
  });
  const { client, seen } = await startScriptedGitHub((_, count) => {
    const pageInfo = { hasNextPage: count === 1, endCursor: count === 1 ? 'after-1' : null };
    const reviewThreads = { pageInfo, nodes: [thread(count)] };
    return { body: { data: { repository: { databaseId: REPOSITORY, pullRequest: { reviewThreads } } } } };
  });
  const { items, complete } = await client.threads(8);
  expect(complete).toBe(true);
  expect(items).toMatchObject([
    { id: 'PRRT_1', isResolved: true, resolvedBy: { login: 'mona', id: 1, type: 'User' } },
    { id: 'PRRT_2', isResolved: false, resolvedBy: null },
  ]);
  expect(items[0]?.comments).toEqual([
    {
      id: 4_000_000_001,
      body: 'Hello.',
      author: { login: 'code-agent', id: 1234, type: 'Bot' },
      createdAt: new Date('2026-11-30T00:00:00Z'),
    },
  ]);
  expect(seen.map(({ path, body }) => [path, Object(body).variables])).toEqual([
    ['/api/graphql', { owner: 'mona', name: 'shop', number: 8, after: null }],
    ['/api/graphql', { owner: 'mona', name: 'shop', number: 8, after: 'after-1' }],
  ]);
});
