import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { openBubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { hasBubblewrap } from './has-bubblewrap.ts';

describe('no sandbox', () => {
  test('is an error that says of each why not, and what to install', async () => {
    const failure = await failureOf({ PATH: tempFolder() });
    expect(failure.message).toBe(
      'no sandbox: commands of a task do not run without one. bubblewrap: it is not installed. docker: it is not installed. podman: it is not installed.',
    );
    expect(failure.advice).toMatch(/^SANDBOX_UNAVAILABLE\. Install bubblewrap: `apt install bubblewrap`/);
    expect(failure.exitCode).toBe(3);
  });

  test('where bubblewrap may not do its work, with its own words', async () => {
    const folder = programs({ bwrap: 'echo "bwrap: No permissions to create new namespace" >&2; exit 1' });
    const { message, advice } = await failureOf({ PATH: folder });
    expect(message).toMatch(/^no sandbox: .*bubblewrap: .*No permissions to create new namespace/);
    expect(advice).toMatch(/^SANDBOX_UNAVAILABLE\. \w/);
  });

  test('where Docker has no daemon, and where it has no image', async () => {
    const none = programs({ docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' });
    expect((await failureOf({ PATH: none })).message).toContain(
      'docker: Cannot connect to the Docker daemon',
    );
    const noImage = programs({ docker: 'test "$1" = image && exit 1; echo 28.1' });
    const { message, advice } = await failureOf({ PATH: noImage });
    expect(message).toMatch(/docker: it has no image docker\.io\/library\/node:\d+/);
    expect(advice).toMatch(/docker pull docker\.io\/library\/node:\d+/);
  });

  test('is a program in a relative folder of PATH', async () => {
    await expect(openSandbox({ PATH: '.:bin' })).rejects.toThrow('bubblewrap: it is not installed');
  });

  test('of bubblewrap is there on another system than Linux', async () => {
    const options = { platform: 'darwin' as const };
    await expect(openSandbox({ PATH: '/nowhere' }, options)).rejects.toThrow('bubblewrap: it needs Linux');
  });
});

describe.runIf(hasBubblewrap())('the probe', () => {
  test('finds nothing in one that holds', async () => {
    const sandbox = await openBubblewrap('/usr/bin/bwrap', { nested: true });
    expect(await probeSandbox(sandbox, process.env)).toEqual([]);
  });

  test('holds without the ban of user namespaces too', async () => {
    const sandbox = await openBubblewrap('/usr/bin/bwrap', { nested: false });
    expect(await probeSandbox(sandbox, process.env)).toEqual([]);
  });

  // Each is the real one with one thing left out.
  test.each([
    [
      'a network',
      'my $i = first("--unshare-all"); splice @ARGV, $i + 1, 0, "--share-net"',
      'a command can connect to a server',
    ],
    [
      'other files',
      'my $i = first("--bind", "/work"); my $p = $ARGV[$i + 1]; $p =~ s{[^/]+$}{outside}; splice @ARGV, $i, 0, "--bind", $p, $p if -e $p',
      'a command can write outside of its folder',
    ],
    [
      'a .git that can be written',
      'my $i = first("--bind", "/work"); splice @ARGV, $i + 3, 3',
      'a command can write a git hook',
    ],
    [
      'other processes',
      'my $i = first("--unshare-all"); splice @ARGV, $i, 1, qw(--unshare-net --unshare-ipc --unshare-uts); $i = first("--as-pid-1"); splice @ARGV, $i, 1',
      'a child outlives its command\na command that takes all memory is not ended for it (exited 0)',
    ],
    [
      'settings of the kernel',
      'my $i = first("--remount-ro", "/proc"); splice @ARGV, $i, 2',
      process.getuid?.() === 0 ? 'a command can change settings of the kernel' : null,
    ],
  ])('finds %s', async (_, edit, found) => {
    const folder = tempFolder();
    const bwrap = join(folder, 'bwrap');
    const code = `#!/usr/bin/perl
sub first { my ($option, $path) = @_; for my $i (0 .. $#ARGV) { return $i if $ARGV[$i] eq $option && (!defined $path || grep { defined $_ && $_ eq $path } @ARGV[$i + 1, $i + 2]) } die "no $option" }
if (@ARGV > 1) { ${edit} }
exec "/usr/bin/bwrap", @ARGV;
`;
    writeFileSync(bwrap, code, { mode: 0o755 });
    const sandbox = await openBubblewrap(bwrap, { nested: true });
    const failures = await probeSandbox(sandbox, process.env);
    if (found === null) expect(failures).toEqual([]);
    else expect(failures.join('\n')).toContain(found);
  });

  test('finds a variable of ours', async () => {
    const sandbox = await openBubblewrap('/usr/bin/bwrap', { nested: true });
    const leaks = {
      name: 'leaks',
      run: (command: Parameters<typeof sandbox.run>[0], signal: AbortSignal) =>
        sandbox.run({ ...command, variables: { API_KEY: 'a-key-of-ours' } }, signal),
    };
    expect(await probeSandbox(leaks, { API_KEY: 'a-key-of-ours' })).toEqual([
      'a command can read our variable API_KEY',
    ]);
  });

  test('leaves nothing behind', async () => {
    const place = tempFolder();
    const script = `
      import { openSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../src/sandbox/open-sandbox.ts'))};
      await openSandbox(process.env);`;
    const file = join(place, 'open.ts');
    writeFileSync(file, script);
    const tmp = join(place, 'tmp');
    mkdirSync(tmp);
    const run = join(import.meta.dirname, '../../scripts/run.mjs');
    execFileSync(process.execPath, [run, file], { env: { ...process.env, TMPDIR: tmp } });
    expect(execFileSync('ls', ['-A', tmp], { encoding: 'utf8' })).toBe('');
    expect(existsSync(file)).toBe(true);
  });
});

function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

async function failureOf(env: NodeJS.ProcessEnv): Promise<CodeAgentError> {
  const failure = await openSandbox(env, { platform: 'linux' }).catch((error: unknown) => error);
  if (!(failure instanceof CodeAgentError)) throw new Error(`not an error of ours: ${failure}`);
  return failure;
}
