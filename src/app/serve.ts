import { join } from 'node:path';
import type { Sql } from 'postgres';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { GitHubApp } from '../github/github-app.ts';
import { storeDelivery } from '../sessions/postgres/deliveries.ts';
import { startEmbeddedDatabase } from '../sessions/postgres/embedded-database.ts';
import { errorCode } from '../sessions/postgres/error-code.ts';
import { hasTables, migrate, migrationStatus } from '../sessions/postgres/migrate.ts';
import { type Database, withDatabase } from '../sessions/postgres/with-database.ts';
import { placedJob } from '../tasks/job.ts';
import type { Log } from '../tasks/log.ts';
import { connectionsOfWorker, type WorkerOptions } from '../tasks/worker.ts';
import { aborted } from './aborted.ts';
import type { AppSettings } from './app-settings.ts';
import { startHttpServer } from './http-server.ts';
import { inTime } from './in-time.ts';
import { createIntake } from './intake.ts';
import type { JobHandlers } from './job-handlers.ts';
import { migrateQueue } from './migrate-queue.ts';
import { type AppWorker, GRACE_MS, startAppWorker } from './work.ts';

export interface ServeOptions {
  readonly settings: AppSettings;
  /** Null: a database of this process, in the folder of the settings. */
  readonly databaseUrl: string | null;
  readonly github: GitHubApp;
  /** What the worker does, with the database open. */
  readonly jobs: (database: { readonly sql: Sql }) => JobHandlers;
  readonly mayBeCommand: (body: string, slug: string) => boolean;
  /** The bots that the operator wants listened to, by GitHub's ids. */
  readonly trustedBots: () => Promise<readonly number[]>;
  /** Reviews at a time; 0: webhooks are taken in, and other processes work on them. */
  readonly concurrency: number;
  readonly log: Log;
  /** How the worker tells that it lives; as `startWorker` has it. */
  readonly beat?: Pick<WorkerOptions, 'beatMs' | 'deadAfterMs'>;
  /** How long jobs may go on behind `signal`. 15 s. */
  readonly graceMs?: number;
  /** Ends it, gracefully. */
  readonly signal: AbortSignal;
  readonly onListening?: (port: number) => void;
}

/** Of `withDatabase`, for intake and for jobs: each review holds one while it posts, and asks by another. */
export const connectionsFor = (concurrency: number): number => 4 + 2 * concurrency;

/** That are closed, and not gone yet. */
const CLOSING = 4;

/**
 * The GitHub App: webhooks come in, and a worker does what is to be done for them, until `signal`. Resolves when deliveries under
 * way are answered, and jobs have ended or are back in the queue. Rejects with exit code 2 when the database is not set up and
 * this user may not do it, with 3 when it cannot be reached.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { databaseUrl, settings } = options;
  if (databaseUrl !== null) return serveFrom(databaseUrl, options);
  if (options.concurrency === 0)
    throw new CodeAgentError(
      'without a worker deliveries would wait for ever: nobody else reaches the embedded database',
      {
        exitCode: EXIT.usage,
        advice: 'Set DATABASE_URL, or leave out --concurrency 0.',
      },
    );
  const { concurrency } = options;
  const embedded = await startEmbeddedDatabase(join(settings.data, 'database'), {
    connections: connectionsFor(concurrency) + connectionsOfWorker(concurrency) + CLOSING,
  });
  try {
    await serveFrom(embedded.url, options);
  } finally {
    await embedded.close();
  }
}

async function serveFrom(url: string, options: ServeOptions): Promise<void> {
  const { settings, log, signal, concurrency, graceMs = GRACE_MS } = options;
  await withDatabase(url, { connections: connectionsFor(concurrency) }, async (database) => {
    await bringForward(database);
    await migrateQueue(url, log);
    const worker =
      concurrency === 0
        ? null
        : await startAppWorker({ ...options, url, database, isAlone: options.databaseUrl === null });
    try {
      const server = await startHttpServer({
        ...settings,
        log,
        take: createIntake({
          secrets: settings.webhookSecrets,
          log,
          async store(delivery) {
            const job = placedJob('delivery', { id: delivery.id });
            const stored = await storeDelivery(database.sql, delivery, job, STORE_MS);
            worker?.nudge();
            return stored;
          },
        }),
        problems: () => problemsOf(database, worker, log),
      });
      log.info(
        { port: server.port, path: settings.webhookPath, database: database.place },
        'listening for webhooks',
      );
      options.onListening?.(server.port);
      await aborted(signal);
      log.info({}, 'stopping: what is under way is ended or handed on');
      await Promise.all([server.close(graceMs), worker?.stop(graceMs)]);
    } finally {
      await worker?.stop(0);
    }
  });
}

/** Shorter than the intake waits: what is refused is not stored behind its back. */
const STORE_MS = 7_000;

/** A user who may not make tables needs none made. */
async function bringForward(database: Database): Promise<void> {
  const { pending } = await migrationStatus(database);
  if (pending.length === 0) {
    await hasTables(database);
    return;
  }
  try {
    await migrate(database);
  } catch (error) {
    if (errorCode(error) !== '42501') throw error;
    throw new CodeAgentError(
      `the database at ${database.place} does not have the tables of this code-agent`,
      {
        exitCode: EXIT.usage,
        advice:
          'This user may not make them. `code-agent db migrate` does, as a user who may (docs/sessions.md).',
        cause: error,
      },
    );
  }
}

const READY_MS = 2_000;

/** Anybody may ask: where the database is, and what is wrong with it, only the log says. */
async function problemsOf(database: Database, worker: AppWorker | null, log: Log): Promise<string[]> {
  const problems = worker === null || worker.isRunning() ? [] : ['the worker has no queue'];
  try {
    await inTime(hasTables(database), READY_MS);
  } catch (err) {
    log.warn({ err }, 'the database cannot be used');
    problems.push('the database cannot be used');
  }
  return problems;
}
