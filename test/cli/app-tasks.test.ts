import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { NewEvent } from '../../src/agent/session-event.ts';
import { followTask } from '../../src/local/follow-task.ts';
import { addTask } from '../../src/local/local-tasks.ts';
import { createJournal, type Journal, readJournal } from '../../src/sessions/journal.ts';
import { storeSession } from '../../src/sessions/postgres/store-session.ts';
import { endTask, startTask, waitTask } from '../../src/sessions/postgres/tasks.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { added, BASE, repositoryOf } from '../sessions/postgres/tasks-setup.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { CLI, isolatedEnvironment, run, tempFolder, tempRepository } from '../support/temp-repository.ts';

const STARTED: NewEvent = {
  type: 'session-started',
  data: {
    ...{ kind: 'task', door: 'app', tool: { name: 'code-agent', version: '0.1.0' }, change: null },
    ...{ models: [{ id: 'm', context: 9, output: 9 }], nonce: 'n', line: 'task/1' },
  },
};
const ENDED: NewEvent = {
  type: 'session-ended',
  data: {
    ...{ outcome: 'completed', ms: 9, usd: null, usage: null, coverage: null },
    findings: { kept: 0, suppressed: 0, dropped: 0 },
  },
};
const did = (key: string): NewEvent => ({ type: 'step-done', data: { key, result: true } });

