import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { createQueue } from '../../src/tasks/queue.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { LoopbackGitHub, Write } from '../support/github/loopback-github.ts';
import { GitHubRefusal } from '../support/github/refusal.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { appEnvironment, keptLog, until } from './intake-setup.ts';
import { programOf } from './kill-task-model.ts';
import { inWork } from './work-processes.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
let databases: Databases;

/** A server, and the program of workers, for the tests of a file. */
export function useTaskWorkers(): void {
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
    program = await bundleProgram('test/app/kill-task-process.ts');
  });
  afterAll(async () => {
    program.remove();
    await databases.stop();
  });
}

/** When a worker is killed. */
export type Moment =
  /** Before, amid or behind the record of an event, as `eventName` names it; or when its nth command begins, or amid that. */
  | { readonly at: 'work'; readonly what: string }
  /**
   * Before a write to GitHub is stored, or when it is and is not answered yet. `arrives`: what was sent is stored all the same, behind
   * the end of who sent it.
   */
  | {
      readonly at: 'write';
      readonly when: 'before' | 'after';
      readonly operation: string;
      readonly arrives?: boolean;
    };

/** A task, and when its workers are killed, one after the other. */
export interface Case {
  readonly name: string;
  readonly kills: readonly Moment[];
  readonly by?: 'label';
}

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
  ask(of: Case): Promise<void>;
  /** Says something in the issue of a case, as its webhook would have it said. */
  comment(name: string, body: string): Promise<void>;
  /** Ends when no job waits or runs, and two workers are there that have begun. */
  idle(): Promise<void>;
  stop(): Promise<void>;
  said(): Said[];
  /** Processes of a killed worker's work that were there when its successor had begun. */
  readonly left: readonly string[];
}

/** `machines`: with two of them, a killed worker's successor comes when the other machine has taken the task over. */
export async function taskWorld(machines: 1 | 2): Promise<TaskWorld> {
  const github = await testGitHub();
  const databaseUrl = await databases.migrated();
  const log = keptLog();
  await migrateQueue(databaseUrl, log);
  const pool = openPool(databaseUrl, { max: 2, log });
  const queue = createQueue(pool);
  const top = tempFolder();
  const folders = ['one', 'two'].slice(0, machines).map((name) => join(top, name));
  for (const folder of folders) mkdirSync(folder);
  const file = join(top, 'said');
  writeFileSync(file, '');
  const ids = new Map<string, number>();
  const workers = new Map<number, ChildProcess>();
  const looks: Promise<void>[] = [];
  const left: string[] = [];
  let err = '';
  let isOver = false;

  const said = (): Said[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [, what = '', repository, of = '', pid] = /^(\w+)(?: (\d+))?(?: (.*))? (\d+)$/.exec(line) ?? [];
        return { what, repository: Number(repository ?? 0), of, pid: Number(pid) };
      });
  const has = (pid: number, what: string): boolean =>
    said().some((one) => one.pid === pid && one.what === what);

  function startAt(place: number): number {
    const folder = folders[place % machines] ?? top;
    const child = spawn(process.execPath, [program.file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ...appEnvironment({
          ...{ DATABASE_URL: databaseUrl, TEST_FILE: file },
          // One that is only slow must not be taken for dead: no lock of this machine would keep the other one out.
          TEST_DEAD_MS: machines === 1 ? '700' : '1500',
          ...(machines === 2 && { TEST_STORE_MS: '10' }),
          ...{ APP_ID: String(github.app.id), PRIVATE_KEY: github.app.privateKey },
          ...{ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
        }),
      },
    });
    workers.set(place, child);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const { pid = 0 } = child;
    child.once('exit', () => looks.push(follow(place, pid, folder)));
    return pid;
  }

  /** Begins the successor of a worker, and looks at what the worker has left. */
  async function follow(place: number, before: number, folder: string): Promise<void> {
    if (isOver) return;
    if (machines === 2) {
      const at = said().length;
      await until(
        () => isOver || said().findIndex(({ what }, index) => index >= at && what === 'began') >= 0,
      );
    }
    if (isOver) return;
    const pid = startAt(place);
    await until(() => isOver || has(pid, 'working') || workers.get(place)?.pid !== pid, 30_000);
    if (!isOver) left.push(...inWork(folder, before));
  }

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
    await Promise.all(looks);
  };
  onTestFinished(async () => {
    await stop();
    await pool.end();
  });
  startAt(0);
  startAt(1);

  /** Kills who has said last that it does something for this repository. */
  async function killWorkerOf(repository: number): Promise<void> {
    const isAt = ({ what, repository: id }: Said): boolean =>
      id === repository && (what === 'began' || what === 'comment');
    await kill(said().findLast(isAt)?.pid ?? 0);
  }

  function killAtWrite(name: string, moment: Extract<Moment, { at: 'write' }>): void {
    const { when, operation, arrives = false } = moment;
    const ofCase = new RegExp(`/${name}(?:[./]|$)`);
    let isDone = false;
    const hit = async (write: Write): Promise<void> => {
      if (isDone || write.operation !== operation || !ofCase.test(write.path)) return;
      isDone = true;
      const id = ids.get(name) ?? 0;
      await killWorkerOf(id);
      appendFileSync(file, `killed ${id} ${when} ${operation} 0\n`);
      if (when === 'before' && !arrives) throw new GitHubRefusal(502, 'who asked is gone');
    };
    if (when === 'before') github.beforeEachWrite(hit);
    else github.afterEachWrite(hit);
  }

  const mona = { login: 'mona', id: github.addUser('mona').id, type: 'User' };
  async function comment(name: string, body: string): Promise<void> {
    const place = { installation: github.installationOf(`ada/${name}`), repository: ids.get(name) ?? 0 };
    await queue.add('comment', {
      ...{ ...place, number: 1, kind: 'issue', on: 'issue', body, author: mona },
      comment: await github.comment(`ada/${name}`, 1, body),
      ...{ updatedAt: new Date().toISOString(), inReplyTo: null },
    });
  }

  return {
    ...{ github, databaseUrl, folders, said, left, stop, comment },
    idOf: (name) => ids.get(name) ?? 0,
    async ask({ name, kills, by }) {
      const repository = `ada/${name}`;
      const { files, task } = programOf(name);
      const { id, installation } = await github.addRepository(repository, { files });
      ids.set(name, id);
      for (const moment of kills) {
        if (moment.at === 'work') appendFileSync(`${file}.${id}`, `${moment.what}\n`);
        else killAtWrite(name, moment);
      }
      await github.openIssue(repository, { title: task, body: 'It does not wait.' });
      if (by !== 'label') return comment(name, '/agent fix');
      await queue.add('labelled', { installation, repository: id, number: 1, by: mona, verb: 'fix' });
    },
    async idle() {
      for (const end = Date.now() + 180_000; ; ) {
        const { rows } = await pool.query<{ task: string; attempts: number; last_error: string | null }>(
          `select task_identifier as task, attempts, last_error from graphile_worker.jobs
          where task_identifier in ('task', 'comment', 'labelled')`,
        );
        const isThere = (child: ChildProcess): boolean =>
          child.exitCode === null && child.signalCode === null && has(child.pid ?? 0, 'working');
        if (rows.length === 0 && [...workers.values()].every(isThere)) return void (await Promise.all(looks));
        if (Date.now() > end) throw new Error(`not done: ${JSON.stringify(rows)}\n${err.slice(-8000)}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
  };
}
