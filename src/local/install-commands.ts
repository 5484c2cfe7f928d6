import { posix } from 'node:path';
import type { Snapshot } from '../change/snapshot.ts';
import type { InstallRule } from '../config/config.ts';

/** How packages of one kind are installed: by the first file that is there. */
export interface Ecosystem {
  /** Files that name packages, but not which version of each: without one of the others nothing is installed. */
  readonly manifests: readonly string[];
  readonly rules: readonly InstallRule[];
}

const NPM = 'npm ci --ignore-scripts --no-audit --no-fund';

/**
 * What is known without the operator: exactly what a lock file says, and nothing of a package is run. npm, pnpm and Yarn have scripts;
 * of Python a source distribution is a program that builds the package. Yarn from 2 on knows no `--ignore-scripts`, and does without
 * `node_modules` when it is not told. What the machine has for Python, such as pytest, stays there to be used.
 */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    manifests: ['package.json'],
    rules: [
      { when: 'npm-shrinkwrap.json', run: NPM },
      { when: 'package-lock.json', run: NPM },
      { when: 'pnpm-lock.yaml', run: 'pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile' },
      {
        when: '.yarnrc.yml',
        run: 'YARN_ENABLE_SCRIPTS=false YARN_NODE_LINKER=node-modules yarn install --immutable',
      },
      { when: 'yarn.lock', run: 'yarn install --frozen-lockfile --ignore-scripts --non-interactive' },
    ],
  },
  {
    manifests: ['pyproject.toml', 'setup.py', 'Pipfile'],
    rules: [
      {
        when: 'requirements.txt',
        run: 'python3 -m venv --system-site-packages .venv && .venv/bin/pip install --only-binary :all: -r requirements.txt',
      },
    ],
  },
];

/** The operator's own list: each of it on its own. */
export const ownEcosystems = (rules: readonly InstallRule[]): Ecosystem[] =>
  rules.map((rule) => ({ manifests: [], rules: [rule] }));

/** The commands that install the packages of a tree, and what is not installed: sentences without a full stop. */
export async function installCommands(
  tree: Snapshot,
  ecosystems: readonly Ecosystem[],
): Promise<{ readonly commands: readonly string[]; readonly missing: readonly string[] }> {
  const commands: string[] = [];
  const missing: string[] = [];
  for (const { manifests, rules } of ecosystems) {
    const rule = await firstThere(tree, rules, ({ when }) => when);
    const manifest = await firstThere(tree, manifests, (path) => path);
    if (rule !== null) commands.push(rule.run);
    else if (manifest !== null) {
      const files = rules.map(({ when }) => when).join(', ');
      missing.push(`no packages were installed for ${manifest}: there is none of ${files}`);
    }
  }
  return { commands, missing };
}

async function firstThere<T>(
  tree: Snapshot,
  among: readonly T[],
  pathOf: (one: T) => string,
): Promise<T | null> {
  for (const one of among) {
    const { dir, base } = posix.parse(pathOf(one));
    if ((await tree.list(dir)).some(({ name, kind }) => name === base && kind !== 'folder')) return one;
  }
  return null;
}
