import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { Model } from '../../src/agent/model.ts';
import type { AppDoor } from '../../src/app/app-door.ts';
import { readAppSettings } from '../../src/app/app-settings.ts';
import { jobs } from '../../src/app/jobs.ts';
import { operatorConfig } from '../../src/app/operator-config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { createMirrors } from '../../src/git/mirrors.ts';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import type { ObservedRequest } from '../../src/github/github-app.ts';
import { sandboxOr } from '../../src/local/sandbox-or.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { LoopbackGitHub } from '../support/github/loopback-github.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { keptLog, SECRET, type Serving, startServing } from './intake-setup.ts';

export interface AppWorld {
  readonly github: LoopbackGitHub;
  readonly serving: Serving;
  readonly log: ReturnType<typeof keptLog>;
  readonly requests: readonly ObservedRequest[];
  readonly door: () => AppDoor;
  readonly databaseUrl: string;
  /** Ends when every webhook was handled and no job waits or runs. */
  idle(): Promise<void>;
}

export interface AppWorldOptions {
  readonly databaseUrl: string;
  readonly models?: readonly Model[];
  /** Of the operator's own configuration. */
  readonly config?: string;
  readonly concurrency?: number;
}

let opened: ReturnType<typeof sandboxOr> | null = null;

/** One for all worlds of a file: to try whether it holds takes as long as some tests. */
function theSandbox(): ReturnType<typeof sandboxOr> {
  opened ??= sandboxOr({ PATH: process.env['PATH'] });
  return opened;
}

/** The App as it is served, in front of a GitHub of the test. Ended when the test has ended. */
export async function startApp(github: LoopbackGitHub, options: AppWorldOptions): Promise<AppWorld> {
  const folder = tempFolder();
  const env = { PATH: process.env['PATH'], HOME: folder };
  const settings = readAppSettings(
    readEnvironment({
      ...env,
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: SECRET,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: github.url,
      HOST: '127.0.0.1',
      PORT: '0',
    }),
  );
  const log = keptLog();
  const requests: ObservedRequest[] = [];
  const app = createGitHubApp(settings, { writeGapMs: 0, onRequest: (one) => requests.push(one) });
  const mirrors = createMirrors({ folder: join(folder, 'mirrors'), maxBytes: 1e9, env });
  let door: AppDoor | undefined;
  const serving = await startServing({
    databaseUrl: options.databaseUrl,
    settings,
    github: app,
    log,
    trustedBots: async () => (await operatorConfig({ env })).trustedBots,
    concurrency: options.concurrency ?? 4,
    jobs({ sql }) {
      door = {
        ...{
          env,
          sql,
          github: app,
          mirrors,
          log,
          sandbox: theSandbox,
          work: join(folder, 'work'),
          checksWithinMs: 0,
          storeEveryMs: 10_000,
        },
        serverUrl: settings.serverUrl,
        held: settings.held,
        askModels: (_, config, { door: policyDoor, message }) =>
          options.models === undefined
            ? undefined
            : Promise.resolve({
                models: options.models,
                tools: [],
                budget: createBudget({
                  usd: config.review.maxCost,
                  tokens: null,
                  deadline: monotonicMs() + 60_000,
                }),
                patience: '60 s',
                notes: [],
                door: policyDoor,
                knownValues: [],
                message,
              }),
      };
      return jobs(door);
    },
  });
  onTestFinished(() => serving.stop());
  github.setWebhook(`${serving.url}/api/github/webhooks`, SECRET);
  return {
    ...{ github, serving, log, requests, databaseUrl: options.databaseUrl },
    door() {
      if (door === undefined) throw new Error('the app has not begun');
      return door;
    },
    async idle() {
      await github.settled();
      await withDatabase(options.databaseUrl, {}, async ({ sql }) => {
        for (const end = Date.now() + 30_000; ; ) {
          const [row] = await sql<{ jobs: number; failed: string | null }[]>`
            select count(*)::int as jobs, max(last_error) as failed from graphile_worker.jobs
            where attempts < max_attempts and run_at < now() + interval '1 minute'`;
          if (row?.jobs === 0) return;
          if (Date.now() > end)
            throw new Error(
              `there are still ${row?.jobs} jobs: ${row?.failed} ${JSON.stringify(log.lines, null, 1)}`,
            );
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      });
    },
  };
}