// Both know the same SQL (test/sessions/postgres): one is enough for what is said of it.
describe.each(DATABASES.slice(0, 1))("the App's tasks, on %s", (_, start) => {
  let databases: Databases;
  let url: string;
  beforeAll(async () => {
    databases = await start();
    url = await databases.empty();
    const env = { ...isolatedEnvironment('/nowhere'), DATABASE_URL: url };
    expect((await run(process.execPath, [CLI, 'db', 'migrate'], { env })).code).toBe(0);
  });
  afterAll(() => databases.stop());

  const opened = <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    withDatabase(url, {}, ({ sql }) => work(sql));
  const tasks = (...args: string[]) => {
    const env = { ...isolatedEnvironment('/nowhere'), DATABASE_URL: url };
    return run(process.execPath, [CLI, 'tasks', ...args], { env });
  };

  /** The session of a task, of which each time that much is stored. */
  function session(sql: Sql) {
    const folder = tempFolder();
    const begin = (): Journal => {
      const journal = createJournal(folder, createSessionId());
      onTestFinished(() => journal.close());
      return journal;
    };
    const store = async (journal: Journal, ...events: readonly NewEvent[]) => {
      for (const event of events) journal.append(event);
      const records = readJournal(folder, journal.id)?.records ?? [];
      await storeSession(sql, await repositoryOf(sql), journal.id, records);
    };
    return { begin, store };
  }

  /** `tasks logs --follow` in another process. `sees` resolves when it has shown that. */
  function following(id: number) {
    const child = spawn(process.execPath, [CLI, 'tasks', 'logs', `app-${id}`, '--follow'], {
      env: { ...isolatedEnvironment('/nowhere'), DATABASE_URL: url },
    });
    onTestFinished(() => void child.kill());
    let shown = '';
    let look = (): void => {};
    child.stdout.on('data', (text) => {
      shown += text;
      look();
    });
    const end = new Promise<unknown>((resolve) => child.once('close', resolve));
    const sees = (text: string) =>
      new Promise<void>((resolve) => {
        look = () => shown.includes(text) && resolve();
        look();
      });
    return { sees, end, shown: () => shown };
  }

  it('logs --follow: what becomes of it, and its events as they are stored, to the last', async () => {
    await opened(async (sql) => {
      const { begin, store } = session(sql);
      const { id } = await added(sql, { number: 1 });
      const watched = following(id);
      await watched.sees(`app-${id} is pending\n`);
      const [first, second] = [begin(), begin()];
      const startWith = ({ id: own }: Journal) =>
        startTask(sql, id, { session: own, base: BASE, branch: 'code-agent/1' });
      await startWith(first);
      await watched.sees(`app-${id} is in progress\n`);
      await store(first, STARTED, did('a'));
      await watched.sees(' did       a\n');
      await waitTask(sql, id);
      await watched.sees(`app-${id} is waiting: \`code-agent tasks show app-${id}\` says for what\n`);
      // On another machine it was begun anew.
      await startWith(second);
      await store(second, STARTED, did('b'));
      await watched.sees(' did       b\n');
      await endTask(sql, id, { state: 'completed', reason: null, report: null, head: null, pull: null });
      await watched.sees(`app-${id} is completed\n`);
      // What is stored behind the end belongs to it.
      await store(second, did('c'), ENDED);
      expect(await watched.end).toBe(0);
      expect(watched.shown().match(/(?<=^Session {3}).*/gm)).toEqual([first.id, second.id]);
      expect(watched.shown().match(/(?<= did {7}).*/g)).toEqual(['a', 'b', 'c']);
      expect(watched.shown()).toMatch(/ ended {5}completed · 0\.01 s\n$/);
    });
  }, 30_000);

  it('logs: what is stored; and that nothing is, or that it was not begun', async () => {
    await opened(async (sql) => {
      const { begin, store } = session(sql);
      const { id } = await added(sql, { number: 2 });
      expect(await tasks('logs', `app-${id}`)).toEqual({
        ...{ code: 3, stdout: '' },
        stderr: `code-agent: app-${id} has no session: it was not begun\n  It is pending.\n`,
      });
      const journal = begin();
      await startTask(sql, id, { session: journal.id, base: BASE, branch: 'code-agent/2' });
      const nothing = await tasks('logs', `app-${id}`);
      expect(nothing.stderr).toContain(`nothing of the session of app-${id} is stored yet`);
      expect(nothing.stderr).not.toContain('    at ');
      expect(nothing.code).toBe(3);
      await store(journal, STARTED, did('\u001b[31ma'));
      const shown = await tasks('logs', `app-${id}`);
      expect(shown.code).toBe(0);
      expect(shown.stdout).toMatch(
        new RegExp(
          `^Session {3}${journal.id}\n.* session {3}task with m, .*\n.* did {7}<U\\+001B>\\[31ma\n$`,
        ),
      );
      const json = await tasks('logs', `app-${id}`, '--json');
      const events = json.stdout.trimEnd().split('\n');
      expect(events.map((line) => JSON.parse(line).type)).toEqual(['session-started', 'step-done']);
    });
  });

  it('priority: of one that is not over, shown where it is not normal', async () => {
    await opened(async (sql) => {
      const { id } = await added(sql, { number: 3, request: 'mend it' });
      const name = `app-${id}`;
      const shown = async () => [
        (await tasks('list', '--app')).stdout.split('\n').find((line) => line.startsWith(`${name} `)),
        /^priority .*/m.exec((await tasks('show', name)).stdout)?.[0],
      ];
      expect(await shown()).toEqual([expect.stringMatching(/ #3 {2}mend it$/), undefined]);
      expect((await tasks('priority', name, 'high')).stdout).toBe(`${name} has the priority high\n`);
      expect(await shown()).toEqual([expect.stringMatching(/ #3 {2}\(high\) mend it$/), 'priority  high']);
      expect((await tasks('priority', name, 'low')).code).toBe(0);
      expect(await shown()).toEqual([expect.stringMatching(/ #3 {2}\(low\) mend it$/), 'priority  low']);
      expect((await tasks('priority', name, 'normal')).code).toBe(0);
      expect((await shown())[1]).toBeUndefined();
      for (const word of ['urgent', '1'])
        expect(await tasks('priority', name, word)).toMatchObject({
          ...{ code: 2, stdout: '' },
          stderr: `code-agent: code-agent tasks priority ${name} high|normal|low\n`,
        });
      expect((await tasks('priority', name)).code).toBe(2);
      await tasks('cancel', name);
      expect(await tasks('priority', name, 'high')).toMatchObject({ code: 3, stdout: 'it is over\n' });
    });
  });

  it('undo is for GitHub; another verb there is not', async () => {
    const { id } = await opened((sql) => added(sql, { number: 4 }));
    const undo = await tasks('undo', `app-${id}`);
    expect(undo.stderr).toBe(
      `code-agent: what app-${id} has made is on GitHub\n  \`/agent undo\` in #4 closes its pull request.\n`,
    );
    expect(undo.code).toBe(2);
    expect((await tasks('frob', `app-${id}`)).stderr).toContain('retry, approve, answer or priority');
    expect((await tasks('logs', 'app-99999')).stderr).toContain('there is no task app-99999');
  });

  it('a task of this machine, whose session was moved while somebody watched, is shown to its end', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.txt': 'a' });
    const gitDir = join(repository.path, '.git');
    const journal = createJournal(gitDir, createSessionId());
    const { id } = addTask(gitDir, {
      ...{ text: 'mend it', type: 'bugfix', state: 'in_progress', reason: null, pid: process.pid },
      ...{ startedAt: new Date().toISOString(), endedAt: null, base: BASE, branch: null, head: null },
      session: journal.id,
    });
    journal.append(STARTED);
    const env = { ...repository.env, DATABASE_URL: url };
    const door = { cwd: repository.path, env, signal: new AbortController().signal };
    const events = followTask(gitDir, door, id, { follow: true });
    expect((await events.next()).value).toMatchObject({ type: 'session-started' });
    for (const event of [did('a'), ENDED]) journal.append(event);
    journal.close();
    expect((await repository.codeAgent(['sessions', 'move'], { env })).stdout).toContain('1 session moved');
    expect((await events.next()).value).toMatchObject({ type: 'step-done' });
    expect((await events.next()).value).toMatchObject({ type: 'session-ended' });
    expect(await events.next()).toEqual({
      done: true,
      value: { session: journal.id, isWhole: true, damage: null },
    });
    expect((await repository.codeAgent(['tasks', 'logs', String(id)], { env })).stdout).toContain(
      'completed',
    );
  });
});
