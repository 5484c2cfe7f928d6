import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NewEvent, SessionEvent } from '../../src/agent/session-event.ts';
import { type FollowEnd, followTask } from '../../src/local/follow-task.ts';
import { addTask, type LocalTask, writeTask } from '../../src/local/local-tasks.ts';
import { createJournal, type Journal } from '../../src/sessions/journal.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

const ENDED: NewEvent = {
  type: 'session-ended',
  data: {
    ...{ outcome: 'completed', ms: 9, usd: null, usage: null, coverage: null },
    findings: { kept: 0, suppressed: 0, dropped: 0 },
  },
};

const started = (line: string, door: 'cli' | 'app' = 'cli'): NewEvent => ({
  type: 'session-started',
  data: {
    ...{ kind: 'task', door, tool: { name: 'code-agent', version: '0.1.0' }, change: null },
    ...{ models: [{ id: 'm', context: 9, output: 9 }], nonce: 'n', line },
  },
});

const did = (key: string): NewEvent => ({ type: 'step-done', data: { key, result: true } });

const gitDirOf = (repository: TempRepository): string => join(repository.path, '.git');

/** A task that this process works on, with the beginning of its session. */
function beginTask(repository: TempRepository, more: Partial<LocalTask> = {}) {
  const gitDir = gitDirOf(repository);
  const journal = createJournal(gitDir, createSessionId());
  journal.append(started('task/1'));
  const task = addTask(gitDir, {
    ...{ text: 'mend it', type: 'bugfix', state: 'in_progress', reason: null, pid: process.pid },
    ...{ startedAt: new Date().toISOString(), endedAt: null, base: 'b'.repeat(40) },
    ...{ branch: null, head: null, session: journal.id },
    ...more,
  });
  return { task, journal, file: join(gitDir, 'code-agent/sessions', `${journal.id}.journal`) };
}

function watching({ env, path }: TempRepository, { id }: LocalTask, follow = true) {
  const door = { cwd: path, env, signal: new AbortController().signal };
  return followTask(join(path, '.git'), door, id, { follow });
}

const nameOf = (next: IteratorResult<SessionEvent, FollowEnd>) =>
  next.done ? next.value : next.value.type === 'step-done' ? next.value.data.key : next.value.type;

describe('followTask', () => {
  it('each event comes when it is written, to the last one', async () => {
    const repository = tempRepository();
    const { task, journal } = beginTask(repository);
    const events = watching(repository, task);
    expect(nameOf(await events.next())).toBe('session-started');
    for (const key of ['a', 'b']) {
      const next = events.next();
      journal.append(did(key));
      expect(nameOf(await next)).toBe(key);
    }
    journal.append(did('c'));
    journal.append(ENDED);
    journal.close();
    expect([nameOf(await events.next()), nameOf(await events.next())]).toEqual(['c', 'session-ended']);
    expect(nameOf(await events.next())).toEqual({ session: journal.id, isWhole: true, damage: null });
  });

  it('half a record is waited for', async () => {
    const repository = tempRepository();
    const { task, journal, file } = beginTask(repository);
    const before = readFileSync(file).length;
    journal.append(did('a'));
    const record = readFileSync(file).subarray(before);
    truncateSync(file, before + 20);
    const events = watching(repository, task);
    await events.next();
    const next = events.next();
    // Looked at once with the half that is there.
    expect(await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 300))])).toBeUndefined();
    appendFileSync(file, record.subarray(20));
    expect(nameOf(await next)).toBe('a');
    journal.close();
  });

  it.each([true, false])(
    'of one that was killed: what there is, and that it has no end (follow: %j)',
    async (follow) => {
      const repository = tempRepository();
      const { task, journal } = beginTask(repository);
      journal.close();
      const events = watching(repository, task, follow);
      await events.next();
      expect(nameOf(await events.next())).toEqual({ session: journal.id, isWhole: false, damage: null });
    },
  );

  it('one that has no session yet is waited for', async () => {
    const repository = tempRepository();
    const { task, journal } = beginTask(repository, { session: null });
    const events = watching(repository, task);
    const next = events.next();
    writeTask(gitDirOf(repository), { ...task, session: journal.id });
    expect(nameOf(await next)).toBe('session-started');
    journal.close();
    const left = beginTask(repository, { session: null, state: 'failed' });
    left.journal.close();
    expect(nameOf(await watching(repository, left.task).next())).toMatchObject({ session: null });
  });
});

