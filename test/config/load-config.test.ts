import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { DEFAULTS } from '../../src/config/config.ts';
import { type ConfigSources, loadConfig } from '../../src/config/load-config.ts';
import { readUserFile } from '../../src/config/user-file.ts';

const run = promisify(execFile);

function load(files: Record<string, string | Buffer>, more: Partial<ConfigSources> = {}) {
  return loadConfig({
    readAtBase: async (path) => (path in files ? Buffer.from(files[path] ?? '') : null),
    base: '4f1c2ab',
    userFile: null,
    env: { failOn: null },
    flags: {},
    ...more,
  });
}

const refusalOf = async (loading: Promise<unknown>): Promise<CodeAgentError> => {
  const error = await loading.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodeAgentError)) throw error;
  return error;
};

describe('loadConfig', () => {
  it.each([
    ['app', 'app:\n  resolveThreads: true\n'],
    ['app', 'app: {}\n'],
    ['models', 'models: [{ id: x }]\n'],
    ['tools', 'tools: [./evil.ts]\n'],
    ['sandbox', 'sandbox: { hosts: [evil.example] }\n'],
    ['review.maxCost', 'review: { maxCost: 100 }\n'],
  ])('C14: takes "%s" from the user alone, never from a repository', async (key, text) => {
    const error = await refusalOf(load({ '.code-agent.yml': text }));
    expect(error.message).toBe(
      `.code-agent.yml:1 at 4f1c2ab: "${key}" can only be set in your own configuration.`,
    );
    const userFile = { path: '/home/ann/config.yml', text };
    expect([...(await load({}, { userFile })).origins.keys()].join()).toContain(key);
  });

  it('takes what is said of pull requests from the repository over the user', async () => {
    const userFile = { path: 'config.yml', text: 'pullRequests: { drafts: true, comments: 5 }' };
    const { config } = await load({ '.code-agent.yml': 'pullRequests: { comments: 9 }' }, { userFile });
    expect(config.pullRequests).toEqual({ ...DEFAULTS.pullRequests, drafts: true, comments: 9 });
  });

  it('is the defaults when there is nothing', async () => {
    expect((await load({})).config).toEqual(DEFAULTS);
  });

  it.each(['.code-agent.yml', '.code-agent.yaml'])('reads %s at the base', async (name) => {
    const { config, origins } = await load({ [name]: 'failOn: info\nhook:\n  budget: 3s\n' });
    expect(config).toEqual({ ...DEFAULTS, failOn: 'info', hook: { ...DEFAULTS.hook, budget: 3000 } });
    expect(origins.get('failOn')).toBe(`${name}:1 at 4f1c2ab`);
    expect(origins.get('hook.budget')).toBe(`${name}:3 at 4f1c2ab`);
    expect(origins.get('baseline')).toBe('default');
  });

  it('puts the layers in order', async () => {
    const userFile = {
      path: '/h/.config/code-agent/config.yml',
      text: '# mine\nfailOn: info\nprePush: { commits: 3 }\nbaseline: mine.json\n',
    };
    const files = { '.code-agent.yml': 'failOn: warning\nprePush: { commits: 4 }\nhook: { budget: 4s }\n' };
    const failOnOf = async (more: Partial<ConfigSources>, among = files) => {
      const { config, origins } = await load(among, { userFile, ...more });
      return [config.failOn, origins.get('failOn')];
    };
    expect(await failOnOf({}, { '.code-agent.yml': '' })).toEqual(['info', `${userFile.path}:2`]);
    expect(await failOnOf({})).toEqual(['warning', '.code-agent.yml:1 at 4f1c2ab']);
    expect(await failOnOf({ env: { failOn: 'never' } })).toEqual(['never', 'CODE_AGENT_FAIL_ON']);
    expect(await failOnOf({ env: { failOn: 'never' }, flags: { failOn: 'error' } })).toEqual([
      'error',
      '--fail-on',
    ]);

    const { config, origins } = await load(files, { userFile, flags: { budget: '7s', failOn: undefined } });
    expect([config.hook.budget, origins.get('hook.budget')]).toEqual([7000, '--budget']);
    expect([config.baseline, origins.get('baseline')]).toEqual(['mine.json', `${userFile.path}:4`]);
    expect(config.prePush.commits).toBe(4);
  });

  it('names what an alias stands for by the line of the alias', async () => {
    const { origins } = await load({ '.code-agent.yml': 'ignore: &g [a, b]\npaths: [{files: *g}]\n' });
    expect(origins.get('ignore[1]')).toBe('.code-agent.yml:1 at 4f1c2ab');
    const levels = 'paths: [{files: [a], checks: &c {secret: off, syntax: off}}]\nchecks: *c\n';
    const aliased = await load({ '.code-agent.yml': levels });
    expect(aliased.origins.get('checks.syntax')).toBe('.code-agent.yml:2 at 4f1c2ab');
  });

  it('refuses a wrong file, and says how to get out of it', async () => {
    const error = await refusalOf(load({ '.code-agent.yml': 'ignores: []\n' }));
    expect(error.message).toBe('.code-agent.yml:1: unknown key "ignores". Did you mean "ignore"?');
    expect(error.exitCode).toBe(2);
    expect(error.advice).toContain('--no-verify');
    expect(error.advice).toContain('4f1c2ab');
  });

  it('refuses two files', async () => {
    const error = await refusalOf(load({ '.code-agent.yml': '', '.code-agent.yaml': '' }));
    expect(error.message).toBe('.code-agent.yml and .code-agent.yaml are both there at 4f1c2ab.');
  });

  it('refuses what is not UTF-8', async () => {
    const error = await refusalOf(load({ '.code-agent.yml': Buffer.from([0x61, 0xff]) }));
    expect(error.message).toBe('.code-agent.yml: not UTF-8 text.');
  });

  it.each([
    [
      { failOn: 'errors' },
      '--fail-on: expected error, warning, info or never, got "errors". Did you mean "error"?',
    ],
    [{ budget: '20' }, '--budget: expected a duration such as 500ms, 20s or 2m, got "20".'],
  ])('refuses the flags %j', async (flags, message) => {
    const error = await refusalOf(load({}, { flags }));
    expect([error.message, error.exitCode]).toEqual([message, 2]);
  });
});

