import { randomBytes } from 'node:crypto';
import { startGitHub } from '../../test/support/github/start-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startAppCommand } from './app-command.ts';
import { median, type Table } from './table.ts';
import { timeSpawn } from './time-spawn.ts';
import { migrated } from './time-writers.ts';
import type { Workbench } from './workbench.ts';

/** Where nobody listens: no model is asked. */
const NO_MODEL = 'http://127.0.0.1:9';
/** Runs of what takes half a second. */
const ENOUGH = 11;

/** `code-agent worker`, as it is installed, from its start until it says that it works. */
export async function measureStart(
  workbench: Workbench,
  server: PostgresServer,
  runs: number,
): Promise<Table> {
  const databaseUrl = await migrated(workbench, server);
  const github = await startGitHub();
  const options = {
    ...{ github, databaseUrl, secret: randomBytes(32).toString('hex'), modelUrl: NO_MODEL, args: ['worker'] },
  };
  const [node, worker]: [number[], number[]] = [[], []];
  try {
    for (let run = -1; run < Math.min(runs, ENOUGH); run += 1) {
      const bare = await timeSpawn(['node', '-e', '0'], { cwd: workbench.folder, env: workbench.env });
      const start = performance.now();
      const started = await startAppCommand(workbench, options);
      const ms = performance.now() - start;
      await started.stop();
      if (run < 0) continue;
      node.push(bare);
      worker.push(ms);
    }
  } finally {
    await github.stop();
  }
  return {
    title: 'A worker starts, its database set up',
    rows: [
      { what: '`node -e 0`, to its end', times: node, ratio: 1 },
      {
        what: '**`code-agent worker`**, until it says `working`',
        ...{ times: worker, ratio: median(worker) / median(node) },
      },
    ],
  };
}
