import { describe, expect, test } from 'vitest';
import { bubblewrapArguments } from '../../src/sandbox/bubblewrap-arguments.ts';
import { launcherArguments } from '../../src/sandbox/command-launcher.ts';
import type { HostView } from '../../src/sandbox/host-view.ts';
import { LIMITS, MiB } from './limits.ts';

const HOST: HostView = {
  paths: ['/usr', '/etc/alternatives', '/home/u/.nvm/bin/node'],
  links: [
    ['/bin', 'usr/bin'],
    ['/home/u/.nvm/bin/npm', '../lib/node_modules/npm/bin/npm-cli.js'],
  ],
  hiddenFiles: ['/usr/etc/npmrc'],
  hiddenFolders: ['/usr/local/etc'],
  privateProc: ['/proc/kcore', '/proc/timer_list'],
  keyProc: ['/proc/keys'],
  path: '/home/u/.nvm/bin:/usr/bin',
};
const COMMAND = {
  folder: '/srv/work trees/1',
  cwd: 'packages/a',
  readable: ['/srv/mirrors/x.git/objects'],
  variables: { NAME: '--a value' },
  temporaryBytes: 256 * MiB,
  launcher: launcherArguments('npm test', LIMITS, { tasks: 512, deadlineMs: null }),
};
const ALL = { perms: true, size: true, disableUserns: true };
const NONE = { perms: false, size: false, disableUserns: false };

/** One option a line. */
const lines = (args: readonly string[]): string =>
  `${args.map((arg) => (/^--?\w/.test(arg) || arg === '--' ? `\n${arg}` : ` ${JSON.stringify(arg)}`)).join('')}\n`;

describe('the arguments of bubblewrap', () => {
  test.each([
    ['root', { isRoot: true, seccomp: true, features: ALL }],
    ['user', { isRoot: false, seccomp: true, features: ALL }],
    ['old', { isRoot: false, seccomp: false, features: NONE }],
  ])('for %s', async (name, options) => {
    const text = lines(bubblewrapArguments(COMMAND, HOST, options));
    await expect(text).toMatchFileSnapshot(`golden/bubblewrap-${name}.txt`);
  });

  test('what is written is laid over what is not, and nothing over what is read only', () => {
    const args = bubblewrapArguments(COMMAND, HOST, { isRoot: true, seccomp: true, features: ALL });
    const at = (option: string, path: string): number =>
      args.findIndex((arg, index) => arg === option && args.slice(index, index + 3).includes(path));
    expect(at('--bind', '/work')).toBeLessThan(at('--ro-bind', '/work/.git'));
    expect(at('--proc', '/proc')).toBeLessThan(at('--ro-bind', '/proc/keys'));
    expect(at('--ro-bind', '/proc/keys')).toBeLessThan(at('--remount-ro', '/proc'));
    expect(at('--tmpfs', '/tmp')).toBeLessThan(at('--ro-bind-try', '/home/u/.nvm/bin/node'));
    expect(at('--ro-bind', '/work/.git')).toBeLessThan(at('--remount-ro', '/'));
    expect(args.filter((arg) => arg === '--bind')).toHaveLength(1);
    expect(args.slice(args.indexOf('--') + 1)).toEqual(COMMAND.launcher);
  });

  test('a variable or a script is never an option', () => {
    const launcher = launcherArguments('--bind / /', LIMITS, { tasks: null, deadlineMs: null });
    const args = bubblewrapArguments({ ...COMMAND, variables: { A: '--bind' }, launcher }, HOST, {
      isRoot: false,
      seccomp: true,
      features: ALL,
    });
    expect(args[args.indexOf('A') - 1]).toBe('--setenv');
    expect(args.indexOf('--bind / /')).toBeGreaterThan(args.indexOf('--'));
  });
});

describe('the launcher', () => {
  test('sets the limits, runs the script as a child and ends as it does', () => {
    expect(launcherArguments('true', LIMITS, { tasks: 512, deadlineMs: null })).toEqual([
      '/bin/sh',
      '-c',
      '{ ulimit -c 0; ulimit -f 131072; ulimit -n 256; ulimit -t 20; { ulimit -u 512 || ulimit -p 512; }; } 2>/dev/null; /bin/sh -c "$1"; exit $?',
      'sh',
      'true',
    ]);
  });

  test('ends it by itself where nobody else would', () => {
    const [, , launcher] = launcherArguments('true', LIMITS, { tasks: null, deadlineMs: 1_500 });
    expect(launcher).toMatch(/timeout -s KILL 2 \/bin\/sh -c "\$1"; exit \$\?$/);
    expect(launcher).not.toContain('-u ');
  });
});
