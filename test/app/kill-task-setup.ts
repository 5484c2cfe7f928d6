import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { createQueue } from '../../src/tasks/queue.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { LoopbackGitHub, Write } from '../support/github/loopback-github.ts';
import { GitHubRefusal } from '../support/github/refusal.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { appEnvironment, keptLog } from './intake-setup.ts';
import { programOf } from './kill-task-model.ts';
import { inWork } from './work-processes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let program: string;
let databases: Databases;

/** A server, and the program of workers, for the tests of a file. */
export function useTaskWorkers(): void {
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
    const folder = mkdtempSync(join(ROOT, 'node_modules', '.run-'));
    program = join(folder, 'app.mjs');
    await build({
      ...{ entryPoints: [join(ROOT, 'test/app/kill-task-process.ts')], outfile: program, bundle: true },
      ...{ platform: 'node', format: 'esm', target: 'node20.19', packages: 'external' },
    });
    cpSync(join(ROOT, 'src/sessions/postgres/migrations'), join(folder, 'migrations'), { recursive: true });
    cpSync(join(ROOT, 'src/tasks/personas'), join(folder, 'personas'), { recursive: true });
  });
  afterAll(async () => {
    rmSync(join(program, '..'), { recursive: true, force: true });
    await databases.stop();
  });
}

/** When the worker of a task is killed. */
export type Moment =
  /** Before, amid or after the record of an event of its journal, as `eventName` names it. */
  | { readonly at: 'event'; readonly when: 'before' | 'amid' | 'after'; readonly event: string }
  /** Before a write to GitHub is stored, or when it is and is not answered yet. `lost`: what was sent is not stored. */
  | {
      readonly at: 'write';
      readonly when: 'before' | 'after';
      readonly operation: string;
      readonly lost?: boolean;
    }
  /** So long behind the beginning of the `nth` command of a worker in the sandbox, from 1. */
  | { readonly at: 'command'; readonly nth: number; readonly afterMs: number };

/** A line that a worker has said: what, of which repository, and which process it was. */
export interface Said {
  readonly what: string;
  readonly repository: number;
  readonly of: string;
  readonly pid: number;
}

/** Two workers, each followed by another one when it is killed, and a repository with an issue for each case. */
export interface TaskWorld {
  readonly github: LoopbackGitHub;
  readonly databaseUrl: string;
  /** Where the workers keep what is theirs: of one machine, or of one each. */
  readonly folders: readonly string[];
  readonly idOf: (name: string) => number;
  /** Asks for the work of a case, whose worker will be killed. */
  ask(name: string, moment: Moment | null, by?: 'comment' | 'label'): Promise<void>;
  /** Ends when no job waits or runs, and both workers live. */
  idle(): Promise<void>;
  /** Ends when each machine has a worker that has begun since the last kill. */
  settle(): Promise<void>;
  /** Ends both of them. */
  stop(): Promise<void>;
  said(): Said[];
  /** Commands of a killed worker that were still there a second behind it. */
  readonly left: readonly string[];
  readonly log: () => string;
}

