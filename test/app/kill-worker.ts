import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { createQueue, type Queue } from '../../src/tasks/queue.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import type { LoopbackGitHub } from '../support/github/loopback-github.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { appEnvironment, keptLog, until } from './intake-setup.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;

/** Builds what the processes run. Below node_modules, so that packages are found from there. */
export function useProgram(): void {
  beforeAll(async () => {
    program = await bundleProgram('test/app/kill-process.ts');
  });
  afterAll(() => program.remove());
}

/** Workers that follow each other on one machine: the same folder, the same database. */
export interface KilledWorkers {
  readonly queue: Queue;
  start(): Promise<void>;
  /** SIGKILL; ends when it is gone. */
  kill(): Promise<void>;
  /** Ends when it was killed by something else. */
  died(): Promise<void>;
  /** Ends when no job waits or runs; a worker that is dead is followed by another one. */
  idle(): Promise<void>;
  /** What models were asked and answered, in all processes. */
  calls(): string[];
}

export async function killedWorkers(
  github: LoopbackGitHub,
  databaseUrl: string,
  { modelMs = 0 }: { readonly modelMs?: number } = {},
): Promise<KilledWorkers> {
  const folder = tempFolder();
  const file = join(folder, 'calls');
  writeFileSync(file, '');
  const log = keptLog();
  await migrateQueue(databaseUrl, log);
  const pool = openPool(databaseUrl, { max: 2, log });
  let child: ChildProcess | null = null;
  let said = '';
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const isAlive = () => child !== null && child.exitCode === null && child.signalCode === null;
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    ...appEnvironment({
      ...{ DATABASE_URL: databaseUrl, TEST_FILE: file, TEST_MODEL_MS: String(modelMs) },
      ...{ APP_ID: String(github.app.id), PRIVATE_KEY: github.app.privateKey },
      ...{ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
    }),
  };
  const kill = async (): Promise<void> => {
    const one = child;
    if (one === null || !isAlive()) return;
    const gone = new Promise((resolve) => one.once('exit', resolve));
    one.kill('SIGKILL');
    await gone;
  };
  onTestFinished(async () => {
    await kill();
    await pool.end();
  });

  const start = async (): Promise<void> => {
    const started = () => lines().filter((line) => line === 'working').length;
    const before = started();
    child = spawn(process.execPath, [program.file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => started() > before || !isAlive(), 30_000);
    if (!isAlive()) throw new Error(`the worker did not start: ${said}`);
  };
  return {
    queue: createQueue(pool),
    start,
    kill,
    async died() {
      for (const end = Date.now() + 30_000; isAlive(); ) {
        if (Date.now() > end) throw new Error(`it lives on: ${said.slice(-8000)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async idle() {
      // One whose place a newer one has taken has lost its key, and is never tried again.
      for (const end = Date.now() + 45_000; ; ) {
        if (!isAlive()) await start();
        const { rows } = await pool.query<{
          task: string;
          attempts: number;
          max_attempts: number;
          last_error: string;
        }>(
          `select task_identifier as task, attempts, max_attempts, last_error from graphile_worker.jobs
          where task_identifier = 'review' and key is not null`,
        );
        const dead = rows.find((row) => row.attempts >= row.max_attempts && isAlive());
        if (dead !== undefined || Date.now() > end)
          throw new Error(`not done: ${JSON.stringify(rows)}\n${said.slice(-8000)}`);
        if (rows.length === 0 && isAlive()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    calls: () => lines().filter((line) => line !== 'working'),
  };
}
