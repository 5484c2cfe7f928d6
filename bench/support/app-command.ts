import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoopbackGitHub } from '../../test/support/github/loopback-github.ts';
import type { Workbench } from './workbench.ts';

/** `code-agent serve` or `code-agent worker`, as a process. */
export interface AppCommand {
  /** Of `serve`. */
  readonly port: number;
  /** Of the database that it works with, also of the one inside of it. */
  readonly databaseUrl: string;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
}

export interface AppCommandOptions {
  readonly github: LoopbackGitHub;
  readonly secret: string;
  /** Null: the database is in the process. */
  readonly databaseUrl: string | null;
  /** Where the model is. */
  readonly modelUrl: string;
  /** `serve`, `--concurrency`, … */
  readonly args: readonly string[];
}

/** Lets no limit of a day stand in the way of a bench. */
const MUCH = { reviewsPerDay: 1_000_000, tokensPerDay: 1_000_000_000_000, costPerDay: 1_000_000 };
const OPERATOR = { review: { maxCost: 1_000 }, app: { limits: { repository: MUCH, person: MUCH } } };

/** A home folder in which an operator has configured the App. */
export function operatorHome({ folder }: Workbench): string {
  const home = mkdtempSync(join(folder, 'app-'));
  mkdirSync(join(home, '.config/code-agent'), { recursive: true });
  writeFileSync(join(home, '.config/code-agent/config.yml'), JSON.stringify(OPERATOR));
  return home;
}

/** Starts it as it is installed, with secrets in its environment alone. Resolves when it listens or works. */
export async function startAppCommand(
  workbench: Workbench,
  { github, secret, databaseUrl, modelUrl, args }: AppCommandOptions,
): Promise<AppCommand> {
  const home = operatorHome(workbench);
  const temporary = join(home, 't');
  mkdirSync(temporary);
  const child = spawn(process.execPath, [workbench.cli, ...args], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...workbench.env,
      ...{ HOME: home, TMPDIR: temporary, CODE_AGENT_DATA: join(home, 'data') },
      ...{ HOST: '127.0.0.1', PORT: '0' },
      ...{ APP_ID: String(github.app.id), PRIVATE_KEY: github.app.privateKey, WEBHOOK_SECRET: secret },
      ...{ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
      ...{ ANTHROPIC_API_KEY: 'bench', ANTHROPIC_BASE_URL: modelUrl },
      ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
    },
  });
  const last: string[] = [];
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > 20) last.shift();
      // A line of its log is JSON (src/app/create-log.ts).
      if (line.includes('"listening for webhooks"') || line.includes('"working"'))
        resolve(Number(/"port":(\d+)/.exec(line)?.[1] ?? 0));
    });
    ended.then((code) => reject(new Error(`${args[0]} ended with ${code}: ${last.join('\n')}`)), reject);
  });
  return {
    port,
    databaseUrl: databaseUrl ?? embeddedUrl(temporary),
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${last.join('\n')}`);
    },
  };
}

/** The embedded database has its socket in a folder of temporary files (src/sessions/postgres/embedded-database.ts). */
function embeddedUrl(temporary: string): string {
  const folder = readdirSync(temporary).find((name) => readdirSync(join(temporary, name)).includes(SOCKET));
  if (folder === undefined) throw new Error('the embedded database has no socket');
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(join(temporary, folder))}`;
}
const SOCKET = '.s.PGSQL.5432';