describe('readUserFile', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'code-agent-user-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the file, and takes its absence for nothing', async () => {
    const path = join(folder, 'config.yml');
    expect(readUserFile(path)).toBeNull();
    await writeFile(path, 'failOn: info\n');
    expect(readUserFile(path)).toEqual({ path, text: 'failOn: info\n' });
    expect(readUserFile(join(path, 'below'))).toBeNull();
    expect(readUserFile(null)).toBeNull();
  });

  it('fails when the file cannot be read', async () => {
    await chmod(folder, 0o700);
    const error = await refusalOf((async () => readUserFile(folder))());
    expect(error.message).toBe(`${folder}: cannot be read (EISDIR).`);
  });
});

describe('without a file', () => {
  let folder = '';
  let metafile: Metafile;
  let entry = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'code-agent-bundle-'));
    const result = await build({
      entryPoints: ['src/config/load-config.ts'],
      bundle: true,
      splitting: true,
      metafile: true,
      format: 'esm',
      platform: 'node',
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      logLevel: 'silent',
    });
    metafile = result.metafile;
    entry = Object.keys(metafile.outputs).find((path) => basename(path) === 'load-config.mjs') ?? '';
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The outputs that are loaded together with the entry. */
  function loaded(): string[] {
    const outputs = [entry];
    for (const output of outputs) {
      const { imports } = metafile.outputs[output] ?? { imports: [] };
      const next = imports.filter(({ kind, external }) => kind === 'import-statement' && external !== true);
      outputs.push(...next.map(({ path }) => path).filter((path) => !outputs.includes(path)));
    }
    return outputs;
  }

  it('loads no library', () => {
    const inputsOf = (outputs: string[]) =>
      outputs.flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
    const libraries = (outputs: string[]) => [
      ...new Set(inputsOf(outputs).flatMap((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? [])),
    ];
    expect(libraries(loaded())).toEqual([]);
    expect(libraries(Object.keys(metafile.outputs)).sort()).toEqual(['picomatch', 'yaml', 'zod']);
  });

  it('works when no library is there, and only then', async () => {
    const kept = new Set(loaded().map((path) => basename(path)));
    const others = Object.keys(metafile.outputs).filter((path) => !kept.has(basename(path)));
    expect(others.length).toBeGreaterThan(0);
    await Promise.all(others.map((path) => rm(join(folder, basename(path)))));
    const load = (file: string) => `
      const { loadConfig } = await import(${JSON.stringify(pathToFileURL(join(folder, basename(entry))).href)});
      const { config } = await loadConfig({
        readAtBase: async (path) => path === '.code-agent.yml' ? ${file} : null,
        base: 'x', userFile: null, env: { failOn: 'info' }, flags: { budget: '1s' },
      });
      console.log(config.failOn, config.hook.budget);`;
    const node = (script: string) => run(process.execPath, ['--input-type=module', '-e', script]);
    expect((await node(load('null'))).stdout).toBe('info 1000\n');
    await expect(node(load("Buffer.from('')"))).rejects.toThrow('ERR_MODULE_NOT_FOUND');
  });
});
