import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openContainers } from '../../src/sandbox/container.ts';
import { endForgottenContainers } from '../../src/sandbox/end-forgotten-containers.ts';
import { engineEnvironment } from '../../src/sandbox/engine-environment.ts';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from '../../src/sandbox/sandbox.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { type Engine, findEngines, IMAGE } from './find-engine.ts';
import { LIMITS, MiB } from './limits.ts';
import { bundleController, startController } from './start-controller.ts';

const engines = findEngines();
const NONE: Engine = { kind: 'docker', program: 'none' };

describe.runIf(engines.length > 0).each(engines.length > 0 ? engines : [NONE])(
  'a sandbox of containers of $kind',
  (engine) => {
    let sandbox: Sandbox;
    let bundle: Awaited<ReturnType<typeof bundleController>>;
    beforeAll(async () => {
      sandbox = await openContainers({ ...engine, image: IMAGE, env: process.env });
      bundle = await bundleController();
    });
    afterAll(() => bundle.remove());

    const run = (script: string, more: Partial<SandboxCommand> = {}): Promise<SandboxResult> => {
      const command = { script, folder: more.folder ?? tempFolder(), readable: [], limits: LIMITS, ...more };
      return sandbox.run(command, new AbortController().signal);
    };

    test('holds what it promises', async () => {
      expect(sandbox.name).toMatch(/^(docker|podman) \d+\./);
      expect(await probeSandbox(sandbox, process.env)).toEqual([]);
    });

    test('answers the exit code and what was written', async () => {
      const result = await run("printf 'a\\000\\377'; exit 125");
      expect(result).toMatchObject({ exitCode: 125, ended: 'exited', output: Buffer.from([0x61, 0, 0xff]) });
    });

    test('has the folder, a home, a cache that can be read, and variables', async () => {
      const [folder, cache] = [tempFolder(), tempFolder()];
      writeFileSync(join(cache, 'a.txt'), 'a\n');
      // In one stream: of two Docker keeps no order.
      const script = `exec 2>&1; echo "$NAME"; pwd; cat ${cache}/a.txt; echo x > ${cache}/b; echo x > "$HOME/c" && cat "$HOME/c"; echo y > d; echo x > /etc/e`;
      const result = await run(script, { folder, readable: [cache], variables: { NAME: 'a value' } });
      expect(result.output.toString()).toMatch(/^a value\n\/work\na\n.*x\n/s);
      expect(existsSync(join(cache, 'b'))).toBe(false);
      expect(statSync(join(folder, 'd')).uid).toBe(process.getuid?.());
      expect(existsSync(join(folder, '.git'))).toBe(false);
    });

    test.each<[SandboxResult['ended'], string, Partial<SandboxCommand['limits']>]>([
      ['late', 'trap "" TERM; while :; do sleep 0.1; done', { wallMs: 1_500 }],
      ['output', 'yes', { outputBytes: 64 * 1024 }],
      ['disk', 'i=0; while :; do i=$((i+1)); head -c 8000000 /dev/zero > f$i; done', { diskBytes: 48 * MiB }],
    ])('ends what is %s', async (ended, script, limits) => {
      const folder = tempFolder();
      const result = await run(`while echo x >> beat; do sleep 0.02; done & ${script}`, {
        folder,
        limits: { ...LIMITS, ...limits },
      });
      expect(result).toMatchObject({ exitCode: null, ended });
      const { size } = statSync(join(folder, 'beat'));
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(statSync(join(folder, 'beat')).size).toBe(size);
    });

    test('ends what is stopped', async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1_000);
      const command = { script: 'sleep 60', folder: tempFolder(), readable: [], limits: LIMITS };
      expect(await sandbox.run(command, controller.signal)).toMatchObject({
        exitCode: null,
        ended: 'stopped',
      });
    });

    test('says why it could not start one', async () => {
      await expect(run('true', { folder: '/nowhere/at/all' })).rejects.toThrow(
        '/nowhere/at/all is not there',
      );
    });

    const containersOf = (folder: string): string[] =>
      execFileSync(
        engine.program,
        ['ps', '--all', '--filter', `label=code-agent.folder=${folder}`, '--format', '{{.Status}}'],
        { encoding: 'utf8' },
      )
        .split('\n')
        .filter(Boolean);
    const isRunning = (folder: string): boolean => containersOf(folder).some((status) => /^Up/.test(status));

    /** Kills a controller amid a command of its own. Answers the folder of the command. */
    async function killAmid(script: string): Promise<string> {
      const folder = join(tempFolder(), 'work');
      mkdirSync(folder);
      const env = {
        ...engineEnvironment(process.env),
        TEST_ENGINE: JSON.stringify({ ...engine, image: IMAGE }),
      };
      const controller = await startController(bundle.file, { uid: null, env });
      controller.start({ script, folder, readable: [], limits: { ...LIMITS, wallMs: 60_000 } });
      await until(() => existsSync(join(folder, 'begun')));
      await controller.stop();
      return folder;
    }

    test('ends with who runs it, and what is left of it is taken away by the next', async () => {
      const folder = await killAmid('while echo x >> begun; do sleep 0.02; done');
      await until(() => !isRunning(folder));
      const { size } = statSync(join(folder, 'begun'));
      const names: string[] = [];
      const forget = (is: boolean) =>
        endForgottenContainers(process.env, join(folder, '..'), (name) => {
          names.push(name);
          return is;
        });
      await forget(false);
      expect(names).toEqual(['work']);
      expect(containersOf(folder)).toHaveLength(1);
      await forget(true);
      expect(containersOf(folder)).toEqual([]);
      expect(statSync(join(folder, 'begun')).size).toBe(size);
    });

    test('a command that has ended what would end it is ended by the next', async () => {
      const script =
        'kill -KILL $(ls /proc | grep "^[0-9]" | grep -vx -e 1 -e $$ -e $PPID); echo x > begun; sleep 60';
      const folder = await killAmid(script);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(isRunning(folder)).toBe(true);
      await endForgottenContainers(process.env, join(folder, '..'), () => true);
      expect(containersOf(folder)).toEqual([]);
    });

    test('leaves no container behind', async () => {
      const names: string[] = [];
      await endForgottenContainers(process.env, tmpdir(), (name) => {
        names.push(name);
        return false;
      });
      // Other tests run beside these.
      expect(names.filter((name) => name.startsWith('code-agent-test-'))).toEqual([]);
    });
  },
);

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
