import * as z from 'zod/mini';

/**
 * Only GraphQL can: REST takes no `draft` of a pull request that is there.
 * docs.github.com/en/graphql/reference/mutations#convertpullrequesttodraft, `#markpullrequestreadyforreview`.
 */
export const DRAFT_MUTATION = `mutation ConvertPullRequestToDraft($id: ID!) {
  convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { id isDraft } }
}`;
export const READY_MUTATION = `mutation MarkPullRequestReadyForReview($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { id isDraft } }
}`;

export const draftSchema = z.object({
  convertPullRequestToDraft: z.object({ pullRequest: z.object({ isDraft: z.literal(true) }) }),
});
export const readySchema = z.object({
  markPullRequestReadyForReview: z.object({ pullRequest: z.object({ isDraft: z.literal(false) }) }),
});
