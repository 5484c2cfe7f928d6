import type { Probot } from 'probot';
import type { JobName, JobPayload } from '../tasks/job.ts';

export interface RoutesDoor {
  /** Takes a job for the delivery with this id. */
  readonly add: <N extends JobName>(delivery: string, name: N, payload: JobPayload<N>) => void;
  /** Who we are: what we did ourselves is not listened to. */
  readonly identity: () => Promise<{
    readonly appId: number;
    readonly slug: string;
    readonly userId: number;
  }>;
  /** The bots that the operator wants listened to, by GitHub's ids. */
  readonly trustedBots: () => Promise<readonly number[]>;
  /** Whether a comment may ask something of us: a cheap look before it is kept. */
  readonly mayBeCommand: (body: string, slug: string) => boolean;
}

/** Of whoever did what a webhook tells of, or wrote a comment. */
interface Actor {
  readonly id: number;
  readonly login: string;
  readonly type?: string | undefined;
}

/**
 * What is done for an event: jobs are added, and nothing else. A payload may be older than what it tells of, so jobs read the
 * pull request again; only a comment is taken as it was then.
 */
export function routes(app: Pick<Probot, 'on'>, door: RoutesDoor): void {
  app.on(
    [
      'pull_request.opened',
      'pull_request.reopened',
      'pull_request.ready_for_review',
      'pull_request.synchronize',
      'pull_request.labeled',
      'pull_request.unlabeled',
    ],
    async ({ id, payload }) => {
      // A push by a bot changes the pull request all the same. A label that we set would bring us back to where we are.
      if (await isOurs(payload.sender)) return;
      door.add(id, 'review', { ...place(payload, payload.pull_request.number), full: false });
    },
  );
  app.on('pull_request.edited', async ({ id, payload }) => {
    if (await isOurs(payload.sender)) return;
    if (payload.changes.title === undefined && payload.changes.base === undefined) return;
    door.add(id, 'review', { ...place(payload, payload.pull_request.number), full: false });
  });
  app.on('pull_request.closed', async ({ id, payload }) => {
    door.add(id, 'closed', place(payload, payload.pull_request.number));
  });

  app.on('issue_comment.created', async ({ id, payload }) => {
    const { comment, issue } = payload;
    if (comment.user === null) return;
    if (!(await isHeard(comment.user, comment.performed_via_github_app))) return;
    const { slug } = await door.identity();
    if (!door.mayBeCommand(comment.body, slug)) return;
    door.add(id, 'comment', {
      ...place(payload, issue.number),
      ...asWritten('issue', comment, comment.user),
      inReplyTo: null,
      ...(issue.pull_request === undefined && { on: 'issue' as const }),
    });
  });
  app.on('issues.labeled', async ({ id, payload }) => {
    const [, verb] = /^agent:([a-z]{1,20})$/.exec(payload.label?.name ?? '') ?? [];
    if (verb === undefined || !(await isHeard(payload.sender, null))) return;
    door.add(id, 'labelled', { ...place(payload, payload.issue.number), by: actorOf(payload.sender), verb });
  });
  app.on('issues.assigned', async ({ id, payload }) => {
    const { userId } = await door.identity();
    if (payload.assignee?.id !== userId || !(await isHeard(payload.sender, null))) return;
    door.add(id, 'labelled', {
      ...place(payload, payload.issue.number),
      by: actorOf(payload.sender),
      verb: 'fix',
    });
  });
  app.on('pull_request_review_comment.created', async ({ id, payload }) => {
    const { comment, pull_request } = payload;
    if (comment.user === null || !(await isHeard(comment.user, performer(comment)))) return;
    const { slug } = await door.identity();
    const inReplyTo = comment.in_reply_to_id ?? null;
    // A reply may be to a finding of ours: the job finds out.
    if (inReplyTo === null && !door.mayBeCommand(comment.body, slug)) return;
    door.add(id, 'comment', {
      ...place(payload, pull_request.number),
      ...asWritten('review', comment, comment.user),
      inReplyTo,
    });
  });
  app.on(
    ['pull_request_review_thread.resolved', 'pull_request_review_thread.unresolved'],
    async ({ id, payload }) => {
      const { thread, pull_request, sender } = payload;
      if (sender === undefined || !(await isHeard(sender, null))) return;
      door.add(id, 'thread', {
        ...place(payload, pull_request.number),
        resolved: payload.action === 'resolved',
        thread: thread.node_id,
        comments: thread.comments.map((one) => one.id),
        sender: actorOf(sender),
      });
    },
  );

  app.on(['check_run.rerequested', 'check_run.requested_action'], async ({ id, payload }) => {
    const { check_run, sender } = payload;
    const { appId } = await door.identity();
    if (check_run.app?.id !== appId || !(await isHeard(sender, null))) return;
    const number = numberOf(check_run);
    // What is known is not paid for again: what failed before is what is asked anew.
    if (number !== null)
      door.add(id, 'review', { ...place(payload, number), full: false, askedBy: actorOf(sender) });
  });

  app.on(['installation.deleted', 'installation.suspend'], async ({ id, payload }) => {
    door.add(id, 'installation', {
      installation: payload.installation.id,
      what: payload.action === 'deleted' ? 'deleted' : 'suspended',
      repositories: [],
    });
  });
  app.on('installation_repositories.removed', async ({ id, payload }) => {
    const repositories = payload.repositories_removed.map((one) => one.id);
    if (repositories.length > 0)
      door.add(id, 'installation', {
        installation: payload.installation.id,
        what: 'removed',
        repositories,
      });
  });
  app.on(['repository.deleted', 'repository.renamed', 'repository.transferred'], async ({ id, payload }) => {
    const what = { deleted: 'repository-deleted', renamed: 'renamed', transferred: 'transferred' } as const;
    const { installation } = place(payload, 1);
    door.add(id, 'installation', {
      installation,
      what: what[payload.action],
      repositories: [payload.repository.id],
    });
  });

  const isOurs = async (actor: { readonly id: number } | undefined): Promise<boolean> =>
    actor?.id === (await door.identity()).userId;

  /** Not ourselves, nor another bot: two that answer each other would never end. A name that ends so can be anybody's. */
  async function isHeard(actor: Actor, app: { readonly id: number } | null | undefined): Promise<boolean> {
    const { appId, userId } = await door.identity();
    if (actor.id === userId || app?.id === appId) return false;
    return actor.type !== 'Bot' || (await door.trustedBots()).includes(actor.id);
  }
}

