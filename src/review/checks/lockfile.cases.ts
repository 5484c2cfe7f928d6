import type { CheckCase } from './check-case.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const manifest = (dependencies: Record<string, string>, more = {}) =>
  json({ name: 'a', version: '1.0.0', dependencies, ...more });
const npmLock = (dependencies: Record<string, string>, workspaces = {}) =>
  json({ lockfileVersion: 3, packages: { '': { name: 'a', dependencies }, ...workspaces } });
const yarn1 = (...keys: string[]) =>
  `# yarn lockfile v1\n\n${keys.map((key) => `${key}:\n  version "1.0.0"\n`).join('\n')}`;

/** `package.json` goes from depending on `a` to depending on `a` and `b`. */
const addsB = {
  'package.json': { before: manifest({ a: '^1.0.0' }), after: manifest({ a: '^1.0.0', b: '^2.0.0' }) },
};

export const cases: readonly CheckCase[] = [
  {
    name: 'npm: a dependency more',
    change: addsB,
    tree: { 'package-lock.json': npmLock({ a: '^1.0.0' }) },
    finds: [{ path: 'package.json', title: 'Dependencies changed, package-lock.json did not' }],
  },
  {
    name: 'npm: another range',
    change: { 'package.json': { before: manifest({ a: '^1.0.0' }), after: manifest({ a: '^2.0.0' }) } },
    tree: { 'npm-shrinkwrap.json': npmLock({ a: '^1.0.0' }) },
    finds: [{ path: 'package.json' }],
  },
  {
    name: 'npm: a member of a workspace',
    change: { 'packages/b/package.json': { before: manifest({}), after: manifest({ c: '1' }) } },
    tree: { 'package-lock.json': npmLock({}, { 'packages/b': {} }) },
    finds: [{ path: 'packages/b/package.json', title: 'package-lock.json did not' }],
  },
  {
    name: 'npm: an override more',
    change: { 'package.json': { before: manifest({}), after: manifest({}, { overrides: { x: '1.2.3' } }) } },
    tree: { 'package-lock.json': npmLock({}) },
    finds: [{ path: 'package.json' }],
  },
  {
    name: 'npm: both changed, and disagree',
    change: {
      ...addsB,
      'package-lock.json': { before: npmLock({ a: '^1.0.0' }), after: npmLock({ a: '^1.0.0', b: '^1.0.0' }) },
    },
    finds: [{ path: 'package-lock.json', title: 'Not in step with package.json' }],
  },
  {
    name: 'npm: only the lock file changed, to something else than is asked for',
    change: { 'package-lock.json': { before: npmLock({ a: '^1.0.0' }), after: npmLock({ a: '^2.0.0' }) } },
    tree: { 'package.json': manifest({ a: '^1.0.0' }) },
    finds: [{ path: 'package-lock.json', title: 'Not in step with package.json' }],
  },
  {
    name: 'pnpm: a member',
    change: { 'packages/b/package.json': { before: manifest({}), after: manifest({ c: '1' }) } },
    tree: { 'pnpm-lock.yaml': 'importers:\n\n  packages/b:\n    dependencies: {}\n' },
    finds: [{ path: 'packages/b/package.json', title: 'pnpm-lock.yaml' }],
  },
  {
    name: 'Yarn 1',
    change: addsB,
    tree: { 'yarn.lock': yarn1('a@^1.0.0') },
    finds: [{ path: 'package.json', title: 'yarn.lock' }],
  },
  {
    name: 'Yarn 4',
    change: addsB,
    tree: { 'yarn.lock': '__metadata:\n  version: 8\n' },
    finds: [{ path: 'package.json', title: 'yarn.lock' }],
  },
  {
    name: 'Bun',
    change: addsB,
    tree: { 'bun.lock': '{}' },
    finds: [{ path: 'package.json', title: 'bun.lock' }],
  },
  {
    name: 'Cargo: a crate more',
    change: { 'Cargo.toml': { before: '[dependencies]\n', after: '[dependencies]\nserde = "1"\n' } },
    tree: { 'Cargo.lock': '[[package]]\nname = "a"\nversion = "0.1.0"\n' },
    finds: [{ path: 'Cargo.toml', title: 'Cargo.lock' }],
  },
  {
    name: 'Cargo: a version that the lock file does not satisfy',
    change: {
      'Cargo.toml': { before: '[dependencies]\nserde = "1.0"\n', after: '[dependencies]\nserde = "1.0.9"\n' },
    },
    tree: { 'Cargo.lock': '[[package]]\nname = "serde"\nversion = "1.0.3"\n' },
    finds: [{ path: 'Cargo.toml' }],
  },
  {
    name: 'Go: a module without a hash',
    change: {
      'go.mod': {
        before: 'module a\n',
        after: 'module a\n\nrequire (\n\tgithub.com/b/c v1.2.0 // indirect\n)\n',
      },
    },
    tree: { 'go.sum': 'github.com/b/c v1.1.0 h1:x=\n' },
    finds: [{ path: 'go.mod', title: 'go.sum' }],
  },
  {
    name: 'Poetry',
    change: {
      'pyproject.toml': {
        before: '[tool.poetry.dependencies]\na = "1"\n',
        after: '[tool.poetry.dependencies]\na = "2"\n',
      },
    },
    tree: { 'poetry.lock': '' },
    finds: [{ path: 'pyproject.toml', title: 'poetry.lock' }],
  },
  {
    name: 'uv',
    change: {
      'pyproject.toml': {
        before: '[project]\ndependencies = []\n',
        after: '[project]\ndependencies = ["requests>=2"]\n',
      },
    },
    tree: { 'uv.lock': '' },
    finds: [{ path: 'pyproject.toml', title: 'uv.lock' }],
  },
  {
    name: 'Bundler, Composer, Mix, Pub, Pipenv',
    change: {
      Gemfile: { before: 'gem "a"\n', after: 'gem "a"\ngem "b", "~> 1"\n' },
      'composer.json': { before: json({ require: {} }), after: json({ require: { 'a/b': '^1' } }) },
      'mix.exs': { before: '[]\n', after: '[\n  {:a, "~> 1.0"}\n]\n' },
      'pubspec.yaml': { before: 'dependencies:\n', after: 'dependencies:\n  a: ^1.0.0\n' },
      Pipfile: { before: '[packages]\n', after: '[packages]\na = "*"\n' },
    },
    tree: {
      'Gemfile.lock': '',
      'composer.lock': '{}',
      'mix.lock': '%{}',
      'pubspec.lock': '',
      'Pipfile.lock': '{}',
    },
    finds: [
      { path: 'Gemfile' },
      { path: 'composer.json' },
      { path: 'mix.exs' },
      { path: 'pubspec.yaml' },
      { path: 'Pipfile' },
    ],
  },
  {
    name: 'a lock file of another tool beside the one that is there',
    change: { 'package-lock.json': npmLock({}) },
    tree: { 'yarn.lock': yarn1() },
    finds: [{ path: 'package-lock.json', title: "npm's, and yarn.lock is there already" }],
  },

  {
    name: 'both changed alike',
    change: {
      ...addsB,
      'package-lock.json': { before: npmLock({ a: '^1.0.0' }), after: npmLock({ a: '^1.0.0', b: '^2.0.0' }) },
    },
    finds: [],
  },
  {
    name: 'a version, a script and a description',
    change: {
      'package.json': {
        before: manifest({ a: '1' }),
        after: manifest({ a: '1' }, { version: '1.0.1', scripts: { x: 'y' }, description: 'z' }),
      },
    },
    tree: { 'package-lock.json': npmLock({ a: '1' }) },
    finds: [],
  },
  { name: 'no lock file', change: addsB, finds: [] },
  {
    name: 'a lock file that goes with the change',
    change: { ...addsB, 'pnpm-lock.yaml': { before: 'a\n', after: 'b\n' } },
    finds: [],
  },
  {
    name: 'an ordinary update of the lock file',
    change: {
      'package-lock.json': {
        before: npmLock({ a: '^1.0.0' }),
        after: npmLock({ a: '^1.0.0' }, { 'node_modules/a': { version: '1.0.1' } }),
      },
    },
    tree: { 'package.json': manifest({ a: '^1.0.0' }) },
    finds: [],
  },
  {
    name: 'a disagreement that was there before',
    change: {
      'package-lock.json': {
        before: npmLock({ a: '1' }),
        after: npmLock({ a: '1' }, { 'node_modules/x': {} }),
      },
    },
    tree: { 'package.json': manifest({ a: '2' }) },
    finds: [],
  },
  {
    name: 'a folder that the lock file above does not speak for',
    change: { 'examples/b/package.json': { before: manifest({}), after: manifest({ c: '1' }) } },
    tree: { 'package-lock.json': npmLock({}), 'package.json': manifest({}) },
    finds: [],
  },
  {
    name: 'a fixture',
    change: { 'test/fixtures/a/package.json': { before: manifest({}), after: manifest({ c: '1' }) } },
    tree: { 'test/fixtures/a/yarn.lock': yarn1() },
    finds: [],
  },
  {
    name: 'an override that goes',
    change: { 'package.json': { before: manifest({}, { overrides: { x: '1' } }), after: manifest({}) } },
    tree: { 'package-lock.json': npmLock({}) },
    finds: [],
  },
  {
    name: 'Yarn 1: a range that the lock file has',
    change: addsB,
    tree: { 'yarn.lock': yarn1('a@^1.0.0', '"b@^1.0.0", b@^2.0.0') },
    finds: [],
  },
  {
    name: 'Yarn 1: a dependency less, and one of the repository itself',
    change: {
      'package.json': { before: manifest({ a: '1', b: '1' }), after: manifest({ a: '1' }) },
      'packages/c/package.json': { before: manifest({}), after: manifest({ '@x/own': '^1.0.0' }) },
    },
    tree: { 'yarn.lock': yarn1('a@1') },
    finds: [],
  },
  {
    name: 'optional dependencies, which npm moves',
    change: {
      'package-lock.json': {
        before: '{}\n',
        after: json({ packages: { '': { dependencies: { a: '1' }, optionalDependencies: { b: '1' } } } }),
      },
    },
    tree: { 'package.json': json({ dependencies: { a: '1', b: '1' }, optionalDependencies: { b: '1' } }) },
    finds: [],
  },
  {
    name: 'Cargo: a version that the lock file satisfies, features, a workspace',
    change: {
      'Cargo.toml': {
        before: '[dependencies]\nserde = "1"\n',
        after:
          '[dependencies]\nserde = { version = "1.0.2", features = ["derive"] }\n[workspace.dependencies]\nunused = "1"\n',
      },
    },
    tree: { 'Cargo.lock': '[[package]]\nname = "serde"\nversion = "1.0.3"\n' },
    finds: [],
  },
  {
    name: 'Go: what go.sum has, what is replaced, the version of Go',
    change: {
      'go.mod': {
        before: 'module a\n\ngo 1.21\n',
        after:
          'module a\n\ngo 1.22\n\nrequire github.com/b/c v1.2.0\nrequire example.com/d v0.0.0\nreplace example.com/d => ../d\n',
      },
    },
    tree: { 'go.sum': 'github.com/b/c v1.2.0 h1:x=\n' },
    finds: [],
  },
  {
    name: 'pyproject.toml: a version and a tool',
    change: {
      'pyproject.toml': {
        before: '[project]\nversion = "1"\n',
        after: '[project]\nversion = "2"\n[tool.ruff]\nline-length = 100\n',
      },
    },
    tree: { 'uv.lock': '', 'poetry.lock': '' },
    finds: [],
  },
  {
    name: 'Gemfile: an option',
    change: { Gemfile: { before: 'gem "a", "1"\n', after: 'gem "a", "1", require: false\n' } },
    tree: { 'Gemfile.lock': '' },
    finds: [],
  },
  {
    name: 'a move from Yarn to pnpm',
    change: { 'yarn.lock': { before: yarn1() }, 'pnpm-lock.yaml': 'lockfileVersion: 9\n' },
    finds: [],
  },
  {
    name: 'both lock files of npm',
    change: { 'npm-shrinkwrap.json': npmLock({}) },
    tree: { 'package-lock.json': npmLock({}) },
    finds: [],
  },
  {
    name: 'a manifest that cannot be parsed',
    change: { 'package.json': { before: manifest({}), after: '{' } },
    tree: { 'package-lock.json': npmLock({}) },
    finds: [],
  },
];
