import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReviewJson } from '../../src/report/review-schema.ts';
import type { Workbench } from './workbench.ts';

export interface ReviewOptions {
  /** Of the command. */
  readonly args?: readonly string[];
  /** Under `review` in the user's own configuration. */
  readonly config?: Readonly<Record<string, number>>;
  /** Whether what the model answered earlier may be used. */
  readonly again?: boolean;
}

/**
 * `code-agent review` of a repository by the model at an address, with the times of its process by `performance.now`.
 * Rejects when a part of the change got no answer.
 */
export type ReviewCommand = (
  repository: string,
  baseUrl: string,
  options?: ReviewOptions,
) => Promise<{ readonly startedAt: number; readonly endedAt: number; readonly review: ReviewJson }>;

export function reviewCommand({ cli, env, folder }: Workbench): ReviewCommand {
  const home = join(folder, 'own');
  const output = join(folder, 'review.json');
  mkdirSync(join(home, 'code-agent'), { recursive: true });
  const asking = { ...env, XDG_CONFIG_HOME: home, ANTHROPIC_API_KEY: 'bench' };
  return async (repository, baseUrl, { args = [], config = {}, again = false } = {}) => {
    if (!again) rmSync(join(repository, '.git/code-agent'), { recursive: true, force: true });
    // Each call sets aside what it may cost: with the default limit not all units could be asked about at once.
    const own = { failOn: 'never', review: { maxCost: 1_000, ...config } };
    writeFileSync(join(home, 'code-agent/config.yml'), JSON.stringify(own));
    const startedAt = performance.now();
    const code = await run([cli, 'review', '--format', 'json', '--output', output, ...args], {
      cwd: repository,
      env: { ...asking, ANTHROPIC_BASE_URL: baseUrl },
    });
    const endedAt = performance.now();
    // 3: not all files were looked at, such as one that is too large.
    if (code !== 0 && code !== 3) throw new Error(`code-agent review ended with ${code}`);
    const review: ReviewJson = JSON.parse(readFileSync(output, 'utf8'));
    if (review.model !== null && review.model.units.failed > 0)
      throw new Error(`the model review failed: ${review.coverage.failures.join(', ')}`);
    return { startedAt, endedAt, review };
  };
}

/** Not synchronous: the model that it asks is in this process. */
function run(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
      .on('error', reject)
      .on('close', resolve);
  });
}
