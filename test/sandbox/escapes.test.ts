import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineEnvironment } from '../../src/sandbox/engine-environment.ts';
import type { SandboxResult } from '../../src/sandbox/sandbox.ts';
import { createTemplate, createWorld, type Template, type World } from './escape-world.ts';
import { ESCAPES, type Escape } from './escapes.cases.ts';
import { findEngines, IMAGE } from './find-engine.ts';
import { hasBubblewrap } from './has-bubblewrap.ts';
import { LIMITS } from './limits.ts';
import { bundleController, type Controller, startController } from './start-controller.ts';

/** What a script says, without the words being in the script. */
const PRELUDE = `tried() { echo TRIED; }; won() { printf 'ESC%s %s\\n' APED "$1"; }\n`;

/** Root's commands are root to the kernel: both are tried where that can be. */
const isRoot = process.getuid?.() === 0;
const USERS = isRoot
  ? [
      { who: 'root', uid: null },
      { who: 'a user', uid: 1001 },
    ]
  : [{ who: 'a user', uid: null }];

let bundle: Awaited<ReturnType<typeof bundleController>>;
let template: Template;
beforeAll(async () => {
  bundle = await bundleController();
  template = createTemplate();
});
afterAll(() => {
  bundle.remove();
  template.remove();
});

/** What a sandbox is made of, and whose the worktree is; `uid`: of the controller, when it is not ourselves. */
interface Setting {
  readonly sandbox: string;
  readonly who: string;
  readonly uid: number | null;
  readonly owner: number | null;
  readonly env: Readonly<Record<string, string>>;
}

const bubblewraps = USERS.map(({ who, uid }) => ({ sandbox: 'bubblewrap', who, uid, owner: uid, env: {} }));
const containers = findEngines().flatMap((engine) =>
  // An engine is root's, or else the user's own.
  USERS.map(({ who, uid }) => {
    const env = {
      ...engineEnvironment(process.env),
      TEST_ENGINE: JSON.stringify({ ...engine, image: IMAGE }),
    };
    return { sandbox: engine.kind, who, uid: null, owner: uid, env };
  }),
);
const SETTINGS: Setting[] = [...(hasBubblewrap() ? bubblewraps : []), ...containers];

describe.each(SETTINGS)('out of a sandbox of $sandbox, of $who', ({ sandbox, uid, owner, env }) => {
  const isContainer = sandbox !== 'bubblewrap';
  let world: World;
  let controller: Controller;
  beforeAll(async () => {
    world = await createWorld(template, owner);
    const secret = openSync(join(world.variables(0)['OUTSIDE'] ?? '', 'secret'), 'r+');
    controller = await startController(bundle.file, {
      uid,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: world.variables(0)['PERSON'] ?? '',
        API_KEY: world.canary,
        ...env,
      },
      // One near the others, and one that node does not look for.
      descriptors: { 5: secret, 77: secret },
    });
  });
  afterAll(async () => {
    await controller.stop();
    world.remove();
  });

  const isOpen = ({ containers }: Escape): boolean =>
    isContainer && containers !== undefined && 'open' in containers && !(containers.root && owner !== null);

  test.each(
    ESCAPES.map((attempt, index) => ({ number: index + 1, ...attempt })).filter((one) => !isOpen(one)),
  )('$number $name', async (attempt) => {
    const more =
      isContainer && attempt.containers !== undefined && 'ends' in attempt.containers
        ? attempt.containers.ends
        : [];
    const pid = controller.child.pid ?? 0;
    const work = world.worktree(attempt.worktree ?? 'repository');
    const touched = world.begin(work, pid);
    const limits = { ...LIMITS, ...attempt.limits };
    // An engine takes its time to begin.
    const run = (script: string): Promise<SandboxResult> =>
      controller.run({
        script: PRELUDE + script,
        folder: work,
        cwd: attempt.cwd ?? '.',
        readable: [],
        variables: { ...world.variables(pid), ...attempt.variables?.(work) },
        limits: { ...limits, wallMs: limits.wallMs + (isContainer ? 1_500 : 0) },
      });
    const results = [await run(attempt.script)];
    if (attempt.next !== undefined) results.push(await run(attempt.next));
    // At once: what is alive now has outlived its command.
    const found = touched();
    for (const { output, ended } of results) {
      const text = output.toString();
      expect([...(attempt.ends ?? ['exited']), ...more], text).toContain(ended);
      expect(text).toContain('TRIED');
      expect(text).not.toContain('ESCAPED');
      expect(text.includes(world.canary), text).toBe(false);
    }
    expect(found).toEqual([]);
  });
});

describe('the same without a sandbox', () => {
  const bare = ESCAPES.filter((attempt) => attempt.bare);
  const uid = isRoot ? 1001 : null;

  // Side by side: each has a world of its own, and most of it is waiting.
  test.concurrent.each(bare)('$name succeeds', async (attempt) => {
    const world = await createWorld(template, uid);
    try {
      const work = world.worktree(attempt.worktree ?? 'repository');
      const neighbour = Number(world.variables(0)['NEIGHBOUR']);
      const touched = world.begin(work, neighbour);
      const output = await runBare(attempt, work, world.variables(neighbour), uid);
      expect(output).toContain('TRIED');
      const seen = output.includes('ESCAPED') || output.includes(world.canary) || touched().length > 0;
      if (!seen && attempt.bare === 'maybe')
        console.warn(`NOT EXERCISED: sandbox: ${attempt.name} (the machine forbids it everywhere)`);
      else expect(seen, output).toBe(true);
    } finally {
      world.remove();
    }
  });
});

function runBare(
  { script, next = ':', variables: more }: Escape,
  work: string,
  variables: Record<string, string>,
  uid: number | null,
): Promise<string> {
  return new Promise((resolve) => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: variables['PERSON'] ?? '',
      ...variables,
      ...more?.(work),
    };
    const child = spawn('/bin/sh', ['-c', `${PRELUDE}${script}; ${next}`], {
      cwd: work,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid !== null && { uid, gid: uid }),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    // Its children may hold the pipes.
    child.on('exit', () => setTimeout(() => resolve(output), 50));
  });
}
