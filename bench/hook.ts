/**
 * What a hook adds to `git commit`, beside other tools:
 *
 *     node scripts/run.mjs bench/hook.ts [--runs 21]
 *
 * Every contender has its own repository with the same files in it, and commits the same change, one contender
 * after the other in every round, so that what else the machine does hits all alike.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type BenchRepository,
  createRepository,
  type StagedCommit,
  stagedCommit,
} from './support/bench-repository.ts';
import { createRandom, type SeededFile, seededFile } from './support/seeded-files.ts';
import { median, type Part, type Row, ratioLimit, reportWhenMain, type Table } from './support/table.ts';
import { watchMemory } from './support/watch-memory.ts';
import { installedFile, programInPath, type Workbench } from './support/workbench.ts';

/** A way to have something run before each commit. */
interface Contender {
  readonly name: string;
  /** Files in the commit before. */
  readonly files?: Readonly<Record<string, string>>;
  /** Puts its hook into the repository, the way its users do. */
  install(repository: BenchRepository): void;
  /** What of it is not there, if so. */
  readonly missing?: string | null;
  /** At most so many times the bare node, with 1 and with 500 files: the limits of docs/performance.md. */
  readonly atMost?: Readonly<Record<number, number>>;
}

/** What no reviewer in Node can be faster than. */
const READ_STAGED = resolve('bench/support/read-staged.cjs');
const NO_HOOK = 'no hook';
const BARE_NODE = 'a hook that runs `node -e 0`';

/** Half of them added and half of them modified. */
const SIZES = [1, 500];
const FILES_AT_BASE = 1000;
const WARM_UP_ROUNDS = 2;

export const measureHook: Part = async (workbench, runs) => {
  const tables: Table[] = [];
  for (const size of SIZES) tables.push(await measureCommits(workbench, size, runs));
  return tables;
};

async function measureCommits(workbench: Workbench, size: number, runs: number): Promise<Table> {
  const contenders = contendersOn(workbench);
  const starters = new Map<Contender, Starter>();
  for (const contender of contenders) {
    if (contender.missing) continue;
    const repository = createRepository(workbench, `${size}-${contenders.indexOf(contender)}`);
    const edited = stage(workbench, repository, contender, size);
    starters.set(contender, { repository, edited, commit: stagedCommit(workbench, repository), times: [] });
  }
  race([...starters.values()], runs);
  const bare = contenders.find(({ name }) => name === BARE_NODE);
  const base = median((bare && starters.get(bare)?.times) ?? []);
  const rows: Row[] = [];
  for (const contender of contenders) {
    const starter = starters.get(contender);
    rows.push(
      starter === undefined
        ? { what: contender.name, note: `not there: ${contender.missing}` }
        : await rowOf(workbench, contender, starter, base, size),
    );
  }
  return { title: `\`git commit\` of ${size} file${size === 1 ? '' : 's'}`, rows };
}

interface Starter {
  readonly repository: BenchRepository;
  /** The staged file that every commit edits once more. */
  readonly edited: SeededFile;
  readonly commit: StagedCommit;
  readonly times: number[];
}

/** Each round in another order, so that nobody always runs behind the same one. */
function race(starters: readonly Starter[], runs: number): void {
  const random = createRandom(runs);
  for (let round = -WARM_UP_ROUNDS; round < runs; round += 1) {
    for (const { edited, commit, times } of shuffle(starters, random)) {
      commit.prepare(edited.path, edited.text(100 + round));
      const time = commit.run();
      if (round >= 0) times.push(time);
    }
  }
}

/** One more commit is watched for its memory. */
async function rowOf(
  { env, folder }: Workbench,
  { name, atMost }: Contender,
  { repository, edited, commit, times }: Starter,
  base: number,
  size: number,
): Promise<Row> {
  commit.prepare(edited.path, edited.text(99));
  const trace = join(folder, 'trace');
  const { memory, stderr } = await watchMemory(['git', 'commit', '--quiet', '--message=watched'], {
    cwd: repository.path,
    env: { ...env, GIT_TRACE2_EVENT: trace },
  });
  // A hook that git does not run would be the fastest of all.
  const ran = readFileSync(trace, 'utf8').includes('"child_class":"hook"');
  if (ran !== (name !== NO_HOOK)) throw new Error(`${name}: git ran ${ran ? 'a' : 'no'} hook. ${stderr}`);
  rmSync(trace);
  const ratio = median(times) / base;
  const limit = atMost?.[size];
  return {
    what: name,
    times,
    ratio,
    ...(memory !== null && { memory }),
    ...(limit !== undefined && { limit: ratioLimit(ratio, limit) }),
  };
}

