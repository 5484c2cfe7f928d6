import * as z from 'zod/mini';
import { until } from './abortable.ts';
import { type AccessLevel, accessSchema } from './access-level.ts';
import {
  type CheckAnnotation,
  type CheckOutput,
  type CheckRun,
  type CheckRunChange,
  checkRunSchema,
} from './check-run.ts';
import type { Answer, Basis, Connection, Question } from './connection.ts';
import { DRAFT_MUTATION, draftSchema, READY_MUTATION, readySchema } from './draft-mutation.ts';
import { gitReferenceSchema } from './git-reference.ts';
import type { InstallationToken } from './github-app.ts';
import { GitHubError } from './github-error.ts';
import { type HostedRepository, hostedRepositorySchema } from './hosted-repository.ts';
import { issueSchema } from './issue.ts';
import { issueCommentSchema } from './issue-comment.ts';
import type { Listed } from './listed.ts';
import { pullRequestInListSchema, pullRequestSchema } from './pull-request.ts';
import { reactionSchema } from './reaction.ts';
import type { RepositoryClient } from './repository-client.ts';
import { type NewReviewComment, reviewSchema } from './review.ts';
import { reviewCommentSchema } from './review-comment.ts';
import type { ReviewThread } from './review-thread.ts';
import { RESOLVE_MUTATION, resolvedSchema, THREADS_QUERY, threadsPageSchema } from './review-thread-query.ts';
import type { WriteQueue } from './write-queue.ts';

/** What a client is made of. */
export interface ClientParts {
  readonly connection: Connection;
  readonly repositoryId: number;
  readonly token: (instead?: string) => Promise<InstallationToken>;
  readonly writeInTurn: WriteQueue;
  readonly maxItems: number;
  readonly signal: AbortSignal;
}

type Octokit = Parameters<Question<unknown>['send']>[0];
/** The parameters that each operation of a repository has. */
type Place = Basis & { readonly owner: string; readonly repo: string };
type Send = (rest: Octokit['rest'], at: Place) => Promise<{ readonly data: unknown }>;

/** docs.github.com/en/rest/checks/runs: more in one request is a 422. */
const MOST_ANNOTATIONS = 50;

/**
 * A repository is addressed by `owner/name`: `/repositories/{id}` is answered by GitHub but not in its OpenAPI description, and
 * no webhook says which of two names is the newer one. The name comes with each token (docs.github.com, "Create an
 * installation access token for an app"), so it is an hour old at most, and a redirect has a new token made.
 */
