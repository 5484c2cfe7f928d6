import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { CLI, type TempRepository, tempRepository } from '../support/temp-repository.ts';

const MOMENTS = 100;

it(`a hook that is killed at ${MOMENTS} random moments leaves everything as it was`, async () => {
  const repository = busyRepository();
  const temporary = join(repository.path, '..', 'tmp');
  mkdirSync(temporary);
  const before = stateOf(repository);
  const whole = await runHook(repository, temporary, null);
  expect(whole.code, 'the hook that is not killed finds the secret').toBe(1);
  expect(stateOf(repository)).toEqual(before);

  let killed = 0;
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const after = Math.random() * whole.ms;
    const { code } = await runHook(repository, temporary, after);
    if (code === null) killed += 1;
    expect(stateOf(repository), `killed after ${after} ms`).toEqual(before);
    expect(readdirSync(temporary), `killed after ${after} ms`).toEqual([]);
  }
  expect(killed).toBeGreaterThan(MOMENTS / 2);
  await expect.poll(() => processesIn(repository.path), { timeout: 5000 }).toEqual([]);
}, 300_000);

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a hook and the git that it waits for', async (signal, code) => {
  const repository = busyRepository();
  const bin = join(repository.path, '..', 'bin');
  mkdirSync(bin);
  const real = repository.env['PATH'] ?? '';
  const waits = `#!/bin/sh\nPATH='${real}'\ncase " $* " in *' -p '*) exec sleep 60 ;; esac\nexec git "$@"\n`;
  writeFileSync(join(bin, 'git'), waits, { mode: 0o755 });
  const child = spawn(process.execPath, [CLI, 'hook', 'pre-commit'], {
    cwd: repository.path,
    env: { ...repository.env, PATH: `${bin}:${real}` },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const gitDir = join(repository.path, '.git');
  await expect.poll(() => processesIn(gitDir), { timeout: 10_000 }).toEqual(['sleep 60 ']);
  child.kill(signal);
  expect(await ended).toBe(code);
  await expect
    .poll(() => [...processesIn(gitDir), ...processesIn(repository.path)], { timeout: 5000 })
    .toEqual([]);
});

/** Staged, partly staged and unstaged changes, files that git does not know, and a stash. */
function busyRepository(): TempRepository {
  const repository = tempRepository();
  const lines = (count: number, text: string) =>
    Array.from({ length: count }, (_, n) => `${text} ${n}\n`).join('');
  const files = Array.from({ length: 60 }, (_, n) => [`src/file${n}.ts`, lines(50, '// line')] as const);
  repository.commit(Object.fromEntries(files));
  repository.write({ 'src/file0.ts': lines(50, '// stashed') });
  repository.git('stash', 'push', '--quiet');
  repository.write(Object.fromEntries(files.map(([path, text]) => [path, `${text}${lines(20, '// more')}`])));
  repository.write({ 'src/secret.ts': `const key = '${PLANTED_SECRET}';\n` });
  repository.git('add', '.');
  repository.write({ 'src/file1.ts': lines(3, '// not staged'), 'untracked.txt': 'x\n', 'src/file2.ts': '' });
  return repository;
}

function runHook(
  repository: TempRepository,
  temporary: string,
  killAfter: number | null,
): Promise<{ code: number | null; ms: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'hook', 'pre-commit'], {
    cwd: repository.path,
    env: { ...repository.env, GIT_INDEX_FILE: '.git/index', TMPDIR: temporary },
    stdio: 'ignore',
  });
  if (killAfter !== null) sleep(killAfter).then(() => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ms: performance.now() - started }));
  });
}

/** Every file of the working tree and of .git with mode, time and content, the stash and the status. */
function stateOf(repository: TempRepository): Record<string, string> {
  const state: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(repository.path, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      // What this machine remembers of its reviews: appended to, and no part of git.
      if (path === '.git/code-agent') continue;
      if (entry.isDirectory()) walk(path);
      else {
        const file = join(repository.path, path);
        const { mode, mtimeNs, ino } = statSync(file, { bigint: true });
        state[path] = `${mode} ${mtimeNs} ${ino} ${readFileSync(file, 'base64')}`;
      }
    }
  };
  walk('');
  state['git status'] = repository.git('--no-optional-locks', 'status', '--porcelain=v2');
  state['git stash list'] = repository.git('stash', 'list', '--format=%H');
  return state;
}

/** Commands that still run in the repository (Linux). */
function processesIn(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`) !== path) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        // It has ended, or is another user's.
        return [];
      }
    });
}
