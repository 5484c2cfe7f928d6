import { addPullRequest } from '../add-pull-request.ts';
import { commitOf } from '../bare-repository.ts';
import { accountJson } from '../json/account.ts';
import { pullRequestJson, simplePullRequestJson } from '../json/pull-request.ts';
import { repositoryApi } from '../json/repository.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { commitsOf } from '../pull-requests.ts';
import { GitHubRefusal, validationFailed } from '../refusal.ts';
import { textProblem } from '../review-rules.ts';
import { askGit, runGit } from '../run-git.ts';
import { fullName, type PullRequest, type Repository } from '../state.ts';
import type { World } from '../world.ts';

const READ = { pull_requests: 'read' } as const;
const WRITE = { pull_requests: 'write' } as const;

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

  operation('pulls/create', WRITE, async ({ world, repository, bot, body }) => {
    const { title = '', base, draft = false } = body;
    const headRef = ownBranch(repository(), body.head);
    checkText(title, body.body);
    const [headSha, baseSha] = await Promise.all(
      [headRef, base].map((name) => (name === '' ? null : commitOf(repository().path, `refs/heads/${name}`))),
    );
    if (headSha == null) throw validationFailed('PullRequest', { field: 'head', code: 'invalid' });
    if (baseSha == null) throw validationFailed('PullRequest', { field: 'base', code: 'invalid' });
    if (draft && !repository().hasDrafts)
      throw validationFailed('PullRequest', {
        message: 'Draft pull requests are not supported in this repository.',
      });
    await checkBranches(repository(), { headRef, headSha, baseRef: base, baseSha });
    const pull = await addPullRequest(world, repository(), bot, {
      ...{ title, body: body.body ?? null, isDraft: draft, labels: [] },
      ...{ baseRef: base, baseSha, headRepository: repository(), headRef, headSha },
    });
    return { status: 201, body: pullRequestJson(world.state, pull) };
  }),

  operation('pulls/update', WRITE, (call) => {
    const pull = call.pull();
    const { title = pull.title, body = pull.body, state = pull.state, ...more } = call.body ?? {};
    if (Object.keys(more).length > 0)
      throw new Error(`the loopback GitHub does not change ${Object.keys(more)}`);
    // With `pull_requests: write` an App may edit what others opened; ours never should, so it may not.
    if (pull.author.id !== call.bot.id)
      throw new GitHubRefusal(403, 'Resource not accessible by integration');
    checkText(title, body);
    const changes = {
      ...(title !== pull.title && { title: { from: pull.title } }),
      ...(body !== pull.body && { body: { from: pull.body } }),
    };
    const isClosing = state !== pull.state;
    if (isClosing && state === 'open') throw new Error('the loopback GitHub opens nothing again for an App');
    Object.assign(pull, { title, body, state, updatedAt: new Date() });
    const about = { repository: pull.repository, pull, by: call.bot };
    if (Object.keys(changes).length > 0)
      call.world.emit('pull_request', 'edited', { ...about, more: { changes } });
    if (isClosing) {
      pull.closedAt = new Date();
      call.world.emit('pull_request', 'closed', about);
    }
    return { status: 200, body: pullRequestJson(call.world.state, pull) };
  }),

  operation('pulls/list-commits', READ, async ({ world, pull }) => {
    const ids = await commitsOf(pull());
    // GitHub lists no more than 250.
    return { list: await Promise.all(ids.slice(0, 250).map((id) => commitJson(world, pull(), id))) };
  }),
];

/** `branch`, or `owner:branch` of the same owner. Those of forks are for people here. */
function ownBranch({ owner }: Repository, head: string): string {
  const [, login, branch = head] = /^([^:]+):(.*)$/.exec(head) ?? [];
  return login === undefined || login.toLowerCase() === owner.login.toLowerCase() ? branch : '';
}

function checkText(title: string, body: string | null | undefined): void {
  if (title.trim() === '') throw validationFailed('PullRequest', { field: 'title', code: 'missing_field' });
  if ([...title].length > 256)
    throw validationFailed('PullRequest', { message: 'title is too long (maximum is 256 characters)' });
  const problem = body == null || body === '' ? null : textProblem(body);
  if (problem !== null) throw validationFailed('PullRequest', { message: `body ${problem}` });
}

/** What GitHub says to two branches of which there cannot be a pull request, in its own words. */
async function checkBranches(
  repository: Repository,
  { headRef, headSha, baseRef, baseSha }: Pick<PullRequest, 'headRef' | 'headSha' | 'baseRef' | 'baseSha'>,
): Promise<void> {
  const refuse = (message: string) => validationFailed('PullRequest', { message });
  const isThere = [...repository.pulls.values()].some(
    (pull) =>
      pull.state === 'open' &&
      pull.headRepository === repository &&
      pull.headRef === headRef &&
      pull.baseRef === baseRef,
  );
  if (isThere) throw refuse(`A pull request already exists for ${repository.owner.login}:${headRef}.`);
  const newCommits = await askGit(repository.path, ['rev-list', '--count', headSha, `^${baseSha}`, '--']);
  if (newCommits === '0') throw refuse(`No commits between ${baseRef} and ${headRef}`);
  if ((await askGit(repository.path, ['merge-base', headSha, baseSha]).catch(() => '')) === '')
    throw refuse(`The ${headRef} branch has no history in common with ${baseRef}`);
}

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
