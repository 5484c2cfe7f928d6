import * as z from 'zod/mini';
import type { Tool, ToolOutput } from '../agent/tool.ts';
import type { KeptOutputs } from './kept-outputs.ts';
import type { Turns } from './take-turns.ts';

/** Runs a script in the worktree, away from everything else. Implemented by the sandbox. Rejects when there is none. */
export type RunCommand = (
  script: string,
  options: { readonly seconds: number; readonly signal: AbortSignal },
) => Promise<CommandRun>;

/** How a command ended, and what it said. */
export interface CommandRun {
  /** Null: it was killed. */
  readonly exitCode: number | null;
  /** `exited`, or what it was killed for: `late`, `memory`, … */
  readonly ended: string;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** Bytes behind it that are lost. */
  readonly lost: number;
  readonly ms: number;
}

export interface CommandDoor {
  readonly run: RunCommand;
  readonly turns: Turns;
  readonly outputs: KeptOutputs;
  /** Called behind each command: it may have changed any file. */
  readonly changed: () => void;
}

const seconds = (most: number, usual: number) =>
  z.optional(
    z
      .int()
      .check(z.gte(1), z.lte(most), z.describe(`It is killed after so many seconds. Default: ${usual}.`)),
  );

const MOST_SECONDS = 900;
const USUAL_SECONDS = 120;

const input = z.strictObject({
  command: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(20_000),
      z.describe('For sh -c, at the top of the checkout: "node --test test/upload.test.js".'),
    ),
  seconds: seconds(MOST_SECONDS, USUAL_SECONDS),
});

/** Runs any command in the sandbox. */
export function createShell(door: CommandDoor): Tool<z.infer<typeof input>> {
  return {
    name: 'shell',
    description:
      'Runs a command with sh in a sandbox: no network, only this checkout can be written, and not its .git. Answers with the exit code, and stdout and stderr as they came. Use run_tests for the tests.',
    input,
    effect: 'run',
    async run({ command, seconds: most = USUAL_SECONDS }, { signal }) {
      return shownRun(await runInTurn(door, command, most, signal), door.outputs);
    },
  };
}

/** One run of the tests, for the evidence. */
export interface TestRun {
  readonly command: string;
  readonly run: CommandRun;
}

const testInput = z.strictObject({ seconds: seconds(MOST_SECONDS, MOST_SECONDS) });

/** Runs the tests, as they are run before and after the work too. `told`: is given each run. `aside`: runs them so that what they leave behind is no part of the work. */
export function createRunTests(
  door: CommandDoor,
  command: string,
  { told, aside }: { told(run: TestRun): void; aside<T>(run: () => Promise<T>): Promise<T> },
): Tool<z.infer<typeof testInput>> {
  return {
    name: 'run_tests',
    description: `Runs the tests of this repository in the sandbox: ${command}. Answers with the exit code and what they said. To run one of them alone, use shell.`,
    input: testInput,
    effect: 'run',
    async run({ seconds: most = MOST_SECONDS }, { signal }) {
      const run = await door.turns(() => aside(() => door.run(command, { seconds: most, signal })), signal);
      told({ command, run });
      return shownRun(run, door.outputs);
    },
  };
}

function runInTurn(
  { run, turns, changed }: CommandDoor,
  command: string,
  most: number,
  signal: AbortSignal,
): Promise<CommandRun> {
  return turns(async () => {
    try {
      return await run(command, { seconds: most, signal });
    } finally {
      changed();
    }
  }, signal);
}

/** Of an output that is longer, so much of its beginning and of its end is shown: what failed stands at the end. */
const HEAD = 3_000;
const TAIL = 9_000;

const KILLED: Readonly<Record<string, string>> = {
  late: 'it did not end in time, and was killed with all that it had started',
  stopped: 'it was stopped',
  memory: 'it took too much memory, and was killed',
  processes: 'it started too many processes, and was killed',
  output: 'it wrote without an end, and was killed',
  disk: 'it wrote too much to the disk, and was killed',
};

function shownRun({ exitCode, ended, output, lost, ms }: CommandRun, outputs: KeptOutputs): ToolOutput {
  const how = exitCode === null ? (KILLED[ended] ?? 'it was killed') : `exit code ${exitCode}`;
  const head = `${how} after ${(ms / 1000).toFixed(1)} s`;
  const behind = lost > 0 ? [`[${lost} more bytes are lost.]`] : [];
  if (output === '') return { content: `${head}, no output`, details: { exitCode, ended } };
  if (output.length <= HEAD + TAIL)
    return { content: [head, output, ...behind].join('\n'), details: { exitCode, ended } };
  const id = outputs.keep(output);
  const cut = `[${output.length - HEAD - TAIL} characters are left out here. show_output with id "${id}" shows all of it.]`;
  return {
    content: [head, output.slice(0, HEAD), cut, output.slice(-TAIL), ...behind].join('\n'),
    details: { exitCode, ended },
  };
}
