import { lostCommits } from '../git/lost-commits.ts';
import { sanitize } from '../report/sanitize.ts';
import { type CommitOutcome, keptOutcomes } from '../sessions/commit-outcomes.ts';
import type { OpenRepository } from './prepare-review.ts';

/** What reviews behind commits have found and nobody has read, of the commits that are still in use, oldest first. */
export async function unreadOutcomes({ repository, reader }: OpenRepository): Promise<CommitOutcome[]> {
  const kept = keptOutcomes(repository.commonDir);
  if (kept.length === 0) return [];
  const commits = kept.map(({ commit }) => commit);
  const lost = await lostCommits(repository, reader, commits);
  return kept.filter(({ commit }) => !lost.includes(commit));
}

/** As a terminal shows it. */
export const outcomeText = ({ commit, text }: CommitOutcome): string =>
  `code-agent  ${commit.slice(0, 7)} was reviewed after the commit:\n${sanitize(text)}`;
