import { once } from 'node:events';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import type { GitHubFailure } from '../../src/github/github-error.ts';
import { REVIEW_READ } from '../../src/github/permissions.ts';
import {
  failureOf,
  type Handler,
  INSTALLATION,
  PRIVATE_KEY,
  REPOSITORY,
  type Reply,
  startScriptedGitHub,
} from './scripted-github.ts';

const COMMENT = {
  id: 5,
  node_id: 'IC_5',
  body: 'Hello.',
  user: { login: 'mona', id: 1, type: 'User' },
  created_at: '2026-11-30T00:00:00Z',
  updated_at: '2026-11-30T00:00:00Z',
  html_url: 'https://github.com/mona/shop/pull/1#issuecomment-5',
};

/** So many seconds from now, by our clock. */
const secondsFromNow = (date: Date | null): number =>
  Math.round(((date?.getTime() ?? 0) - Date.now()) / 1000);

const cut: ReturnType<Handler> = (response) => void response.socket?.destroy();
/** Says that there is more than comes. */
const half: ReturnType<Handler> = (response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"id":5,', () => setTimeout(() => response.socket?.destroy(), 20));
};

test.each<[number, Reply['body'], GitHubFailure, boolean]>([
  [400, { message: 'Problems parsing JSON' }, 'refused', false],
  [401, { message: 'Bad credentials' }, 'unauthorised', false],
  [403, { message: 'Resource not accessible by integration' }, 'forbidden', false],
  [404, { message: 'Not Found' }, 'gone', false],
  [405, { message: 'Not allowed' }, 'refused', false],
  [409, { message: 'Conflict' }, 'conflict', false],
  [410, { message: 'Gone' }, 'gone', false],
  [422, { message: 'Validation Failed', errors: [] }, 'refused', false],
  [429, { message: 'Slow down' }, 'rate-limited', false],
  [451, { message: 'Repository access blocked' }, 'gone', false],
  [500, undefined, 'server', true],
  [502, '<html>Bad gateway</html>', 'server', true],
  [503, { message: 'Service unavailable' }, 'server', true],
])('a write answered with %i is not sent again', async (status, body, kind, mayHaveHappened) => {
  const { client, seen } = await startScriptedGitHub(() => ({ status, ...(body !== undefined && { body }) }));
  const error = await failureOf(client.createIssueComment(1, 'Hello.'));
  expect(error).toMatchObject({ kind, status, mayHaveHappened, operation: 'issues/create-comment' });
  expect(error.retryable).toBe(['rate-limited', 'server'].includes(kind));
  expect(error.message).toContain(`issues/create-comment, ${status}`);
  // A 401 is asked once more, with a new token.
  expect(seen).toHaveLength(status === 401 ? 2 : 1);
});

test('a 422 has the errors of GitHub, of both forms', async () => {
  const errors = [
    'line must be part of the diff',
    { resource: 'PullRequestReviewComment', field: 'path', code: 'invalid' },
  ];
  const { client } = await startScriptedGitHub(() => ({
    status: 422,
    headers: { 'x-github-request-id': 'AB:12' },
    body: { message: 'Unprocessable Entity', errors, documentation_url: 'https://docs.github.com' },
  }));
  const review = { commit: 'a'.repeat(40), body: 'Hello.', comments: [] };
  const error = await failureOf(client.createReview(1, review));
  expect(error.errors).toEqual(['line must be part of the diff', 'PullRequestReviewComment.path: invalid']);
  expect(error.message).toBe(
    'GitHub refused what was sent (pulls/create-review, 422, request AB:12): Unprocessable Entity; line must be part of the diff; PullRequestReviewComment.path: invalid',
  );
});

