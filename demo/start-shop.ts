import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { createBudget } from '../src/agent/budget.ts';
import { monotonicMs } from '../src/agent/clock.ts';
import type { Model } from '../src/agent/model.ts';
import { readAppSettings } from '../src/app/app-settings.ts';
import { createLog } from '../src/app/create-log.ts';
import { jobs } from '../src/app/jobs.ts';
import { serve } from '../src/app/serve.ts';
import { processEnvironment, readEnvironment } from '../src/config/environment.ts';
import { createMirrors } from '../src/git/mirrors.ts';
import { createGitHubApp } from '../src/github/create-github-app.ts';
import { sandboxOr } from '../src/local/sandbox-or.ts';
import { mayBeCommand } from '../src/tasks/comment-command.ts';
import type { LoopbackGitHub } from '../test/support/github/loopback-github.ts';
import { startGitHub } from '../test/support/github/start-github.ts';

/** The App as `code-agent serve` runs it, with its embedded database, in front of a GitHub of this process. */
export interface Shop {
  readonly github: LoopbackGitHub;
  /** What the App has warned of, a line each. */
  readonly warnings: readonly string[];
  /** Resolves when nothing is left to be done; rejects when that takes too long, or the App has ended. */
  idle(): Promise<void>;
  /** Ends both, and removes all that they kept. */
  stop(): Promise<void>;
}

/** `signal` ends the App. */
export async function startShop(model: Model, signal: AbortSignal): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'code-agent-demo-'));
  const github = await startGitHub({ app: { slug: 'code-agent' } });
  const stopping = new AbortController();
  const warnings: string[] = [];
  let sql: Sql | null = null;
  let ended: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended.catch(() => {});
    await github.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const secret = randomBytes(32).toString('hex');
    // The machine's own settings and keys are none of the demo's.
    const env = { PATH: processEnvironment()['PATH'], HOME: folder };
    const settings = readAppSettings(
      readEnvironment({
        ...env,
        APP_ID: String(github.app.id),
        PRIVATE_KEY: github.app.privateKey,
        WEBHOOK_SECRET: secret,
        GITHUB_API_URL: github.apiUrl,
        GITHUB_SERVER_URL: github.url,
        HOST: '127.0.0.1',
        PORT: '0',
      }),
    );
    const { serverUrl, held, data } = settings;
    const log = createLog({
      ...{ level: 'warn', held, isForPerson: true },
      write: (line) => void warnings.push(line.trimEnd()),
    });
    // GitHub asks for a second between two writes; this one has nobody else to serve.
    const app = createGitHubApp(settings, { writeGapMs: 0 });
    const work = join(data, 'work');
    const sandbox = () => sandboxOr(env);
    const mirrors = createMirrors({ folder: join(data, 'mirrors'), maxBytes: 1e9, env });
    const port = await new Promise<number>((resolve, reject) => {
      ended = serve({
        ...{ settings, log, mayBeCommand, github: app, databaseUrl: null, concurrency: 2 },
        signal: AbortSignal.any([signal, stopping.signal]),
        trustedBots: async () => [],
        jobs(database) {
          sql = database.sql;
          return jobs({
            ...{
              env,
              log,
              github: app,
              serverUrl,
              mirrors,
              work,
              sandbox,
              checksWithinMs: 0,
              storeEveryMs: 10_000,
              held,
              sql: database.sql,
            },
            askModels: async (_, config, { door, message }) => ({
              ...{ models: [model], tools: [], notes: [], knownValues: [], door, message, patience: '60 s' },
              budget: createBudget({
                usd: config.review.maxCost,
                tokens: null,
                deadline: monotonicMs() + 60_000,
              }),
            }),
          });
        },
        onListening: resolve,
      });
      ended.catch(reject);
    });
    github.setWebhook(`http://127.0.0.1:${port}${settings.webhookPath}`, secret);
    return {
      ...{ github, warnings, stop },
      async idle() {
        await github.settled();
        for (const end = monotonicMs() + 60_000; ; await setTimeout(30, undefined, { signal })) {
          const left = sql === null ? [] : await jobsLeft(sql);
          if (left.length === 0) return;
          if (monotonicMs() > end) throw new Error(`the App does not come to an end: ${left.join(', ')}`);
        }
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The names of the jobs that wait or run. Those of the clock come later. */
async function jobsLeft(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select task_identifier as name from graphile_worker.jobs
    where attempts < max_attempts and run_at < now() + interval '1 minute'`;
  return rows.map(({ name }) => name);
}
