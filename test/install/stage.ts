import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { CONFIG_HOOKS_SINCE, isAtLeast, parseGitVersion } from '../../src/install/git-settings.ts';
import type { InstallOptions } from '../../src/install/install.ts';

/** One start of the CLI by a hook, as the stand-in saw it. */
export interface Call {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly cwd: string;
  /** Which node of {@link Stage.nodeThatSays} it was, empty for the machine's own. */
  readonly via: string;
  /** True when it was given the variable that is between `hooks/chain` and the script that it runs. */
  readonly chained: boolean;
}

/** A repository and an installed package, both real, in a folder that goes when the test ends. */
export interface Stage {
  readonly root: string;
  readonly repository: string;
  readonly packageFolder: string;
  /** Nothing of the machine's own git configuration, home or hooks. */
  readonly env: NodeJS.ProcessEnv;
  readonly options: InstallOptions;
  /** Runs git in the repository. `env` replaces the environment altogether. */
  git(args: readonly string[], env?: NodeJS.ProcessEnv): Ended;
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Ended;
  write(path: string, text: string | Buffer, mode?: number): void;
  read(path: string): string;
  /** What the hooks started since the last time that this was asked. */
  calls(): Call[];
  /** A node under a path of its own, that can be told from others by {@link Call.via}. Its absolute path. */
  nodeThatSays(via: string, path?: string): string;
  /** The exit code of the CLI from now on. */
  cliExits(code: number): void;
  /** Every file of the repository with its bytes and mode, but for what each commit changes. */
  snapshot(): Record<string, string>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Records how it was started, beside itself: the environment of a hook may be empty. */
const STAND_IN = `#!/usr/bin/env node
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const here = (name) => require('node:path').join(__dirname, name);
const args = process.argv.slice(2);
const stdin = args[1] === 'pre-push' ? readFileSync(0, 'utf8') : '';
appendFileSync(here('calls'), JSON.stringify({ args, stdin, cwd: process.cwd(), via: process.env.VIA ?? '', chained: 'CODE_AGENT_CHAINED' in process.env }) + '\\n');
process.exit(existsSync(here('exit-code')) ? Number(readFileSync(here('exit-code'), 'utf8')) : 0);
`;

/** What `install` starts to have something compiled. */
const COMPILE = "require('node:fs').writeFileSync(__dirname + '/main.cjs.v8-' + process.versions.v8, '');\n";

/** `gitProgram`: another git than the one in PATH. `package`: where the package lies, from the root. */
export function createStage({
  gitProgram,
  packageAt = 'pack age/code-agent',
}: {
  gitProgram?: string;
  packageAt?: string;
} = {}): Stage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'code-agent-install-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const repository = join(root, 'repo');
  const packageFolder = join(root, packageAt);
  mkdirSync(join(packageFolder, 'dist'), { recursive: true });
  mkdirSync(join(root, 'home'));
  mkdirSync(repository, { recursive: true });
  cpSync(new URL('../../hooks', import.meta.url), join(packageFolder, 'hooks'), { recursive: true });
  writeFileSync(join(packageFolder, 'dist/cli.cjs'), STAND_IN);
  writeFileSync(join(packageFolder, 'dist/compile.cjs'), COMPILE);
  writeFileSync(join(packageFolder, 'package.json'), '{"name":"code-agent","type":"module"}');
  const path = process.env['PATH'] ?? '';
  const env = {
    PATH: gitProgram === undefined ? path : `${dirname(gitProgram)}${delimiter}${path}`,
    HOME: join(root, 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(root, 'home/.gitconfig'),
  };
  writeFileSync(
    env.GIT_CONFIG_GLOBAL,
    '[user]\n\tname = n\n\temail = n@example.invalid\n[init]\n\tdefaultBranch = main\n',
  );
  execFileSync('git', ['init', '--quiet', repository], { env });
  const run = (program: string, args: readonly string[], environment: NodeJS.ProcessEnv = env): Ended => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: repository,
      env: environment,
      encoding: 'utf8',
      timeout: 30_000,
    });
    if (error) throw error;
    return { code: status, output: stdout + stderr };
  };
  return {
    root,
    repository,
    packageFolder,
    env,
    options: { cwd: repository, env, packageFolder, node: process.execPath, via: 'file' },
    run,
    git: (args, environment) => run(gitProgram ?? 'git', args, environment),
    write(path, text, mode = 0o644) {
      const absolute = join(repository, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, text);
      chmodSync(absolute, mode);
    },
    read: (path) => readFileSync(join(repository, path), 'utf8'),
    calls() {
      const file = join(packageFolder, 'dist/calls');
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      rmSync(file);
      return lines.map((line): Call => JSON.parse(line));
    },
    nodeThatSays(via, path = `nodes/${via}`) {
      const absolute = join(root, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, `#!/bin/sh\nVIA='${via}' exec '${process.execPath}' "$@"\n`);
      chmodSync(absolute, 0o755);
      return absolute;
    },
    cliExits: (code) => writeFileSync(join(packageFolder, 'dist/exit-code'), String(code)),
    snapshot: () => snapshot(repository),
  };
}

function snapshot(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    const content = entry.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'latin1');
    files[path.slice(folder.length + 1)] = `${(lstatSync(path).mode & 0o777).toString(8)} ${content}`;
  }
  return files;
}

/**
 * The path of a program that a test needs, from node_modules or PATH. Null when this machine has none, which is said
 * on stderr; where CI is set, that is a failure.
 */
export function findTool(name: string): string | null {
  const folders = [
    new URL('../../node_modules/.bin', import.meta.url).pathname,
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  return notExercised(`${name} is neither in node_modules nor in PATH`);
}

/** The git to try config hooks with: CODE_AGENT_TEST_GIT, else the one in PATH, when it is new enough. */
export function findGitWithConfigHooks(): string | null {
  const program = process.env['CODE_AGENT_TEST_GIT'] ?? findTool('git') ?? 'git';
  const version = execFileSync(program, ['version'], { encoding: 'utf8' });
  if (isAtLeast(parseGitVersion(version), CONFIG_HOOKS_SINCE)) return program;
  return notExercised(`${version.trim()} has no config hooks (CODE_AGENT_TEST_GIT names another git)`, false);
}

function notExercised(why: string, failsInCi = true): null {
  const message = `NOT EXERCISED: "${expect.getState().currentTestName}": ${why}`;
  if (failsInCi && process.env['CI']) throw new Error(message);
  process.stderr.write(`\n${message}\n`);
  return null;
}
