import * as z from 'zod/mini';
import type { CheckConclusion, CheckOutput } from '../github/check-run.ts';
import { type RunVerdict, verdictsOnHead } from '../sessions/postgres/pull-request-runs.ts';
import type { AppDoor } from './app-door.ts';
import type { Subject } from './find-pull-request.ts';

/** What branch protection asks for. */
const CHECK_NAME = 'code-agent';

/** The check run of one look at one head. */
export interface CheckGate {
  /**
   * Completes it, also one that was completed as something else, and never better than what reviews of the same head have come to
   * (see `verdictsOnHead`): those of other pull requests and, where this is no verdict, of this one too. What GitHub has already
   * of its annotations, from an attempt that was cut off, is not sent again.
   */
  complete(conclusion: CheckConclusion, output: CheckOutput, isVerdict?: boolean): Promise<void>;
}

/** From what lets a merge through to what does not. */
const WORSE: readonly CheckConclusion[] = ['skipped', 'success', 'neutral', 'failure'];
const CONCLUSIONS = { pass: 'success', incomplete: 'neutral', fail: 'failure' } as const;

/** What was cancelled is no head any more, and lets nothing through. */
function worst(conclusion: CheckConclusion, verdicts: readonly RunVerdict[]): CheckConclusion {
  if (!WORSE.includes(conclusion)) return conclusion;
  const all = [conclusion, ...verdicts.map((verdict) => CONCLUSIONS[verdict])];
  return all.reduce((one, other) => (WORSE.indexOf(other) > WORSE.indexOf(one) ? other : one));
}

/**
 * Says on the head of a pull request that it is being looked at. `look`: the how manieth look at it, for a new one has a check run
 * of its own (annotations cannot be taken back), or why it is not looked at. The same look has the same check run, however
 * often it is begun. `head`: another one than it has now.
 */
export async function openCheckGate(
  { github, sql }: Pick<AppDoor, 'github' | 'sql'>,
  { writer, writeOnce, pull, key: { repository, number } }: Subject,
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
    async complete(wanted, { annotations = [], ...output }, isVerdict = false) {
      const except = isVerdict ? number : null;
      const conclusion = worst(wanted, await verdictsOnHead(sql, { repository, head, except }));
      const { annotationsCount, ...is } = await writer.checkRun(id);
      if (is.status === 'completed' && is.conclusion === conclusion && is.title === output.title) return;
      const why =
        conclusion === wanted
          ? ''
          : '\n\nA review of this commit has come to this, perhaps in another pull request.';
      await writer.updateCheckRun(id, {
        conclusion,
        output: {
          ...output,
          summary: `${output.summary}${why}`,
          annotations: annotations.slice(annotationsCount),
        },
      });
    },
  };
}
