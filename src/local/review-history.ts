import type { Config } from '../config/config.ts';
import { resolveRange } from '../git/resolve-range.ts';
import type { Finding } from '../review/finding.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import { judge } from '../review/verdict.ts';
import { reviewMessage } from './commit-msg.ts';
import { type Door, type OpenRepository, prepareReview } from './prepare-review.ts';

/** What does harm once it is in the history, even when a later commit of the same push takes it out again. */
const HISTORY_CHECKS: ReadonlySet<string> = new Set(['secret', 'forbidden-file']);

/**
 * The review of a branch, and with it what its commits hold one by one, their messages too, that the branch as a
 * whole no longer shows. More commits than `prePush.commits`, or than there is time for, make it incomplete.
 */
export async function reviewHistory(
  whole: Review,
  git: OpenRepository,
  door: Door,
  commits: readonly string[],
  config: Config,
  time: AbortSignal,
): Promise<Review> {
  const known = new Set(whole.findings.map(({ fingerprint }) => fingerprint));
  const findings: Finding[] = [];
  const failures: string[] = [];
  for (const [index, commit] of commits.slice(0, config.prePush.commits).entries()) {
    if (time.aborted) {
      failures.push(`${notOneByOne(commits.length - index)}: out of time (hook.budget)`);
      break;
    }
    const found = [
      ...(await commitFindings(git, door, commit, config, time)),
      ...(await messageFindings(git, commit)),
    ];
    for (const finding of found) {
      if (known.has(finding.fingerprint)) continue;
      known.add(finding.fingerprint);
      findings.push({ ...finding, body: `In commit ${commit.slice(0, 7)}. ${finding.body}` });
    }
  }
  if (commits.length > config.prePush.commits) {
    const { commits: most } = config.prePush;
    failures.push(`${notOneByOne(commits.length - most)} (prePush.commits: ${most})`);
  }
  const all = [...findings, ...whole.findings];
  const coverage = { ...whole.coverage, failures: [...whole.coverage.failures, ...failures] };
  const verdict = judge(all, coverage, whole.verdict.failOn, whole.verdict.outOfTime || time.aborted);
  return { ...whole, findings: all, coverage, verdict };
}

const notOneByOne = (count: number): string =>
  `${count} commit${count === 1 ? ' was' : 's were'} not looked at one by one`;

async function commitFindings(
  git: OpenRepository,
  door: Door,
  commit: string,
  config: Config,
  time: AbortSignal,
): Promise<readonly Finding[]> {
  const comparison = await resolveRange(git.repository, git.reader, commit);
  const input = await prepareReview(git, door, comparison, config, time);
  const checks = input.checks.filter((check) => HISTORY_CHECKS.has(check.id));
  return (await reviewChange({ ...input, checks })).findings;
}

async function messageFindings(git: OpenRepository, commit: string): Promise<readonly Finding[]> {
  const object = (await git.reader.read(commit)).toString();
  // A commit object: headers, an empty line, the message.
  return (await reviewMessage(object.slice(object.indexOf('\n\n') + 2), `commit ${commit.slice(0, 7)}`))
    .findings;
}
