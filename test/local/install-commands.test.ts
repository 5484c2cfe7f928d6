import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/change/snapshot.ts';
import { ECOSYSTEMS, installCommands, ownEcosystems } from '../../src/local/install-commands.ts';

/** A tree of files, of which one in a folder is `folder/name`. */
const tree = (...paths: string[]): Snapshot => ({
  read: async () => null,
  list: async (folder) =>
    paths.flatMap((path) => {
      const inside =
        folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
      if (inside === '') return [];
      const [name = '', ...rest] = inside.split('/');
      return [{ name, kind: rest.length > 0 ? ('folder' as const) : ('file' as const) }];
    }),
});

const NPM = 'npm ci --ignore-scripts --no-audit --no-fund';
const PIP =
  'python3 -m venv --system-site-packages .venv && .venv/bin/pip install --only-binary :all: -r requirements.txt';

describe('installCommands', () => {
  it.each([
    [['package.json', 'package-lock.json'], [NPM]],
    [['npm-shrinkwrap.json', 'package-lock.json', 'yarn.lock'], [NPM]],
    [['pnpm-lock.yaml', 'yarn.lock'], ['pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile']],
    [['yarn.lock'], ['yarn install --frozen-lockfile --ignore-scripts --non-interactive']],
    [
      ['yarn.lock', '.yarnrc.yml'],
      ['YARN_ENABLE_SCRIPTS=false YARN_NODE_LINKER=node-modules yarn install --immutable'],
    ],
    [
      ['requirements.txt', 'package-lock.json'],
      [NPM, PIP],
    ],
    [['web/package-lock.json', 'go.mod'], []],
    [['package-lock.json/inside'], []],
  ])('%s', async (paths, commands) => {
    expect(await installCommands(tree(...paths), ECOSYSTEMS)).toEqual({ commands, missing: [] });
  });

  it('says what has no lock file', async () => {
    expect(await installCommands(tree('package.json', 'setup.py', 'requirements.txt'), ECOSYSTEMS)).toEqual({
      commands: [PIP],
      missing: [
        'no packages were installed for package.json: there is none of npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, .yarnrc.yml, yarn.lock',
      ],
    });
  });

  it("does all of the operator's own that are there, in their order", async () => {
    const rules = [
      { when: 'web/yarn.lock', run: 'one' },
      { when: 'none', run: 'two' },
      { when: 'package-lock.json', run: 'three' },
    ];
    const { commands } = await installCommands(
      tree('web/yarn.lock', 'package-lock.json'),
      ownEcosystems(rules),
    );
    expect(commands).toEqual(['one', 'three']);
  });

  it('runs nothing of a package', () => {
    for (const { run } of ECOSYSTEMS.flatMap(({ rules }) => rules))
      expect(run).toMatch(/--ignore-scripts|YARN_ENABLE_SCRIPTS=false|--only-binary :all:/);
  });
});
