import type { Sql, TransactionSql } from 'postgres';
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
 * Our number of it, which it has for good, with all that is known of it: the same as for a clone of it on somebody's machine,
 * whose number is taken over when that came first. When it takes a new name it is found by that from then on, unless a clone
 * under the new name came first: then it keeps its old one. Another repository that had the name gives it up: on GitHub it has
 * another by now, or is gone.
 */
export async function knowRepository(sql: Sql, of: GitHubRepository): Promise<string> {
  const identity = identityOf(of);
  const known = await findKnown(sql, of);
  const isAsKnown =
    known?.identity === identity &&
    known.fullName === of.fullName &&
    known.installation === of.installation &&
    !known.isRemoved;
  if (isAsKnown) return known.id;
  return transact(sql, async (step) => {
    const id = await identify(step, of, identity);
    const row = {
      host: of.host,
      github_id: of.githubId,
      repository_id: id,
      installation_id: of.installation,
      full_name: of.fullName,
    };
    await step`
      insert into code_agent.github_repositories ${step(row)}
      on conflict (host, github_id) do update set installation_id = excluded.installation_id,
        full_name = excluded.full_name, seen_at = now(), removed_at = null`;
    return id;
  });
}

/** By host and path of its remote, as `git/repository-identity` has it. */
const identityOf = ({ host, fullName }: Pick<GitHubRepository, 'host' | 'fullName'>): string =>
  `${host}/${fullName}`.toLowerCase();

interface Known {
  readonly id: string;
  readonly identity: string;
  readonly fullName: string;
  readonly installation: number;
  readonly isRemoved: boolean;
}

async function findKnown(sql: Sql, { host, githubId }: GitHubRepository): Promise<Known | undefined> {
  const [known] = await sql<Known[]>`
    select r.id, r.identity, g.full_name as "fullName", g.installation_id::float8 as installation,
      g.removed_at is not null as "isRemoved"
    from code_agent.github_repositories g join code_agent.repositories r on r.id = g.repository_id
    where g.host = ${host} and g.github_id = ${githubId}`;
  return known;
}

/** Its number, with the identity when that can be had. Of two that make or take the same one at once, the second begins anew. */
async function identify(
  step: TransactionSql,
  { host, githubId }: GitHubRepository,
  identity: string,
): Promise<string> {
  const name = (id: string, as: string) =>
    step`update code_agent.repositories set identity = ${as} where id = ${id}`;
  // First: nobody takes or gives it from then on, and who has done so is seen by what follows.
  const [holder] = await step<{ id: string }[]>`
    select id from code_agent.repositories where identity = ${identity} for update`;
  const [own] = await step<{ id: string }[]>`
    select repository_id as id from code_agent.github_repositories
    where host = ${host} and github_id = ${githubId}`;
  if (holder !== undefined) {
    if (holder.id === own?.id) return holder.id;
    const [other] = await step<{ githubId: string }[]>`
      select github_id as "githubId" from code_agent.github_repositories
      where host = ${host} and repository_id = ${holder.id}`;
    if (other === undefined) return own?.id ?? holder.id;
    // No path on a server has a # in it, and the number is the other's alone.
    await name(holder.id, `${identity}#${other.githubId}`);
  }
  if (own !== undefined) {
    await name(own.id, identity);
    return own.id;
  }
  const [made] = await step<{ id: string }[]>`
    insert into code_agent.repositories (identity) values (${identity}) returning id`;
  if (made === undefined) throw new RangeError('a repository that was stored is not there');
  return made.id;
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