describe('a rate limit [39] is an error with a time, and nothing waits', () => {
  const MESSAGE = 'You have exceeded a secondary rate limit and have been temporarily blocked.';
  const reset = (seconds: number, by = Date.now()): Record<string, string> => ({
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': `${Math.floor(by / 1000) + seconds}`,
    date: new Date(by).toUTCString(),
  });
  const hour = 3_600_000;
  test.each<[string, Reply, number]>([
    ['retry-after in seconds', { status: 403, headers: { 'retry-after': '90' } }, 90],
    [
      'retry-after as a date',
      { status: 429, headers: { 'retry-after': new Date(Date.now() + 75_000).toUTCString() } },
      75,
    ],
    ['nothing remains until the reset', { status: 403, headers: reset(1800) }, 1800],
    [
      'the reset by a clock an hour ahead of ours',
      { status: 403, headers: reset(600, Date.now() + hour) },
      600,
    ],
    ['a secondary limit that tells no time', { status: 403, body: { message: MESSAGE } }, 60],
    ['a 429 that tells no time', { status: 429 }, 60],
    [
      'contents too quickly',
      {
        status: 422,
        body: { message: 'Validation Failed', errors: [{ message: 'was submitted too quickly' }] },
      },
      60,
    ],
  ])('%s', async (_, reply, seconds) => {
    const { client, seen } = await startScriptedGitHub(() => reply);
    for (const work of [() => client.createIssueComment(1, 'Hello.'), () => client.pullRequest(1)]) {
      const error = await failureOf(work());
      expect(error).toMatchObject({ kind: 'rate-limited', retryable: true, mayHaveHappened: false });
      expect(Math.abs(secondsFromNow(error.retryAt) - seconds)).toBeLessThan(3);
    }
    expect(seen).toHaveLength(2);
  });
});