const ended = (journal: Journal, ...events: readonly NewEvent[]) => {
  for (const event of events) journal.append(event);
  journal.close();
};

describe('tasks logs', () => {
  it('a line for each event; with --json one of JSON', async () => {
    const repository = tempRepository();
    const { journal } = beginTask(repository);
    ended(journal, did('tests \u001b[31m0'), ENDED);
    const shown = await repository.codeAgent(['tasks', 'logs', '1']);
    expect(shown.stdout.split('\n')).toEqual([
      `Session   ${journal.id}`,
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}session {3}task with m, by code-agent 0\.1\.0$/),
      expect.stringMatching(/ did {7}tests <U\+001B>\[31m0$/),
      expect.stringMatching(/ ended {5}completed · 0\.01 s$/),
      '',
    ]);
    const json = await repository.codeAgent(['tasks', 'logs', '1', '-f', '--json']);
    const lines = json.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3]);
    expect([shown.code, json.code]).toEqual([0, 0]);
  });

  it('says when the task was killed, when its session is damaged, and when it has none', async () => {
    const repository = tempRepository();
    const { journal } = beginTask(repository);
    ended(journal, did('a'));
    const killed = await repository.codeAgent(['tasks', 'logs', '1', '--follow']);
    expect(killed.stderr).toBe('code-agent: task 1 was killed: its session has no end\n');
    expect(killed.code).toBe(3);
    expect((await repository.codeAgent(['tasks', 'logs', '1'])).code).toBe(0);
    const { journal: other, file } = beginTask(repository);
    ended(other, did('a'), ENDED);
    const bytes = readFileSync(file, 'utf8');
    truncateSync(file, 0);
    appendFileSync(file, bytes.replace('"a"', '"b"'));
    const damaged = await repository.codeAgent(['tasks', 'logs', '2', '-f']);
    expect(damaged.stderr).toContain('the session is damaged: record 2 does not fit its checksum');
    expect(damaged.code).toBe(3);
    const { journal: third } = beginTask(repository, { session: null, state: 'failed' });
    ended(third);
    const none = await repository.codeAgent(['tasks', 'logs', '3']);
    expect(none.stderr).toContain('task 3 has no session');
    expect(none.code).toBe(3);
  });
});

describe('what a task of this machine has no need of', () => {
  it('is said, with what to do instead', async () => {
    const repository = tempRepository();
    const { journal } = beginTask(repository);
    ended(journal, ENDED);
    const said = async (...args: string[]) => {
      const { code, stderr } = await repository.codeAgent(['tasks', ...args]);
      return [code, stderr];
    };
    expect(await said('retry', '1')).toEqual([
      2,
      expect.stringMatching(/task 1 is of this machine: .*\n {2}`code-agent run` with the same words/),
    ]);
    const inTerminal = [2, expect.stringContaining('it asks in the terminal in which it runs')];
    expect(await said('approve', '1', 'abcd')).toEqual(inTerminal);
    expect(await said('answer', '1', 'abcd', 'yes')).toEqual(inTerminal);
    expect(await said('priority', '1', 'high')).toEqual([2, expect.stringContaining('it has no priority')]);
    expect(await said('frob', '1')).toEqual([2, expect.stringContaining('list, show, logs, cancel or undo')]);
  });
});

describe('sessions resume and replay', () => {
  it.each([
    ['task/7', 'cli', 'task 7', '`code-agent run` with the same words'],
    ['task/7', 'app', 'task app-7', '`code-agent tasks retry app-7`'],
    ['design/shop', 'cli', 'a conversation', '`code-agent interactive` with the same words'],
    ['pull/7', 'app', 'a question', '`/agent ask`'],
  ] as const)(
    'are for reviews, not for what is on the line %s of the %s',
    async (line, door, what, instead) => {
      const repository = tempRepository();
      const journal = createJournal(gitDirOf(repository), createSessionId());
      ended(journal, started(line, door), did('a'));
      for (const verb of ['resume', 'replay']) {
        const { code, stderr } = await repository.codeAgent(['sessions', verb, journal.id]);
        expect(stderr).toContain(`the session ${journal.id} is of ${what}: ${verb} is for reviews\n  `);
        expect(stderr).toContain(instead);
        expect(code).toBe(2);
      }
    },
  );
});
