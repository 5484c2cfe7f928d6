import { onTestFinished } from 'vitest';
import type { LoopbackGitHub, LoopbackOptions } from './loopback-github.ts';
import { startGitHub } from './start-github.ts';

/**
 * A GitHub for one test. The test fails when a request was not as GitHub describes it, when one of our own answers was not,
 * or when something was refused with a 422.
 * @param options.mayRefuse for tests of what is refused: 422s by a rule are left to the test (`refusals`)
 * @param options.mayViolate for tests of requests that are wrong (`violations`)
 */
export async function testGitHub(
  options: LoopbackOptions & { readonly mayRefuse?: boolean; readonly mayViolate?: boolean } = {},
): Promise<LoopbackGitHub> {
  const github = await startGitHub(options);
  onTestFinished(async () => {
    await github.stop();
    const { violations, refusals } = github;
    if (violations.length > 0 && options.mayViolate !== true)
      throw new Error(`GitHub does not allow this: ${JSON.stringify(violations, null, 1)}`);
    if (refusals.length > 0 && options.mayRefuse !== true)
      throw new Error(`GitHub refused this (422): ${JSON.stringify(refusals, null, 1)}`);
  });
  return github;
}
