import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { HookDelivery } from '../../src/github/hook-delivery.ts';
import { failureOf, type Reply, type Seen, startScriptedGitHub, tokenNumber } from './scripted-github.ts';

describe('identity', () => {
  const answer =
    (installations: readonly unknown[]) =>
    ({ path }: Seen): Reply => {
      if (path === '/api/v3/app') return { body: { id: 99, slug: 'code-agent', name: 'Code agent' } };
      if (path.startsWith('/api/v3/app/installations')) return { body: installations };
      return { body: { login: 'code-agent[bot]', id: 1234, type: 'Bot' } };
    };

  it('is asked once and kept, the user by a token that may read metadata only', async () => {
    const { app, seen, tokens } = await startScriptedGitHub(
      answer([
        { id: 6, account: null, suspended_at: '2026-11-30T00:00:00Z' },
        { id: 7, account: { login: 'mona', id: 1, type: 'User' }, suspended_at: null },
      ]),
    );
    const known = { appId: 99, slug: 'code-agent', userId: 1234 };
    expect(await Promise.all([app.identity(), app.identity()])).toEqual([known, known]);
    expect(seen.map(({ path }) => path)).toEqual([
      '/api/v3/app',
      '/api/v3/app/installations?per_page=100',
      '/api/v3/users/code-agent%5Bbot%5D',
    ]);
    expect(seen[2]?.headers.authorization).toBe(`bearer ${tokenNumber(1)}`);
    expect(tokens.map(({ body }) => body)).toEqual([{ permissions: { metadata: 'read' } }]);
  });

  it('of an App that nobody has installed is asked for as nobody', async () => {
    const { app, seen } = await startScriptedGitHub(answer([]));
    expect(await app.identity()).toMatchObject({ userId: 1234 });
    expect(seen[2]?.headers.authorization).toBeUndefined();
  });

  it('is asked for by an installation on a later page, of an enterprise', async () => {
    const { app, seen } = await startScriptedGitHub((asked) => {
      if (!asked.path.includes('/installations')) return answer([])(asked);
      const link = `<http://${asked.headers.host}/api/v3/app/installations?page=2>; rel="next"`;
      return asked.path.includes('page=2')
        ? { body: [{ id: 7, account: { id: 3, slug: 'acme', name: 'Acme' }, suspended_at: null }] }
        : { body: [{ id: 6, account: null, suspended_at: '2026-11-30T00:00:00Z' }], headers: { link } };
    });
    expect(await app.identity()).toMatchObject({ userId: 1234 });
    expect(seen.at(-1)?.headers.authorization).toBe(`bearer ${tokenNumber(1)}`);
  });

  it('is asked for again when it failed', async () => {
    const { app } = await startScriptedGitHub((seen, count) =>
      count === 1 ? { status: 404 } : answer([])(seen),
    );
    expect(await failureOf(app.identity())).toMatchObject({ kind: 'gone' });
    expect(await app.identity()).toMatchObject({ slug: 'code-agent' });
  });
});

describe('deliveries', () => {
  const delivery = (id: string, minutes: number) =>
    `{"id":${id},"guid":"guid-${id}","delivered_at":"2026-11-30T00:${String(minutes).padStart(2, '0')}:00Z","redelivery":false,
      "duration":0.3,"status":"Invalid HTTP Response: 503","status_code":503,"event":"pull_request","action":"opened",
      "installation_id":7,"repository_id":42}`;
  /** Digits as they are: a number of JavaScript has no room for them. */
  const json =
    (text: string, headers: Record<string, string> = {}) =>
    (response: ServerResponse) =>
      void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);

  async function all(deliveries: AsyncIterable<HookDelivery>): Promise<HookDelivery[]> {
    const read: HookDelivery[] = [];
    for await (const one of deliveries) read.push(one);
    return read;
  }

  it('come newest first, by cursor, as far back as asked, with ids of any length', async () => {
    const { app, seen } = await startScriptedGitHub(({ path, headers }) => {
      const link = `<http://${headers.host}/api/v3/app/hook/deliveries?cursor=v1_2&per_page=100>; rel="next"`;
      return path.includes('cursor')
        ? json(`[${delivery('12345678901234567', 20)},${delivery('3', 5)}]`, { link })
        : json(`[${delivery('98765432109876543', 40)}]`, { link });
    });
    const read = await all(app.deliveries(new Date('2026-11-30T00:10:00Z')));
    expect(read.map(({ id }) => id)).toEqual(['98765432109876543', '12345678901234567']);
    expect(read[0]).toEqual({
      id: '98765432109876543',
      guid: 'guid-98765432109876543',
      deliveredAt: new Date('2026-11-30T00:40:00Z'),
      statusCode: 503,
      event: 'pull_request',
      action: 'opened',
    });
    expect(seen).toHaveLength(2);
    for (const { headers } of seen) expect(headers.authorization).toMatch(/^bearer eyJ/);
  });

  it('without a date are of a wrong shape', async () => {
    const { app } = await startScriptedGitHub(() => json(`[${delivery('1', 5).replace('T', ' at ')}]`));
    const error = await failureOf(all(app.deliveries(new Date(0))));
    expect(error).toMatchObject({ kind: 'malformed', message: expect.stringContaining('0.delivered_at') });
  });

  it('are read with what was sent, as JSON has it, and sent again', async () => {
    const id = '98765432109876543';
    const { app, seen } = await startScriptedGitHub(({ method }) =>
      method === 'POST'
        ? { status: 202, body: {} }
        : json(
            `${delivery(id, 1).slice(0, -1)},"request":{"headers":{"X-GitHub-Event":"ping"},"payload":{"hook_id":${id},"zen":"12n"}}}`,
          ),
    );
    const { request } = await app.delivery(id);
    expect(request).toEqual({ payload: { hook_id: Number(id), zen: '12n' } });
    await app.redeliver(id);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /api/v3/app/hook/deliveries/${id}`,
      `POST /api/v3/app/hook/deliveries/${id}/attempts`,
    ]);
    await expect(app.delivery('1/../../x')).rejects.toThrow(RangeError);
    expect(seen).toHaveLength(2);
  });
});
