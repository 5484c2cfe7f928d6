import * as z from 'zod/mini';
import type { CheckConclusion, CheckOutput } from '../github/check-run.ts';
import type { GitHubApp } from '../github/github-app.ts';
import type { Subject } from './find-pull-request.ts';

/** What branch protection asks for. */
export const CHECK_NAME = 'code-agent';

/** The check run of one look at one head. */
export interface CheckGate {
  readonly id: number;
  /**
   * Completes it, also one that was completed as something else. What GitHub has already of its annotations, from an attempt
   * that was cut off, is not sent again.
   */
  complete(conclusion: CheckConclusion, output: CheckOutput): Promise<void>;
}

/**
 * Says on the head of a pull request that it is being looked at. `look`: the how manieth look at it, for a new one has a check run
 * of its own (annotations cannot be taken back), or why it is not looked at. The same look has the same check run, however
 * often it is begun. `head`: another one than it has now.
 */
export async function openCheckGate(
  github: GitHubApp,
  { writer, writeOnce, pull, key: { number } }: Subject,
  look: number | string,
  head = pull.head.sha,
): Promise<CheckGate> {
  const { appId } = await github.identity();
  const key = `pull/${number}/check/${head}/${look}`;
  const id = await writeOnce({
    key,
    target: `check run on ${head}`,
    payload: key,
    async find() {
      const { items } = await writer.checkRuns(head, { name: CHECK_NAME, appId });
      return items.find(({ externalId }) => externalId === key)?.id;
    },
    async write() {
      const run = { name: CHECK_NAME, headSha: head, externalId: key, status: 'in_progress' } as const;
      return (await writer.createCheckRun(run)).id;
    },
    parse: (result) => z.int().parse(result),
  });
  return {
    id,
    async complete(conclusion, { annotations = [], ...output }) {
      const { annotationsCount, ...is } = await writer.checkRun(id);
      if (is.status === 'completed' && is.conclusion === conclusion && is.title === output.title) return;
      await writer.updateCheckRun(id, {
        conclusion,
        output: { ...output, annotations: annotations.slice(annotationsCount) },
      });
    },
  };
}
