import type { Sql } from 'postgres';
import { createWriteOnce, type WriteEvent, type WriteOnce } from '../write-once.ts';
import { storable } from './storable.ts';

interface Row {
  readonly key: string;
  readonly step: 'begun' | 'done';
  readonly target: string | null;
  readonly digest: string | null;
  readonly result: string | null;
}

/**
 * Writes that are done once by whatever machine, under keys that begin with `scope`: what was begun is noted in the database
 * before it is done. What is noted is read anew for each: another process may have done it meanwhile. Under one key one
 * writes at a time.
 */
export function externalWrites(
  sql: Sql,
  repository: string,
  scope: string,
  redact: (text: string) => Promise<string>,
): WriteOnce {
  const append = async (event: WriteEvent): Promise<void> => {
    const row =
      event.type === 'write-begun'
        ? { step: 'begun', target: storable(event.data.target), digest: event.data.digest }
        : { step: 'done', result: JSON.stringify(event.data.result) };
    await sql`
      insert into code_agent.external_writes ${sql({ repository_id: repository, key: event.data.key, ...row })}
      on conflict do nothing`;
  };
  return async (write) => {
    const { key } = write;
    if (!key.startsWith(scope)) throw new RangeError(`${key} is not in ${scope}`);
    const noted = await sql<Row[]>`
      select key, step, target, digest, result from code_agent.external_writes
      where repository_id = ${repository} and key collate "C" = ${key} order by id`;
    return createWriteOnce(noted.map(eventOf), append, redact)(write);
  };
}

/** How often something under keys that begin so has been done. */
export async function countWrites(sql: Sql, repository: string, scope: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from code_agent.external_writes
    where repository_id = ${repository} and step = 'done' and ${within(sql, scope)}`;
  return row?.count ?? 0;
}

/** By the index, whatever the collation of the database. */
const within = (sql: Sql, scope: string) =>
  sql`key collate "C" >= ${scope} and key collate "C" < ${`${scope}\u{10ffff}`}`;

const eventOf = ({ key, step, target, digest, result }: Row): WriteEvent =>
  step === 'begun'
    ? { type: 'write-begun', data: { key, target: target ?? '', digest: digest ?? '' } }
    : { type: 'write-done', data: { key, result: JSON.parse(result ?? 'null') as unknown } };
