import type { Sql } from 'postgres';
import { type PostedFinding, postedFindings } from '../../sessions/postgres/posted-findings.ts';
import type { CommandCall } from './command-call.ts';

/** The finding that a command is about, and what is left of its text. */
export interface NamedFinding {
  readonly finding: Pick<PostedFinding, 'fingerprint' | 'title' | 'path'>;
  readonly rest: string;
}

const ID = /^`?([0-9a-f]{4,64})`?(?:[\s.,:;]+|$)/i;

/**
 * That of the thread; else that whose id the text begins with. Answers a sentence for the person when it is none, or one of
 * several.
 */
export async function namedFinding({
  door,
  subject,
  thread,
  text,
}: CommandCall): Promise<NamedFinding | string> {
  const posted = await postedFindings(door.sql, subject.key);
  if (thread !== null) {
    const own = posted.findLast(({ fingerprint }) => fingerprint === thread.fingerprint);
    const {
      fingerprint,
      thread: { path },
    } = thread;
    return { finding: own ?? { fingerprint, title: '', path }, rest: text };
  }
  const [start = '', id = ''] = ID.exec(text) ?? [];
  if (id === '')
    return 'Say it in the thread of the finding, or name the finding by the id that stands below it.';
  const all = [...posted, ...(await knownFindings(door.sql, subject.key.repository, id.toLowerCase()))];
  const found = new Map(
    all
      .filter(({ fingerprint }) => fingerprint.startsWith(id.toLowerCase()))
      .map((one) => [one.fingerprint, one]),
  );
  const [finding, another] = found.values();
  if (finding === undefined) return `There is no finding \`${id}\` in this pull request.`;
  if (another !== undefined) return `\`${id}\` is the beginning of several ids: write more of it.`;
  return { finding, rest: text.slice(start.length) };
}

/** Of the repository: also those that only the summary tells. */
async function knownFindings(sql: Sql, repository: string, id: string) {
  return sql<{ fingerprint: string; title: string; path: string }[]>`
    select fingerprint, title, coalesce(path, '') as path from code_agent.findings
    where repository_id = ${repository} and fingerprint >= ${id} and fingerprint < ${`${id}g`} limit 10`;
}
