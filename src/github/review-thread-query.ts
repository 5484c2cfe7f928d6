import * as z from 'zod/mini';
import { instantSchema } from './instant.ts';
import type { GraphqlActor, ReviewThread, ThreadComment } from './review-thread.ts';

/**
 * The threads of a pull request, fifty a page. docs.github.com/en/graphql/reference/objects#pullrequestreviewthread.
 * `databaseId` of a comment has 32 bits there and ends: `fullDatabaseId` goes on.
 */
export const THREADS_QUERY = `query ReviewThreads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequest(number: $number) {
      reviewThreads(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id
          isResolved
          path
          resolvedBy { __typename login databaseId }
          comments(first: 100) {
            nodes {
              fullDatabaseId
              body
              createdAt
              author { __typename login ... on User { databaseId } ... on Bot { databaseId } ... on Mannequin { databaseId } }
            }
          }
        }
      }
    }
  }
}`;

/** docs.github.com/en/graphql/reference/mutations#resolvereviewthread */
export const RESOLVE_MUTATION = `mutation ResolveReviewThread($id: ID!) {
  resolveReviewThread(input: { threadId: $id }) { thread { id isResolved } }
}`;

const actorSchema = z.pipe(
  z.object({ __typename: z.string(), login: z.string(), databaseId: z.optional(z.nullable(z.int())) }),
  z.transform(
    ({ __typename, login, databaseId }): GraphqlActor => ({
      login,
      id: databaseId ?? null,
      type: __typename,
    }),
  ),
);

/** `BigInt` of GraphQL: digits in a string. */
const idSchema = z.pipe(z.union([z.int(), z.string().check(z.regex(/^\d{1,15}$/))]), z.transform(Number));

const commentSchema = z.pipe(
  z.object({
    fullDatabaseId: idSchema,
    body: z.string(),
    createdAt: instantSchema,
    author: z.nullable(actorSchema),
  }),
  z.transform(
    ({ fullDatabaseId, body, author, createdAt }): ThreadComment => ({
      id: fullDatabaseId,
      body,
      author,
      createdAt,
    }),
  ),
);

const threadSchema = z.pipe(
  z.object({
    id: z.string(),
    isResolved: z.boolean(),
    path: z.string(),
    resolvedBy: z.nullable(actorSchema),
    comments: z.object({ nodes: z.array(commentSchema) }),
  }),
  z.transform(({ comments, ...thread }): ReviewThread => ({ ...thread, comments: comments.nodes })),
);

/** One page of `THREADS_QUERY`. `after`: the cursor of the next one; null on the last. */
export const threadsPageSchema = z.pipe(
  z.object({
    repository: z.object({
      databaseId: z.int(),
      pullRequest: z.object({
        reviewThreads: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
          nodes: z.array(threadSchema),
        }),
      }),
    }),
  }),
  z.transform(({ repository }) => {
    const { pageInfo, nodes } = repository.pullRequest.reviewThreads;
    return {
      repositoryId: repository.databaseId,
      threads: nodes,
      after: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    };
  }),
);

export const resolvedSchema = z.object({
  resolveReviewThread: z.object({ thread: z.object({ isResolved: z.literal(true) }) }),
});