export function createRepositoryClient(parts: ClientParts): RepositoryClient {
  const { connection, repositoryId, writeInTurn, maxItems, signal } = parts;
  /** A token that was refused, or that came with a name which the repository does not have any more. */
  let useless: string | undefined;

  const access = () => until(parts.token(useless), signal);

  async function ask<Value>(
    question: Pick<Question<Value>, 'operation' | 'isWrite' | 'schema'>,
    send: (octokit: Octokit, at: Place) => Promise<{ readonly data: unknown }>,
  ): Promise<Answer<Value>> {
    const attempt = async ({ token, fullName }: InstallationToken) => {
      const [owner = '', repo = ''] = fullName.split('/');
      try {
        const answer = await connection({
          ...question,
          secret: token,
          signal,
          send: (octokit, basis) => send(octokit, { ...basis, owner, repo }),
        });
        if (answer.isMoved) useless = token;
        return answer;
      } catch (error) {
        if (isKind(error, 'moved') || isKind(error, 'unauthorised')) useless = token;
        throw error;
      }
    };
    const first = await access();
    try {
      return await attempt(first);
    } catch (error) {
      if (!isKind(error, 'unauthorised')) throw error;
      return attempt(await access());
    }
  }

  /**
   * Where what is asked for tells nothing of its repository: a redirect leads to wherever it is now, and behind it a name of ours
   * that is in the question may say something else. So it is asked again by the name that a new token brings.
   */
  async function readByName<Value>(
    operation: string,
    schema: z.ZodMiniType<Value>,
    send: Send,
  ): Promise<Value> {
    const question = { operation, isWrite: false, schema };
    const asked = () => ask(question, ({ rest }, at) => send(rest, at));
    const first = await asked();
    if (!first.isMoved) return first.value;
    const second = await asked();
    if (!second.isMoved) return second.value;
    throw new GitHubError('gone', `what was asked for is in another repository now (${operation})`, {
      operation,
      status: 200,
    });
  }

  async function read<Value>(operation: string, schema: z.ZodMiniType<Value>, send: Send): Promise<Value> {
    const { value } = await ask({ operation, isWrite: false, schema }, ({ rest }, at) => send(rest, at));
    return value;
  }

  function write<Value>(operation: string, schema: z.ZodMiniType<Value>, send: Send): Promise<Value> {
    return writeInTurn(async () => {
      const { value } = await ask({ operation, isWrite: true, schema }, ({ rest }, at) => send(rest, at));
      return value;
    }, signal);
  }

  /** Pages of a hundred by their links, up to our bound. */
  async function list<Item>(
    operation: string,
    schema: z.ZodMiniType<readonly Item[]>,
    send: (
      rest: Octokit['rest'],
      at: Place & { readonly per_page: number },
    ) => Promise<{ readonly data: unknown }>,
  ): Promise<Listed<Item>> {
    const items: Item[] = [];
    let next: string | null = null;
    do {
      const url: string | null = next;
      const page: Answer<readonly Item[]> = await ask(
        { operation, isWrite: false, schema },
        (octokit, at) => {
          if (url === null) return send(octokit.rest, { ...at, per_page: 100 });
          const { headers, request } = at;
          return octokit.request({ method: 'GET', url, headers, request });
        },
      );
      items.push(...page.value);
      next = page.next;
    } while (next !== null && items.length < maxItems);
    return { items: items.slice(0, maxItems), complete: next === null && items.length <= maxItems };
  }

  /** Somebody else may have the old name by now: what a token may only read is read there too, when it is public. */
  function refuseOther(operation: string, id: number): void {
    if (id === repositoryId) return;
    throw new GitHubError(
      'gone',
      `another repository has the name of the one that was asked for (${operation})`,
      {
        operation,
        status: 200,
      },
    );
  }

  async function repository(): Promise<HostedRepository> {
    const one = await read('repos/get', hostedRepositorySchema, (rest, at) => rest.repos.get(at));
    refuseOther('repos/get', one.id);
    return one;
  }

  function sendChange(id: number, change: CheckRunChange): Promise<CheckRun> {
    return write('checks/update', checkRunSchema, (rest, at) =>
      rest.checks.update({ ...at, check_run_id: id, ...checkParameters(change) }),
    );
  }

  /** One after the other. `run`: as it is when there are none. */
  async function sendChanges(run: CheckRun, changes: readonly CheckRunChange[]): Promise<CheckRun> {
    let changed = run;
    for (const change of changes) changed = await sendChange(run.id, change);
    return changed;
  }

  return {
    repository,

    async branchHead(branch) {
      const operation = 'git/get-ref';
      try {
        const { ref, sha } = await read(operation, gitReferenceSchema, (rest, at) =>
          rest.git.getRef({ ...at, ref: `heads/${branch}` }),
        );
        return ref === `refs/heads/${branch}` ? sha : null;
      } catch (error) {
        if (error instanceof GitHubError && error.status === 404) return null;
        throw error;
      }
    },

    async pullRequest(number) {
      const one = await read('pulls/get', pullRequestSchema, (rest, at) =>
        rest.pulls.get({ ...at, pull_number: number }),
      );
      refuseOther('pulls/get', one.base.repository.id);
      return one;
    },

    async pullRequestsOf(branch) {
      const pulls = await readByName('pulls/list', z.array(pullRequestInListSchema), (rest, at) =>
        rest.pulls.list({ ...at, state: 'open', head: `${at.owner}:${branch}`, per_page: 100 }),
      );
      // An owner may have forks of its own, with branches of that name.
      return pulls.filter(({ head }) => head.repository?.id === repositoryId && head.ref === branch);
    },

    createPullRequest({ title, body, head, base, draft }) {
      return write('pulls/create', pullRequestSchema, (rest, at) =>
        rest.pulls.create({ ...at, title, body, head, base, draft }),
      );
    },

    updatePullRequest(number, { title, body, state }) {
      return write('pulls/update', pullRequestSchema, (rest, at) =>
        rest.pulls.update({
          ...at,
          pull_number: number,
          ...(title !== undefined && { title }),
          ...(body !== undefined && { body }),
          ...(state !== undefined && { state }),
        }),
      );
    },

    async setDraft(id, draft) {
      const question = draft
        ? { operation: 'graphql/ConvertPullRequestToDraft', isWrite: true, schema: draftSchema }
        : { operation: 'graphql/MarkPullRequestReadyForReview', isWrite: true, schema: readySchema };
      const mutation = draft ? DRAFT_MUTATION : READY_MUTATION;
      await writeInTurn(
        () =>
          ask<unknown>(question, (octokit, { headers, request }) =>
            asData(octokit.graphql(mutation, { id, headers, request })),
          ),
        signal,
      );
    },

    async issue(number) {
      const [one] = await Promise.all([
        readByName('issues/get', issueSchema, (rest, at) => rest.issues.get({ ...at, issue_number: number })),
        repository(),
      ]);
      return one;
    },

    async permissionOf({ login, id }): Promise<AccessLevel> {
      const operation = 'repos/get-collaborator-permission-level';
      try {
        const { level, userId } = await read(operation, accessSchema, (rest, at) =>
          rest.repos.getCollaboratorPermissionLevel({ ...at, username: login }),
        );
        return userId === id ? level : 'none';
      } catch (error) {
        if (error instanceof GitHubError && error.status === 404) return 'none';
        throw error;
      }
    },

    createReview(number, { commit, body, comments }) {
      return write('pulls/create-review', reviewSchema, (rest, at) =>
        rest.pulls.createReview({
          ...at,
          pull_number: number,
          commit_id: commit,
          event: 'COMMENT',
          body,
          ...(comments.length > 0 && { comments: comments.map(placeComment) }),
        }),
      );
    },

    reviews(number) {
      return list('pulls/list-reviews', z.array(reviewSchema), (rest, at) =>
        rest.pulls.listReviews({ ...at, pull_number: number }),
      );
    },

    commentsOfReview(number, reviewId) {
      return list('pulls/list-comments-for-review', z.array(reviewCommentSchema), (rest, at) =>
        rest.pulls.listCommentsForReview({ ...at, pull_number: number, review_id: reviewId }),
      );
    },

    reviewComments(number) {
      return list('pulls/list-review-comments', z.array(reviewCommentSchema), (rest, at) =>
        rest.pulls.listReviewComments({ ...at, pull_number: number }),
      );
    },

    createFileComment(number, { commit, path, body }) {
      return write('pulls/create-review-comment', reviewCommentSchema, (rest, at) =>
        rest.pulls.createReviewComment({
          ...at,
          pull_number: number,
          commit_id: commit,
          path,
          body,
          subject_type: 'file',
        }),
      );
    },

    replyTo(number, comment, body) {
      return write('pulls/create-reply-for-review-comment', reviewCommentSchema, (rest, at) =>
        rest.pulls.createReplyForReviewComment({ ...at, pull_number: number, comment_id: comment, body }),
      );
    },

    issueComments(number) {
      return list('issues/list-comments', z.array(issueCommentSchema), (rest, at) =>
        rest.issues.listComments({ ...at, issue_number: number }),
      );
    },

    createIssueComment(number, body) {
      return write('issues/create-comment', issueCommentSchema, (rest, at) =>
        rest.issues.createComment({ ...at, issue_number: number, body }),
      );
    },

    updateIssueComment(id, body) {
      return write('issues/update-comment', issueCommentSchema, (rest, at) =>
        rest.issues.updateComment({ ...at, comment_id: id, body }),
      );
    },

    async createCheckRun({ name, headSha, externalId, ...change }) {
      const [first, ...rest] = inBatches(change);
      const made = await write('checks/create', checkRunSchema, (api, at) =>
        api.checks.create({
          ...at,
          name,
          head_sha: headSha,
          ...(externalId !== undefined && { external_id: externalId }),
          ...checkParameters(first),
        }),
      );
      return sendChanges(made, rest);
    },

    async updateCheckRun(id, change) {
      const [first, ...rest] = inBatches(change);
      const changed = await sendChange(id, first);
      return sendChanges(changed, rest);
    },

    checkRun(id) {
      return read('checks/get', checkRunSchema, (rest, at) => rest.checks.get({ ...at, check_run_id: id }));
    },

    checkRuns(commit, { name, appId } = {}) {
      const page = z.pipe(
        z.object({ check_runs: z.array(checkRunSchema) }),
        z.transform(({ check_runs }) => check_runs),
      );
      return list('checks/list-for-ref', page, (rest, at) =>
        rest.checks.listForRef({
          ...at,
          ref: commit,
          filter: 'all',
          ...(name !== undefined && { check_name: name }),
          ...(appId !== undefined && { app_id: appId }),
        }),
      );
    },

    react(target, content) {
      switch (target.to) {
        case 'pull-request':
          return write('reactions/create-for-issue', reactionSchema, (rest, at) =>
            rest.reactions.createForIssue({ ...at, issue_number: target.number, content }),
          );
        case 'issue-comment':
          return write('reactions/create-for-issue-comment', reactionSchema, (rest, at) =>
            rest.reactions.createForIssueComment({ ...at, comment_id: target.id, content }),
          );
        case 'review-comment':
          return write('reactions/create-for-pull-request-review-comment', reactionSchema, (rest, at) =>
            rest.reactions.createForPullRequestReviewComment({ ...at, comment_id: target.id, content }),
          );
      }
    },

    reactions(target) {
      const page = z.array(reactionSchema);
      switch (target.to) {
        case 'pull-request':
          return list('reactions/list-for-issue', page, (rest, at) =>
            rest.reactions.listForIssue({ ...at, issue_number: target.number }),
          );
        case 'issue-comment':
          return list('reactions/list-for-issue-comment', page, (rest, at) =>
            rest.reactions.listForIssueComment({ ...at, comment_id: target.id }),
          );
        case 'review-comment':
          return list('reactions/list-for-pull-request-review-comment', page, (rest, at) =>
            rest.reactions.listForPullRequestReviewComment({ ...at, comment_id: target.id }),
          );
      }
    },

    async threads(number) {
      const threads: ReviewThread[] = [];
      let after: string | null = null;
      do {
        const cursor: string | null = after;
        const page: Answer<z.infer<typeof threadsPageSchema>> = await ask(
          { operation: 'graphql/ReviewThreads', isWrite: false, schema: threadsPageSchema },
          (octokit, { owner, repo, headers, request }) =>
            asData(
              octokit.graphql(THREADS_QUERY, { owner, name: repo, number, after: cursor, headers, request }),
            ),
        );
        refuseOther('graphql/ReviewThreads', page.value.repositoryId);
        threads.push(...page.value.threads);
        after = page.value.after;
      } while (after !== null && threads.length < maxItems);
      return { items: threads.slice(0, maxItems), complete: after === null && threads.length <= maxItems };
    },

    async resolveThread(id) {
      const question = { operation: 'graphql/ResolveReviewThread', isWrite: true, schema: resolvedSchema };
      await writeInTurn(
        () =>
          ask(question, (octokit, { headers, request }) =>
            asData(octokit.graphql(RESOLVE_MUTATION, { id, headers, request })),
          ),
        signal,
      );
    },
  };
}

