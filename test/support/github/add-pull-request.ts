import { moveHead } from './pull-requests.ts';
import { type Account, nextNumber, type PullRequest, type Repository } from './state.ts';
import type { World } from './world.ts';

/** Stores a pull request of branches that are there, and tells of it. */
export async function addPullRequest(
  world: World,
  repository: Repository,
  author: Account,
  given: Pick<
    PullRequest,
    'title' | 'body' | 'isDraft' | 'labels' | 'baseRef' | 'baseSha' | 'headRef' | 'headSha'
  > & {
    readonly headRepository: Repository;
  },
): Promise<PullRequest> {
  const now = new Date();
  const pull: PullRequest = {
    id: world.state.nextId(),
    number: nextNumber(repository),
    repository,
    author,
    createdAt: now,
    updatedAt: now,
    assignees: [],
    state: 'open',
    mergedAt: null,
    closedAt: null,
    mergeCommit: null,
    headOwner: given.headRepository.owner,
    heads: [],
    size: { commits: 0, files: 0, added: 0, removed: 0 },
    reviews: [],
    reviewComments: [],
    issueComments: [],
    reactions: [],
    ...given,
  };
  // Its number is taken at once: another one may be made meanwhile.
  repository.pulls.set(pull.number, pull);
  await moveHead(pull, given.headSha);
  world.emit('pull_request', 'opened', { repository, pull, by: author });
  return pull;
}