describe('no answer', () => {
  it('to a write is not tried again, and it may have been done [38]', async () => {
    for (const reply of [cut, half]) {
      const { client, seen } = await startScriptedGitHub(() => reply);
      const error = await failureOf(client.createIssueComment(1, 'Hello.'));
      expect(error).toMatchObject({
        kind: 'unreachable',
        status: null,
        mayHaveHappened: true,
        retryable: true,
      });
      expect(seen).toHaveLength(1);
    }
  });

  it('in time is no answer', async () => {
    const { client, seen } = await startScriptedGitHub(() => () => {}, { timeoutMs: 100 });
    const error = await failureOf(client.createIssueComment(1, 'Hello.'));
    expect(error).toMatchObject({ kind: 'unreachable', mayHaveHappened: true });
    expect(error.message).toContain('none in time');
    expect(seen).toHaveLength(1);
  });

  it('when there was no connection: nothing may have been done', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const app = createGitHubApp({ appId: 99, privateKey: PRIVATE_KEY, apiUrl: url });
    const error = await failureOf(app.redeliver('1'));
    expect(error).toMatchObject({ kind: 'unreachable', mayHaveHappened: false });
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('a read', () => {
  it('is tried three times at most', async () => {
    for (const reply of [cut, { status: 502 }]) {
      const { client, seen } = await startScriptedGitHub(() => reply);
      const error = await failureOf(client.issueComments(1));
      expect(error).toMatchObject({ mayHaveHappened: false, retryable: true });
      expect(seen).toHaveLength(3);
    }
  });

  it('goes on behind a passing failure, also of a later page', async () => {
    const { client, url, seen } = await startScriptedGitHub(({ path }, count) => {
      if (count === 1 || count === 3) return count === 1 ? cut : { status: 503 };
      const link = `<${url}/api/v3/repositories/42/issues/1/comments?page=2>; rel="next"`;
      return { body: [COMMENT], ...(!path.includes('page=2') && { headers: { link } }) };
    });
    const { items, complete } = await client.issueComments(1);
    expect(items.map(({ id }) => id)).toEqual([5, 5]);
    expect(complete).toBe(true);
    expect(seen).toHaveLength(4);
  });
});

describe('a signal', () => {
  it('ends a read that is on its way, with its reason', async () => {
    const end = new AbortController();
    const { client, seen } = await startScriptedGitHub(() => () => end.abort(new Error('a newer head')), {
      signal: end.signal,
    });
    await expect(client.pullRequest(1)).rejects.toThrow('a newer head');
    await expect(client.pullRequest(1)).rejects.toThrow('a newer head');
    expect(seen).toHaveLength(1);
  });

  it('ends the pause before a read is tried again', async () => {
    const end = new AbortController();
    const { client, seen } = await startScriptedGitHub(
      () => {
        setTimeout(() => end.abort(new Error('a newer head')), 30);
        return { status: 502 };
      },
      { signal: end.signal },
    );
    await expect(client.pullRequest(1)).rejects.toThrow('a newer head');
    expect(seen).toHaveLength(1);
  });

  it('tells of a write that was on its way that it may have been done; of one that waited, its reason', async () => {
    const end = new AbortController();
    const { client, seen } = await startScriptedGitHub(() => () => end.abort(new Error('a newer head')), {
      signal: end.signal,
    });
    const [first, second] = [client.createIssueComment(1, 'One.'), client.createIssueComment(1, 'Two.')];
    await expect(second).rejects.toThrow('a newer head');
    const error = await failureOf(first);
    expect(error).toMatchObject({ kind: 'unreachable', mayHaveHappened: true });
    expect(error.cause).toBe(end.signal.reason);
    expect(seen).toHaveLength(1);
  });
});

describe('an answer of a wrong shape', () => {
  it.each<[string, unknown, string]>([
    ['a field', { ...COMMENT, user: { ...COMMENT.user, id: 'one' } }, 'user.id'],
    ['nothing of it', null, 'the whole'],
    ['a page of HTML', '<html>Hello.</html>', 'the whole'],
  ])('names the operation and the place: %s', async (_, body, place) => {
    const { client, seen } = await startScriptedGitHub(() => ({ status: 201, body }));
    const error = await failureOf(client.createIssueComment(1, 'Hello.'));
    expect(error).toMatchObject({ kind: 'malformed', status: 201, mayHaveHappened: true, retryable: false });
    expect(error.message).toContain(
      `GitHub's answer to issues/create-comment is not as its description says: ${place}`,
    );
    expect(seen).toHaveLength(1);
  });

  it('that has no end is not read to its end', async () => {
    const chunk = Buffer.alloc(1_000_000, 32);
    const { client } = await startScriptedGitHub(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await failureOf(client.issueComments(1))).toMatchObject({ kind: 'malformed' });
  });

  it('may have more in it than is used', async () => {
    const { client } = await startScriptedGitHub(() => ({ status: 201, body: { ...COMMENT, pin: {} } }));
    expect(await client.createIssueComment(1, 'Hello.')).toEqual({
      id: 5,
      body: 'Hello.',
      author: { login: 'mona', id: 1, type: 'User' },
    });
  });
});

test('a token goes to no other server, by a redirect or by a link', async () => {
  const other = await startScriptedGitHub(() => ({ body: [COMMENT] }));
  const elsewhere = `${other.url}/api/v3/repos/mona/shop/issues/1/comments`;
  for (const reply of [
    { status: 301, headers: { location: elsewhere } },
    { body: [COMMENT], headers: { link: `<${elsewhere}>; rel="next"` } },
  ]) {
    const { client } = await startScriptedGitHub(() => reply);
    const error = await failureOf(client.issueComments(1));
    expect(error.message).toContain('leads to another server');
  }
  expect(other.seen).toEqual([]);
});

test('redirects that go round end', async () => {
  const { client, seen } = await startScriptedGitHub(({ path }) => ({
    status: 302,
    headers: { location: path },
  }));
  expect(await failureOf(client.pullRequest(1))).toMatchObject({ kind: 'moved', status: 302 });
  expect(seen).toHaveLength(4);
});

describe('no secret is in an error', () => {
  /** All that a log could show of it. */
  const shown = (error: Error): string =>
    [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error), `${error.stack}`].join('\n');

  it.each<[string, ReturnType<Handler> | 'echo']>([
    ['an answer that repeats the token', 'echo'],
    ['a cut connection', cut],
    ['a page of HTML', { status: 200, body: '<html></html>' }],
    ['a 502', { status: 502 }],
    ['a limit', { status: 403, headers: { 'retry-after': '5' } }],
    ['a redirect of a write', { status: 307, headers: { location: '/elsewhere' } }],
    ['a 401', { status: 401, body: { message: 'Bad credentials' } }],
  ])('%s', async (_, reply) => {
    const { client, tokens } = await startScriptedGitHub(({ headers }) => {
      if (reply !== 'echo') return reply;
      const errors = [`${headers.authorization}`, { message: `${headers.authorization}` }];
      return {
        status: 422,
        headers: { 'x-github-request-id': `${headers.authorization}` },
        body: { message: `${headers.authorization}`, errors },
      };
    });
    for (const work of [
      () => client.createIssueComment(1, 'Hello.'),
      () => client.threads(1),
      () => client.issueComments(1),
    ]) {
      const text = shown(await failureOf(work()));
      for (const { token } of tokens) {
        expect(text).not.toContain(token);
        expect(text).not.toContain(token.slice(-12));
      }
      expect(text).not.toContain('eyJ');
    }
  });

  it('also when it looks like none', async () => {
    const token = ['v1', 'f00d'.repeat(10)].join('.');
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const repositories = [{ id: REPOSITORY, full_name: 'mona/shop' }];
    const { client } = await startScriptedGitHub(
      ({ headers }) => ({ status: 403, body: { message: `${headers.authorization} may not do that` } }),
      { onToken: () => ({ status: 201, body: { token, expires_at, repositories } }) },
    );
    const text = shown(await failureOf(client.pullRequest(1)));
    expect(text).toContain('may not do that');
    expect(text).not.toContain(token);
  });

  it('the JWT and the key neither', async () => {
    const { app } = await startScriptedGitHub(
      () => ({ status: 401, body: { message: 'A JSON web token could not be decoded' } }),
      { onToken: () => ({ status: 401, body: { message: PRIVATE_KEY } }) },
    );
    for (const work of [
      () => app.identity(),
      () => app.token(INSTALLATION, REPOSITORY, REVIEW_READ),
      () => app.delivery('1'),
    ]) {
      const error = await failureOf(work());
      expect(error).toMatchObject({ kind: 'unauthorised' });
      expect(error.advice).toContain('PRIVATE_KEY');
      const text = shown(error);
      expect(text).not.toContain('eyJ');
      for (const line of PRIVATE_KEY.split('\n').slice(1, -2)) expect(text).not.toContain(line);
    }
    expect(shown(new Error('app', { cause: app }))).not.toContain(PRIVATE_KEY.slice(40, 80));
  });

  it('in what octokit would log neither: nothing is logged', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    );
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    const { client } = await startScriptedGitHub(() => ({
      status: 404,
      headers: { deprecation: 'Sat, 01 Aug 2026 00:00:00 GMT', sunset: 'Sat, 01 Aug 2027 00:00:00 GMT' },
      body: { message: 'Not Found' },
    }));
    await failureOf(client.pullRequest(1));
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});

test('a key that is none is told of without a word of it', () => {
  const apiUrl = 'https://api.github.com';
  const broken = PRIVATE_KEY.slice(0, 200);
  for (const key of ['', broken, PRIVATE_KEY.replaceAll('RSA PRIVATE', 'PUBLIC')]) {
    let error: unknown;
    try {
      createGitHubApp({ appId: 1, privateKey: key, apiUrl });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ exitCode: 2, message: 'the private key of the GitHub App cannot be read' });
    expect(inspect(error)).not.toContain(broken.slice(40, 80));
  }
  const oneLine = PRIVATE_KEY.replaceAll('\n', '\\n');
  expect(() => createGitHubApp({ appId: 1, privateKey: oneLine, apiUrl })).not.toThrow();
});

describe("GraphQL's refusals", () => {
  test.each<[string, unknown, GitHubFailure]>([
    ['NOT_FOUND', { type: 'NOT_FOUND', message: 'Could not resolve to a node' }, 'gone'],
    ['FORBIDDEN', { type: 'FORBIDDEN', message: 'Resource not accessible by integration' }, 'forbidden'],
    ['RATE_LIMITED', { type: 'RATE_LIMITED', message: 'API rate limit exceeded' }, 'rate-limited'],
    ['UNPROCESSABLE', { type: 'UNPROCESSABLE', message: 'Cannot do that' }, 'refused'],
    ['none', { message: 'Something went wrong while executing your query' }, 'server'],
  ])('of type %s', async (_, graphqlFailure, kind) => {
    const { client, seen } = await startScriptedGitHub(() => ({
      body: { data: null, errors: [graphqlFailure] },
    }));
    const error = await failureOf(client.resolveThread('PRRT_1'));
    expect(error).toMatchObject({ kind, status: 200, operation: 'graphql/ResolveReviewThread' });
    expect(error.mayHaveHappened).toBe(kind === 'server');
    expect(error.retryAt !== null).toBe(kind === 'rate-limited');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.path).toBe('/api/graphql');
  });
});
