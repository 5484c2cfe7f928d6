import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type {
  LoopbackGitHub,
  NewPullRequest,
  PushSource,
} from '../../test/support/github/loopback-github.ts';
import { startGitHub } from '../../test/support/github/start-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { operatorHome } from './app-command.ts';
import { startForked } from './app-forked.ts';
import type { AppNews, AppOrders } from './app-process.ts';
import { migrated } from './time-writers.ts';
import type { Workbench } from './workbench.ts';

/** The App (support/app-process) in front of a GitHub of this process. */
export interface AppUnderTest {
  readonly github: LoopbackGitHub;
  /** Opens a pull request and waits until all of its review is done. */
  open(repository: string, pull: NewPullRequest): Promise<TimedReview>;
  push(repository: string, number: number, branch: string, source: PushSource): Promise<TimedReview>;
  stop(): Promise<void>;
}

/** From the webhook to the completed check run. Milliseconds. */
export interface TimedReview {
  readonly number: number;
  readonly whole: number;
  /** Up to where the mirror has the head. */
  readonly fetch: number;
  /** From there to where it asks what stands there already, to post what does not. */
  readonly review: number;
  readonly posting: number;
  /** Of all of it: that GitHub's API was waited for. */
  readonly waited: number;
}

/** With a database of its own. */
export async function startAppUnderTest(
  workbench: Workbench,
  server: PostgresServer,
  writeGapMs: number,
): Promise<AppUnderTest> {
  const github = await startGitHub();
  const home = operatorHome(workbench);
  const databaseUrl = await migrated(workbench, server);
  const secret = randomBytes(32).toString('hex');
  const app = startForked<AppOrders, AppNews>('bench/support/app-process.ts', {
    ...workbench.env,
    ...{ HOME: home, CODE_AGENT_DATA: join(home, 'data'), DATABASE_URL: databaseUrl },
    ...{ HOST: '127.0.0.1', PORT: '0' },
    ...{ APP_ID: String(github.app.id), PRIVATE_KEY: github.app.privateKey, WEBHOOK_SECRET: secret },
    ...{ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
  });
  const news: AppNews[] = [];
  app.listen((one) => news.push(one));
  app.tell({ writeGapMs });
  const isListening = (said: AppNews): said is Extract<AppNews, { kind: 'listening' }> =>
    said.kind === 'listening';
  const { port } = await app.hear(isListening);
  github.setWebhook(`http://127.0.0.1:${port}/api/github/webhooks`, secret);

  const timed = async (change: () => Promise<number>): Promise<TimedReview> => {
    news.length = 0;
    const from = github.deliveries.length;
    const number = await change();
    await idle(databaseUrl);
    const sent = github.deliveries.slice(from).find(({ event }) => event === 'pull_request');
    if (sent === undefined) throw new Error('no webhook was sent');
    return timesOf(number, sent.at.getTime(), news);
  };
  return {
    github,
    open: (repository, pull) => timed(() => github.openPullRequest(repository, pull)),
    push: (repository, number, branch, source) =>
      timed(async () => {
        await github.push(repository, branch, source);
        return number;
      }),
    async stop() {
      github.setWebhook(null, '');
      await app.close();
      await github.stop();
    },
  };
}

/** Waits until no job waits or runs. */
async function idle(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, {}, async ({ sql }) => {
    for (;;) {
      const [row] = await sql<{ jobs: number; failed: string | null }[]>`
        select count(*)::int as jobs, max(last_error) as failed from graphile_worker.jobs
        where run_at < now() + interval '1 minute'`;
      if (row?.failed != null) throw new Error(`a job failed: ${row.failed}`);
      if (row?.jobs === 0) return;
      await wait(20);
    }
  });
}

function timesOf(number: number, sentAt: number, news: readonly AppNews[]): TimedReview {
  const answers = news.filter((one) => one.kind === 'answered');
  const fetchedAt = news.find((one) => one.kind === 'fetched')?.at;
  // Asked at the beginning, for what people think of what stands there, and when it is to be posted.
  const standing = answers.findLast(({ operation }) => operation.startsWith('graphql/'));
  const last = answers.findLast(({ operation }) => operation === 'checks/update');
  if (fetchedAt === undefined || standing === undefined || last === undefined)
    throw new Error(`it was not reviewed: ${answers.map(({ operation }) => operation).join(', ')}`);
  const postingAt = standing.at - standing.ms;
  return {
    number,
    whole: last.at - sentAt,
    fetch: fetchedAt - sentAt,
    review: postingAt - fetchedAt,
    posting: last.at - postingAt,
    waited: answers.reduce((sum, { ms }) => sum + ms, 0),
  };
}
