import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { askGit } from '../git/ask-git.ts';
import { isCompiled } from './compile-bundle.ts';
import { type FoundHook, findHooks } from './find-hooks.ts';
import { CONFIG_HOOKS_SINCE, isAtLeast, parseGitVersion } from './git-settings.ts';
import { HOOK_NAMES, type HookName } from './hook-name.ts';
import { isFallbackScript } from './hook-script.ts';
import { isInNpxCache, OLDEST_GIT } from './install.ts';
import { managerOf, readRecord, readSurroundings, type Surroundings } from './surroundings.ts';

/** One thing that doctor looked at. */
export interface Diagnosis {
  /** `problem`: the hooks do not do what was asked of them. `note`: they do, and there is something to know. */
  readonly level: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** A command, or what to do; null when there is nothing to. */
  readonly mend: string | null;
}

export interface DoctorReport {
  /** Absolute. */
  readonly topLevel: string;
  readonly diagnoses: readonly Diagnosis[];
  /** No problem among them: exit code 0, else 1. */
  readonly healthy: boolean;
}

/** Says what keeps the hooks of the repository that `cwd` is in from working, and how to mend it. Changes nothing. */
export async function doctor({
  cwd,
  env,
  packageFolder,
}: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  packageFolder: string;
}): Promise<DoctorReport> {
  const around = await readSurroundings(cwd, packageFolder, env);
  const found = findHooks(around);
  const diagnoses = [
    gitVersion(around),
    ...hooks(around, found),
    ...(await startsFrom(around, found)),
    ...(await node(around)),
    ...(await otherGits(around, found, env)),
    ...(await configuration(around, env)),
  ];
  const healthy = diagnoses.every(({ level }) => level !== 'problem');
  return { topLevel: around.settings.topLevel, diagnoses, healthy };
}

function gitVersion({ settings: { version } }: Surroundings): Diagnosis {
  if (isAtLeast(version, OLDEST_GIT)) return ok(`git ${version.text}`);
  return problem(`git ${version.text} is older than ${OLDEST_GIT}`, 'Update git');
}

/** Every hook that was asked for runs once; what is in the way is told with it. */
function hooks(around: Surroundings, found: readonly FoundHook[]): Diagnosis[] {
  const recorded = readRecord(around)?.hooks ?? [];
  const expected = HOOK_NAMES.filter(
    (hook) => recorded.includes(hook) || found.some((place) => place.hook === hook),
  );
  if (expected.length === 0) return [problem('no hook of code-agent is installed', 'code-agent install')];
  return expected.flatMap((hook) => {
    const places = found.filter((place) => place.hook === hook);
    const running = places.filter((place) => place.problem === null);
    const idle = places.flatMap(({ place, problem: why }) => (why === null ? [] : [{ place, ...why }]));
    const [first, ...more] = running;
    if (first === undefined) {
      if (idle.length === 0) return [notInstalled(around, hook)];
      return idle.map(({ place, text, mend }) => problem(`${hook}: ${place} does not run: ${text}`, mend));
    }
    const told = more.length === 0 ? ok(`${hook}: ${first.place}`) : twice(hook, running);
    return [
      told,
      ...idle.map(({ place, text, mend }) => note(`${hook}: ${place} does not run: ${text}`, mend)),
    ];
  });
}

function notInstalled(around: Surroundings, hook: HookName): Diagnosis {
  const manager = managerOf(around, hook);
  const by = manager === null ? '' : ` (${manager} has it)`;
  return problem(`${hook}: it was installed and is gone${by}`, 'code-agent install');
}

function twice(hook: HookName, running: readonly FoundHook[]): Diagnosis {
  return problem(
    `${hook}: it runs ${running.length} times: ${running.map(({ place }) => place).join(', ')}`,
    'code-agent install',
  );
}

/** What the lines name is still there. */
async function startsFrom(around: Surroundings, found: readonly FoundHook[]): Promise<Diagnosis[]> {
  const folders = [...new Set(found.flatMap(({ folder, problem: why }) => (folder && !why ? [folder] : [])))];
  const told = await Promise.all(
    folders.map(async (folder) => {
      const absolute = resolve(around.settings.topLevel, folder);
      const dist = join(absolute, '..', 'dist');
      const missing = [join(absolute, 'launch'), join(dist, 'cli.cjs')];
      for (const file of missing) {
        if (!(await isReadable(file))) {
          const mend = isAbsolute(folder) ? 'code-agent install' : 'npm install';
          return problem(`the hooks start ${file}, which is gone`, mend);
        }
      }
      if (!isInNpxCache(absolute)) {
        if (await isCompiled(dist)) return ok(`hooks start ${absolute}`);
        return note(
          `hooks start ${absolute}, a little slower than they could: nothing is compiled for this Node.js`,
          'code-agent install',
        );
      }
      return problem(
        `the hooks start ${absolute}, in the cache of npx, which npm may empty`,
        'npm install --save-dev code-agent && npx code-agent install',
      );
    }),
  );
  return told;
}

