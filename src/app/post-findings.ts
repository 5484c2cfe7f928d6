import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { GitHubError } from '../github/github-error.ts';
import type { NewReviewComment, Review as PostedReview } from '../github/review.ts';
import type { ReviewComment } from '../github/review-comment.ts';
import type { FilePost, InlinePost, PostPlan } from '../review/posts/plan-posts.ts';
import {
  accepted,
  beginRetreat,
  nextBatch,
  type PostBatch,
  refused,
  retreatedPlan,
} from '../review/posts/retreat.ts';
import type { Subject } from './find-pull-request.ts';

/** How comments are posted. */
export interface Posting {
  readonly subject: Subject;
  /** The head that was reviewed. */
  readonly head: string;
  /** How often a finding was told by a comment before: one that was deleted, or said to be fixed, is told once more. */
  readonly timesPosted: (fingerprint: string) => number;
  /** Rejects when this is not to be written any more: another worker has the pull request, or its head has moved. */
  readonly confirm: () => Promise<void>;
}

/** The bodies of what is posted, marked as ours. */
export interface PostTexts {
  finding(post: InlinePost | FilePost): string;
  review(comments: number, marker: string): string;
}

/** A finding, and GitHub's id of the comment that tells it. */
export interface PostedComment {
  readonly fingerprint: string;
  readonly commentId: number;
}

export interface PostedFindings {
  /** What has become of the plan: a post that GitHub refuses goes to its file, then to the summary. */
  readonly plan: PostPlan;
  readonly posted: readonly PostedComment[];
}

/**
 * Posts the comments of a plan, each once, however often this is begun. One review for all that is inline, and one comment for
 * each file; GitHub's refusals are answered as `posts/retreat` says.
 */
export async function postFindings(
  posting: Posting,
  plan: PostPlan,
  texts: PostTexts,
): Promise<PostedFindings> {
  const posts = new Map([...plan.inline, ...plan.file].map((post) => [post.finding.fingerprint, post]));
  const posted: PostedComment[] = [];
  let retreat = beginRetreat(plan);
  for (let batch = nextBatch(retreat); batch !== null; batch = nextBatch(retreat)) {
    await posting.confirm();
    try {
      posted.push(...(await postBatch(posting, batch, posts, texts)));
      retreat = accepted(retreat, batch);
    } catch (error) {
      if (!(error instanceof GitHubError && error.kind === 'refused')) throw error;
      retreat = refused(retreat, batch);
    }
  }
  return { plan: retreatedPlan(plan, retreat), posted };
}

async function postBatch(
  posting: Posting,
  { kind, fingerprints }: PostBatch,
  posts: ReadonlyMap<string, InlinePost | FilePost>,
  texts: PostTexts,
): Promise<PostedComment[]> {
  const batch = fingerprints.flatMap((fingerprint) => posts.get(fingerprint) ?? []);
  if (kind === 'review') return postReview(posting, batch.filter(isInline), texts);
  const [post] = batch;
  return post === undefined ? [] : postAtFile(posting, post, texts.finding({ ...post, kind: 'file' }));
}

const isInline = (post: InlinePost | FilePost): post is InlinePost => post.kind === 'inline';

function postReview(
  { subject, head, timesPosted }: Posting,
  posts: readonly InlinePost[],
  texts: PostTexts,
): Promise<PostedComment[]> {
  const { writer, markers, userId, key } = subject;
  const comments = reviewComments(posts, texts.finding);
  const content = JSON.stringify([comments, posts.map(({ finding }) => timesPosted(finding.fingerprint))]);
  const mark = contentKey(head, content);
  const body = texts.review(comments.length, markers.write('review', mark));
  const commentsOf = async ({ id }: PostedReview): Promise<PostedComment[]> =>
    findingsIn((await writer.commentsOfReview(key.number, id)).items, subject);
  return subject.writeOnce({
    key: `pull/${key.number}/review/${mark}`,
    target: `review of pull request ${key.number} at ${head}`,
    payload: content,
    async find() {
      const { items } = await writer.reviews(key.number);
      const review = items.find(
        (one) => one.author?.id === userId && markers.read(one.body)?.key === mark && one.state !== 'PENDING',
      );
      return review === undefined ? undefined : commentsOf(review);
    },
    write: async () => commentsOf(await writer.createReview(key.number, { commit: head, body, comments })),
    parse: (result) => postedSchema.parse(result),
  });
}

/** The comments of one review, in the order of the posts. */
export const reviewComments = (
  posts: readonly InlinePost[],
  text: (post: InlinePost) => string,
): NewReviewComment[] =>
  posts.map((post) => ({
    path: post.finding.path,
    body: text(post),
    side: post.side,
    line: post.endLine,
    startLine: post.startLine === post.endLine ? null : post.startLine,
  }));

function postAtFile(
  { subject, head, timesPosted }: Posting,
  { finding: { fingerprint, path } }: InlinePost | FilePost,
  body: string,
): Promise<PostedComment[]> {
  const { writer, key } = subject;
  const content = `${fingerprint} ${timesPosted(fingerprint)} ${body}`;
  return subject.writeOnce({
    key: `pull/${key.number}/file/${contentKey(head, content)}`,
    target: `a file of pull request ${key.number} at ${head}`,
    payload: content,
    async find() {
      const { items } = await writer.reviewComments(key.number);
      const found = items.filter(
        (one) => one.subjectType === 'file' && one.originalCommitId === head && one.body === body,
      );
      return found.length === 0 ? undefined : findingsIn(found, subject);
    },
    async write() {
      const { id } = await writer.createFileComment(key.number, { commit: head, path, body });
      return [{ fingerprint, commentId: id }];
    },
    parse: (result) => postedSchema.parse(result),
  });
}

/** The findings that comments of ours tell. */
const findingsIn = (comments: readonly ReviewComment[], { markers, userId }: Subject): PostedComment[] =>
  comments.flatMap(({ id, body, author }) => {
    const marker = author?.id === userId ? markers.read(body) : null;
    return marker?.kind === 'finding' ? [{ fingerprint: marker.key, commentId: id }] : [];
  });

/** As it was noted, and is read back. */
const postedSchema = z.array(z.object({ fingerprint: z.string(), commentId: z.int() }));

/** Of a write with this content at this head: the same when the same is written again, and of nothing else. */
const contentKey = (head: string, content: string): string =>
  `${head.slice(0, 12)}-${createHash('sha256').update(`${head}\0${content}`).digest('hex').slice(0, 24)}`;
