import * as z from 'zod/mini';

/**
 * The events and actions that something is done for (docs.github.com, "Webhook events and payloads"). All others are answered
 * and not kept.
 */
const USED: Readonly<Record<string, readonly string[]>> = {
  pull_request: [
    ...['opened', 'reopened', 'ready_for_review', 'synchronize', 'edited', 'labeled', 'unlabeled'],
    'closed',
  ],
  pull_request_review_comment: ['created'],
  pull_request_review_thread: ['resolved', 'unresolved'],
  issue_comment: ['created'],
  issues: ['labeled', 'assigned'],
  check_run: ['rerequested', 'requested_action'],
  installation: ['deleted', 'suspend'],
  installation_repositories: ['removed'],
  repository: ['deleted', 'renamed', 'transferred'],
};

/** Whether something is done for this event and action. */
export const isUsed = (event: string, action: string | null): boolean =>
  USED[event]?.includes(action ?? '') === true;

/** Parts of payloads by which events are told apart. */
const PARTS = [
  ...['pull_request', 'comment', 'thread', 'review', 'issue', 'check_run', 'check_suite', 'hook'],
  ...['repositories_removed', 'repositories_added', 'repository'],
];

/** Which of them an event has, each of them and no other. */
const HAS: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['pull_request', 'repository'],
  pull_request_review_comment: ['comment', 'pull_request', 'repository'],
  pull_request_review_thread: ['pull_request', 'thread', 'repository'],
  issue_comment: ['comment', 'issue', 'repository'],
  issues: ['issue', 'repository'],
  check_run: ['check_run', 'repository'],
  installation: [],
  installation_repositories: ['repositories_removed', 'repositories_added'],
  repository: ['repository'],
};

/** Those that throw something away have nothing else in them: a star that is taken away looks like a repository that is. */
const NOTHING_ELSE: Readonly<Record<string, readonly string[]>> = {
  installation: ['repositories', 'requester'],
  repository: ['changes'],
};
const EVERYWHERE = ['action', 'installation', 'repository', 'organization', 'enterprise', 'sender'];

const id = z.int().check(z.positive());
const ids = z.object({
  action: z.string(),
  installation: z.object({ id }),
  repository: z.optional(z.object({ id })),
  sender: z.object({ id }),
});

/** Whether something is done for an event with this payload; a reason when they do not belong together. */
export type Agreement = 'used' | 'unused' | { readonly refused: string };

/**
 * The name of an event stands beside the signed body and is not signed: whoever has seen a body may send it again as another
 * event. So the payload has to be one of this event. The reason holds nothing of the payload but names of its parts.
 */
export function agreement(event: string, payload: unknown): Agreement {
  if (event === 'ping') return 'unused';
  if (USED[event] === undefined) return 'unused';
  if (typeof payload !== 'object' || payload === null) return { refused: 'the payload is no object' };
  const has = HAS[event] ?? [];
  const wrong = PARTS.find((part) => has.includes(part) !== part in payload);
  if (wrong !== undefined) {
    const says = wrong in payload ? 'has' : 'has not';
    return { refused: `the payload is not that of an event ${event}: it ${says} ${wrong}` };
  }
  const only = NOTHING_ELSE[event];
  if (
    only !== undefined &&
    Object.keys(payload).some((key) => !EVERYWHERE.includes(key) && !only.includes(key))
  )
    return { refused: `the payload has more than that of an event ${event}` };
  const parsed = ids.safeParse(payload);
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.join('.'));
    return { refused: `the payload has no valid ${places.join(', ')}` };
  }
  return isUsed(event, parsed.data.action) ? 'used' : 'unused';
}