const isKind = (error: unknown, kind: GitHubError['kind']): boolean =>
  error instanceof GitHubError && error.kind === kind;

const asData = async (answer: Promise<unknown>): Promise<{ readonly data: unknown }> => ({
  data: await answer,
});

/** GitHub refuses a `start_line` that is the line itself (docs.github.com/en/rest/pulls/reviews). */
function placeComment({ path, body, side, line, startLine }: NewReviewComment) {
  const isLong = startLine !== null && startLine !== line;
  return { path, body, side, line, ...(isLong && { start_line: startLine, start_side: side }) };
}

/** One change a request: the conclusion comes with the last annotations, so that nothing is judged by half of them. */
function inBatches(change: CheckRunChange): [CheckRunChange, ...CheckRunChange[]] {
  const { output, conclusion, ...rest } = change;
  const annotations = output?.annotations ?? [];
  if (output === undefined || annotations.length <= MOST_ANNOTATIONS) return [change];
  const batch = annotations.slice(0, MOST_ANNOTATIONS);
  const behind = { ...output, annotations: annotations.slice(MOST_ANNOTATIONS) };
  return [
    { status: 'in_progress', ...rest, output: { ...output, annotations: batch } },
    ...inBatches({ ...change, output: behind }),
  ];
}

function checkParameters({ status, conclusion, output }: CheckRunChange) {
  return {
    ...(status !== undefined && { status }),
    ...(conclusion !== undefined && { status: 'completed' as const, conclusion }),
    ...(output !== undefined && { output: outputParameters(output) }),
  };
}

function outputParameters({ title, summary, text, annotations }: CheckOutput) {
  return {
    title,
    summary,
    ...(text !== undefined && { text }),
    ...(annotations !== undefined &&
      annotations.length > 0 && { annotations: annotations.map(annotationParameters) }),
  };
}

const annotationParameters = ({ path, startLine, endLine, level, message, title }: CheckAnnotation) => ({
  path,
  start_line: startLine,
  end_line: endLine,
  annotation_level: level,
  message,
  ...(title !== undefined && { title }),
});
