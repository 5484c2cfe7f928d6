import * as z from 'zod/mini';

const id = z.int().check(z.positive());

/** A person or a program on GitHub, as a webhook names them. */
const actor = z.object({ login: z.string(), id, type: z.string() });

const pullRequest = { installation: id, repository: id, number: id };

/**
 * What is to be done, by the name of the job. `installation` and `repository` are GitHub's ids, `number` is that of the pull
 * request. A payload is parsed when it is queued and again when it is read: it may be of another version of us.
 */
export const JOBS = {
  /** A webhook delivery that is stored and waits to be handled. */
  delivery: z.object({ id: z.string() }),
  /** `full`: everything anew, also what was reviewed before. `askedBy`: who wanted it; none for a push. */
  review: z.object({ ...pullRequest, full: z.boolean(), askedBy: z.optional(actor) }),
  /** The pull request was closed or merged. Takes the place of a review that waits, and ends one that runs. */
  closed: z.object(pullRequest),
  /** A comment as it was when the webhook came: it may have been edited since. */
  comment: z.object({
    ...pullRequest,
    /** `review`: on a line or a file of the change. `issue`: in the conversation. */
    kind: z.enum(['issue', 'review']),
    comment: id,
    body: z.string(),
    author: actor,
    updatedAt: z.string(),
    /** Where `number` is an issue that is no pull request. */
    on: z.optional(z.literal('issue')),
    /** Of a comment in a thread: the id of the thread's first comment. */
    inReplyTo: z.nullable(id),
  }),
  /** Work that is stored waits to be done, or to be gone on with. */
  task: z.object({ ...pullRequest, task: id }),
  /** A label or an assignment asks for work on an issue. */
  labelled: z.object({ ...pullRequest, by: actor, verb: z.string() }),
  /** A person has resolved a thread, or opened it again. */
  thread: z.object({
    ...pullRequest,
    resolved: z.boolean(),
    /** GraphQL's id of the thread. */
    thread: z.string(),
    /** The ids of its comments, the first one first. */
    comments: z.array(id),
    sender: actor,
  }),
  /** We may no longer work there, or it has another name: jobs are to be dropped, what is kept of it thrown away. */
  installation: z.object({
    installation: id,
    what: z.enum(['deleted', 'suspended', 'removed', 'repository-deleted', 'renamed', 'transferred']),
    /** Which of its repositories; empty: all of them. */
    repositories: z.array(id),
  }),
  /** Deliveries that GitHub failed to hand over are made up for. */
  reconcile: z.object({}),
  /** What is old is thrown away: mirrors, deliveries, queues without a job. */
  tidy: z.object({}),
} as const;

export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];
type JobPayloads = { [N in JobName]: z.output<(typeof JOBS)[N]> };
export type JobPayload<N extends JobName> = JobPayloads[N];

/** Where a job stands in the queue. */
export interface JobPlace {
  /** Of jobs with the same key one waits at most: the last. Null: each stands for itself. */
  readonly key: string | null;
  /** Of jobs with the same line one runs at a time. Null: any number. */
  readonly line: string | null;
  /** How often it is tried in all, with a growing wait between (e^n seconds, at most six hours). */
  readonly maxAttempts: number;
}

/**
 * A review waits for the review before it, and so does `closed`. Comments stand in a line of their own: who asks is answered
 * while a review runs.
 */
export const placeOfJob = <N extends JobName>(name: N, payload: JobPayload<N>): JobPlace =>
  PLACES[name](payload);

const ATTEMPTS = 10;

interface OfPullRequest {
  readonly repository: number;
  readonly number: number;
}
const reviewLine = ({ repository, number }: OfPullRequest): string => `review:${repository}:${number}`;
const commentLine = ({ repository, number }: OfPullRequest): string => `comment:${repository}:${number}`;
const alone = (): JobPlace => ({ key: null, line: null, maxAttempts: ATTEMPTS });
const one = (name: string) => (): JobPlace => ({ key: name, line: name, maxAttempts: 3 });

const PLACES: { readonly [N in JobName]: (payload: JobPayload<N>) => JobPlace } = {
  delivery: ({ id }) => ({ key: `delivery:${id}`, line: null, maxAttempts: ATTEMPTS }),
  review: (of) => ({
    // What somebody asked for is not replaced by a push or a label, which nobody asked for.
    key: `${reviewLine(of)}${of.full ? ':full' : ''}${of.askedBy === undefined ? '' : ':asked'}`,
    line: reviewLine(of),
    maxAttempts: ATTEMPTS,
  }),
  closed: (of) => ({ key: reviewLine(of), line: reviewLine(of), maxAttempts: ATTEMPTS }),
  comment: (of) => ({
    key: `${commentLine(of)}:${of.comment}`,
    line: commentLine(of),
    maxAttempts: ATTEMPTS,
  }),
  task: (of) => ({
    key: `task:${of.task}`,
    line: `task:${of.repository}:${of.number}`,
    maxAttempts: ATTEMPTS,
  }),
  labelled: (of) => ({ key: null, line: commentLine(of), maxAttempts: ATTEMPTS }),
  thread: (of) => ({ key: null, line: commentLine(of), maxAttempts: ATTEMPTS }),
  installation: alone,
  reconcile: one('reconcile'),
  tidy: one('tidy'),
};

/** A job as a database takes it, at the place that it has by its kind. Throws a RangeError when the payload is none. */
export const placedJob = <N extends JobName>(name: N, payload: JobPayload<N>) => ({
  name,
  payload: JSON.stringify(parseJob(name, payload)),
  ...placeOfJob(name, payload),
});

/** The same, as TypeScript follows a name to its payload. */
const SCHEMAS: { readonly [N in JobName]: z.ZodMiniType<JobPayload<N>> } = JOBS;

/** The payload of a job. Throws a RangeError that says where it is not one, and holds nothing of it. */
export function parseJob<N extends JobName>(name: N, payload: unknown): JobPayload<N> {
  const parsed = z.safeParse(SCHEMAS[name], payload);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.') || 'all of it');
  throw new RangeError(`not the payload of a job ${name}: ${places.join(', ')}`);
}
