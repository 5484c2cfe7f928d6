import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { createMirrors } from '../git/mirrors.ts';
import { createGitHubApp } from '../github/create-github-app.ts';
import { askModels } from '../local/ask-models.ts';
import { sandboxOr } from '../local/sandbox-or.ts';
import { mayBeCommand } from '../tasks/comment-command.ts';
import { readAppSettings } from './app-settings.ts';
import { createLog } from './create-log.ts';
import { jobs } from './jobs.ts';
import { operatorConfig } from './operator-config.ts';
import { type ServeOptions, serve } from './serve.ts';
import { work } from './work.ts';

export { migrateQueue } from './migrate-queue.ts';

export interface RunOptions {
  readonly environment: Environment;
  /** Of the process. */
  readonly env: NodeJS.ProcessEnv;
  /** Reviews at a time. */
  readonly concurrency: number;
  /** Ends it, gracefully. */
  readonly signal: AbortSignal;
}

/*
 * Where commands enter the App. It is a bundle of its own (build.mjs): nothing else loads a web server, a queue or a client of
 * GitHub.
 */

/** `serve`, with what the environment says. Rejects with exit code 2 when it is not set up. */
export const runServer = async (options: RunOptions): Promise<void> =>
  serve({ ...(await open(options)), ...options, databaseUrl: options.environment.databaseUrl });

/** `work`, with what the environment says. */
export const runWorker = async (options: RunOptions & { readonly databaseUrl: string }): Promise<void> =>
  work({ ...(await open(options)), ...options });

async function open({
  environment,
  env,
}: RunOptions): Promise<Omit<ServeOptions, 'databaseUrl' | 'concurrency' | 'signal'>> {
  const settings = readAppSettings(environment);
  const log = createLog({
    level: settings.logLevel,
    held: settings.held,
    write: (line) => void process.stderr.write(line),
    isForPerson: process.stderr.isTTY === true,
  });
  const github = createGitHubApp(settings);
  const { bytesPerRepository } = (await operatorConfig({ env })).mirrors;
  const mirrors = createMirrors({
    folder: join(settings.data, 'mirrors'),
    maxBytes: bytesPerRepository,
    env,
  });
  const { serverUrl, held } = settings;
  let opened: ReturnType<typeof sandboxOr> | null = null;
  // Looked for when the first task needs one: that takes a second, and most repositories never ask for work.
  const sandbox = () => {
    opened ??= sandboxOr(env);
    return opened;
  };
  return {
    ...{ settings, log, github, mayBeCommand },
    trustedBots: async () => (await operatorConfig({ env })).trustedBots,
    jobs: ({ sql }) =>
      jobs({
        env,
        sql,
        github,
        serverUrl,
        mirrors,
        held,
        log,
        askModels,
        sandbox,
        checksWithinMs: 20_000,
        storeEveryMs: 10_000,
        work: join(settings.data, 'work'),
      }),
  };
}
