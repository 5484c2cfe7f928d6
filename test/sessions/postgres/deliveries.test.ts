import { createHash, randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateQueue } from '../../../src/app/migrate-queue.ts';
import {
  type Delivery,
  failDelivery,
  finishDelivery,
  knownDeliveries,
  readDelivery,
  storeDelivery,
  tidyDeliveries,
} from '../../../src/sessions/postgres/deliveries.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { placedJob } from '../../../src/tasks/job.ts';
import { keptLog } from '../../app/intake-setup.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';

const deliveryOf = (payload = `{"a":"${randomUUID()}"}`, id: string = randomUUID()): Delivery => ({
  ...{ id, event: 'pull_request', payload },
  sha256: createHash('sha256').update(payload).digest(),
});
const store = (sql: Sql, delivery: Delivery) =>
  storeDelivery(sql, delivery, placedJob('delivery', { id: delivery.id }), 5_000);
const REVIEW = placedJob('review', { installation: 1, repository: 2, number: 3, full: false });

describe.each(DATABASES)('deliveries, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  async function opened<T>(work: (sql: Sql) => Promise<T>, connections = 1): Promise<T> {
    const url = await databases.migrated();
    await migrateQueue(url, keptLog());
    return withDatabase(url, { connections }, async ({ sql }) => {
      await sql`delete from graphile_worker._private_jobs`;
      return work(sql);
    });
  }
  const queued = async (sql: Sql) =>
    (await sql`select key from graphile_worker.jobs order by id`).map(({ key }) => key);

  it('one is stored with its job, or neither is', () =>
    opened(async (sql) => {
      const one = deliveryOf();
      expect(await store(sql, one)).toBe('queued');
      expect(await queued(sql)).toEqual([`delivery:${one.id}`]);
      const bad = deliveryOf('{"a":');
      await expect(store(sql, bad)).rejects.toThrow();
      const key = 'x'.repeat(600);
      await expect(
        storeDelivery(sql, deliveryOf(), { ...placedJob('tidy', {}), key }, 5_000),
      ).rejects.toThrow();
      expect(await sql`select id from code_agent.deliveries`).toEqual([{ id: one.id }]);
      expect(await queued(sql)).toHaveLength(1);
    }));

  it('one that has failed may come again, under its own id and with its own body', () =>
    opened(async (sql) => {
      const one = deliveryOf();
      await store(sql, one);
      await failDelivery(sql, one.id, 'it \0 failed');
      await sql`delete from graphile_worker._private_jobs`;
      expect([...(await knownDeliveries(sql, [one.id]))]).toEqual([]);
      expect(await store(sql, { ...one, id: randomUUID() })).toBe('known');
      expect(await store(sql, deliveryOf('{}', one.id))).toBe('known');
      expect(await queued(sql)).toEqual([]);
      expect(await store(sql, one)).toBe('queued');
      expect(await queued(sql)).toEqual([`delivery:${one.id}`]);
      expect(await readDelivery(sql, one.id)).toEqual({
        event: one.event,
        payload: one.payload,
        state: 'queued',
      });
      expect([...(await knownDeliveries(sql, [one.id, randomUUID()]))]).toEqual([one.id]);
    }));

  it('49: one whose job was killed at its last try may come again; one whose last try is under way may not', () =>
    opened(async (sql) => {
      const one = deliveryOf();
      await store(sql, one);
      await sql`update graphile_worker._private_jobs set attempts = max_attempts, locked_at = now(), locked_by = 'a'`;
      expect(await store(sql, one)).toBe('known');
      expect([...(await knownDeliveries(sql, [one.id]))]).toEqual([one.id]);
      await sql`update graphile_worker._private_jobs set locked_at = null, locked_by = null`;
      expect([...(await knownDeliveries(sql, [one.id]))]).toEqual([]);
      expect(await store(sql, one)).toBe('queued');
      expect([...(await knownDeliveries(sql, [one.id]))]).toEqual([one.id]);
      expect(
        await sql`select attempts from graphile_worker.jobs where key = ${`delivery:${one.id}`}`,
      ).toEqual([{ attempts: 0 }]);
      await sql`delete from graphile_worker._private_jobs`;
      expect([...(await knownDeliveries(sql, [one.id]))]).toEqual([]);
      await sql`update code_agent.deliveries set received_at = now() - interval '31 days'`;
      await tidyDeliveries(sql);
      expect(await readDelivery(sql, one.id)).toBeNull();
    }));

  it('49: what is to be done for one is queued once, however often it is finished', () =>
    opened(async (sql) => {
      const one = deliveryOf();
      await store(sql, one);
      await sql`delete from graphile_worker._private_jobs`;
      const all = await Promise.all(
        [1, 2, 3].map(() => finishDelivery(sql, one.id, [REVIEW, { ...REVIEW, key: null }])),
      );
      expect(all.filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await queued(sql)).toEqual(['review:2:3', null]);
      expect(await readDelivery(sql, one.id)).toMatchObject({ state: 'done' });
    }, 3));

  it('51: a transaction that the database gives up for another is done again', () =>
    opened(async (sql) => {
      // As PostgreSQL does it when two wait for each other: the second and the third time it is well.
      await sql.unsafe(`
        create sequence code_agent.conflicts;
        create function code_agent.conflict() returns trigger language plpgsql as $$
        begin
          case nextval('code_agent.conflicts')
            when 1 then raise exception 'could not serialize access' using errcode = 'serialization_failure';
            when 2 then raise exception 'deadlock detected' using errcode = 'deadlock_detected';
            else return new;
          end case;
        end $$;
        create trigger conflict before insert on code_agent.deliveries for each row execute function code_agent.conflict()`);
      const one = deliveryOf();
      expect(await store(sql, one)).toBe('queued');
      expect(await queued(sql)).toEqual([`delivery:${one.id}`]);
    }));

  it('of many at once each is stored and queued once', () =>
    opened(async (sql) => {
      const all = Array.from({ length: 20 }, () => deliveryOf());
      const twice = [...all, ...all.map((one) => ({ ...one, id: randomUUID() }))];
      const stored = await Promise.all(twice.map((one) => store(sql, one)));
      expect(stored.filter((how) => how === 'queued')).toHaveLength(20);
      expect(await queued(sql)).toHaveLength(20);
    }, 6));

  it('forgets what was sent after a day, and that it was after a month, but nothing that waits', () =>
    opened(async (sql) => {
      const [waiting, done, fresh, old] = [deliveryOf(), deliveryOf(), deliveryOf(), deliveryOf()];
      for (const one of [waiting, done, fresh, old]) await store(sql, one);
      for (const one of [done, fresh, old]) await finishDelivery(sql, one.id, []);
      await sql`update code_agent.deliveries set state_at = now() - interval '25 hours' where id <> ${fresh.id}`;
      await sql`update code_agent.deliveries set received_at = now() - interval '31 days' where id in ${sql([waiting.id, old.id])}`;
      await tidyDeliveries(sql);
      expect(await readDelivery(sql, waiting.id)).toMatchObject({ payload: waiting.payload });
      expect(await readDelivery(sql, done.id)).toMatchObject({ payload: null, state: 'done' });
      expect(await readDelivery(sql, fresh.id)).toMatchObject({ payload: fresh.payload });
      expect(await readDelivery(sql, old.id)).toBeNull();
    }));
});
