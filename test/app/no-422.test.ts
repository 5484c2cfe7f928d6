import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodePath } from '../../src/change/path.ts';
import { createMarkers } from '../../src/report/pull-request/marker.ts';
import { planPosts } from '../../src/review/posts/plan-posts.ts';
import { importCommits } from '../git/import-commits.ts';
import { openGit } from '../git/open-git.ts';
import { readShownDiff } from '../support/github/shown-diff.ts';
import { tempRepository } from '../support/temp-repository.ts';
import { FILE_BYTES, FILE_KINDS, FINDING_PLACES, generatedPullRequest } from './generated-pull-request.ts';
import { generatedReview, treeOf } from './generated-review.ts';
import { judgePosts } from './judge-posts.ts';
import { placeFindings } from './place-findings.ts';

const CHANGES = 2000;
const SEED = 422;
/** So many are read by git at once. */
const AT_ONCE = 4;

/** Of what would otherwise be shown of nothing. */
const LEAST: Readonly<Record<string, number>> = {
  inline: 2000,
  file: 2000,
  summary: 5000,
  'summary: info': 1000,
  'summary: no-place': 1000,
  'summary: too-many': 1000,
  'comments on several lines': 1000,
  'comments of more than 20,000 characters': 20,
  suggestions: 800,
  'suggestions of other lines than the finding': 200,
  'suggestions to remove lines': 200,
  'suggestions with fences': 100,
  'suggestions between CRLF': 200,
  'suggestions in a file without a last newline': 200,
  'suggestions that are only told': 300,
  'findings that a summary counts': 500,
};

const LIMITS = { fileBytes: FILE_BYTES, changeBytes: 1e9 };
const markers = createMarkers('a secret of the test', 7, 12);

it(`has nothing refused of ${CHANGES} generated changes, and tells every finding once`, {
  timeout: 300_000,
}, async () => {
  const pulls = fc.sample(generatedPullRequest, { seed: SEED, numRuns: CHANGES });
  const repository = tempRepository('--bare');
  const commits = importCommits(
    repository,
    pulls.flatMap((pull) => [treeOf(pull, 'before'), treeOf(pull, 'after')]),
  );
  const git = await openGit(repository);
  const counts = new Map<string, number>();
  const count = (what: string, many = 1) => void counts.set(what, (counts.get(what) ?? 0) + many);
  const problems: string[] = [];

  async function judge(index: number): Promise<void> {
    const pull = pulls[index];
    const [base = '', head = ''] = commits.slice(2 * index, 2 * index + 2);
    if (pull === undefined) return;
    const [change, shown] = await Promise.all([
      git.range(`${base}..${head}`, LIMITS),
      readShownDiff(repository.path, base, head),
    ]);
    const findings = placeFindings(change, pull.findings, index);
    const review = generatedReview(change, findings);
    const plan = planPosts({ review, standing: [], mostComments: pull.mostComments });
    const contents = new Map(
      [...treeOf(pull, 'after')].map(([path, { content }]) => [
        decodePath(Buffer.from(path, 'latin1')),
        content,
      ]),
    );
    count('changes');
    count('findings that count', findings.filter(({ suppressed }) => suppressed === null).length);
    for (const { kind } of pull.files) count(`file: ${kind}`);
    for (const { place } of pull.findings) count(`finding: ${place}`);
    for (const problem of judgePosts({ review, plan, shown, markers, contents }, count))
      problems.push(`change ${index} (${pull.files.map(({ kind }) => kind).join(', ')}): ${problem}`);
  }

  let next = 0;
  const work = async () => {
    while (next < CHANGES) await judge(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(
    [`seed ${SEED}`, ...[...counts].sort().map(([what, many]) => `${String(many).padStart(7)} ${what}`)].join(
      '\n',
    ),
  );
  expect(problems.slice(0, 20)).toEqual([]);
  expect(counts.get('changes')).toBe(CHANGES);
  for (const kind of FILE_KINDS) expect(counts.get(`file: ${kind}`), kind).toBeGreaterThan(10);
  for (const [what, least] of Object.entries(LEAST)) expect(counts.get(what), what).toBeGreaterThan(least);
  for (const place of FINDING_PLACES) expect(counts.get(`finding: ${place}`), place).toBeGreaterThan(200);
});