/** Fills the repository and stages the change. Answers the file to edit. */
function stage({ packages }: Workbench, repository: BenchRepository, contender: Contender, size: number) {
  for (let number = 0; number < FILES_AT_BASE; number += 1) {
    const { path, text } = seededFile(number);
    repository.write(path, text(0));
  }
  repository.write('.gitignore', 'node_modules\n');
  repository.write('package.json', PACKAGE_JSON);
  for (const [path, content] of Object.entries(contender.files ?? {})) repository.write(path, content);
  symlinkSync(packages, join(repository.path, 'node_modules'));
  repository.commitAll();
  contender.install(repository);
  // What an installer wrote into the working tree is committed, as its users do.
  repository.commitAll();

  const modified = Math.ceil(size / 2);
  for (let number = 0; number < size; number += 1) {
    const { path, text } = seededFile(number < modified ? number : FILES_AT_BASE + number);
    repository.write(path, text(1));
  }
  repository.git('add', '--all');
  return seededFile(0);
}

function contendersOn(workbench: Workbench): Contender[] {
  const { cli, env } = workbench;
  const node = (repository: BenchRepository, ...args: string[]): void => {
    execFileSync(process.execPath, args, { cwd: repository.path, env, stdio: 'pipe' });
  };
  const [husky, lefthook, lintStaged, secretlint, simpleGitHooks] = [
    installedFile(workbench, 'husky/bin.js'),
    installedFile(workbench, 'lefthook/bin/index.js'),
    installedFile(workbench, 'lint-staged/bin/lint-staged.js'),
    installedFile(workbench, 'secretlint/bin/secretlint.js'),
    installedFile(workbench, 'simple-git-hooks/cli.js'),
  ];
  const preCommit = programInPath('pre-commit');
  const absent = (file: string | null) => (file === null ? 'npm could not install it' : null);
  return [
    { name: NO_HOOK, install() {} },
    { name: BARE_NODE, install: (repository) => writeHook(repository, `exec "${process.execPath}" -e 0`) },
    {
      name: 'the same node reads all that is staged, and judges nothing',
      install: (repository) => writeHook(repository, `exec "${process.execPath}" "${READ_STAGED}"`),
    },
    {
      name: '**code-agent**',
      install: (repository) => node(repository, cli, 'install'),
      atMost: { 1: 2, 500: 3.5 },
    },
    {
      name: '**code-agent** with a `.code-agent.yml`',
      files: { '.code-agent.yml': 'ignore:\n  - "vendor/**"\nchecks:\n  large-file: warning\n' },
      install: (repository) => node(repository, cli, 'install'),
    },
    {
      name: 'simple-git-hooks, `true`',
      install: (repository) => node(repository, simpleGitHooks ?? ''),
      missing: absent(simpleGitHooks),
    },
    {
      name: 'husky, `true`',
      install(repository) {
        node(repository, husky ?? '');
        repository.write('.husky/pre-commit', 'true\n');
      },
      missing: absent(husky),
    },
    {
      name: 'lefthook, `true`',
      files: { 'lefthook.yml': 'pre-commit:\n  jobs:\n    - run: "true"\n' },
      install: (repository) => node(repository, lefthook ?? '', 'install'),
      missing: absent(lefthook),
    },
    {
      name: 'pre-commit, `true`',
      files: { '.pre-commit-config.yaml': PRE_COMMIT_CONFIG },
      install(repository) {
        execFileSync(preCommit ?? '', ['install'], { cwd: repository.path, env, stdio: 'pipe' });
      },
      missing: preCommit === null ? 'no pre-commit in PATH' : null,
    },
    {
      name: 'lint-staged, `true`',
      install: (repository) => writeHook(repository, `exec "${process.execPath}" "${lintStaged}" --quiet`),
      missing: absent(lintStaged),
    },
    {
      name: 'secretlint on the staged names',
      files: { '.secretlintrc.json': SECRETLINT_CONFIG },
      install: (repository) =>
        writeHook(repository, `${STAGED_NAMES} | xargs -0 "${process.execPath}" "${secretlint}"`),
      missing: absent(secretlint),
    },
  ];
}

function writeHook({ path }: BenchRepository, command: string): void {
  const folder = join(path, '.git/hooks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pre-commit'), `#!/bin/sh\n${command}\n`);
  chmodSync(join(folder, 'pre-commit'), 0o755);
}

/** What simple-git-hooks and lint-staged are told by. */
const PACKAGE_JSON = `${JSON.stringify({
  private: true,
  'simple-git-hooks': { 'pre-commit': 'true' },
  'lint-staged': { '*': 'true' },
})}\n`;

const PRE_COMMIT_CONFIG = `repos:
  - repo: local
    hooks:
      - { id: nothing, name: nothing, language: system, entry: "true" }
`;

const SECRETLINT_CONFIG = `${JSON.stringify({
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend' }],
})}\n`;

const STAGED_NAMES = 'git diff --cached --name-only --diff-filter=ACMR -z';

/** By Fisher and Yates. */
function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}

await reportWhenMain('hook.ts', measureHook);
