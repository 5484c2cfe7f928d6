import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../src/install/install.ts';
import { createStage, type Stage } from './stage.ts';

/** Where git itself is, for environments in which nothing finds it. */
function gitPath(stage: Stage): string {
  return stage.run('/bin/sh', ['-c', 'command -v git']).output.trim();
}

const COMMIT = [
  ...['-c', 'user.name=n', '-c', 'user.email=n@example.invalid'],
  ...['commit', '--allow-empty', '--message', 'one'],
];

const AS_SH: Readonly<Record<string, string>> = { busybox: ' sh', zsh: ' --emulate sh' };

/** The shells of this machine that may be somebody's /bin/sh. */
const SHELLS = ['sh', 'dash', 'bash', 'busybox', 'zsh', 'ksh', 'mksh', 'yash'].flatMap((name) =>
  ['/bin', '/usr/bin', '/usr/local/bin']
    .map((folder) => `${folder}/${name}`)
    .filter((path) => existsSync(path))
    .slice(0, 1)
    .map((path) => path + (AS_SH[name] ?? '')),
);

describe('a hook in the environment of a GUI client', () => {
  it.each([
    ['nothing at all', {}],
    ['an empty PATH', { PATH: '' }],
    ['an empty HOME', { PATH: '/nowhere', HOME: '' }],
  ])('runs with %s, from the node that installed it', async (_, env) => {
    const stage = createStage();
    const git = gitPath(stage);
    await install({ ...stage.options, node: stage.nodeThatSays('recorded') });
    expect(stage.run(git, COMMIT, env)).toMatchObject({ code: 0 });
    expect(stage.calls()).toMatchObject([{ args: ['hook', 'pre-commit'], via: 'recorded' }]);
    stage.cliExits(1);
    expect(stage.run(git, COMMIT, env).code).toBe(1);
  });
});

