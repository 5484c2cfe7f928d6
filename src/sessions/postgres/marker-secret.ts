import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';

const known = new WeakMap<Sql, Promise<string>>();

/**
 * What hidden marks in our comments are signed with. Drawn once for a database and kept there: were it made of a key that is
 * changed, we would not know our own comments any more, and would post all of them again.
 */
export function markerSecret(sql: Sql): Promise<string> {
  const secret = known.get(sql) ?? readOrDraw(sql);
  known.set(sql, secret);
  secret.catch(() => known.delete(sql));
  return secret;
}

async function readOrDraw(sql: Sql): Promise<string> {
  await sql`
    insert into code_agent.app_secrets (name, value) values ('markers', ${randomBytes(32).toString('hex')})
    on conflict do nothing`;
  const [row] = await sql<{ value: string }[]>`
    select value from code_agent.app_secrets where name = 'markers'`;
  if (row === undefined) throw new RangeError('a secret that was stored is not there');
  return row.value;
}
