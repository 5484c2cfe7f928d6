/**
 * What a review takes beside the model that it asks, and what it sends:
 *
 *     node scripts/run.mjs bench/model.ts [--runs 21] [--repository PATH]
 *
 * The model is a server of our own on loopback (support/model-server) that answers by a script, after a fixed time. Three
 * characters count as a token.
 *
 * - **A turn**: 30 in a row, each with 100 lines more, through the loop, the adapter and `read_file`, in a process that has
 *   done it once before; what `node:http` takes for the same requests in the same round is subtracted. Of
 *   `code-agent review` the server counts it, from the first request to the last answer.
 * - **Side by side**: `code-agent review` of 20 new files, each a unit: the model reads it, searches for a name, and ends.
 *   What one unit takes is counted by the server.
 * - **Tokens**: the last commits of the repository at `--repository` (default: this one), each reviewed with an empty
 *   cache. What is read from the cache is counted as Anthropic does (support/prompt-cache). Beside it a prompt for each
 *   file with the whole file and its diff (support/naive-reviewer). Neither sends lock files.
 * - **Again**: 40 changed files, reviewed again. An amended file has two lines more.
 */
import { execFile, execFileSync } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createRepository } from './support/bench-repository.ts';
import { finish, LINES_A_TURN, LOOK_TURNS, look, readOn } from './support/model-scripts.ts';
import { type Exchange, startModelServer } from './support/model-server.ts';
import { patchedFiles, reviewNaively } from './support/naive-reviewer.ts';
import { sharedShare } from './support/prompt-cache.ts';
import { reviewCommand } from './support/review-command.ts';
import { seededText } from './support/seeded-files.ts';
import { type Limit, median, type Part, type Row, reportWhenMain, type Table } from './support/table.ts';
import type { LoopRound } from './support/time-loop.ts';
import type { Workbench } from './support/workbench.ts';

/** Milliseconds. */
const TURN_AT_MOST = 5;
const TURNS = 30;

const UNITS = 20;
const LATENCY_MS = 300;

const COMMITS = 12;
/** Where only tokens are counted: of two requests at the same time neither knows the other's beginning. */
const SHORT_LATENCY_MS = 30;
/** Of Claude Sonnet 5.5, to that of input (src/models/prices.ts). */
const [READ_PRICE, WRITE_PRICE] = [0.05, 1.25];

const FILES = 40;

/** Runs of what takes seconds and hardly varies. */
const ENOUGH = 5;

export const measureModel: Part = async (workbench, runs) => [
  await measureTurns(workbench, runs),
  await measureParallel(workbench, Math.min(runs, ENOUGH), 4),
  await measureParallel(workbench, Math.min(runs, ENOUGH), UNITS),
  await measureTokens(workbench, REPOSITORY),
  await measureAgain(workbench, Math.min(runs, ENOUGH)),
];