describe('launch', () => {
  const hook = (stage: Stage, env: NodeJS.ProcessEnv, name = 'pre-commit') =>
    stage.run('/bin/sh', [join(stage.packageFolder, 'hooks', name), 'an argument'], env);
  const version = (path: string) => `home/${path}/bin/node`;

  it('prefers the node of CODE_AGENT_NODE, then the recorded one, then that of PATH', async () => {
    const stage = createStage();
    const [own, recorded] = [stage.nodeThatSays('own'), stage.nodeThatSays('recorded')];
    stage.nodeThatSays('path', 'bin/node');
    const env = { PATH: `/nowhere:${join(stage.root, 'bin')}`, CODE_AGENT_NODE: own };
    await install({ ...stage.options, node: recorded });
    hook(stage, env);
    rmSync(own);
    hook(stage, env);
    rmSync(recorded);
    hook(stage, env);
    expect(stage.calls()).toMatchObject([{ via: 'own' }, { via: 'recorded' }, { via: 'path' }]);
  });

  it.each([
    ['nvm, by its default', version('.nvm/versions/node/v22.3.0'), { 'alias/default': 'v22.3.0' }],
    ['nvm, by a part of a version', version('.nvm/versions/node/v24.1.0'), { 'alias/default': '24' }],
    [
      'nvm, by an alias of an alias',
      version('.nvm/versions/node/v22.11.0'),
      { 'alias/default': 'lts/*', 'alias/lts/*': 'lts/jod', 'alias/lts/jod': 'v22.11.0' },
    ],
    ['nvm, without a default', version('.nvm/versions/node/v20.19.0'), {}],
    ['volta', 'home/.volta/bin/node', {}],
    ['fnm', version('.local/share/fnm/aliases/default'), {}],
    ['mise', 'home/.local/share/mise/shims/node', {}],
    ['asdf', 'home/.asdf/shims/node', {}],
  ])('finds the node of %s', (_, path, aliases) => {
    const stage = createStage();
    stage.nodeThatSays('found', path);
    stage.nodeThatSays('too old', version('.nvm/versions/node/v18.20.0'));
    for (const [name, text] of Object.entries(aliases)) stage.write(`../home/.nvm/${name}`, `${text}\n`);
    // A shell without PATH makes one up, with the machine's own node in it.
    expect(hook(stage, { PATH: '/nowhere', HOME: join(stage.root, 'home') })).toMatchObject({ code: 0 });
    expect(stage.calls()).toMatchObject([{ via: 'found', args: ['hook', 'pre-commit', 'an argument'] }]);
  });

  it('takes no program from the working tree', () => {
    const stage = createStage();
    stage.nodeThatSays('planted', 'repo/node');
    stage.nodeThatSays('planted', 'repo/node_modules/.bin/node');
    hook(stage, { PATH: ':.:node_modules/.bin:' });
    expect(stage.calls().map(({ via }) => via)).not.toContain('planted');
  });

  it('is switched off by CODE_AGENT=0, before anything is started', () => {
    const stage = createStage();
    stage.cliExits(1);
    expect(hook(stage, { CODE_AGENT: '0' })).toEqual({ code: 0, output: '' });
    expect(stage.calls()).toEqual([]);
    expect(hook(stage, { CODE_AGENT: '1' }).code).toBe(1);
  });

  it.each([
    ['pre-commit', 1, 'git commit --no-verify'],
    ['pre-push', 1, 'git push --no-verify'],
    ['pre-merge-commit', 1, 'git merge --no-verify'],
    ['post-commit', 0, ''],
  ])('says in %s that the package is gone, and does not let it pass', (name, code, hint) => {
    const stage = createStage();
    rmSync(join(stage.packageFolder, 'dist'), { recursive: true });
    const ended = hook(stage, stage.env, name);
    expect(ended.code).toBe(code);
    expect(ended.output).toContain(`code-agent: the ${name} hook could not run: `);
    expect(ended.output).toContain('dist/cli.cjs is gone');
    expect(ended.output).toContain('npx code-agent uninstall');
    expect(ended.output).toContain(hint);
  });

  it('says what it tried when there is no node', () => {
    const stage = createStage();
    // The well-known places of this machine may have one: the copy under test has none that exist.
    const launch = join(stage.packageFolder, 'hooks/launch');
    const text = stage.read(join('..', launch.slice(stage.root.length + 1)));
    writeFileSync(
      launch,
      text
        .replaceAll(/^ {2}(?:\/[a-z/.-]+)\/node/gm, '  /nowhere/node')
        .replaceAll('N_PREFIX:-/usr/local', 'N_PREFIX:-/nowhere'),
    );
    const ended = hook(stage, { PATH: '/nowhere/bin', HOME: '/home/nobody', CODE_AGENT_NODE: '/my/node' });
    expect(ended.code).toBe(1);
    for (const tried of [
      '/my/node',
      'PATH=/nowhere/bin',
      '/home/nobody/.nvm',
      '/home/nobody/.volta/bin/node',
    ]) {
      expect(ended.output).toContain(tried);
    }
    expect(ended.output).toContain('CODE_AGENT_NODE=/path/to/node');
    expect(ended.output).toContain('git commit --no-verify');
  });

  it.each(SHELLS)('is understood by %s, and looks for nothing in PATH', (shell) => {
    const stage = createStage();
    const [program = '', ...words] = shell.split(' ');
    const env = { PATH: '/nowhere', CODE_AGENT_NODE: process.execPath };
    const launch = join(stage.packageFolder, 'hooks/launch');
    expect(stage.run(program, [...words, launch, 'pre-commit', 'a b'], env)).toEqual({ code: 0, output: '' });
    stage.write('theirs', 'while read -r line; do echo "$1: $line"; done\n');
    const chain = [join(stage.packageFolder, 'hooks/chain'), 'pre-push', '/bin/sh -e', './theirs', 'origin'];
    const push = `printf 'ref 1\\nref 2\\n' | "$@"`;
    const chained = stage.run('/bin/sh', ['-c', push, 'sh', program, ...words, ...chain], env);
    expect(chained).toEqual({ code: 0, output: 'origin: ref 1\norigin: ref 2\n' });
    expect(stage.calls()).toMatchObject([
      { args: ['hook', 'pre-commit', 'a b'] },
      { args: ['hook', 'pre-push', 'origin'], stdin: 'ref 1\nref 2\n' },
    ]);
  });

  it('needs no executable bits, which some installers lose', async () => {
    const stage = createStage();
    for (const name of ['launch', 'chain', 'pre-commit', 'pre-push']) {
      chmodSync(join(stage.packageFolder, 'hooks', name), 0o644);
    }
    await install(stage.options);
    expect(stage.git(COMMIT).code).toBe(0);
    expect(stage.calls()).toHaveLength(1);
  });
});
