import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workbench } from './workbench.ts';

/** A real git repository with something staged in it. */
export interface BenchRepository {
  readonly path: string;
  /** Runs git; throws with its stderr when it fails. */
  git(...args: string[]): string;
  write(path: string, content: string | Uint8Array): void;
  /** Commits all that was written, without hooks. */
  commitAll(): void;
}

/** A new repository on the workbench. */
export function createRepository({ folder, env }: Workbench, name: string): BenchRepository {
  const path = join(folder, 'repositories', name);
  mkdirSync(path, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: path,
      env,
      maxBuffer: 1e9,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  git('init', '--quiet', '--initial-branch=main');
  // A repack in the middle of a run would be measured as somebody's hook.
  git('config', 'gc.auto', '0');
  return {
    path,
    git,
    write(file, content) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    },
    commitAll() {
      git('add', '--all');
      git('-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--allow-empty', '--message=base');
    },
  };
}

/** Commits what is staged, again and again. */
export interface StagedCommit {
  /**
   * Puts index and branch back to where they were before the last commit, and stages `content` in `file` on top.
   * A `git reset --soft` would leave the index with the trees that the last commit wrote (its cache-tree), and the
   * next commit would be too fast: so the index is put back as `git add` had left it, and as `content` differs each
   * time, neither the trees nor the change are ones that were seen before.
   */
  prepare(file: string, content: string): void;
  /** Milliseconds of one `git commit`. Throws when a hook stops it. */
  run(): number;
}

/** What is staged now is what every commit will be of. */
export function stagedCommit({ env }: Workbench, { path, git }: BenchRepository): StagedCommit {
  const [index, saved] = [join(path, '.git/index'), join(path, '.git/index-before')];
  copyFileSync(index, saved);
  const base = git('rev-parse', 'HEAD').trim();
  return {
    prepare(file, content) {
      copyFileSync(saved, index);
      git('update-ref', 'HEAD', base);
      writeFileSync(join(path, file), content);
      git('add', file);
    },
    run() {
      const start = performance.now();
      const { status, stderr } = spawnSync('git', ['commit', '--quiet', '--message=run'], {
        cwd: path,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const time = performance.now() - start;
      if (status !== 0) throw new Error(`git commit ended with ${status}: ${stderr}`);
      return time;
    },
  };
}
