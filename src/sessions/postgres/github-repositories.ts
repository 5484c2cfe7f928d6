import type { Sql, TransactionSql } from 'postgres';
import { repositoryId } from './store-session.ts';
import { transact } from './with-database.ts';

/** A repository as GitHub knows it. */
export interface GitHubRepository {
  /** Of its server, without a port: `github.com`. */
  readonly host: string;
  /** GitHub's number, which stays when it is renamed or transferred. */
  readonly githubId: number;
  /** `owner/name` */
  readonly fullName: string;
  readonly installation: number;
}

/**
 * Our number of it: the same as for a clone of it on somebody's machine. One that was renamed stays the same one with all that
 * is known of it, unless a clone under its new name came first.
 */
export async function knowRepository(sql: Sql, of: GitHubRepository): Promise<string> {
  const identity = identityOf(of);
  const { host, githubId, fullName, installation } = of;
  const known = await findKnown(sql, of);
  if (known?.fullName === fullName && known.installation === installation && !known.isRemoved)
    return known.id;
  const id =
    known !== undefined && (await rename(sql, known.id, identity))
      ? known.id
      : await repositoryId(sql, identity);
  const row = {
    host,
    github_id: githubId,
    repository_id: id,
    installation_id: installation,
    full_name: fullName,
  };
  await sql`
    insert into code_agent.github_repositories ${sql(row)}
    on conflict (host, github_id) do update set repository_id = excluded.repository_id,
      installation_id = excluded.installation_id, full_name = excluded.full_name, seen_at = now(), removed_at = null`;
  return id;
}

/** By host and path of its remote, as `git/repository-identity` has it. */
const identityOf = ({ host, fullName }: Pick<GitHubRepository, 'host' | 'fullName'>): string =>
  `${host}/${fullName}`.toLowerCase();

interface Known {
  readonly id: string;
  readonly fullName: string;
  readonly installation: number;
  readonly isRemoved: boolean;
}

async function findKnown(sql: Sql, { host, githubId }: GitHubRepository): Promise<Known | undefined> {
  const [known] = await sql<Known[]>`
    select repository_id as id, full_name as "fullName", installation_id::float8 as installation,
      removed_at is not null as "isRemoved"
    from code_agent.github_repositories where host = ${host} and github_id = ${githubId}`;
  return known;
}

/** False when another one has that name. */
async function rename(sql: Sql, id: string, identity: string): Promise<boolean> {
  const find = (step: Sql | TransactionSql) =>
    step<{ id: string }[]>`select id from code_agent.repositories where identity = ${identity}`;
  const [holder] = await find(sql);
  if (holder !== undefined) return holder.id === id;
  return transact(sql, async (step) => {
    const [first] = await find(step);
    if (first !== undefined) return first.id === id;
    await step`update code_agent.repositories set identity = ${identity} where id = ${id}`;
    return true;
  });
}

/** Those of an installation that the App was taken out of, or that were deleted: all of it where none is named. */
export async function removeRepositories(
  sql: Sql,
  host: string,
  {
    installation,
    githubIds,
  }: { readonly installation: number; readonly githubIds: readonly number[] | null },
): Promise<number[]> {
  const rows = await sql<{ githubId: number }[]>`
    update code_agent.github_repositories set removed_at = now()
    where host = ${host} and installation_id = ${installation} and removed_at is null
      ${githubIds === null ? sql`` : sql`and github_id in ${sql(githubIds.length === 0 ? [-1] : githubIds)}`}
    returning github_id::float8 as "githubId"`;
  return rows.map(({ githubId }) => githubId);
}
