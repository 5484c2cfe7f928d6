import { afterAll, beforeAll, expect } from 'vitest';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { LoopbackGitHub, SeenPullRequest, Write } from '../support/github/loopback-github.ts';
import { GitHubRefusal } from '../support/github/refusal.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { findings, lines, REPOSITORY, replies, summaries } from './faults-setup.ts';
import { type KilledWorkers, killedWorkers, useProgram } from './kill-worker.ts';

/** Its names are its own, or what models said of another one would be known. */
export const firstHead = (of: string) => ({ 'src/a.ts': `${lines(20)}BUG_${of}old();\n${lines(20, 21)}` });
export const secondHead = (of: string) => ({
  'src/a.ts': `${['x', 'y', 'z'].map((one) => `BUG_${of}${one}();\n`).join('')}${'debugger;\n'.repeat(47)}${lines(40)}`,
  'keys.jks': `${of}\n`,
});
/** Told by annotations, and by no comment. */
const POLICY = { '.code-agent.yml': 'checks:\n  debugger: info\n' };

let databases: Databases;

/** A server and the program of workers, for the tests of a file. */
export function useKilling(): void {
  useProgram();
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
  });
  afterAll(() => databases.stop());
}

/** A repository, and a worker that does what is asked of it: no webhook tells of anything. */
export async function openKilling(modelMs = 0) {
  const github = await testGitHub();
  const { id: repository, installation } = await github.addRepository(REPOSITORY, {
    files: { 'src/a.ts': lines(40), ...POLICY },
  });
  const workers = await killedWorkers(github, await databases.migrated(), { modelMs });
  await workers.start();
  const review = (number: number) =>
    workers.queue.add('review', { installation, repository, number, full: false });
  const open = (of: string, files: Record<string, string> = firstHead(of)) =>
    github.openPullRequest(REPOSITORY, { head: of, push: { files }, title: of });
  return { github, workers, review, open };
}

/** Kills the worker at the nth write behind `arm`, counted from 0: before it is stored, or after it is and before it is answered. */
export function killAt(
  github: LoopbackGitHub,
  workers: KilledWorkers,
  {
    operation,
    at,
    when,
  }: { readonly operation: string; readonly at: number; readonly when: 'before' | 'after' },
  written: string[],
) {
  let left = -1;
  const hit = async (write: Write): Promise<boolean> => {
    if (left < 0 || left-- > 0) return false;
    written.push(`killed ${write.operation}`);
    expect(write.operation).toBe(operation);
    await workers.kill();
    return true;
  };
  const stop = [
    github.beforeEachWrite(async (write) => {
      if (when === 'before' && (await hit(write))) throw new GitHubRefusal(502, 'who asked is gone');
    }),
    github.afterEachWrite(async (write) => {
      if (when === 'after') await hit(write);
    }),
  ];
  return {
    arm() {
      left = at;
    },
    stop() {
      for (const one of stop) one();
    },
  };
}

/** `first`: of the first head alone. `second`: of both. `whole`: of one that is as the second, at once. */
export function expectOnce(pull: SeenPullRequest, of: string, heads: 'first' | 'second' | 'whole'): void {
  const old = [`${of}old fails`];
  const found = ['Key store', ...['x', 'y', 'z'].map((one) => `${of}${one} fails`)];
  const told = { first: old, second: [...found, ...old], whole: found }[heads];
  expect(findings(pull).sort()).toEqual(told.sort());
  expect(replies(pull)).toEqual(heads === 'second' ? [`Fixed in \`${pull.headSha.slice(0, 7)}\`.`] : []);
  expect(summaries(pull)).toHaveLength(1);
  expect(summaries(pull)[0]).toContain(pull.headSha.slice(0, 7));
  expect(pull.issueComments).toHaveLength(1);
  expect(pull.checkRuns.map(({ conclusion }) => conclusion)).toEqual(
    heads === 'second' ? ['failure', 'failure'] : ['failure'],
  );
  const { annotations } = pull.checkRuns.at(-1) ?? { annotations: [] };
  const places = new Set(annotations.map(({ path, startLine }) => `${path}:${startLine}`));
  const count = heads === 'first' ? 1 : 51;
  expect([annotations.length, places.size]).toEqual([count, count]);
}
