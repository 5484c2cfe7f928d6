import { describe, expect, test } from 'vitest';
import { launcherArguments } from '../../src/sandbox/command-launcher.ts';
import { type ContainerCommand, containerArguments } from '../../src/sandbox/container-arguments.ts';
import { LIMITS } from './limits.ts';

const COMMAND: ContainerCommand = {
  kind: 'docker',
  image: 'docker.io/library/node:20',
  name: 'code-agent-1',
  folder: '/srv/work/1',
  cwd: 'packages/a',
  readable: ['/srv/mirrors/x.git/objects'],
  variables: { NAME: 'a value' },
  limits: LIMITS,
  user: '1001:1001',
  keepId: false,
  seccomp: '/tmp/seccomp.json',
  launcher: launcherArguments('npm test', LIMITS, { tasks: null, deadlineMs: 25_000 }),
};

/** One option a line. */
const lines = (args: readonly string[]): string =>
  `${args.map((arg) => (arg.startsWith('--') ? `\n${arg}` : ` ${JSON.stringify(arg)}`)).join('')}\n`;

describe('the arguments of a container', () => {
  test.each([
    ['docker', COMMAND],
    ['podman', { ...COMMAND, kind: 'podman' as const, keepId: true }],
  ])('of %s', async (name, command) => {
    await expect(lines(containerArguments(command))).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test('a path with a comma or a quote is one field', () => {
    const args = containerArguments({ ...COMMAND, folder: '/srv/a,readonly="x' });
    expect(args).toContain('type=bind,"source=/srv/a,readonly=""x",target=/work');
  });

  test('the script is behind the image', () => {
    const args = containerArguments({ ...COMMAND, launcher: ['/bin/sh', '-c', '$1', 'sh', '--privileged'] });
    expect(args.slice(args.indexOf(COMMAND.image) + 1)).toEqual(['-c', '$1', 'sh', '--privileged']);
    expect(args.slice(args.indexOf('--entrypoint'), args.indexOf(COMMAND.image))).toEqual([
      '--entrypoint',
      '/bin/sh',
    ]);
  });
});
