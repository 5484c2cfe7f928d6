import { join } from 'node:path';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import type { Repository } from '../git/repository.ts';
import { createWorktree, type Worktree } from '../git/worktree.ts';
import { type AllowedNetwork, openAllowedNetwork } from '../sandbox/allowed-network.ts';
import type { Sandbox, SandboxLimits, SandboxResult } from '../sandbox/sandbox.ts';
import type { TaskEvent } from '../tasks/task.ts';
import { type DependencyFolder, untrackedFolders } from './dependency-folders.ts';
import { ECOSYSTEMS, installCommands, ownEcosystems } from './install-commands.ts';

export interface InstallOptions {
  readonly repository: Repository;
  /** The commit whose packages are installed, and its tree. */
  readonly base: string;
  readonly tree: Snapshot;
  /** Of the task's own: a checkout and the way to the network are made in it. */
  readonly beside: string;
  readonly sandbox: Sandbox;
  readonly limits: Omit<SandboxLimits, 'wallMs' | 'cpuSeconds'>;
  readonly variables: Readonly<Record<string, string>>;
  readonly config: Config['sandbox'];
  readonly told: (event: TaskEvent) => void;
  readonly signal: AbortSignal;
}

/** What is installed for a task, until it ends. */
export interface Packages {
  readonly folders: readonly DependencyFolder[];
  /** What could not be installed and why, a sentence without a full stop; null: nothing is missing. */
  readonly problem: string | null;
  remove(): void;
}

const WALL_MS = 600_000;
/** Of one process: installing waits for others most of the time. */
const CPU_SECONDS = 1_200;

/** As the sandbox calls the checkout, and a home in it: a cache of packages is too large for a /tmp in memory. */
const WORK = '/work';
const HOME = '.code-agent-home';

/** Once is not enough where there is a network, and a refusal stays one. */
const VARIABLES = {
  HOME: `${WORK}/${HOME}`,
  npm_config_fetch_retries: '2',
  npm_config_fetch_retry_mintimeout: '1000',
  npm_config_fetch_retry_maxtimeout: '5000',
  PIP_RETRIES: '2',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
};

const NOT_ALLOWED =
  'no packages were installed: sandbox.hosts, which only the operator can set, names no host';

/**
 * Installs the packages of a commit, by the commands of `ECOSYSTEMS` or of the operator, in a checkout that nobody else sees: in the
 * sandbox, where they reach `config.hosts` and nothing else. What cannot be installed is a problem, and no reason to do without the
 * rest. Without hosts nothing is installed, which is a problem where something would be.
 */
export async function installDependencies(options: InstallOptions): Promise<Packages> {
  const { repository, base, tree, beside, config, signal } = options;
  const { commands, missing } = await installCommands(
    tree,
    config.install === null ? ECOSYSTEMS : ownEcosystems(config.install),
  );
  const isAllowed = config.hosts.length > 0;
  const problems = isAllowed ? [...missing] : commands.length > 0 ? [NOT_ALLOWED] : [];
  let checkout: Worktree | null = null;
  const remove = (): void => checkout?.remove();
  const end = (folders: readonly DependencyFolder[]): Packages => ({
    ...{ folders, remove },
    problem: problems.length === 0 ? null : problems.join('. '),
  });
  if (commands.length === 0 || !isAllowed) return end([]);
  try {
    checkout = await createWorktree(repository, base, join(beside, 'install'));
    const folders: DependencyFolder[] = [];
    const known = new Set<string>();
    for (const command of commands) {
      const problem = await install(options, checkout, command);
      if (problem !== null) problems.push(problem);
      for (const folder of await untrackedFolders(checkout.folder, checkout.repository.call)) {
        // Half of the packages would hide those that a machine has.
        if (problem === null && !known.has(folder.path)) folders.push(folder);
        known.add(folder.path);
      }
    }
    return end(folders);
  } catch (error) {
    const why = signal.aborted ? null : reasonOf(error);
    if (why === null) {
      remove();
      throw error;
    }
    problems.push(`packages could not be installed: ${why}`);
    return end([]);
  }
}

/** Null: it is a fault of ours. What is said of a file stays here: its path is this machine's. */
function reasonOf(error: unknown): string | null {
  if (error instanceof CodeAgentError) return error.message;
  const code = error instanceof Error && 'errno' in error && 'code' in error ? String(error.code) : null;
  return code === null ? null : `what was installed cannot be read (${code})`;
}

/** Answers what has gone wrong. */
async function install(
  { beside, sandbox, limits, variables, config, told, signal }: InstallOptions,
  { folder, objectFolders }: Worktree,
  command: string,
): Promise<string | null> {
  told({ type: 'installing', command });
  const network = await openAllowedNetwork(join(beside, 'network'), config.hosts);
  try {
    const ran = await sandbox.run(
      {
        script: network.script(command),
        folder,
        readable: [...objectFolders, network.folder],
        variables: { ...variables, ...VARIABLES },
        limits: { ...limits, wallMs: WALL_MS, cpuSeconds: CPU_SECONDS },
      },
      signal,
    );
    signal.throwIfAborted();
    const problem = problemOf(command, ran, network);
    told({ type: 'installed', command, ms: ran.ms, problem });
    return problem;
  } finally {
    await network.close();
  }
}

function problemOf(
  command: string,
  { exitCode, ended, output }: SandboxResult,
  network: AllowedNetwork,
): string | null {
  if (exitCode === 0) return null;
  const how = exitCode === null ? `was killed (${ended})` : `ended with exit code ${exitCode}`;
  const refused = network.refused();
  return [
    `packages could not be installed: \`${command}\` ${how}: ${tellingLine(output.toString())}`,
    ...(network.isSpent() ? ['more was fetched than may be'] : []),
    ...(refused.length === 0 ? [] : [`refused by sandbox.hosts: ${someOf(refused)}`]),
  ].join('; ');
}

const MOST_NAMES = 5;

const someOf = (names: readonly string[]): string =>
  names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
    : names.join(', ');

const LONGEST_LINE = 300;

/** The line that says most of what went wrong: the first of an error that is more than a code, as npm's first is; else the last one. */
function tellingLine(output: string): string {
  const lines = output.split('\n').flatMap((line) => line.trim() || []);
  const errors = lines.filter((line) => /error[: ]|\berr[_!]/i.test(line));
  const telling = errors.find((line) => !/ (?:code|errno|syscall) \S+$/.test(line)) ?? lines.at(-1);
  return (telling ?? 'it said nothing').slice(0, LONGEST_LINE);
}
