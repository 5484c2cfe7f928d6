/**
 * Every measurement, as one table with the limits of docs/performance.md; exit code 1 when one is not held:
 *
 *     node scripts/run.mjs bench/all.ts [--runs 21]
 */
import { measureApp } from './app.ts';
import { measureChange } from './change.ts';
import { measureHook } from './hook.ts';
import { measureMemory } from './memory.ts';
import { measureModel } from './model.ts';
import { profileHook } from './profile.ts';
import { measureSessions } from './sessions.ts';
import { report } from './support/table.ts';
import { measureTasks } from './tasks.ts';

await report([
  measureHook,
  profileHook,
  measureChange,
  measureMemory,
  measureModel,
  measureSessions,
  measureApp,
  measureTasks,
]);
