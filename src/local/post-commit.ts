import { readRecords } from '../sessions/local-record.ts';
import { say } from './pre-commit.ts';
import { type Door, openGit } from './prepare-review.ts';
import { renderError } from './render-error.ts';
import { createReviewedCommits } from './reviewed-commits.ts';

/** After a commit: says when nothing reviewed it (`--no-verify`, a cherry-pick, a rebase). Never fails. */
export async function postCommit(door: Door): Promise<number> {
  try {
    const git = await openGit(door);
    try {
      const isReviewed = createReviewedCommits(git, readRecords(git.repository.commonDir, ['review-passed']));
      const head = await git.reader.info('HEAD^{commit}');
      if (head !== null && !(await isReviewed(head.oid))) {
        say(`code-agent  ${head.oid.slice(0, 7)} was not reviewed before it was committed\n`);
      }
    } finally {
      git.close();
    }
  } catch (error) {
    say(renderError(error, false));
  }
  return 0;
}
