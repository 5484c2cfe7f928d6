import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { endForgotten } from '../sandbox/end-forgotten.ts';
import { endForgottenContainers } from '../sandbox/end-forgotten-containers.ts';
import { writeAtOnce } from '../sessions/write-at-once.ts';
import { TASK_TYPES } from '../tasks/task-type.ts';

const record = z.object({
  id: z.int(),
  text: z.string(),
  type: z.enum(TASK_TYPES),
  /** `in_progress` of one that was killed, too. */
  state: z.enum(['in_progress', 'completed', 'failed', 'cancelled', 'undone']),
  reason: z.nullable(z.string()),
  /** Of the process that does it. */
  pid: z.int(),
  startedAt: z.string(),
  endedAt: z.nullable(z.string()),
  base: z.string(),
  /** Null before there is one. */
  branch: z.nullable(z.string()),
  /** What the branch was at when the task ended. */
  head: z.nullable(z.string()),
  session: z.nullable(z.string()),
});

/** What this machine remembers of a task that was run here. */
export type LocalTask = z.infer<typeof record>;

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'tasks');
const NAME = /^([1-9][0-9]{0,8})$/;

/** The folder of a task's own: its worktree while it runs, what was overwritten, its record. */
export const taskFolder = (commonDir: string, id: number): string => join(folderOf(commonDir), String(id));

/** Begins a task: its number is the next one, and nobody else's. */
export function addTask(commonDir: string, begun: Omit<LocalTask, 'id'>): LocalTask {
  mkdirSync(folderOf(commonDir), { recursive: true, mode: 0o700 });
  for (let id = Math.max(0, ...numbers(commonDir)) + 1; ; id += 1) {
    try {
      mkdirSync(taskFolder(commonDir, id), { mode: 0o700 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw error;
    }
    const task = { ...begun, id };
    writeTask(commonDir, task);
    return task;
  }
}

export function writeTask(commonDir: string, task: LocalTask): void {
  writeAtOnce(join(taskFolder(commonDir, task.id), 'task.json'), `${JSON.stringify(task, null, 2)}\n`);
}

/** All of them, the newest first. What cannot be read is left out. */
export const listTasks = (commonDir: string): LocalTask[] =>
  numbers(commonDir)
    .sort((one, other) => other - one)
    .flatMap((id) => readTask(commonDir, id) ?? []);

export function readTask(commonDir: string, id: number): LocalTask | null {
  try {
    return z.parse(record, JSON.parse(readFileSync(join(taskFolder(commonDir, id), 'task.json'), 'utf8')));
  } catch {
    return null;
  }
}

/** The task of that number. Throws with exit code 2 when there is none. */
export function findTask(commonDir: string, text: string): LocalTask {
  const task = NAME.test(text) ? readTask(commonDir, Number(text)) : null;
  if (task !== null) return task;
  throw new CodeAgentError(`there is no task ${text}`, {
    exitCode: EXIT.usage,
    advice: '`code-agent tasks list` shows those that there are.',
  });
}

/**
 * Ends the tasks whose process was killed, and takes away what they have left, running or not. `env`: our own, by which the engines of
 * containers are found.
 */
export async function tidyTasks(commonDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  const isForgotten = (name: string): boolean => {
    const task = NAME.test(name) ? readTask(commonDir, Number(name)) : null;
    return task !== null && (task.state !== 'in_progress' || !isAlive(task.pid));
  };
  endForgotten(folderOf(commonDir), isForgotten);
  await endForgottenContainers(env, folderOf(commonDir), isForgotten);
  for (const task of listTasks(commonDir)) {
    if (task.state !== 'in_progress' || isAlive(task.pid)) continue;
    writeTask(commonDir, {
      ...task,
      state: 'failed',
      reason: 'it was killed',
      endedAt: new Date().toISOString(),
    });
    clearTask(commonDir, task.id);
  }
}

/** Whether there is a process of that number: a killed one's may be another's by now. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Takes away what a task has left in its folder but for its record. */
export function clearTask(commonDir: string, id: number): void {
  for (const name of readdirSync(taskFolder(commonDir, id)))
    if (name !== 'task.json') rmSync(join(taskFolder(commonDir, id), name), { recursive: true, force: true });
}

function numbers(commonDir: string): number[] {
  try {
    return readdirSync(folderOf(commonDir)).flatMap((name) => (NAME.test(name) ? [Number(name)] : []));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
