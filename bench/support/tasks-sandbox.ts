import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox, SandboxLimits } from '../../src/sandbox/sandbox.ts';
import { createRepository } from './bench-repository.ts';
import { median, type Table } from './table.ts';
import { timeSpawn } from './time-spawn.ts';
import type { Workbench } from './workbench.ts';

/** As the commands of a task have them (src/local/open-work.ts). */
const LIMITS: SandboxLimits = {
  ...{ wallMs: 120_000, cpuSeconds: 960, memoryBytes: 4e9, processes: 512, openFiles: 4_096 },
  ...{ fileBytes: 1e9, outputBytes: 8e6, diskBytes: 4e9 },
};

const SCRIPTS = ['true', 'node -e 0'];
/** Runs of what takes half a second. */
const ENOUGH = 11;

/** What a sandbox costs: to open one, and for each command. */
export async function measureSandbox(
  workbench: Workbench,
  sandbox: Sandbox,
  commands: number,
  runs: number,
): Promise<Table[]> {
  const { path, write, commitAll } = createRepository(workbench, 'sandbox');
  write('a.txt', 'a\n');
  commitAll();
  const { env } = workbench;
  const bareNode: number[] = [];
  const opening: number[] = [];
  for (let run = -1; run < Math.min(runs, ENOUGH); run += 1) {
    const node = await timeSpawn(['node', '-e', '0'], { cwd: path, env });
    const start = performance.now();
    await openSandbox(env);
    if (run < 0) continue;
    opening.push(performance.now() - start);
    bareNode.push(node);
  }
  const tables: Table[] = [
    {
      title: `A sandbox is opened (${sandbox.name})`,
      rows: [
        { what: '`node -e 0`', times: bareNode, ratio: 1 },
        {
          what: '**`openSandbox`**, once for each process',
          ...{ times: opening, ratio: median(opening) / median(bareNode) },
          note: 'it is tried whether it holds',
        },
      ],
    },
  ];
  for (const script of SCRIPTS) {
    const [bare, inside]: [number[], number[]] = [[], []];
    for (let command = -1; command < commands; command += 1) {
      const without = await timeSpawn(['sh', '-c', script], { cwd: path, env });
      const within = await timeInside(sandbox, path, script);
      if (command < 0) continue;
      bare.push(without);
      inside.push(within);
    }
    tables.push({
      title: `A command: \`${script}\`, ${commands} times`,
      rows: [
        { what: 'bare, by `spawn` and `sh -c`', times: bare, ratio: 1 },
        {
          what: '**in the sandbox**',
          ...{ times: inside, ratio: median(inside) / median(bare) },
          note: `${(median(inside) - median(bare)).toFixed(1)} ms more`,
        },
      ],
    });
  }
  return tables;
}

async function timeInside(sandbox: Sandbox, folder: string, script: string): Promise<number> {
  const start = performance.now();
  const { exitCode, output } = await sandbox.run(
    { script, folder, readable: [], limits: LIMITS },
    new AbortController().signal,
  );
  if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode} in the sandbox: ${output}`);
  return performance.now() - start;
}