export async function taskWorld(machines: 1 | 2): Promise<TaskWorld> {
  const github = await testGitHub();
  const databaseUrl = await databases.migrated();
  const log = keptLog();
  await migrateQueue(databaseUrl, log);
  const pool = openPool(databaseUrl, { max: 2, log });
  const queue = createQueue(pool);
  const top = tempFolder();
  const folders = machines === 1 ? [join(top, 'one')] : [join(top, 'one'), join(top, 'two')];
  for (const folder of folders) mkdirSync(folder);
  const file = join(top, 'said');
  writeFileSync(file, '');
  const ids = new Map<string, number>();
  const left: string[] = [];
  let err = '';
  let isOver = false;

  const said = (): Said[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const words = line.split(' ');
        const pid = Number(words.at(-1));
        const [what = '', repository = '0', ...of] = words.slice(0, -1);
        return { what, repository: Number(repository), of: of.join(' '), pid };
      });

  const looks: Promise<void>[] = [];
  /** What was the work of a killed worker has a second to end with it. */
  const lookBehind = async (pid: number, folder: string): Promise<void> => {
    for (const end = Date.now() + 1_000; ; ) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const found = inWork(folder, pid);
      if (found.length === 0) return;
      if (Date.now() > end) return void left.push(...found);
    }
  };

  const workers = new Map<number, ChildProcess>();
  const startAt = (place: number): void => {
    const folder = folders[place % folders.length] ?? top;
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ...appEnvironment({
          ...{ DATABASE_URL: databaseUrl, TEST_FILE: file },
          ...{ APP_ID: String(github.app.id), PRIVATE_KEY: github.app.privateKey },
          ...{ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
        }),
      },
    });
    workers.set(place, child);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('exit', () => {
      if (isOver) return;
      startAt(place);
      looks.push(lookBehind(child.pid ?? 0, folder));
    });
  };
  const kill = async (pid: number): Promise<void> => {
    const child = [...workers.values()].find((one) => one.pid === pid);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  const stop = async (): Promise<void> => {
    isOver = true;
    await Promise.all([...workers.values()].map(({ pid = 0 }) => kill(pid)));
  };
  onTestFinished(async () => {
    await stop();
    await pool.end();
  });
  startAt(0);
  startAt(1);

  /** Who has said last that it does something of a repository. */
  const workerOf = (repository: number): number =>
    said().findLast((one) => one.repository === repository && ['began', 'comment'].includes(one.what))?.pid ??
    0;

  function killAtWrite(name: string, moment: Extract<Moment, { at: 'write' }>): void {
    let isDone = false;
    const hit = async (write: Write): Promise<boolean> => {
      const isIt = write.operation === moment.operation && new RegExp(`/${name}(?:[./]|$)`).test(write.path);
      if (!isIt || isDone) return false;
      isDone = true;
      await kill(workerOf(ids.get(name) ?? 0));
      writeFileSync(file, `killed ${ids.get(name)} ${moment.when} ${moment.operation} 0\n`, { flag: 'a' });
      return true;
    };
    if (moment.when === 'before')
      github.beforeEachWrite(async (write) => {
        if ((await hit(write)) && moment.lost !== false) throw new GitHubRefusal(502, 'who asked is gone');
      });
    else github.afterEachWrite(async (write) => void (await hit(write)));
  }

  return {
    ...{ github, databaseUrl, folders, said, left, stop, log: () => err },
    idOf: (name) => ids.get(name) ?? 0,
    async ask(name, moment, by = 'comment') {
      const repository = `ada/${name}`;
      const { id, installation } = await github.addRepository(repository, { files: programOf(name).files });
      ids.set(name, id);
      await github.openIssue(repository, { title: programOf(name).task, body: 'It does not wait.' });
      if (moment?.at === 'event') writeFileSync(`${file}.${id}`, `${moment.when} ${moment.event}`);
      if (moment?.at === 'write') killAtWrite(name, moment);
      if (moment?.at === 'command') writeFileSync(`${file}.${id}`, `command ${moment.nth} ${moment.afterMs}`);
      const mona = { login: 'mona', id: github.addUser('mona').id, type: 'User' };
      const place = { installation, repository: id, number: 1 };
      if (by === 'label') return queue.add('labelled', { ...place, by: mona, verb: 'fix' });
      const comment = await github.comment(repository, 1, '/agent fix');
      await queue.add('comment', {
        ...{ ...place, kind: 'issue', comment, body: '/agent fix', on: 'issue', author: mona },
        updatedAt: new Date().toISOString(),
        inReplyTo: null,
      });
    },
    async settle() {
      const isWorking = () =>
        [...workers.values()].every(({ pid = 0 }) =>
          said().some((one) => one.what === 'working' && one.pid === pid),
        );
      await Promise.all(looks);
      for (const end = Date.now() + 30_000; !isWorking(); ) {
        if (Date.now() > end) throw new Error(`a worker does not begin: ${err.slice(-8000)}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    async idle() {
      for (const end = Date.now() + 180_000; ; ) {
        const { rows } = await pool.query<{ task: string; attempts: number; last_error: string }>(
          `select task_identifier as task, attempts, last_error from graphile_worker.jobs
          where task_identifier in ('task', 'comment', 'labelled')`,
        );
        const started = said().filter(({ what }) => what === 'working').length;
        const live = [...workers.values()].filter((one) => one.exitCode === null && one.signalCode === null);
        if (rows.length === 0 && live.length === 2 && started >= 2) return;
        if (Date.now() > end) throw new Error(`not done: ${JSON.stringify(rows)}\n${err.slice(-8000)}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
  };
}
