import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openContainers } from '../../src/sandbox/container.ts';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from '../../src/sandbox/sandbox.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { LIMITS, MiB } from './limits.ts';

/** What containers are made of here: any image with a shell, `timeout`, and node or bash. */
const IMAGE =
  process.env['CODE_AGENT_TEST_IMAGE'] ?? `docker.io/library/node:${process.versions.node.split('.')[0]}`;

/** The first engine that has that image. Null where there is none, which is said. It is the fallback: no CI must have one. */
function findEngine(): { kind: 'docker' | 'podman'; program: string } | null {
  for (const kind of ['docker', 'podman'] as const) {
    try {
      const program = execFileSync('which', [kind], { encoding: 'utf8', stdio: 'pipe' }).trim();
      execFileSync(program, ['image', 'inspect', IMAGE], { stdio: 'ignore' });
      return { kind, program };
    } catch {
      // The next one.
    }
  }
  console.warn(`NOT EXERCISED: sandbox: containers (no Docker or Podman with the image ${IMAGE})`);
  return null;
}

const engine = findEngine();

describe.runIf(engine !== null)('a sandbox of containers', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    if (engine === null) throw new Error('no engine');
    sandbox = await openContainers({ ...engine, image: IMAGE, env: process.env });
  });

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
    const script = `echo "$NAME"; pwd; cat ${cache}/a.txt; echo x > ${cache}/b; echo x > "$HOME/c" && cat "$HOME/c"; echo y > d; echo x > /etc/e`;
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
    expect(await sandbox.run(command, controller.signal)).toMatchObject({ exitCode: null, ended: 'stopped' });
  });

  test('says why it could not start one', async () => {
    await expect(run('true', { folder: '/nowhere/at/all' })).rejects.toThrow('/nowhere/at/all is not there');
  });

  test('leaves no container behind', () => {
    const names = execFileSync(engine?.program ?? '', ['ps', '--all', '--format', '{{.Names}}'], {
      encoding: 'utf8',
    });
    expect(names).not.toContain('code-agent-');
  });
});
