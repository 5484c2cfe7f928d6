import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Config, DEFAULTS } from '../../src/config/config.ts';
import { createSnapshot } from '../../src/git/snapshot.ts';
import { installDependencies, type Packages } from '../../src/local/install-dependencies.ts';
import { openGit } from '../../src/local/prepare-review.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { TaskEvent } from '../../src/tasks/task.ts';
import { LIMITS } from '../sandbox/limits.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { startRegistry } from '../support/package-registry.ts';
import { tempFolder, tempRepository } from '../support/temp-repository.ts';

needsSandbox();

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox(process.env);
});

const NPM = 'npm ci --ignore-scripts --no-audit --no-fund';
const manifest = (more: object = {}): string =>
  JSON.stringify({ name: 'shop', dependencies: { pace: '1.0.0' }, ...more });

async function installing(
  files: Readonly<Record<string, string>>,
  config: Partial<Config['sandbox']>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Packages & { events: TaskEvent[]; beside: string; install: string }> {
  const repository = tempRepository();
  const base = repository.commit(files, 'Begin');
  const git = await openGit({ cwd: repository.path, env: repository.env, signal });
  onTestFinished(() => git.close());
  const tree = (await git.reader.info(`${base}^{tree}`))?.oid ?? '';
  const beside = join(tempFolder(), 'task');
  mkdirSync(beside);
  const events: TaskEvent[] = [];
  const packages = await installDependencies({
    ...{ repository: git.repository, base, beside, sandbox, signal, variables: {} },
    tree: createSnapshot(git.reader, tree, DEFAULTS.limits),
    limits: { ...LIMITS, memoryBytes: 2e9, diskBytes: 2e9, openFiles: 4096 },
    config: { ...DEFAULTS.sandbox, ...config },
    told: (event) => events.push(event),
  });
  return { ...packages, events, beside, install: join(beside, 'install') };
}

it('npm: what the lock file names, from a host that is allowed, and no script of it is run', async () => {
  const script = "node -e \"require('fs').writeFileSync('owned', '')\"";
  const registry = await startRegistry({
    pace: {
      'package.json': JSON.stringify({
        main: 'index.js',
        scripts: { preinstall: script, install: script, postinstall: script, prepare: script },
      }),
      'index.js': 'module.exports = 7;\n',
    },
  });
  const { folders, problem, events, beside, install, remove } = await installing(
    {
      'package.json': manifest({ scripts: { postinstall: 'touch owned' }, workspaces: ['packages/*'] }),
      'package-lock.json': registry.lock('shop', {
        more: {
          'packages/till': { name: '@shop/till', version: '1.0.0' },
          'node_modules/@shop/till': { resolved: 'packages/till', link: true },
        },
      }),
      'vendor/kept.txt': 'part of the commit',
      'packages/till/package.json': JSON.stringify({ name: '@shop/till', version: '1.0.0' }),
    },
    { hosts: [registry.host] },
  );
  expect(problem).toBe(null);
  expect(folders).toEqual([{ path: 'node_modules', target: join(install, 'node_modules') }]);
  expect(readFileSync(join(install, 'node_modules/pace/index.js'), 'utf8')).toBe('module.exports = 7;\n');
  expect(existsSync(join(install, 'node_modules/pace/owned')) || existsSync(join(install, 'owned'))).toBe(
    false,
  );
  expect(registry.asked).toEqual(['GET /pace/-/pace-1.0.0.tgz']);
  expect(events).toEqual([
    { type: 'installing', command: NPM },
    { type: 'installed', command: NPM, ms: expect.any(Number), problem: null },
  ]);
  expect(readdirSync(beside)).toEqual(['install']);
  remove();
  expect(readdirSync(beside)).toEqual([]);
});

it('a lock file that leads elsewhere is refused, and said', async () => {
  const registry = await startRegistry({ pace: { 'index.js': '' } });
  const other = await startRegistry({ pace: { 'index.js': '' } });
  const { problem, events, folders } = await installing(
    {
      'package.json': manifest(),
      'package-lock.json': registry.lock('shop', { from: `http://${other.host}` }),
    },
    { hosts: [registry.host] },
  );
  expect(problem).toBe(
    `packages could not be installed: \`${NPM}\` ended with exit code 1: npm error 403 403 Not in sandbox.hosts - GET http://${other.host}/pace/-/pace-1.0.0.tgz; refused by sandbox.hosts: ${other.host}`,
  );
  expect(events.at(-1)).toMatchObject({ type: 'installed', problem });
  expect(other.asked).toEqual([]);
  expect(folders).toEqual([]);
});

it("the operator's own command, with a registry of their own for what is public", async () => {
  const registry = await startRegistry({ pace: { 'index.js': '' } });
  const run = `npm ci --ignore-scripts --registry http://${registry.host}`;
  const { problem, folders } = await installing(
    {
      'package.json': manifest(),
      'package-lock.json': registry.lock('shop', { from: 'https://registry.npmjs.org' }),
    },
    { hosts: [registry.host], install: [{ when: 'package-lock.json', run }] },
  );
  expect(problem).toBe(null);
  expect(folders.map(({ path }) => path)).toEqual(['node_modules']);
});

it('without hosts, without a lock file, and without anything to install', async () => {
  const files = { 'package.json': manifest(), 'package-lock.json': '{}' };
  const nowhere = await installing(files, {});
  expect(nowhere.problem).toContain('sandbox.hosts, which only the operator can set, names no host');
  const unlocked = await installing({ 'package.json': manifest() }, { hosts: ['localhost:1'] });
  expect(unlocked.problem).toContain('no packages were installed for package.json: there is none of npm-');
  const nothing = await installing({ 'a.txt': 'a' }, { hosts: ['localhost:1'] });
  expect(nothing.problem).toBe(null);
  for (const { folders, events, beside } of [nowhere, unlocked, nothing])
    expect([folders, events, readdirSync(beside)]).toEqual([[], [], []]);
});

it('what one command cannot do keeps no other from it; what it leaves behind is no way out', async () => {
  const { problem, folders, beside, install, remove } = await installing(
    { 'a.lock': '', 'src/a.js': '' },
    {
      hosts: ['localhost:1'],
      install: [
        { when: 'a.lock', run: 'mkdir -p lib/node_modules/half; echo "Bad luck"; exit 3' },
        {
          when: 'a.lock',
          run: `mkdir -p src/node_modules/deep && ln -s / node_modules && cd src/node_modules && ln -s /etc etc && ln -s ../a.js a
            ln -s ../../lib/node_modules @scope; mkdir -m 0 closed; rm -rf ../../.git; echo evil > ../../.git/config; exit 0`,
        },
      ],
    },
  );
  expect(problem).toBe(
    'packages could not be installed: `mkdir -p lib/node_modules/half; echo "Bad luck"; exit 3` ended with exit code 3: Bad luck',
  );
  expect(folders).toEqual([{ path: 'src/node_modules', target: join(install, 'src/node_modules') }]);
  expect(readFileSync(join(install, '.git/config'), 'utf8')).not.toContain('evil');
  remove();
  expect(readdirSync(beside)).toEqual([]);
});

it('ends when it is told to, and leaves nothing', async () => {
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 400);
  await expect(
    installing(
      { 'a.lock': '' },
      { hosts: ['localhost:1'], install: [{ when: 'a.lock', run: 'sleep 60' }] },
      stopping.signal,
    ),
  ).rejects.toMatchObject({ name: 'AbortError' });
});
