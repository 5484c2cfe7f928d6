import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { appChange } from './app-change.ts';
import { type AppUnderTest, startAppUnderTest, type TimedReview } from './app-under-test.ts';
import { median, type Row, type Table } from './table.ts';
import type { Workbench } from './workbench.ts';

/** Comments of one review: what the App posts at most where nothing else is said. */
const FINDINGS = 30;
/** GitHub's advice, in milliseconds. */
const GAP_MS = 1_000;
/** Runs of what takes seconds. */
const ENOUGH = 5;
/** With more files one run is enough. */
const LARGE = 1_000;
/** Files of the first pull request, which is not timed: it makes the mirror, and has the code compiled. */
const FIRST = 30;

/** From the webhook to the posted review of pull requests of so many files. */
export async function measureReviews(
  workbench: Workbench,
  server: PostgresServer,
  sizes: readonly number[],
  runs: number,
): Promise<Table[]> {
  const tables: Table[] = [];
  for (const files of sizes) {
    const enough = files > LARGE ? 1 : Math.min(runs, ENOUGH);
    tables.push(await timeReviews(workbench, server, files, enough));
  }
  return tables;
}

async function timeReviews(
  workbench: Workbench,
  server: PostgresServer,
  files: number,
  runs: number,
): Promise<Table> {
  const findings = Math.min(files, FINDINGS);
  const alone: number[] = [];
  const timed = async (writeGapMs: number, seen: (app: AppUnderTest, number: number) => Promise<void>) => {
    const app = await startAppUnderTest(workbench, server, writeGapMs);
    const reviews: TimedReview[] = [];
    try {
      const { before, after } = appChange(files);
      await app.github.addRepository(REPOSITORY, { files: before });
      for (let round = 0; round <= runs; round += 1) {
        const changed = Object.entries(after(round + 1, findings));
        const source = { files: Object.fromEntries(round === 0 ? changed.slice(0, FIRST) : changed) };
        const review = await app.open(REPOSITORY, { head: `topic-${round}`, push: source });
        if (round > 0) reviews.push(review);
        await seen(app, review.number);
      }
    } finally {
      await app.stop();
    }
    return reviews;
  };
  const git = join(workbench.folder, `git-${files}`);
  execFileSync('git', ['init', '--quiet', '--bare', git], { env: workbench.env });
  let comments = 0;
  const reviews = await timed(0, async ({ github }, number) => {
    const time = await fetchAndDiff(workbench, git, `${github.url}/${REPOSITORY}.git`, number);
    if (number > 1) alone.push(time);
    comments = github.pullRequest(REPOSITORY, number).reviewComments.length;
  });
  const slow = await timed(GAP_MS, async () => {});

  const base = median(alone);
  const row = (what: string, all: readonly TimedReview[], of: (one: TimedReview) => number): Row => {
    const times = all.map(of);
    return { what, times, ratio: median(times) / base };
  };
  return {
    title: `A pull request of ${files} ${files === 1 ? 'file' : 'files'}, ${comments} comments, from the webhook to the completed check run`,
    rows: [
      { what: '`git fetch` and `git diff` of it', times: alone, ratio: 1 },
      row('**the App**, without a pause between writes', reviews, ({ whole }) => whole),
      row('webhook, queue and fetch', reviews, ({ fetch }) => fetch),
      row('review', reviews, ({ review }) => review),
      row('posting', reviews, ({ posting }) => posting),
      row('of all of it: waiting for the API', reviews, ({ waited }) => waited),
      row(`**the App**, with ${GAP_MS / 1_000} s between writes`, slow, ({ whole }) => whole),
    ],
  };
}

const REPOSITORY = 'acme/shop';

/** Milliseconds of what git needs to know the change. Not synchronous: the server is in this process. */
async function fetchAndDiff({ env }: Workbench, path: string, url: string, number: number): Promise<number> {
  const pull = `refs/pull/${number}/head`;
  const start = performance.now();
  await run(['fetch', '--quiet', url, `+${pull}:${pull}`, '+refs/heads/main:refs/heads/main'], path, env);
  await run(['diff', `refs/heads/main...${pull}`], path, env);
  return performance.now() - start;
}

function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn('git', args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
      .on('error', reject)
      .on('close', (code) =>
        code === 0 ? resolve() : reject(new Error(`git ${args[0]} ended with ${code}`)),
      );
  });
}