/** Where a webhook is about. What has no installation is not of an App. */
function place(
  payload: { readonly installation?: { readonly id: number }; readonly repository: { readonly id: number } },
  number: number,
) {
  if (payload.installation === undefined) throw new RangeError('the delivery names no installation');
  return { installation: payload.installation.id, repository: payload.repository.id, number };
}

function asWritten(
  kind: 'issue' | 'review',
  comment: { readonly id: number; readonly body: string; readonly updated_at: string },
  author: Actor,
) {
  const { id, body, updated_at } = comment;
  return { kind, comment: id, body, author: actorOf(author), updatedAt: updated_at };
}

const actorOf = ({ id, login, type }: Actor) => ({ id, login, type: type ?? 'User' });

/** GitHub sends it, and its typings of this event do not know it. */
function performer(comment: object): { readonly id: number } | null {
  const app: unknown = 'performed_via_github_app' in comment ? comment.performed_via_github_app : null;
  if (typeof app !== 'object' || app === null || !('id' in app) || typeof app.id !== 'number') return null;
  return { id: app.id };
}

/**
 * The pull request of a check run. GitHub lists none from a fork (docs.github.com, "Webhook events and payloads", `check_run`), so
 * ours have the number in their `external_id` (check-gate.ts).
 */
function numberOf(run: {
  readonly external_id: string | null;
  readonly pull_requests: readonly { readonly number: number }[];
}): number | null {
  const [, own] = /^pull\/(\d{1,9})\//.exec(run.external_id ?? '') ?? [];
  return own === undefined ? (run.pull_requests[0]?.number ?? null) : Number(own);
}
