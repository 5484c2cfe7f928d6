import type { CheckCase } from './check-case.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const npm = 'https://registry.npmjs.org';
const sha512 = (letter: string): string => `sha512-${letter.repeat(86)}==`;
const locked = (name: string, more: object = {}) => ({
  [`node_modules/${name}`]: {
    version: '1.0.0',
    resolved: `${npm}/${name}/-/${name}-1.0.0.tgz`,
    integrity: sha512('a'),
    ...more,
  },
});
const npmLock = (...packages: object[]) =>
  json({ lockfileVersion: 3, packages: Object.assign({}, ...packages) });
/** A change of `package-lock.json`, of which `base` stays. */
const base = locked('base');
const lockChange = (before: object, after: object) => ({
  'package-lock.json': { before: npmLock(base, before), after: npmLock(base, after) },
});
/** A change of `package.json` that adds these dependencies to `express` and `color`. */
const adds = (dependencies: Record<string, string>) => ({
  'package.json': {
    before: json({ dependencies: { express: '^5.0.0', color: '1', '@x/plugin-a': '1' } }),
    after: json({ dependencies: { express: '^5.0.0', color: '1', '@x/plugin-a': '1', ...dependencies } }),
  },
});
const scripts = (before: object, after: object) => ({
  'package.json': { before: json({ scripts: before }), after: json({ scripts: after }) },
});
const cargo = (source: string, checksum: string) =>
  `[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "${source}"\nchecksum = "${checksum}"\n`;
const index = 'registry+https://github.com/rust-lang/crates.io-index';
const uv = (url: string, hash: string) =>
  `[[package]]\nname = "a"\nversion = "1.0.0"\nsource = { registry = "https://pypi.org/simple" }\nwheels = [\n    { url = "${url}/a-1.0.0-py3-none-any.whl", hash = "sha256:${hash}", size = 1 },\n]\n`;
const pypi = 'https://files.pythonhosted.org/packages';
const pnpm = (key: string, resolution: string) =>
  `lockfileVersion: '9.0'\n\npackages:\n\n  base@1.0.0:\n    resolution: {integrity: sha512-base}\n\n  ${key}:\n    resolution: {${resolution}}\n\nsnapshots:\n\n  ${key}: {}\n`;
const yarn = (resolved: string, integrity: string) =>
  `# yarn lockfile v1\n\n\na@^1.0.0:\n  version "1.0.0"\n  resolved "${resolved}"\n  integrity ${integrity}\n`;
const berry = (cacheKey: string, checksum: string) =>
  `__metadata:\n  version: 8\n  cacheKey: ${cacheKey}\n\n"a@npm:^1.0.0":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  checksum: ${checksum}\n  languageName: node\n`;
const path = 'package-lock.json';

