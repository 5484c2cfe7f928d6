import { startForked } from './app-forked.ts';
import { createRepository } from './bench-repository.ts';
import { median, type Table } from './table.ts';
import type { SandboxOrders, SandboxTimes } from './tasks-sandbox-process.ts';
import type { Workbench } from './workbench.ts';

const SCRIPTS = ['true', 'node -e 0'];
/** Runs of what takes half a second. */
const ENOUGH = 11;

/** What a sandbox costs: to open one, and for each command. `name`: of the one that is here. */
export async function measureSandbox(
  workbench: Workbench,
  name: string,
  commands: number,
  runs: number,
): Promise<Table[]> {
  const { path, write, commitAll } = createRepository(workbench, 'sandbox');
  write('a.txt', 'a\n');
  commitAll();
  const timer = startForked<SandboxOrders, SandboxTimes>(
    'bench/support/tasks-sandbox-process.ts',
    workbench.env,
  );
  timer.tell({ folder: path, scripts: SCRIPTS, commands, openings: Math.min(runs, ENOUGH) });
  const times = await timer.hear((said): said is SandboxTimes => 'opening' in said);
  await timer.close();
  return [
    {
      title: `A sandbox is opened (${name})`,
      rows: [
        { what: '`node -e 0`', times: times.node, ratio: 1 },
        {
          what: '**`openSandbox`**, once for each process',
          ...{ times: times.opening, ratio: median(times.opening) / median(times.node) },
          note: 'it is tried whether it holds',
        },
      ],
    },
    ...times.commands.map(({ script, bare, inside }): Table => {
      const [without, within] = [median(bare), median(inside)];
      return {
        title: `A command: \`${script}\`, ${commands} times`,
        rows: [
          { what: 'bare, by `spawn` of `sh -c`', times: bare, ratio: 1 },
          {
            what: '**in the sandbox**',
            ...{ times: inside, ratio: within / without },
            note: `${(within - without).toFixed(1)} ms more`,
          },
        ],
      };
    }),
  ];
}
