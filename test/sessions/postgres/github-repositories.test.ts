import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knowRepository } from '../../../src/sessions/postgres/github-repositories.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';

const seen = (sql: Sql, githubId: number, fullName: string, installation = 1): Promise<string> =>
  knowRepository(sql, { host: 'github.com', githubId, fullName, installation });
const cloned = (sql: Sql, name: string): Promise<string> => repositoryId(sql, `github.com/${name}`);

describe.each(DATABASES)('repositories of GitHub, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const opened = async <T>(work: (sql: Sql) => Promise<T>, connections = 1): Promise<T> =>
    withDatabase(await databases.migrated(), { connections }, ({ sql }) => work(sql));
  const identityOf = async (sql: Sql, id: string) =>
    (await sql`select identity from code_agent.repositories where id = ${id}`)[0]?.['identity'];

  it('one is the same as a clone of it, and stays so under another name and owner', () =>
    opened(async (sql) => {
      const clone = await cloned(sql, 'o/x');
      expect(await seen(sql, 101, 'O/x')).toBe(clone);
      expect(await seen(sql, 101, 'p/y', 2)).toBe(clone);
      expect(await cloned(sql, 'p/y')).toBe(clone);
      expect(await cloned(sql, 'o/x')).not.toBe(clone);
      const [row] = await sql`select full_name, installation_id::int from code_agent.github_repositories`;
      expect(row).toEqual({ full_name: 'p/y', installation_id: 2 });
    }));

  it('its number stays where a clone under the new name came first', () =>
    opened(async (sql) => {
      const own = await seen(sql, 101, 'o/x');
      const clone = await cloned(sql, 'o/y');
      expect(clone).not.toBe(own);
      for (let time = 0; time < 2; time += 1) expect(await seen(sql, 101, 'o/y')).toBe(own);
      expect(await identityOf(sql, own)).toBe('github.com/o/x');
      // Another repository takes the name, and with it what the clone knows.
      expect(await seen(sql, 102, 'o/y')).toBe(clone);
    }));

  it.each([
    ['the new one is seen first', ['new', 'old']],
    ['the old one is seen first', ['old', 'new']],
  ])('one that takes the name of one that was renamed is another: %s', (_order, order) =>
    opened(async (sql) => {
      const old = await seen(sql, 101, 'o/x');
      const ids: Record<string, string> = {};
      for (const which of order)
        ids[which] = which === 'new' ? await seen(sql, 102, 'o/x') : await seen(sql, 101, 'o/y');
      expect(ids['old']).toBe(old);
      expect(ids['new']).not.toBe(old);
      expect(await identityOf(sql, old)).toBe('github.com/o/y');
      expect(await cloned(sql, 'o/x')).toBe(ids['new']);
    }),
  );

  it('one that was deleted and made anew under its name is another', () =>
    opened(async (sql) => {
      const gone = await seen(sql, 101, 'o/x');
      const made = await seen(sql, 102, 'o/x');
      expect(made).not.toBe(gone);
      expect(await identityOf(sql, gone)).toBe('github.com/o/x#101');
      expect(await cloned(sql, 'o/x')).toBe(made);
      // And is put back, when that one has gone.
      expect(await seen(sql, 101, 'o/x')).toBe(gone);
      expect(await cloned(sql, 'o/x')).toBe(gone);
      expect(await identityOf(sql, made)).toBe('github.com/o/x#102');
    }));

  it('two that change their names for each other keep what is theirs', () =>
    opened(async (sql) => {
      const [one, other] = [await seen(sql, 101, 'o/x'), await seen(sql, 102, 'o/y')];
      expect(await Promise.all([seen(sql, 101, 'o/y'), seen(sql, 102, 'o/x')])).toEqual([one, other]);
      expect(await identityOf(sql, one)).toBe('github.com/o/y');
      expect(await identityOf(sql, other)).toBe('github.com/o/x');
    }, 2));

  it('51: many that see the same ones at once see the same, and a clone with them', () =>
    opened(async (sql) => {
      for (const name of ['o/a', 'o/b', 'o/c', 'o/d', 'o/e', 'o/f']) {
        const ids = await Promise.all([
          ...[1, 2, 3].map(() => seen(sql, name.charCodeAt(2), name)),
          cloned(sql, name),
          ...[1, 2, 3].map(() => seen(sql, name.charCodeAt(2), name)),
        ]);
        expect(new Set(ids).size).toBe(1);
      }
      const rows =
        await sql`select count(distinct repository_id)::int as ids from code_agent.github_repositories`;
      expect(rows).toEqual([{ ids: 6 }]);
    }, 7));
});
