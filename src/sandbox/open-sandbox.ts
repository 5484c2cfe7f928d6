import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeAgentError } from '../code-agent-error.ts';
import { openBubblewrap } from './bubblewrap.ts';
import { openContainers } from './container.ts';
import { findProgram } from './find-program.ts';
import { probeSandbox } from './probe.ts';
import type { Sandbox } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';

/** What a command finds in a container: node of our own version, git, compilers. Nothing is ever fetched: it must be there. */
const IMAGE = `docker.io/library/node:${process.versions.node.split('.')[0]}`;

/**
 * Opens the first sandbox that works here: bubblewrap, else Docker, else Podman, each only when `probeSandbox` finds that it
 * holds. It costs about half a second: open one, and keep it. Rejects with a CodeAgentError that begins with `no sandbox` and says
 * for each why not; its advice begins with SANDBOX_UNAVAILABLE. Then nothing may run, there is no way without.
 *
 * `env`: our own. Programs are found in its PATH, Docker and Podman also by what is theirs in it. `image`: what containers are
 * made of.
 */
export async function openSandbox(
  env: NodeJS.ProcessEnv,
  { image = IMAGE, platform = process.platform }: { image?: string; platform?: NodeJS.Platform } = {},
): Promise<Sandbox> {
  const refusals: string[] = [];
  const advice: string[] = [];
  const refuse = (name: string, why: string): void => {
    refusals.push(`${name}: ${why.replace(/[.?!]+$/, '')}`);
  };
  for (const [name, open] of candidates(env, image, platform)) {
    try {
      const sandbox = await open();
      const failures = await probeSandbox(sandbox, env);
      if (failures.length === 0) return sandbox;
      refuse(name, failures.join('; '));
    } catch (error) {
      refuse(name, error instanceof Error ? error.message : String(error));
      if (error instanceof CodeAgentError && error.advice !== undefined) advice.push(error.advice);
    }
  }
  // The same thing, found twice.
  const reasons = [...new Set(refusals)].join('. ');
  throw sandboxFailure(`no sandbox: commands of a task do not run without one. ${reasons}.`, {
    advice: ['SANDBOX_UNAVAILABLE.', ...adviceFor(reasons, platform), ...advice].join(' '),
  });
}

type Candidate = readonly [name: string, open: () => Promise<Sandbox>];

function candidates(env: NodeJS.ProcessEnv, image: string, platform: NodeJS.Platform): Candidate[] {
  const find = (name: string): string => {
    const program = findProgram(name, env);
    if (program === null) throw sandboxFailure('it is not installed');
    return program;
  };
  const bubblewrap = (nested: boolean): Candidate => [
    'bubblewrap',
    async () => {
      if (platform !== 'linux') throw sandboxFailure('it needs Linux');
      return openBubblewrap(find('bwrap'), { nested });
    },
  ];
  const container = (kind: 'docker' | 'podman'): Candidate => [
    kind,
    async () => openContainers({ kind, program: find(kind), image, env }),
  ];
  return [bubblewrap(true), bubblewrap(false), container('docker'), container('podman')];
}

/** What lets bubblewrap work here. */
function adviceFor(reasons: string, platform: NodeJS.Platform): string[] {
  if (platform !== 'linux') return ['Start Docker or Podman, or run the worker on Linux.'];
  if (reasons.includes('bubblewrap: it is not installed'))
    return ['Install bubblewrap: `apt install bubblewrap`, `dnf install bubblewrap`, `apk add bubblewrap`.'];
  if (settingOf('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return [
      'AppArmor forbids user namespaces here (Ubuntu 23.10 and later). Allow them for bubblewrap with a profile:',
      `printf '%s\\n' 'abi <abi/4.0>,' 'include <tunables/global>' 'profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`,
    ];
  if (settingOf('kernel/unprivileged_userns_clone') === '0')
    return ['User namespaces are switched off: `sysctl kernel.unprivileged_userns_clone=1`.'];
  if (settingOf('user/max_user_namespaces') === '0')
    return ['User namespaces are switched off: `sysctl user.max_user_namespaces=15000`.'];
  return [
    'In a container bubblewrap needs to be let make namespaces and mount /proc:',
    'Docker: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`.',
  ];
}

function settingOf(name: string): string | null {
  try {
    return readFileSync(join('/proc/sys', name), 'utf8').trim();
  } catch {
    return null;
  }
}
