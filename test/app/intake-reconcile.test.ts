import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { createReconciler } from '../../src/app/reconcile.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import type { HookDelivery } from '../../src/github/hook-delivery.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { type JobContext, LaterError } from '../../src/tasks/queue.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { keptLog } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

const CONTEXT: JobContext = {
  ...{ id: '1', attempt: 1, maxAttempts: 3, signal: new AbortController().signal },
  queue: { add: async () => {} },
};

let next = 0;
const attempt = (statusCode: number, more: Partial<HookDelivery> = {}): HookDelivery => {
  next += 1;
  return {
    ...{
      id: String(2n ** 53n + BigInt(next)),
      guid: randomUUID(),
      deliveredAt: new Date(),
      statusCode,
    },
    ...{ event: 'pull_request', action: 'opened' },
    ...more,
  };
};

describe.each(DATABASES)('reconciling, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  async function reconcile(attempts: HookDelivery[], payloads: Record<string, unknown> = {}, times = 1) {
    const url = await databases.migrated();
    await migrateQueue(url, keptLog());
    return withDatabase(url, {}, async ({ sql }) => {
      const asked: string[] = [];
      const again: string[] = [];
      const since: Date[] = [];
      const run = createReconciler({
        sql,
        log: keptLog(),
        added() {},
        github: {
          async *deliveries(from) {
            since.push(from);
            yield* attempts;
          },
          async delivery(id) {
            asked.push(id);
            const one = attempts.find((known) => known.id === id);
            if (one === undefined) throw new Error('no such delivery');
            // No two have the same body: GitHub's have times in them.
            const payload =
              payloads[id] ?? payloadOf('pull_request', 'opened', { number: Number(id.slice(-6)) });
            return { ...one, request: { headers: {}, payload } };
          },
          redeliver: async (id) => void again.push(id),
        },
      });
      for (let time = 0; time < times; time += 1) await run({}, CONTEXT);
      const rows = await sql<{ id: string }[]>`select id from code_agent.deliveries order by received_at, id`;
      return { asked, again, since, stored: rows.map(({ id }) => id) };
    });
  }

  it('what GitHub failed to hand over is fetched and queued, once, in its order', async () => {
    const [lost, refused, fine] = [attempt(0), attempt(503), attempt(202)];
    const tried = attempt(502);
    const later = attempt(200, { guid: tried.guid });
    const [no, star] = [attempt(400), attempt(0, { event: 'star', action: 'created' })];
    const newestFirst = [later, no, refused, star, fine, lost, tried];
    const { asked, stored, again, since } = await reconcile(newestFirst, {}, 2);
    expect(asked).toEqual([lost.id, refused.id]);
    expect(new Set(stored)).toEqual(new Set([lost.guid, refused.guid]));
    expect(again).toEqual([]);
    const hours = (Date.now() - (since[0]?.getTime() ?? 0)) / 3_600_000;
    expect(hours).toBeCloseTo(72, 1);
  });

  it('what is not what it says is asked for again', async () => {
    const strange = attempt(0);
    const { stored, again } = await reconcile([strange], {
      [strange.id]: payloadOf('star', 'created'),
    });
    expect(stored).toEqual([]);
    expect(again).toEqual([strange.id]);
  });

  it('39: behind a limit of GitHub it comes back at its time', async () => {
    const at = new Date(Date.now() + 60_000);
    const run = createReconciler({
      ...{ log: keptLog(), added() {} },
      sql: await withDatabase(await databases.migrated(), {}, async ({ sql }) => sql),
      github: {
        deliveries() {
          throw new GitHubError('rate-limited', 'limited', { operation: 'x', status: 403, retryAt: at });
        },
        delivery: () => Promise.reject(new Error('not asked')),
        redeliver: () => Promise.reject(new Error('not asked')),
      },
    });
    const later = await run({}, CONTEXT).catch((error: unknown) => error);
    expect(later).toBeInstanceOf(LaterError);
    expect(later).toMatchObject({ at });
  });
});
