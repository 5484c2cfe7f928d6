import { accountJson } from '../json/account.ts';
import { pullRequestJson, simplePullRequestJson } from '../json/pull-request.ts';
import { repositoryApi } from '../json/repository.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { commitsOf } from '../pull-requests.ts';
import { runGit } from '../run-git.ts';
import { fullName, type PullRequest } from '../state.ts';
import type { World } from '../world.ts';

const READ = { pull_requests: 'read' } as const;

/** Pull requests themselves. */
export const PULL_OPERATIONS: readonly AnyOperation[] = [
  operation('pulls/get', READ, ({ world, pull }) => ({
    status: 200,
    body: pullRequestJson(world.state, pull()),
  })),

  operation('pulls/list', READ, ({ world, query, repository }) => {
    const { state = 'open', head, base, sort = 'created' } = query;
    const direction = query.direction ?? (sort === 'created' ? 'desc' : 'asc');
    const found = [...repository().pulls.values()]
      .filter(
        (pull) =>
          (state === 'all' || pull.state === state) &&
          (head === undefined || head === `${pull.headOwner.login}:${pull.headRef}`) &&
          (base === undefined || base === pull.baseRef),
      )
      .sort((one, other) =>
        sort === 'updated' ? one.updatedAt.getTime() - other.updatedAt.getTime() : one.number - other.number,
      );
    if (direction === 'desc') found.reverse();
    return { list: found.map((pull) => simplePullRequestJson(world.state, pull)) };
  }),

  operation('pulls/list-commits', READ, async ({ world, pull }) => {
    const ids = await commitsOf(pull());
    // GitHub lists no more than 250.
    return { list: await Promise.all(ids.slice(0, 250).map((id) => commitJson(world, pull(), id))) };
  }),
];

async function commitJson(world: World, { repository, author }: PullRequest, id: string) {
  const format = ['%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');
  const shown = (await runGit(repository.path, ['show', '-s', `--format=${format}`, id])).toString();
  const [tree = '', parents = '', an, ae, at, cn, ce, ct, message = ''] = shown.split('\0');
  const api = repositoryApi(world.state, repository);
  const html = `${world.state.url}/${fullName(repository)}/commit/`;
  return {
    url: `${api}/commits/${id}`,
    sha: id,
    node_id: `C_${id}`,
    html_url: `${html}${id}`,
    comments_url: `${api}/commits/${id}/comments`,
    commit: {
      url: `${api}/git/commits/${id}`,
      author: { name: an, email: ae, date: at },
      committer: { name: cn, email: ce, date: ct },
      message: message.trimEnd(),
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        payload: null,
        signature: null,
        verified_at: null,
      },
    },
    author: accountJson(world.state, author),
    committer: accountJson(world.state, author),
    parents: parents
      .split(' ')
      .filter((parent) => parent !== '')
      .map((parent) => ({ sha: parent, url: `${api}/commits/${parent}`, html_url: `${html}${parent}` })),
  };
}
