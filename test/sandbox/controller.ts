import { createInterface } from 'node:readline';
import { openContainers } from '../../src/sandbox/container.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { SandboxCommand } from '../../src/sandbox/sandbox.ts';

/** A line of {@link startController}. */
export interface Request {
  readonly id: number;
  readonly command: SandboxCommand;
}

/** Another sandbox than the first that works here, as JSON. */
const { TEST_ENGINE: engine } = process.env;

// A controller of its own, so that it can be another user, have secrets in its environment, and be killed: what it runs is told on
// stdin, how that ended is said on stdout.
const sandbox = await (engine === undefined
  ? openSandbox(process.env)
  : openContainers({ ...JSON.parse(engine), env: process.env }));
console.log(JSON.stringify({ id: 0, name: sandbox.name }));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, command }: Request = JSON.parse(line);
  sandbox.run(command, new AbortController().signal).then(
    (result) =>
      console.log(JSON.stringify({ id, result: { ...result, output: result.output.toString('latin1') } })),
    (error: unknown) => console.log(JSON.stringify({ id, error: String(error) })),
  );
}
