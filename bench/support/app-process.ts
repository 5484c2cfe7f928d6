/** The App in a process of its own, with a model that answers at once, which tells what it is at. */
import { join } from 'node:path';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import { readAppSettings } from '../../src/app/app-settings.ts';
import { createLog } from '../../src/app/create-log.ts';
import { jobs } from '../../src/app/jobs.ts';
import { serve } from '../../src/app/serve.ts';
import { processEnvironment, readEnvironment } from '../../src/config/environment.ts';
import { createMirrors, type Mirrors } from '../../src/git/mirrors.ts';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { markingModel } from '../../test/app/marking-model.ts';
import { scriptedTurns } from '../../test/app/scripted-turns.ts';
import { javascript } from '../../test/programs/javascript.ts';
import { goodWork } from '../../test/programs/script-work.ts';

/** What it is told; the rest it has from its environment, as `code-agent serve` has. */
export interface AppOrders {
  /** Between two writes of an installation. */
  readonly writeGapMs: number;
  /**
   * So many tasks are done, each as test/programs/script-work does the one of javascript.ts, in a real sandbox. 0: pull requests are
   * reviewed, by test/app/marking-model, and no command is run.
   */
  readonly tasks: number;
}

/** What it says. Times are milliseconds since 1970, with fractions. */
export type AppNews =
  | { readonly kind: 'listening'; readonly port: number }
  /** The mirror is there: what is behind it is the review. */
  | { readonly kind: 'fetched'; readonly at: number }
  /** The same of a task; and before it, when the mirror is to be brought up to date. */
  | { readonly kind: 'fetching' | 'branches fetched'; readonly at: number }
  /** A command of a task has ended in the sandbox. */
  | { readonly kind: 'ran'; readonly script: string; readonly at: number; readonly ms: number }
  /** GitHub has answered. */
  | { readonly kind: 'answered'; readonly operation: string; readonly at: number; readonly ms: number };

const say = (news: AppNews): void => void process.send?.(news);
const now = (): number => performance.timeOrigin + performance.now();

const telling = (mirrors: Mirrors): Mirrors => ({
  ...mirrors,
  withPullRequest: (wanted, work) =>
    mirrors.withPullRequest(wanted, (mirror) => {
      say({ kind: 'fetched', at: now() });
      return work(mirror);
    }),
  withBranches(wanted, work) {
    say({ kind: 'fetching', at: now() });
    return mirrors.withBranches(wanted, (mirror) => {
      say({ kind: 'branches fetched', at: now() });
      return work(mirror);
    });
  },
});

const tellingSandbox = (sandbox: Sandbox): Sandbox => ({
  ...sandbox,
  async run(command, signal) {
    const from = now();
    const result = await sandbox.run(command, signal);
    say({ kind: 'ran', script: command.script, at: now(), ms: now() - from });
    return result;
  },
});

async function run({ writeGapMs, tasks }: AppOrders, signal: AbortSignal): Promise<void> {
  const env = processEnvironment();
  const environment = readEnvironment(env);
  const settings = readAppSettings(environment);
  const { held, serverUrl } = settings;
  const log = createLog({
    ...{ level: 'warn', held, isForPerson: false },
    write: (line) => void process.stderr.write(line),
  });
  const github = createGitHubApp(settings, {
    writeGapMs,
    onRequest: ({ operation, ms }) => say({ kind: 'answered', operation, at: now(), ms }),
  });
  const work = join(settings.data, 'work');
  let opened: Promise<Sandbox> | null = null;
  const sandbox = async (): Promise<Sandbox | string> => {
    if (tasks === 0) return 'commands are not run in this bench';
    opened ??= openSandbox(env).then(tellingSandbox);
    return opened;
  };
  const mirrors = telling(createMirrors({ folder: join(settings.data, 'mirrors'), maxBytes: 1e9, env }));
  const model =
    tasks === 0
      ? markingModel().model
      : scriptedTurns(Array.from({ length: tasks }).flatMap(() => goodWork(javascript)));
  await serve({
    ...{ settings, github, log, mayBeCommand, signal, concurrency: 4 },
    databaseUrl: environment.databaseUrl,
    trustedBots: async () => [],
    jobs: ({ sql }) =>
      jobs({
        ...{
          env,
          sql,
          github,
          serverUrl,
          mirrors,
          work,
          sandbox,
          checksWithinMs: 0,
          storeEveryMs: 10_000,
          held,
          log,
        },
        askModels: async (_, config, { door, message }) => ({
          ...{ models: [model], tools: [], notes: [], knownValues: [], door, message, patience: '10 min' },
          budget: createBudget({
            usd: config.review.maxCost,
            tokens: null,
            deadline: monotonicMs() + 600_000,
          }),
        }),
      }),
    onListening: (port) => say({ kind: 'listening', port }),
  });
}

const over = new AbortController();
process.once('disconnect', () => over.abort());
process.on('message', (orders: AppOrders) => void run(orders, over.signal));
