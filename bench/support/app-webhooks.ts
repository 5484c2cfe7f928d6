import { randomBytes } from 'node:crypto';
import { existsSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { LoopbackGitHub } from '../../test/support/github/loopback-github.ts';
import { startGitHub } from '../../test/support/github/start-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import type { BareListening, BareSettings } from './app-bare-server.ts';
import { appChange } from './app-change.ts';
import { type AppCommand, startAppCommand } from './app-command.ts';
import { startForked } from './app-forked.ts';
import type { AppAmount } from './app-options.ts';
import { type Load, PLACEHOLDER, type Sent, type WebhookAnswer, type WebhookTemplate } from './app-sender.ts';
import { look } from './model-scripts.ts';
import { startModelServer } from './model-server.ts';
import { median, type Row, type Table } from './table.ts';
import type { Workbench } from './workbench.ts';

/** Milliseconds. */
const P95_AT_MOST = 50;
/** Pull requests that are pushed to as soon as they are reviewed, each of another installation. */
const PULLS = 8;
const FILES = 30;
/** Of a turn of the model: it is asked three times for a part of a change. */
const LATENCY_MS = 2_000;
/** As many are reviewed at a time: `code-agent serve` does so many jobs at a time. */
const REVIEWS = 4;
/** Of what only stands beside it, as a share of the seconds. */
const SHORTER = 4;
const DRAIN_MS = 120_000;

/** What GitHub would see of the App, and what became of it. */
interface Taken {
  readonly answers: readonly WebhookAnswer[];
  /** By state of those that were taken in. */
  readonly done: number;
  /** Milliseconds from when it was taken in until its jobs were queued: the median, and of 95 of 100. */
  readonly handled: readonly [number, number];
  /** Reviews that were posted while they came. */
  readonly reviews: number;
}

/** Webhooks that come in while the worker is busy. */
export async function measureWebhooks(
  workbench: Workbench,
  server: PostgresServer,
  { seconds, rate }: AppAmount,
): Promise<Table> {
  const secret = randomBytes(32).toString('hex');
  const shorter = { rate, seconds: Math.ceil(seconds / SHORTER) };
  const bare = await timeBare(workbench, await server.createDatabase(), secret, shorter);
  const load = async (how: How, amount = { rate, seconds }): Promise<Taken> =>
    timeApp(workbench, secret, how, amount);
  const inside = await load({ databaseUrl: await server.createDatabase(), isAlone: true });
  const beside = await load({ databaseUrl: await server.createDatabase(), isAlone: false }, shorter);
  provideEmbedded(workbench);
  const embedded = await load({ databaseUrl: null, isAlone: true }, shorter);

  const base = median(bare.map(({ ms }) => ms));
  const row = (what: string, answers: readonly WebhookAnswer[], notes: readonly string[] = []): Row => {
    const times = answers.map(({ ms }) => ms);
    const note = [`p99 ${ms(percentile(times, 0.99))}`, ...notes].join('; ');
    return { what, times, ratio: median(times) / base, note };
  };
  const rows = (what: string, taken: Taken): Row[] => {
    const { answers, reviews, handled, done } = taken;
    const p95 = percentile(
      answers.map((answer) => answer.ms),
      0.95,
    );
    const lost = answers.length - done;
    const refused = answers.filter(({ status }) => !isTaken(status)).length;
    return [
      {
        ...row(what, answers, [
          `${reviews} reviews posted meanwhile`,
          `handled after ${ms(handled[0])}, p95 ${ms(handled[1])}`,
        ]),
        limit: { text: `p95 ${P95_AT_MOST} ms`, held: p95 <= P95_AT_MOST },
      },
      {
        what: `lost, of ${answers.length}`,
        limit: { text: '0', held: lost === 0 },
        note: `${lost}: ${refused} not taken in, ${lost - refused} not handled`,
      },
    ];
  };
  return {
    title: `${rate} webhooks a second, for ${seconds} s, while pull requests of ${FILES} files are reviewed`,
    rows: [
      row('a bare `node:http`: HMAC and one `INSERT`; nothing is reviewed', bare),
      ...rows('**`code-agent serve`**, PostgreSQL', inside),
      ...rows(`the same by \`--concurrency 0\` and a \`worker\` beside it, ${shorter.seconds} s`, beside),
      ...rows(`**\`code-agent serve\`**, embedded database, ${shorter.seconds} s`, embedded),
    ],
  };
}

async function timeBare(
  { env }: Workbench,
  databaseUrl: string,
  secret: string,
  amount: Pick<Load, 'rate' | 'seconds'>,
): Promise<readonly WebhookAnswer[]> {
  const bare = startForked<BareSettings, BareListening>('bench/support/app-bare-server.ts', env);
  const github = await startGitHub();
  try {
    bare.tell({ databaseUrl, secret });
    const { port } = await bare.hear((said): said is BareListening => 'port' in said);
    return await sendAll(env, {
      ...{ ...amount, secret, url: `http://127.0.0.1:${port}/` },
      templates: await templatesOf(github),
    });
  } finally {
    await github.stop();
    await bare.close();
  }
}

interface How {
  readonly databaseUrl: string | null;
  /** The worker is in the process that takes them in. */
  readonly isAlone: boolean;
}

async function timeApp(
  workbench: Workbench,
  secret: string,
  { databaseUrl, isAlone }: How,
  amount: Pick<Load, 'rate' | 'seconds'>,
): Promise<Taken> {
  const github = await startGitHub();
  const model = await startModelServer(LATENCY_MS, look);
  const commands: AppCommand[] = [];
  const start = async (...args: string[]): Promise<AppCommand> => {
    const options = { github, secret, databaseUrl, modelUrl: model.baseUrl, args };
    const command = await startAppCommand(workbench, options);
    commands.push(command);
    return command;
  };
  const over = new AbortController();
  try {
    const templates = await templatesOf(github);
    const pulls = await openPulls(github);
    const app = await start('serve', ...(isAlone ? [] : ['--concurrency', '0']));
    if (!isAlone) await start('worker');
    const url = `http://127.0.0.1:${app.port}/api/github/webhooks`;
    github.setWebhook(url, secret);
    const reviews = keepBusy(github, pulls, over.signal, () => model.take());
    await reviews.begun;
    const before = reviews.count();
    const answers = await sendAll(workbench.env, { ...amount, secret, url, templates });
    const posted = reviews.count() - before;
    over.abort();
    const seen = await drained(app.databaseUrl, answers);
    return { answers, ...seen, reviews: posted };
  } finally {
    over.abort();
    github.setWebhook(null, '');
    for (const command of commands.reverse()) await command.stop();
    model.close();
    await github.stop();
  }
}

/** Sends from a process of its own. */
async function sendAll(env: NodeJS.ProcessEnv, load: Load): Promise<readonly WebhookAnswer[]> {
  const sender = startForked<Load, Sent>('bench/support/app-sender.ts', env);
  sender.tell(load);
  const { answers } = await sender.hear((said): said is Sent => 'answers' in said);
  await sender.close();
  return answers;
}

/** Real payloads (@octokit/webhooks-examples) with ids that are there: of twenty, nineteen comments that ask for nothing and a label. */
async function templatesOf(github: LoopbackGitHub): Promise<WebhookTemplate[]> {
  const repository = 'talk/shop';
  await github.addRepository(repository, { labels: ['later'] });
  const number = await github.openPullRequest(repository, {
    ...{ head: 'topic', title: `Change ${PLACEHOLDER}`, labels: ['later'] },
    push: { files: { 'src/talk.ts': 'export const talk = 1;\n' } },
  });
  const said = `I looked at it, and it looks fine to me. ${PLACEHOLDER}`;
  const about = { repository, number };
  const talk = await github.comment(repository, number, said);
  const line = await github.commentOnLine(repository, number, { path: 'src/talk.ts', line: 1 }, said);
  const template = (event: string, action: string, commentId?: number): WebhookTemplate => ({
    event,
    body: JSON.stringify(
      github.payload(event, action, { ...about, ...(commentId !== undefined && { commentId }) }),
    ),
  });
  const comment = template('issue_comment', 'created', talk);
  const review = template('pull_request_review_comment', 'created', line);
  return [
    ...Array.from({ length: 19 }, (_, index) => (index % 3 === 2 ? review : comment)),
    template('pull_request', 'labeled'),
  ];
}

async function openPulls(github: LoopbackGitHub): Promise<string[]> {
  const { before, after } = appChange(FILES);
  return Promise.all(
    Array.from({ length: PULLS }, async (_, owner) => {
      const repository = `owner${owner}/shop`;
      await github.addRepository(repository, { files: before });
      await github.openPullRequest(repository, { head: 'topic', push: { files: after(owner + 1, 0) } });
      return repository;
    }),
  );
}

/** Pushes to each as soon as the head before is reviewed, until the end. `begun`: the worker has done its first reviews. */
function keepBusy(
  github: LoopbackGitHub,
  repositories: readonly string[],
  end: AbortSignal,
  reviewed: () => void,
): { readonly begun: Promise<void>; count(): number } {
  const { after } = appChange(FILES);
  let [count, revision] = [0, PULLS];
  let tell: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const waiting = new Map<string, () => void>();
  github.afterEachWrite(({ operation, path }) => {
    if (operation !== 'checks/update') return;
    count += 1;
    if (count === REVIEWS) tell();
    reviewed();
    const [, owner = ''] = /\/(owner\d+)\//.exec(path) ?? [];
    waiting.get(`${owner}/shop`)?.();
  });
  const keep = async (repository: string): Promise<void> => {
    while (!end.aborted) {
      revision += 1;
      const next = new Promise<void>((resolve) => waiting.set(repository, resolve));
      await github.push(repository, 'topic', { files: after(revision, 0) });
      await next;
    }
  };
  for (const repository of repositories)
    keep(repository).catch((error: unknown) => {
      if (!end.aborted) process.stderr.write(`${repository} was not pushed to: ${String(error)}\n`);
    });
  return { begun, count: () => count };
}

/** Waits until all that was taken in is handled, for so long. */
async function drained(
  databaseUrl: string,
  answers: readonly WebhookAnswer[],
): Promise<Pick<Taken, 'done' | 'handled'>> {
  const ids = JSON.stringify(answers.map(({ id }) => id));
  const taken = answers.filter(({ status }) => isTaken(status)).length;
  return withDatabase(databaseUrl, {}, async ({ sql }) => {
    for (const end = performance.now() + DRAIN_MS; ; await wait(250)) {
      const [row] = await sql<{ done: number; half: number; p95: number }[]>`
        select count(*)::int as done,
          coalesce(percentile_cont(0.5) within group (order by ms), 0)::float8 as half,
          coalesce(percentile_cont(0.95) within group (order by ms), 0)::float8 as p95
        from (
          select extract(epoch from state_at - received_at) * 1000 as ms from code_agent.deliveries
          where state = 'done' and id::text in (select json_array_elements_text(${ids}::text::json))
        ) as handled`;
      if (row === undefined) throw new Error('the database does not count');
      if (row.done >= taken || performance.now() > end)
        return { done: row.done, handled: [row.half, row.p95] };
    }
  });
}

const isTaken = (status: number): boolean => status === 202 || status === 200;

/** The package has it beside itself (docs/decisions/0010): it is taken from this repository. */
function provideEmbedded({ packages }: Workbench): void {
  const place = join(packages, '@electric-sql');
  if (!existsSync(place)) symlinkSync(resolve('node_modules/@electric-sql'), place);
}

function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

const ms = (time: number): string =>
  time < 10_000 ? `${time.toFixed(0)} ms` : `${(time / 1_000).toFixed(0)} s`;