async function measureTurns(workbench: Workbench, runs: number): Promise<Table> {
  const server = await startModelServer(0, readOn('large.ts', TURNS));
  const args = ['scripts/run.mjs', 'bench/support/time-loop.ts', server.baseUrl, `${TURNS}`, `${runs}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: workbench.env });
  const rounds: LoopRound[] = JSON.parse(stdout);
  server.take();

  const review = reviewCommand(workbench);
  const { path, write, commitAll, git } = createRepository(workbench, 'turns');
  write('large.ts', seededText('ts', TURNS * LINES_A_TURN, 1));
  commitAll();
  write('small.ts', seededText('ts', 20, 2));
  git('add', '--all');
  const inReview: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    await review(path, server.baseUrl);
    const exchanges = server.take();
    if (exchanges.length !== TURNS) throw new Error(`${exchanges.length} turns, not ${TURNS}`);
    inReview.push(spanOf(exchanges) / TURNS);
  }
  server.close();

  const requests = rounds.map(({ exchange }) => exchange);
  const inLoop = rounds.map(({ loop, exchange }) => loop - exchange);
  return {
    title: `One turn of ${TURNS}, the model answers at once`,
    rows: [
      { what: 'the request and its answer, by `node:http`', times: requests },
      {
        what: '**the loop**, beyond that',
        times: inLoop,
        limit: { text: `${TURN_AT_MOST} ms`, held: median(inLoop) <= TURN_AT_MOST },
      },
      {
        what: '**`code-agent review`**, beyond that',
        times: inReview.map((time) => time - median(requests)),
        note: 'as a new process',
      },
    ],
  };
}

async function measureParallel(workbench: Workbench, runs: number, parallel: number): Promise<Table> {
  const server = await startModelServer(LATENCY_MS, look);
  const review = reviewCommand(workbench);
  const { path, write, commitAll, git } = createRepository(workbench, `parallel-${parallel}`);
  commitAll();
  for (let number = 0; number < UNITS; number += 1) write(`src/${number}.ts`, seededText('ts', 200, number));
  git('add', '--all');
  const config = { parallel, unitTokens: 4_500 };
  const times: { without: number; before: number; slowest: number; all: number }[] = [];
  for (let round = 0; round < runs; round += 1) {
    const offline = await review(path, server.baseUrl, { config, args: ['--offline'] });
    const asking = await review(path, server.baseUrl, { config });
    const exchanges = server.take();
    const units = byUnit(exchanges);
    if (units.length !== UNITS) throw new Error(`${units.length} units, not ${UNITS}`);
    times.push({
      without: offline.endedAt - offline.startedAt,
      before: Math.min(...exchanges.map(({ startedAt }) => startedAt)) - asking.startedAt,
      slowest: Math.max(...units.map(spanOf)),
      all: asking.endedAt - asking.startedAt,
    });
  }
  server.close();

  const ideal = Math.ceil(UNITS / parallel) * LOOK_TURNS * LATENCY_MS;
  const slowest = median(times.map((round) => round.slowest));
  const row = (what: string, of: (round: (typeof times)[number]) => number): Row => {
    const own = times.map(of);
    return { what, times: own, ratio: median(own) / ideal };
  };
  const whole = row('**`code-agent review`**', ({ all }) => all);
  return {
    title: `${UNITS} units of ${LOOK_TURNS} turns of ${LATENCY_MS} ms, ${parallel} side by side`,
    rows: [
      { what: 'what the model takes', times: [ideal], ratio: 1 },
      row('the slowest unit', (round) => round.slowest),
      { ...whole, note: `${(median(whole.times ?? []) / slowest).toFixed(2)}× the slowest unit` },
      row('up to its first request', ({ before }) => before),
      row('the same with `--offline`', ({ without }) => without),
    ],
  };
}

async function measureTokens(workbench: Workbench, repository: string): Promise<Table> {
  const { env, folder } = workbench;
  const path = join(folder, 'repositories', 'real');
  execFileSync('git', ['clone', '--quiet', '--shared', '--no-checkout', repository, path], { env });
  const log = ['log', '--format=%H', '--no-merges', '--min-parents=1', `--max-count=${COMMITS}`];
  const commits = execFileSync('git', log, { cwd: path, env }).toString().split('\n').filter(Boolean);
  if (commits.length < 10) throw new Error(`${repository} has only ${commits.length} commits to review`);

  const review = reviewCommand(workbench);
  const servers = {
    naive: await startModelServer(SHORT_LATENCY_MS, () => []),
    look: await startModelServer(SHORT_LATENCY_MS, look),
    finish: await startModelServer(SHORT_LATENCY_MS, finish),
  };
  /** By way and by commit. */
  const sent = { naive: [] as Exchange[][], look: [] as Exchange[][], finish: [] as Exchange[][] };
  let [files, lines, leftOut] = [0, 0, 0];
  for (const commit of commits) {
    const reviewed = await review(path, servers.look.baseUrl, { args: [commit] });
    await review(path, servers.finish.baseUrl, { args: [commit] });
    const ours = new Set(
      reviewed.review.coverage.files.flatMap((file) => (file.outcome === 'reviewed' ? [file.path] : [])),
    );
    const all = patchedFiles(path, commit, env);
    const both = all.filter((file) => ours.has(file.path));
    await reviewNaively({ repository: path, commit, env }, both, servers.naive.baseUrl);
    for (const way of ['naive', 'look', 'finish'] as const) sent[way].push(servers[way].take());
    files += both.length;
    leftOut += all.length - both.length;
    lines += sum(both, ({ changed }) => changed);
  }
  for (const server of Object.values(servers)) server.close();

  const row = (what: string, reviews: readonly Exchange[][]): Row => {
    const all = reviews.flat();
    const tokens = tokensOf(all);
    const [read, written] = [
      sum(all, ({ usage }) => usage.cacheRead),
      sum(all, ({ usage }) => usage.cacheWrite),
    ];
    const paid = tokens - read - written + read * READ_PRICE + written * WRITE_PRICE;
    const shared = sum(reviews, (one) => sharedShare(one.map(({ prompt }) => prompt)) * tokensOf(one));
    const note = [
      `${(tokens / lines).toFixed(1)} tokens a line in ${all.length} calls`,
      `${percent(read, tokens)} from the cache of ${percent(shared, tokens)} sent before`,
      `priced as ${(paid / lines).toFixed(1)} tokens a line`,
    ].join('; ');
    return { what, ratio: tokens / tokensOf(sent.naive.flat()), note };
  };
  const also = leftOut > 0 ? `; ${leftOut} files left out of both` : '';
  return {
    title: `${commits.length} commits of ${repository === '.' ? 'this repository' : basename(repository)}, ${lines} changed lines in ${files} files${also}`,
    rows: [
      row('a prompt for each file', sent.naive),
      row(`**\`code-agent review\`**, ${LOOK_TURNS} turns a unit`, sent.look),
      row('**`code-agent review`**, 1 turn a unit', sent.finish),
    ],
  };
}

