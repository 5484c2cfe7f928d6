import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { LoopbackGitHub } from '../../test/support/github/loopback-github.ts';
import { startGitHub } from '../../test/support/github/start-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { operatorHome } from './app-command.ts';
import { startForked } from './app-forked.ts';
import type { AppNews, AppOrders } from './app-process.ts';
import { migrated } from './time-writers.ts';
import type { Workbench } from './workbench.ts';

/** The App (support/app-process) in front of a GitHub of this process. */
export interface AppBehindGitHub {
  readonly github: LoopbackGitHub;
  /** What it has said since it was last forgotten. */
  readonly news: readonly AppNews[];
  forget(): void;
  /** Waits until no job waits or runs. Rejects when one has failed. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both, with a database of their own. */
export async function startAppBehindGitHub(
  workbench: Workbench,
  server: PostgresServer,
  orders: AppOrders,
): Promise<AppBehindGitHub> {
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
  app.tell(orders);
  const isListening = (said: AppNews): said is Extract<AppNews, { kind: 'listening' }> =>
    said.kind === 'listening';
  const { port } = await app.hear(isListening);
  github.setWebhook(`http://127.0.0.1:${port}/api/github/webhooks`, secret);
  return {
    github,
    news,
    forget() {
      news.length = 0;
    },
    idle: () => idle(databaseUrl),
    async stop() {
      github.setWebhook(null, '');
      await app.close();
      await github.stop();
    },
  };
}

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