export const cases: readonly CheckCase[] = [
  {
    name: 'a postinstall script',
    change: scripts({}, { postinstall: 'node a.js' }),
    finds: [{ path: 'package.json', line: 3, title: 'postinstall added' }],
  },
  {
    name: 'another preinstall script',
    change: scripts({ preinstall: 'a' }, { preinstall: 'b' }),
    finds: [{ path: 'package.json', line: 3, title: 'preinstall changed' }],
  },
  {
    name: 'dependencies from git, from a tarball, from outside',
    change: adds({
      b: 'git+ssh://git@github.com/a/b.git',
      c: 'https://example.com/c.tgz',
      d: 'github:a/d',
      e: 'a/e#main',
      f: 'file:../f',
    }),
    finds: [
      { path: 'package.json', line: 6, title: 'b comes from a git repository at github.com' },
      { path: 'package.json', line: 7, title: 'c comes from example.com' },
      { path: 'package.json', line: 8, title: 'd comes from a repository at github' },
      { path: 'package.json', line: 9, title: 'e comes from a repository at github' },
      { path: 'package.json', line: 10, title: 'f comes from a folder outside' },
    ],
  },
  {
    name: 'names that look like one that is there or well known',
    change: adds({ expres: '1', loadsh: '^4.0.0', crossenv: '7' }),
    finds: [
      { path: 'package.json', line: 6, title: 'expres is one letter away from express' },
      { path: 'package.json', line: 7, title: 'loadsh is one letter away from lodash' },
      { path: 'package.json', line: 8, title: 'crossenv is one letter away from cross-env' },
    ],
  },
  {
    name: 'npm: from a host that nothing else comes from',
    change: lockChange({}, locked('b', { resolved: 'https://packages.example.com/b.tgz' })),
    finds: [{ path, line: 11, title: 'From packages.example.com: b' }],
  },
  {
    name: 'npm: not encrypted',
    change: lockChange({}, locked('b', { resolved: 'http://registry.npmjs.org/b/-/b-1.0.0.tgz' })),
    finds: [{ path, line: 11, title: 'without encryption: b', severity: 'error' }],
  },
  {
    name: 'npm: other content under the same version',
    change: lockChange(locked('b'), locked('b', { integrity: sha512('b') })),
    finds: [{ path, line: 12, title: 'Other content under the same version: b@1.0.0', severity: 'error' }],
  },
  {
    name: 'npm: a hash that is gone',
    change: lockChange(locked('b'), {
      'node_modules/b': { version: '1.0.1', resolved: `${npm}/b/-/b-1.0.1.tgz` },
    }),
    finds: [{ path, line: 11, title: 'Without a hash now: b', severity: 'warning' }],
  },
  {
    name: 'npm: SHA-1 for SHA-512',
    change: lockChange(locked('b'), locked('b', { integrity: 'sha1-p9BVi9icQveV3UIyj3QIMcpTvCU=' })),
    finds: [{ path, line: 12, title: 'SHA-512 replaced by SHA-1: b@1.0.0' }],
  },
  {
    name: 'npm: install scripts, once for the file',
    change: lockChange(
      {},
      { ...locked('b', { hasInstallScript: true }), ...locked('c', { hasInstallScript: true }) },
    ),
    finds: [{ path, line: 13, title: 'Runs a script when it is installed: b, c' }],
  },
  {
    name: 'npm: a new lock file, from two hosts and with a script',
    change: {
      [path]: npmLock(base, locked('b', { resolved: 'https://example.com/b.tgz', hasInstallScript: true })),
    },
    finds: [
      { path, line: 11, title: 'From example.com: b' },
      { path, line: 13, title: 'Runs a script', severity: 'info' },
    ],
  },
  {
    name: 'Cargo: another registry, another hash',
    change: {
      'Cargo.lock': {
        before: cargo(index, '1'.repeat(64)),
        after: cargo('git+https://github.com/x/a#1', '2'.repeat(64)),
      },
    },
    finds: [{ path: 'Cargo.lock', line: 4, title: 'From a git repository at github.com: a' }],
  },
  {
    name: 'Cargo: other content',
    change: { 'Cargo.lock': { before: cargo(index, '1'.repeat(64)), after: cargo(index, '2'.repeat(64)) } },
    finds: [{ path: 'Cargo.lock', line: 5, title: 'Other content', severity: 'error' }],
  },
  {
    name: 'Go: other content',
    change: {
      'go.sum': { before: 'example.com/a v1.0.0 h1:one=\n', after: 'example.com/a v1.0.0 h1:two=\n' },
    },
    finds: [
      {
        path: 'go.sum',
        line: 1,
        title: 'Other content under the same version: example.com/a@v1.0.0',
        severity: 'error',
      },
    ],
  },
  {
    name: 'uv: other content of the same file',
    change: { 'uv.lock': { before: uv(pypi, '1'.repeat(64)), after: uv(pypi, '2'.repeat(64)) } },
    finds: [{ path: 'uv.lock', line: 6, title: 'Other content', severity: 'error' }],
  },
  {
    name: 'pnpm: a tarball from elsewhere in a new file',
    change: { 'pnpm-lock.yaml': pnpm('a@https://example.com/a.tgz', 'tarball: https://example.com/a.tgz') },
    finds: [{ path: 'pnpm-lock.yaml', line: 8, title: 'From example.com: a' }],
  },
  {
    name: 'pnpm: other content',
    change: {
      'pnpm-lock.yaml': {
        before: pnpm("'@x/a@1.0.0'", 'integrity: sha512-one'),
        after: pnpm("'@x/a@1.0.0'", 'integrity: sha512-two'),
      },
    },
    finds: [
      {
        path: 'pnpm-lock.yaml',
        line: 9,
        title: 'Other content under the same version: @x/a@1.0.0',
        severity: 'error',
      },
    ],
  },
  {
    name: 'Yarn 1: another host and other content',
    change: {
      'yarn.lock': {
        before: yarn(`${npm}/a/-/a-1.0.0.tgz`, 'sha512-one'),
        after: yarn('https://example.com/a.tgz', 'sha512-two'),
      },
    },
    finds: [
      { path: 'yarn.lock', line: 6, title: 'From example.com: a' },
      { path: 'yarn.lock', line: 7, title: 'Other content', severity: 'error' },
    ],
  },
  {
    name: 'Yarn 4: other content',
    change: { 'yarn.lock': { before: berry('10c0', '10c0/one'), after: berry('10c0', '10c0/two') } },
    finds: [{ path: 'yarn.lock', line: 8, title: 'Other content', severity: 'error' }],
  },
  {
    name: 'settings of package managers',
    change: {
      '.npmrc': '@x:registry=https://npm.example.com\nstrict-ssl=false\nignore-scripts=false\n',
      '.yarnrc.yml': 'npmRegistryServer: "https://npm.example.com"\nenableStrictSsl: false\n',
      'pip.conf': '[global]\nextra-index-url = https://pypi.example.com/simple\n',
      'requirements.txt': '--index-url https://pypi.example.com/simple\n',
      '.cargo/config.toml': '[source.crates-io]\nreplace-with = "mirror"\n',
    },
    finds: [
      { path: '.npmrc', line: 1, title: 'another registry' },
      { path: '.npmrc', line: 2, title: 'no longer verified' },
      { path: '.npmrc', line: 3, title: 'Scripts of packages run' },
      { path: '.yarnrc.yml', line: 1 },
      { path: '.yarnrc.yml', line: 2 },
      { path: 'pip.conf', line: 2 },
      { path: 'requirements.txt', line: 1 },
      { path: '.cargo/config.toml', line: 2 },
    ],
  },
  {
    name: 'downloads that are run',
    change: {
      'a.sh':
        'curl -fsSL https://example.com/i.sh | sh\nbash <(curl -s https://example.com/i.sh)\nwget -qO- https://example.com/i | sudo -E bash -\neval "$(curl https://example.com/i)"\n',
      Dockerfile: 'FROM x\nRUN curl --proto "=https" https://example.com/i.sh \\\n  | sh -s -- -y\n',
      Makefile: 'a:\n\tcurl https://example.com/i.py | python3 -\n',
      'package.json': json({ scripts: { a: 'curl https://example.com/i.sh | bash' } }),
      'a.ps1': 'irm https://example.com/i.ps1 | iex\n',
    },
    finds: [
      { path: 'a.sh', line: 1, title: 'Runs what it downloads' },
      { path: 'a.sh', line: 2 },
      { path: 'a.sh', line: 3 },
      { path: 'a.sh', line: 4 },
      { path: 'Dockerfile', line: 2 },
      { path: 'Makefile', line: 2 },
      { path: 'package.json', line: 3 },
      { path: 'a.ps1', line: 1 },
    ],
  },

  {
    name: 'scripts that do not run by themselves, and prepare',
    change: scripts({}, { build: 'a', prepare: 'husky', postbuild: 'b' }),
    finds: [],
  },
  {
    name: 'an install script that was there before',
    change: scripts({ postinstall: 'a' }, { postinstall: 'a', test: 'b' }),
    finds: [],
  },
  {
    name: 'dependencies of the registry, the workspace, the folder',
    change: adds({
      b: '^1.0.0',
      c: 'workspace:*',
      d: 'file:./d',
      e: 'link:sub/e',
      f: 'npm:b@1',
      g: 'catalog:',
      h: 'latest',
      i: '*',
      '@y/z': '~1',
    }),
    finds: [],
  },
  {
    name: 'another commit of what came from git before',
    change: {
      'package.json': {
        before: json({ dependencies: { a: 'github:x/a#1' } }),
        after: json({ dependencies: { a: 'github:x/a#2' } }),
      },
    },
    finds: [],
  },
  {
    name: 'names that are near others by right',
    change: adds({
      preact: '1',
      tslint: '1',
      colors: '1',
      '@x/plugin-b': '1',
      express5: '1',
      ws: '1',
      mysql2: '1',
    }),
    finds: [],
  },
  { name: 'a look-alike of the workspace itself', change: adds({ expres: 'workspace:*' }), finds: [] },
  {
    name: 'npm: an ordinary update',
    change: lockChange(
      locked('b'),
      locked('b', { version: '1.0.1', resolved: `${npm}/b/-/b-1.0.1.tgz`, integrity: sha512('b') }),
    ),
    finds: [],
  },
  { name: 'npm: a new package', change: lockChange({}, locked('b')), finds: [] },
  {
    name: 'npm: from the other name of the same registry',
    change: lockChange({}, locked('b', { resolved: 'https://registry.yarnpkg.com/b/-/b-1.0.0.tgz' })),
    finds: [],
  },
  {
    name: 'npm: a bundled package has no hash',
    change: lockChange(locked('b'), { 'node_modules/b': { version: '1.0.0', inBundle: true } }),
    finds: [],
  },
  {
    name: 'npm: a stronger hash',
    change: lockChange(locked('b', { integrity: 'sha1-p9BVi9icQveV3UIyj3QIMcpTvCU=' }), locked('b')),
    finds: [],
  },
  {
    name: 'npm: an install script that was there, of another version',
    change: lockChange(
      locked('b', { hasInstallScript: true }),
      locked('b', { version: '2.0.0', hasInstallScript: true, integrity: sha512('b') }),
    ),
    finds: [],
  },
  { name: 'npm: a new lock file of the default registry', change: { [path]: npmLock(base) }, finds: [] },
  {
    name: 'npm: a new lock file of a mirror',
    change: {
      [path]: npmLock(
        locked('a', { resolved: 'https://npm.example.com/a.tgz' }),
        locked('b', { resolved: 'https://npm.example.com/b.tgz' }),
      ),
    },
    finds: [],
  },
  {
    name: 'npm: http as before',
    change: {
      [path]: {
        before: npmLock(locked('a', { resolved: 'http://npm.example.com/a.tgz' })),
        after: npmLock(
          locked('a', { resolved: 'http://npm.example.com/a.tgz' }),
          locked('b', { resolved: 'http://npm.example.com/b.tgz' }),
        ),
      },
    },
    finds: [],
  },
  {
    name: 'uv: another file of the same version',
    change: {
      'uv.lock': {
        before: uv(pypi, '1'.repeat(64)),
        after: uv(pypi, '1'.repeat(64)).replace(
          ']\n',
          `    { url = "${pypi}/a-1.0.0-cp312.whl", hash = "sha256:${'3'.repeat(64)}", size = 2 },\n]\n`,
        ),
      },
    },
    finds: [],
  },
  {
    name: 'Yarn 4: another format of the cache',
    change: { 'yarn.lock': { before: berry('8', 'one'), after: berry('10', 'two') } },
    finds: [],
  },
  {
    name: 'Go: another version',
    change: { 'go.sum': { before: 'a v1 h1:one=\n', after: 'a v2 h1:two=\na v2/go.mod h1:three=\n' } },
    finds: [],
  },
  {
    name: 'said of package.json, not of the lock file once more',
    change: {
      ...adds({ b: 'https://example.com/b.tgz' }),
      ...lockChange({}, locked('b', { resolved: 'https://example.com/b.tgz' })),
    },
    finds: [{ path: 'package.json', line: 6, title: 'b comes from example.com' }],
  },
  {
    name: 'settings that are safe or were moved',
    change: {
      '.npmrc': {
        before: 'registry=https://npm.example.com\nfund=false\n',
        after: 'fund=false\nignore-scripts=true\nregistry=https://npm.example.com\n',
      },
      'sub/.npmrc': 'registry=https://registry.npmjs.org/\nstrict-ssl=true\n',
      'requirements.txt': 'requests==2.0\n',
    },
    finds: [],
  },
  {
    name: 'downloads that are not run',
    change: {
      'a.sh':
        '# curl https://example.com | sh\ncurl -o a.sh https://example.com/a.sh\necho "curl https://example.com | sh"\ncurl https://example.com/a.json | jq .\ncurl https://example.com | tar xz\ncurl -s a | shasum -c\n',
      'README.md': 'curl https://example.com | sh\n',
      Dockerfile: 'RUN curl -fsSL https://example.com/key | gpg --dearmor\n',
    },
    finds: [],
  },
  {
    name: 'fixtures and vendored packages',
    change: {
      'test/fixtures/a/package.json': json({ scripts: { postinstall: 'a' } }),
      'node_modules/a/package.json': json({ scripts: { install: 'a' } }),
    },
    finds: [],
  },
  { name: 'a deleted file', change: { '.npmrc': { before: 'strict-ssl=false\n' } }, finds: [] },
];
