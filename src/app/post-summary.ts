import type { Sql } from 'postgres';
import * as z from 'zod/mini';
import { GitHubError } from '../github/github-error.ts';
import type { RepositoryClient } from '../github/repository-client.ts';
import { countWrites } from '../sessions/postgres/external-writes.ts';
import { setSummaryComment } from '../sessions/postgres/pull-requests.ts';
import type { Subject } from './find-pull-request.ts';

/** Of its marker: there is one for each pull request. */
const SUMMARY_KEY = 'summary';

/**
 * Puts the summary in its place: the one comment of ours that is edited, which is made when there is none, and made anew when a
 * person has deleted it.
 */
export async function postSummary(
  sql: Sql,
  { writer, markers, userId, writeOnce, key }: Subject,
  text: (marker: string) => string,
): Promise<void> {
  const { number } = key;
  const body = text(markers.write('summary', SUMMARY_KEY));
  const scope = `pull/${number}/summary/`;
  // The last one that was made, as far as that was noted; then the one behind it.
  for (let index = Math.max(1, await countWrites(sql, key.repository, scope)); ; index++) {
    let isMade = false;
    const id = await writeOnce({
      key: `${scope}${index}`,
      target: `summary of pull request ${number}`,
      // It is edited afterwards: what it said at first is not what tells it from another one.
      payload: scope,
      async find() {
        const { items } = await writer.issueComments(number);
        const isSummary = (one: (typeof items)[number]) =>
          one.author?.id === userId && markers.read(one.body)?.kind === 'summary';
        return items.findLast(isSummary)?.id;
      },
      async write() {
        isMade = true;
        return (await writer.createIssueComment(number, body)).id;
      },
      parse: (result) => z.int().parse(result),
    });
    if (isMade || (await isEdited(writer, id, body))) return setSummaryComment(sql, key, id);
  }
}

/** False when it is there no more. */
async function isEdited(writer: RepositoryClient, id: number, body: string): Promise<boolean> {
  try {
    await writer.updateIssueComment(id, body);
    return true;
  } catch (error) {
    if (error instanceof GitHubError && error.kind === 'gone') return false;
    throw error;
  }
}
