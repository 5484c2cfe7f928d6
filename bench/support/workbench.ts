import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

/** Where measurements are made: a folder of its own, away from this repository and from the user's settings. */
export interface Workbench {
  /** Absolute. Removed when the process ends. */
  readonly folder: string;
  /** Of a machine on which nothing is configured. */
  readonly env: NodeJS.ProcessEnv;
  /** The CLI of this package, installed from its tarball beside the peers. */
  readonly cli: string;
  /** The `node_modules` that it and the peers are installed in. */
  readonly packages: string;
}

const PEERS = [
  'husky@9',
  'lefthook@2',
  'lint-staged@16',
  'secretlint@11',
  '@secretlint/secretlint-rule-preset-recommend@11',
  'simple-git-hooks@2',
];

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Builds and packs this package from a copy, and installs it together with the peers, from npm's registry. */
export function openWorkbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  const installation = join(folder, 'installation');
  mkdirSync(installation);
  writeFileSync(join(installation, 'package.json'), '{ "private": true }\n');
  npm(installation, 'install', packSelf(folder));
  for (const peer of PEERS) tryInstall(installation, peer);

  const packages = join(installation, 'node_modules');
  return { folder, env: environment(folder), cli: join(packages, 'code-agent/dist/cli.cjs'), packages };
}

/** From a copy, so that nobody's work in this repository changes what is being measured. Answers the tarball. */
function packSelf(folder: string): string {
  const copy = join(folder, 'package');
  mkdirSync(copy);
  for (const name of ['src', 'hooks', 'schema', 'scripts', 'package.json', 'build.mjs']) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: copy, stdio: 'inherit' });
  return join(copy, npm(copy, 'pack').trim());
}

/** What is missing is told by the tables. */
function tryInstall(folder: string, peer: string): void {
  try {
    npm(folder, 'install', peer);
  } catch (error) {
    process.stderr.write(`${peer} could not be installed: ${String(error)}\n`);
  }
}

function npm(cwd: string, command: string, ...args: string[]): string {
  return execFileSync('npm', [command, ...QUIET, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();
}

function environment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A U Thor',
    GIT_AUTHOR_EMAIL: 'author@example.com',
    GIT_COMMITTER_NAME: 'C O Mitter',
    GIT_COMMITTER_EMAIL: 'committer@example.com',
  };
}

/** The file of an installed package; null when it could not be had. */
export function installedFile({ packages }: Workbench, name: string): string | null {
  const file = join(packages, name);
  return existsSync(file) ? file : null;
}

/** A program in PATH; null when it is not there. */
export function programInPath(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? null;
}
