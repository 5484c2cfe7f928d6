// The App's worker in a process of its own, for tests that kill it while it does tasks: with everything real but its model.
import processes from 'node:child_process';
import fs, { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { Model, ModelRequest } from '../../src/agent/model.ts';
import { readAppSettings } from '../../src/app/app-settings.ts';
import { createLog } from '../../src/app/create-log.ts';
import { jobs } from '../../src/app/jobs.ts';
import { work } from '../../src/app/work.ts';
import { untilSignal } from '../../src/cli/until-signal.ts';
import { processEnvironment, readEnvironment } from '../../src/config/environment.ts';
import { createMirrors } from '../../src/git/mirrors.ts';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';
import { openBubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { findProgram } from '../../src/sandbox/find-program.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { eventName } from './kill-task-case.ts';
import { turnOf } from './kill-task-model.ts';

const env = processEnvironment();
const environment = readEnvironment(env);
const settings = readAppSettings(environment);
const { databaseUrl, home = '' } = environment;
/** What is done is written there, a line for each; in files beside it, by the number of a repository, when it is to be killed. */
const file = env['TEST_FILE'] ?? '';
const say = (line: string) => appendFileSync(file, `${line} ${process.pid}\n`);
/** The repository whose task is done: one at a time. */
let current = 0;

/** Of the task that is done: what the model has answered last, and how many commands were begun. */
let answered = '';
let commands = 0;

killAtEvents();
killAtCommands();

/** Has the process killed where the file of its repository says: before, amid or behind the record of an event. */
function killAtEvents(): void {
  const journals = new Set<number>();
  const { openSync, writeSync } = fs;
  Object.assign(fs, {
    openSync(path: fs.PathLike, ...rest: [fs.OpenMode, fs.Mode?]): number {
      const descriptor = openSync(path, ...rest);
      if (String(path).endsWith('.journal')) journals.add(descriptor);
      else journals.delete(descriptor);
      return descriptor;
    },
    writeSync(descriptor: number, bytes: Uint8Array, ...rest: [number?, number?, number?]): number {
      const text = journals.has(descriptor) ? Buffer.from(bytes).toString() : '';
      // One that comes from another machine is written whole.
      if (text === '' || text.indexOf('\n') < text.length - 1) return writeSync(descriptor, bytes, ...rest);
      const name = eventName(text);
      const when = ['before', 'amid', 'after'].find((one) => isDue(`${one} ${name}`));
      if (when === 'before') die();
      if (when === 'amid') {
        writeSync(descriptor, bytes.subarray(0, bytes.length / 2));
        die();
      }
      const written = writeSync(descriptor, bytes, ...rest);
      if (name.startsWith('model-responded')) say(`paid ${current} ${answered}`);
      if (when === 'after') die();
      return written;
    },
  });
  syncBuiltinESMExports();
}

/** The same when a command in the sandbox begins, or amid it. */
function killAtCommands(): void {
  const { spawn } = processes;
  Object.assign(processes, {
    spawn(program: string, args: readonly string[], options: processes.SpawnOptions): processes.ChildProcess {
      const child = spawn(program, args, options);
      const folder = args[args.indexOf('--bind') + 1] ?? '';
      if (!folder.startsWith(join(home ?? '', 'work'))) return child;
      commands += 1;
      const ms = [0, 150].find((one) => isDue(`command ${commands} ${one} ms`));
      if (ms === 0) die();
      if (ms !== undefined) setTimeout(die, ms);
      return child;
    },
  });
  syncBuiltinESMExports();
}

/** When processes that do this repository's task are to be killed, one after the other: a line for each. */
function fuses(): string[] {
  const path = `${file}.${current}`;
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

function isDue(moment: string): boolean {
  const [next, ...rest] = fuses();
  if (next !== moment) return false;
  say(`killed ${current} ${moment}`);
  fs.writeFileSync(`${file}.${current}`, rest.join('\n'));
  return true;
}

const die = (): void => void process.kill(process.pid, 'SIGKILL');

/** Ends when so many answers of the task that is done are stored, where that is what a test is about. */
let allStored: ((answers: number) => Promise<void>) | null = null;

const script = createScriptedModel((request) => turnOf(request).turn);
const model: Model = {
  ...script,
  async ask(request: ModelRequest, options) {
    const { name } = turnOf(request);
    say(`asked ${current} ${name}`);
    await allStored?.(Number(name.slice('turn '.length)));
    answered = name;
    return script.ask(request, options);
  },
};

const log = createLog({
  ...{ level: 'info', held: settings.held, isForPerson: false },
  write: (line) => void process.stderr.write(line),
});
const github = createGitHubApp(settings, { writeGapMs: 0 });
const mirrors = createMirrors({ folder: join(home ?? '', 'mirrors'), maxBytes: 1e9, env });
let opened: Promise<Sandbox> | null = null;
// Without a probe: it takes as long as a task, in each of the many processes.
const sandbox = () => {
  opened ??= openBubblewrap(findProgram('bwrap', env) ?? 'bwrap', { nested: true });
  return opened;
};
process.exitCode = await untilSignal((signal) =>
  work({
    ...{ settings, github, log, mayBeCommand, signal },
    databaseUrl: databaseUrl ?? '',
    concurrency: 1,
    trustedBots: async () => [],
    beat: { beatMs: 100, deadAfterMs: Number(env['TEST_DEAD_MS'] ?? 700) },
    onWorking: () => say('working'),
    jobs({ sql }) {
      if (env['TEST_STORE_MS'] !== undefined)
        allStored = async (answers) => {
          for (const end = Date.now() + 10_000; Date.now() < end; ) {
            const stored = await sql`
              select from code_agent.events e join code_agent.tasks t on t.session_id = e.session_id
              where t.state = 'in_progress' and e.type = 'model-responded'`;
            if (stored.length >= answers) return;
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          throw new Error('answers were not stored');
        };
      const handlers = jobs({
        ...{ env, sql, github, mirrors, log, sandbox },
        checksWithinMs: 0,
        storeEveryMs: Number(env['TEST_STORE_MS'] ?? 10_000),
        work: join(home ?? '', 'work'),
        serverUrl: settings.serverUrl,
        held: settings.held,
        askModels: async (_, config, { door, message }) => ({
          ...{ models: [model], tools: [], patience: '60 s', notes: [], knownValues: [], door, message },
          budget: createBudget({
            ...{ usd: config.review.maxCost, tokens: null },
            deadline: monotonicMs() + 60_000,
          }),
        }),
      });
      return {
        ...handlers,
        async comment(job, context) {
          say(`comment ${job.repository}`);
          await handlers.comment(job, context);
        },
        async task(job, context) {
          current = job.repository;
          commands = 0;
          say(`began ${job.repository}`);
          await handlers.task(job, context);
        },
      };
    },
  }),
);
