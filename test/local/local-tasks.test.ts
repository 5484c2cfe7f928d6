import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { addTask, readTask, taskFolder, tidyTasks } from '../../src/local/local-tasks.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { tempFolder } from '../support/temp-repository.ts';

needsSandbox();

/** A task of that process, with a bubblewrap that runs in its folder, as one does whose process was killed while it began. */
function begun(commonDir: string, pid: number): { readonly id: number; readonly child: ChildProcess } {
  const { id } = addTask(commonDir, {
    ...{ text: 'Mend it', type: 'bugfix', state: 'in_progress', reason: null },
    ...{ pid, startedAt: new Date().toISOString(), endedAt: null },
    ...{ base: '0'.repeat(40), branch: null, head: null, session: null },
  });
  const worktree = join(taskFolder(commonDir, id), 'worktree');
  mkdirSync(worktree);
  const args = ['--ro-bind', '/', '/', '--bind', worktree, '/mnt', '--die-with-parent', 'sleep', '600'];
  const child = spawn('bwrap', args, { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { id, child };
}

it('what killed runs have left is ended and taken away, and no other', async () => {
  const commonDir = tempFolder();
  const killed = begun(commonDir, spawnSync('true').pid);
  const alive = begun(commonDir, process.pid);
  const ended = new Promise((resolve) => killed.child.once('exit', (_, signal) => resolve(signal)));
  await tidyTasks(commonDir, {});
  expect(await ended).toBe('SIGKILL');
  expect(alive.child.exitCode ?? alive.child.signalCode).toBeNull();
  expect(readdirSync(taskFolder(commonDir, killed.id))).toEqual(['task.json']);
  expect(readdirSync(taskFolder(commonDir, alive.id)).sort()).toEqual(['task.json', 'worktree']);
  expect(readTask(commonDir, killed.id)).toMatchObject({ state: 'failed', reason: 'it was killed' });
  expect(readTask(commonDir, alive.id)).toMatchObject({ state: 'in_progress' });
});
