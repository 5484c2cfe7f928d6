import type { CheckCase } from './check-case.ts';

const error = (path: string, title = '') => ({ path, title, severity: 'error' }) as const;
const warning = (path: string, title = '') => ({ path, title, severity: 'warning' }) as const;
const many = (folder: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/p${index}/index.js`, 'x\n']));

export const cases: readonly CheckCase[] = [
  {
    name: 'an environment file with secrets',
    change: { '.env': 'DATABASE_URL=postgres://db\n', 'api/.env.production': 'export API_KEY=x\n' },
    finds: [error('.env', 'Environment file'), error('api/.env.production')],
  },
  { name: 'an environment file without', change: { '.env': 'LOG_LEVEL=debug\n' }, finds: [warning('.env')] },
  {
    name: 'a template that became the real one',
    change: { '.env': { oldPath: '.env.example', before: 'TOKEN=\n', after: 'TOKEN=x\n' } },
    finds: [error('.env')],
  },
  {
    name: 'keys and passwords',
    change: {
      'deploy/id_rsa': 'x\n',
      'a.p12': 'x\n',
      'release.keystore': 'x\n',
      'team.kdbx': 'x\n',
      '.htpasswd': 'x\n',
      '.netrc': 'x\n',
      'home/.aws/credentials': 'x\n',
      'client_secret_1-a.apps.googleusercontent.com.json': '{}\n',
    },
    finds: [
      error('deploy/id_rsa', 'SSH'),
      error('a.p12', 'Key store'),
      error('release.keystore'),
      error('team.kdbx'),
      error('.htpasswd'),
      error('.netrc'),
      error('home/.aws/credentials'),
      error('client_secret_1-a.apps.googleusercontent.com.json'),
    ],
  },
  {
    name: 'Terraform state',
    change: { 'infra/a.tfstate': '{}\n', 'a.tfstate.backup': '{}\n' },
    finds: [error('infra/a.tfstate'), error('a.tfstate.backup')],
  },
  {
    name: 'a key among tests',
    change: { 'tests/tls/a.p12': 'x\n' },
    finds: [{ path: 'tests/tls/a.p12', severity: 'info' }],
  },
  {
    name: 'what programs leave behind',
    change: {
      '.DS_Store': 'x',
      'a/Thumbs.db': 'x',
      'a/.b.ts.swp': 'x',
      'b.ts~': 'x\n',
      '#b.ts#': 'x\n',
      '.idea/workspace.xml': '<x/>\n',
      'a.ts.orig': 'x\n',
      'a.ts.rej': 'x\n',
      'a_BACKUP_12345.ts': 'x\n',
      'npm-debug.log.1': 'x\n',
      'logs/server.log': 'x\n',
      'a.tsbuildinfo': '{}\n',
    },
    finds: [
      '.DS_Store',
      'a/Thumbs.db',
      'a/.b.ts.swp',
      'b.ts~',
      '#b.ts#',
      '.idea/workspace.xml',
      'a.ts.orig',
      'a.ts.rej',
      'a_BACKUP_12345.ts',
      'npm-debug.log.1',
      'logs/server.log',
      'a.tsbuildinfo',
    ].map((path) => warning(path)),
  },
  {
    name: 'installed packages, one finding for 5,000 files',
    change: many('web/node_modules', 5000),
    finds: [error('web/node_modules/p0/index.js', '5,000 files in web/node_modules/')],
  },
  {
    name: 'the outermost of nested folders, one finding for those of all packages',
    change: { 'a/node_modules/b/node_modules/c/x.js': 'x\n', 'd/node_modules/e/.DS_Store': 'x' },
    finds: [error('a/node_modules/b/node_modules/c/x.js', '2 files in 2 folders node_modules/')],
  },
  {
    name: 'a virtual environment of any name',
    change: { 'env3/pyvenv.cfg': 'home = /usr\n', 'env3/lib/a.py': 'x\n', 'pkg/__pycache__/a.pyc': 'x' },
    finds: [
      error('env3/pyvenv.cfg', '2 files in env3/'),
      error('pkg/__pycache__/a.pyc', 'A file in pkg/__pycache__/'),
    ],
  },
  {
    name: 'installed under examples',
    change: many('examples/a/node_modules', 201),
    finds: [error('examples/a/node_modules/p0/index.js', '201 files')],
  },
  {
    name: 'a coverage report',
    change: { 'coverage/lcov-report/index.html': '<p>\n' },
    finds: [warning('coverage/lcov-report/index.html')],
  },
  {
    name: 'in a generated file',
    change: { '.env': { after: 'SECRET=x\n', generated: true } },
    finds: [error('.env')],
  },

  {
    name: 'templates of environment files',
    change: {
      '.env.example': 'API_KEY=x\n',
      '.env.sample': 'API_KEY=x\n',
      '.env.local.template': 'API_KEY=x\n',
      '.env.test': 'API_KEY=x\n',
      '.env.dist': 'API_KEY=x\n',
      'src/.env.d.ts': 'interface ImportMetaEnv {}\n',
      '.environment': 'API_KEY=x\n',
      '.envrc': 'use flake\n',
    },
    finds: [],
  },
  {
    name: 'an environment file of what is public',
    change: { '.env.production': '# x\nVITE_API_KEY=x\nNODE_ENV=production\nEMPTY=\n' },
    finds: [],
  },
  {
    name: 'an environment file that was there',
    change: { '.env': { before: 'A=1\n', after: 'A=1\nAPI_KEY=x\n' } },
    finds: [],
  },
  { name: 'an environment file that goes', change: { '.env': { before: 'API_KEY=x\n' } }, finds: [] },
  { name: 'an environment file of a test', change: { 'tests/env/.env': 'NAME=x\n' }, finds: [] },
  { name: 'public keys', change: { 'id_rsa.pub': 'ssh-rsa\n', 'a.crt': 'x\n', 'a.pem': 'x\n' }, finds: [] },
  { name: "Android's key for everybody", change: { 'android/app/debug.keystore': 'x\n' }, finds: [] },
  {
    name: 'vendored code of Go and PHP',
    change: { 'vendor/a/b.go': 'package a\n', 'vendor/autoload.php': '<?php\n' },
    finds: [],
  },
  {
    name: 'a module called coverage or venv',
    change: { 'pkg/coverage/coverage.go': 'package coverage\n', 'src/venv/index.ts': 'x\n' },
    finds: [],
  },
  {
    name: 'packages that a test reads',
    change: { 'test/fixtures/a/node_modules/b/index.js': 'x\n' },
    finds: [],
  },
  {
    name: 'logs and patches that a test reads',
    change: { 'tests/data/a.log': 'x\n', 'testdata/b.orig': 'x\n' },
    finds: [],
  },
  {
    name: 'shared editor settings',
    change: { '.idea/codeStyles/Project.xml': '<x/>\n', '.vscode/settings.json': '{}\n' },
    finds: [],
  },
  {
    name: 'similar names',
    change: {
      'changelog.md': 'x\n',
      'src/log.ts': 'x\n',
      'logger.ts': 'x\n',
      'original.ts': 'x\n',
      'node_modules.md': 'x\n',
      'a.env.ts': 'x\n',
    },
    finds: [],
  },
  {
    name: 'leftovers that go',
    change: { '.DS_Store': { before: 'x' }, 'node_modules/a.js': { before: 'x\n' } },
    finds: [],
  },
  { name: 'leftovers that were there', change: { 'a.log': { before: 'x\n', after: 'y\n' } }, finds: [] },
  { name: 'an empty key', change: { '.htpasswd': '' }, finds: [] },
];