async function node(around: Surroundings): Promise<Diagnosis[]> {
  const record = readRecord(around);
  if (record === null) {
    return [
      note(
        'no node is recorded for this clone: a GUI client without node in its PATH may not find it',
        'code-agent install',
      ),
    ];
  }
  const version = await versionOf(record.node);
  if (version === null) {
    return [
      problem(
        `node ${record.node}, recorded when the hooks were installed, does not run`,
        'code-agent install',
      ),
    ];
  }
  const [, major = '0', minor = '0'] = /^v?([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  const isOld = Number(major) < 20 || (Number(major) === 20 && Number(minor) < 19);
  if (isOld)
    return [
      problem(`node ${version} (${record.node}) is older than 20.19`, 'Update it, then code-agent install'),
    ];
  return [ok(`node ${version.replace(/^v/, '')} (${record.node})`)];
}

/** A config hook is silently not run by a git that does not know them. */
async function otherGits(
  around: Surroundings,
  found: readonly FoundHook[],
  env: NodeJS.ProcessEnv,
): Promise<Diagnosis[]> {
  const inConfigOnly = found.filter(
    ({ hook, way, problem: why }) => why === null && way === 'config' && !hasFallback(around, hook),
  );
  if (inConfigOnly.length === 0) return [];
  const mend = 'code-agent install --via file';
  const old = (await gitsInPath(env)).filter(({ version }) => !isAtLeast(version, CONFIG_HOOKS_SINCE));
  const names = inConfigOnly.map(({ hook }) => hook).join(', ');
  if (old.length === 0) {
    return [
      note(
        `${names}: only git ${CONFIG_HOOKS_SINCE} and newer run it; a GUI client may bring an older one`,
        mend,
      ),
    ];
  }
  return old.map(({ path, version }) =>
    problem(`${names}: ${path} (git ${version.text}) does not run it`, mend),
  );
}

function hasFallback({ files, settings }: Surroundings, hook: HookName): boolean {
  const script = files.get(join(settings.hooksDir, hook));
  return script?.kind === 'file' && isFallbackScript(script.content);
}

/** Configuration is read from the last commit, so what is only in the working tree does not count yet. */
async function configuration(around: Surroundings, env: NodeJS.ProcessEnv): Promise<Diagnosis[]> {
  const name = '.code-agent.yml';
  const call = { cwd: around.settings.topLevel, env };
  if (!(await isReadable(join(call.cwd, name)))) return [];
  const committed = await askGit(['cat-file', '-e', `HEAD:${name}`], call, [1, 128]);
  if (committed === null) {
    const mend = `git add ${name} && git commit`;
    return [problem(`${name} is not committed: it does not count yet`, mend)];
  }
  const same = await askGit(['diff', '--quiet', '--no-ext-diff', 'HEAD', '--', name], call, [1]);
  if (same === null)
    return [note(`${name} has changes that do not count before they are committed`, `git commit ${name}`)];
  return [ok(`${name} is committed`)];
}

async function gitsInPath(env: NodeJS.ProcessEnv) {
  const name = process.platform === 'win32' ? 'git.exe' : 'git';
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const paths = new Map<string, string>();
  for (const folder of folders) {
    const path = join(folder, name);
    if (!(await isReadable(path))) continue;
    const real = await realpath(path);
    if (!paths.has(real)) paths.set(real, path);
  }
  const told = await Promise.all(
    [...paths.values()].map(async (path) => ({ path, output: await versionOf(path) })),
  );
  return told.flatMap(({ path, output }) =>
    output?.startsWith('git version') ? [{ path, version: parseGitVersion(output) }] : [],
  );
}

/** What the program says to `--version`, null when it does not run. */
async function versionOf(program: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      windowsHide: true,
      timeout: 5000,
    });
    return stdout.trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function ok(text: string): Diagnosis {
  return { level: 'ok', text, mend: null };
}

function note(text: string, mend: string): Diagnosis {
  return { level: 'note', text, mend };
}

function problem(text: string, mend: string): Diagnosis {
  return { level: 'problem', text, mend };
}
