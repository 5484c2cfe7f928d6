import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TempRepository {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs git; throws with its stderr when it fails. Answers stdout without the last newline. */
  git(...args: string[]): string;
  /** Runs git and answers how it ended. */
  tryGit(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs the CLI as built. */
  codeAgent(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Writes files; a Buffer byte for byte. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  link(path: string, target: string): void;
  makeExecutable(path: string): void;
  /** Writes the files, adds everything and commits, without hooks. Answers the commit's id. */
  commit(files?: Readonly<Record<string, string | Uint8Array>>, message?: string): string;
  /** Writes a hook that runs the CLI as built. */
  hook(name: string): void;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string | Uint8Array;
}

/** The CLI as `npm test` has built it. */
export const CLI = resolve(import.meta.dirname, '../../dist/cli.cjs');

/** A new git repository in a folder of its own, removed after the test, that knows nothing of the machine's settings. */
export function tempRepository(...initOptions: string[]): TempRepository {
  const folder = tempFolder();
  const path = join(folder, 'repository');
  mkdirSync(path);
  const env = isolatedEnvironment(folder);
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e9 })
      .toString()
      .replace(/\n$/, '');
  git('init', '--quiet', '--initial-branch=main', ...initOptions);
  const repository: TempRepository = {
    path,
    env,
    git,
    tryGit: (args, options) => run('git', args, { cwd: path, env, ...options }),
    codeAgent: (args, options) => run(process.execPath, [CLI, ...args], { cwd: path, env, ...options }),
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        const file = join(path, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
    },
    link(name, target) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      symlinkSync(target, join(path, name));
    },
    makeExecutable: (name) => chmodSync(join(path, name), 0o755),
    commit(files = {}, message = 'change') {
      repository.write(files);
      git('add', '--all');
      git('commit', '--quiet', '--no-verify', '--allow-empty', `--message=${message}`);
      return git('rev-parse', 'HEAD');
    },
    hook(name) {
      const file = join(git('rev-parse', '--absolute-git-dir'), 'hooks', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" hook ${name} "$@"\n`, {
        mode: 0o755,
      });
    },
  };
  return repository;
}

/** A folder that is removed when the test has ended. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-test-'));
  // What a hook has left behind may still write there for a moment.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/** The environment of a machine on which nothing is configured. */
export function isolatedEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A U Thor',
    GIT_AUTHOR_EMAIL: 'author@example.com',
    GIT_COMMITTER_NAME: 'C O Mitter',
    GIT_COMMITTER_EMAIL: 'committer@example.com',
  };
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === null ? -1 : 128), ...output }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}