async function measureAgain(workbench: Workbench, runs: number): Promise<Table> {
  const server = await startModelServer(0, look);
  const review = reviewCommand(workbench);
  const { path, write, commitAll, git } = createRepository(workbench, 'again');
  const pathOf = (number: number) => `src/${number % 5}/${number}.ts`;
  const stage = (revision: number) => {
    for (let number = 0; number < FILES; number += 1)
      write(pathOf(number), seededText('ts', 100, number, revision));
    git('add', '--all');
  };
  const amend = (number: number) => {
    write(pathOf(number), `${seededText('ts', 100, number, 1)}\nexport const amended = ${number};\n`);
    git('add', '--all');
  };
  const commit = (message: string) =>
    git('-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', `--message=${message}`);
  const asked = async (...args: string[]): Promise<Exchange[]> => {
    await review(path, server.baseUrl, { args, again: true });
    return server.take();
  };

  stage(0);
  commitAll();
  const range = `${git('rev-parse', 'HEAD').trim()}..HEAD`;
  stage(1);
  const first = await asked();
  const unchanged = await asked();
  const amended: Exchange[][] = [];
  for (let round = 0; round < runs; round += 1) {
    amend((round * 7 + 3) % FILES);
    amended.push(await asked());
    stage(1);
  }
  commit('Change all of them');
  const committed = await asked(range);
  amend(0);
  commit('Mend one of them');
  const mended = await asked(range);
  server.close();

  const row = (what: string, reviews: readonly Exchange[][], limit?: Limit): Row => {
    const calls = median(reviews.map(({ length }) => length));
    const tokens = median(reviews.map(tokensOf));
    const ratio = tokens / tokensOf(first);
    const note = `${calls} calls, ${percent(calls, first.length)}; ${tokens} tokens, ${percent(tokens, tokensOf(first))}`;
    return { what, ratio, note, ...(limit && { limit }) };
  };
  return {
    title: `${FILES} changed files in ${byUnit(first).length} units, reviewed again`,
    rows: [
      row('what is staged', [first]),
      row('**again, unchanged**', [unchanged], { text: '0 calls', held: unchanged.length === 0 }),
      row('**again, one file amended**', amended),
      row('the same as a commit', [committed]),
      row('that commit and another, of one file', [mended]),
    ],
  };
}

/** The exchanges of each conversation. */
function byUnit(exchanges: readonly Exchange[]): Exchange[][] {
  const units = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const unit = units.get(exchange.opening);
    if (unit === undefined) units.set(exchange.opening, [exchange]);
    else unit.push(exchange);
  }
  return [...units.values()];
}

/** Milliseconds from the first request to the last answer. */
const spanOf = (exchanges: readonly Exchange[]): number =>
  Math.max(...exchanges.map(({ endedAt }) => endedAt)) -
  Math.min(...exchanges.map(({ startedAt }) => startedAt));

const tokensOf = (exchanges: readonly Exchange[]): number =>
  sum(exchanges, ({ usage }) => usage.input + usage.cacheRead + usage.cacheWrite);

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)}%`;

/** Takes the option out of the arguments, wherever it stands: the table reads them too and does not know it. */
function takeRepository(): string {
  let path = '.';
  for (let at = process.argv.indexOf('--repository'); at > 0; at = process.argv.indexOf('--repository'))
    path = resolve(process.argv.splice(at, 2)[1] ?? '.');
  return path;
}

const REPOSITORY = takeRepository();

await reportWhenMain('model.ts', measureModel);
