import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { hasTables } from './migrate.ts';
import type { Database } from './with-database.ts';

export interface Audit {
  readonly links: number;
  /** The last link: sha256 in hexadecimal; '' when there is none. */
  readonly head: string;
  readonly problems: readonly { readonly link: number | null; readonly problem: string }[];
}

/**
 * Whether the chain over the audited events is whole. `known`: a link that it ended in once; a chain that was cut behind it,
 * or made anew, does not have it any more. Reads the whole chain and every event in it.
 */
export async function verifyAudit(database: Database, known: string | undefined): Promise<Audit> {
  if (known !== undefined && !/^[0-9a-f]{64}$/.test(known))
    throw new CodeAgentError('--head is a link as `db verify` prints it: 64 hexadecimal digits', {
      exitCode: EXIT.usage,
    });
  if (!(await hasTables(database)))
    throw new CodeAgentError(`the database at ${database.place} has no tables of code-agent`, {
      exitCode: EXIT.usage,
      advice: '`code-agent db migrate` makes them.',
    });
  // One look at all of it: sessions may be stored meanwhile.
  return database.sql.begin('isolation level repeatable read read only', async (sql) => {
    const [end] = await sql<{ links: number; head: string }[]>`
      select count(*)::float8 as links, coalesce((select encode(link, 'hex') from code_agent.audit order by id desc limit 1), '') as head
      from code_agent.audit`;
    const problems = await sql<{ link: number | null; problem: string }[]>`
      select id::float8 as link, problem from code_agent.verify_audit()`;
    const isKnown =
      known === undefined ||
      (await sql`select from code_agent.audit where link = decode(${known}, 'hex')`).length > 0;
    const gone = { link: null, problem: `the link ${known} is not in the chain: it was cut, or made anew` };
    return {
      links: end?.links ?? 0,
      head: end?.head ?? '',
      problems: isKnown ? [...problems] : [gone, ...problems],
    };
  });
}
