import { appendFileSync, chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ToolFailure } from '../../src/agent/tool.ts';
import { createLineFinder } from '../../src/git/search-tree.ts';
import type { LineQuery } from '../../src/tools/search.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { openGit } from './open-git.ts';

const query = (pattern: string, more: Partial<LineQuery> = {}): LineQuery => ({
  pattern,
  regex: true,
  ignoreCase: false,
  globs: [],
  most: 100,
  ...more,
});

async function finder(temp: TempRepository, milliseconds = 10_000, env: NodeJS.ProcessEnv = {}) {
  const { repository } = await openGit(temp, env);
  const signal = new AbortController().signal;
  const inIndex = createLineFinder(repository, null, milliseconds);
  const inTree = createLineFinder(repository, temp.git('rev-parse', 'HEAD^{tree}'), milliseconds);
  return {
    index: (wanted: LineQuery) => inIndex(wanted, signal),
    tree: (wanted: LineQuery) => inTree(wanted, signal),
    repository,
  };
}

/** A git that cannot do PCRE, as the one that Apple ships. */
function gitWithoutPerl(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = tempFolder();
  const shim = [
    '#!/bin/sh',
    'for one in "$@"; do',
    '  test "$one" != -P || { echo "fatal: cannot use Perl-compatible regexes when not compiled with USE_LIBPCRE" >&2; exit 128; }',
    'done',
    `PATH='${env['PATH']}' exec git "$@"`,
  ];
  writeFileSync(join(folder, 'git'), shim.join('\n'));
  chmodSync(join(folder, 'git'), 0o755);
  return { PATH: `${folder}${delimiter}${env['PATH']}` };
}

describe('an expression that never ends', () => {
  const HOSTILE = ['(a+)+$', '(a|a)*b', '(a*)*\\1$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*\\1x'];
  const line = `${'a'.repeat(200_000)}!\n`;

  for (const pattern of HOSTILE) {
    it(`${pattern} is over at the deadline at the latest`, async () => {
      const temp = tempRepository();
      temp.commit({ 'long.txt': line, 'z.txt': 'z\n' });
      const { index, tree } = await finder(temp, 500);
      const startedAt = performance.now();
      for (const search of [index, tree])
        await search(query(pattern)).catch((error: unknown) => expect(error).toBeInstanceOf(ToolFailure));
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });
  }

  it('with a git that has no PCRE it is ended, and what was found until then is kept', async () => {
    const temp = tempRepository();
    temp.commit({ 'a.txt': 'aaa\n', 'long.txt': line });
    const { index } = await finder(temp, 500, gitWithoutPerl(temp.env));
    const startedAt = performance.now();
    const found = await index(query('(a+)+$'));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(found.stopped).toBe('time');
  });

  it('ends when the run is stopped', async () => {
    const temp = tempRepository();
    temp.commit({ 'long.txt': line });
    const { repository } = await finder(temp, 10_000, gitWithoutPerl(temp.env));
    const stopped = new AbortController();
    setTimeout(() => stopped.abort(), 100);
    const startedAt = performance.now();
    await expect(createLineFinder(repository, null)(query('(a+)+$'), stopped.signal)).rejects.toThrow(
      /abort/i,
    );
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('a git that has no PCRE', () => {
  const refusals = ['\\d+', '(?:a)', 'a+?', '((a{1,1000}){1,1000}){1,1000}'];
  it('searches with what it has, and does not pretend', async () => {
    const temp = tempRepository();
    temp.commit({ 'a.txt': 'one 12\n' });
    const { index } = await finder(temp, 5_000, gitWithoutPerl(temp.env));
    expect((await index(query('one [0-9]{2}\\b'))).places).toEqual([{ path: 'a.txt', line: 1 }]);
    expect((await index(query('(?', { regex: false }))).places).toEqual([]);
    for (const pattern of refusals) await expect(index(query(pattern))).rejects.toBeInstanceOf(ToolFailure);
  });
});

describe('what could bend it', () => {
  /** Where the needle is: in the index and in the commit. */
  const PLACES = [
    { path: 'A.ts', line: 2 },
    { path: 'b/c.ts', line: 1 },
  ];
  interface Machine {
    readonly temp: TempRepository;
    readonly canary: string;
    readonly program: string;
  }
  const configured = (...settings: readonly [string, string][]) => ({
    name: settings.map(([name, value]) => `${name}=${value}`).join(' '),
    bend({ temp }: Machine): NodeJS.ProcessEnv {
      for (const [name, value] of settings) temp.git('config', name, value);
      return {};
    },
  });
  const attributes = (text: string, ...settings: readonly [string, string][]) => ({
    name: `attributes ${JSON.stringify(text)}`,
    bend({ temp, program }: Machine): NodeJS.ProcessEnv {
      for (const [name, value] of settings) temp.git('config', name, value.replace('PROGRAM', program));
      appendFileSync(join(temp.path, '.git/info/attributes'), `${text}\n`);
      temp.write({ '.gitattributes': `${text}\n`, 'b/.gitattributes': `${text}\n` });
      return {};
    },
  });
  const environment = (env: NodeJS.ProcessEnv) => ({ name: JSON.stringify(env), bend: () => env });

  const cases = [
    configured(['grep.lineNumber', 'false'], ['grep.column', 'true'], ['grep.fullName', 'false']),
    configured(['grep.patternType', 'fixed']),
    configured(['grep.patternType', 'perl'], ['grep.extendedRegexp', 'true']),
    configured(['grep.threads', '1']),
    configured(['grep.fallbackToNoIndex', 'true']),
    configured(['color.ui', 'always'], ['color.grep', 'always']),
    configured(['core.quotePath', 'true'], ['core.ignoreCase', 'true']),
    configured(['submodule.recurse', 'true']),
    configured(['alias.grep', '!false']),
    configured(['core.attributesFile', 'attributes']),
    configured(['core.bigFileThreshold', '1']),
    attributes('* -diff'),
    attributes('* binary'),
    attributes('* -text -diff -merge'),
    attributes('* diff=bent', ['diff.bent.textconv', 'PROGRAM'], ['diff.bent.binary', 'true']),
    attributes('* filter=bent', ['filter.bent.smudge', 'PROGRAM'], ['filter.bent.clean', 'PROGRAM']),
    attributes('* working-tree-encoding=UTF-16'),
    environment({ GIT_LITERAL_PATHSPECS: '1' }),
    environment({ GIT_NOGLOB_PATHSPECS: '1', GIT_ICASE_PATHSPECS: '1' }),
    environment({ GIT_PAGER: 'false', PAGER: 'false', LC_ALL: 'C.UTF-8', LANGUAGE: 'de' }),
    environment({ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'grep.column', GIT_CONFIG_VALUE_0: 'true' }),
  ];
  for (const { name, bend } of cases) {
    it(`${name} does not`, async () => {
      const temp = tempRepository();
      temp.commit({ 'A.ts': '\n// needle.1\n', 'b/c.ts': 'needle.2\n', 'a.md': 'needle.3\n' });
      const canary = join(temp.path, '..', 'canary');
      const program = join(temp.path, '..', 'program');
      writeFileSync(program, `#!/bin/sh\ntouch '${canary}'\necho nothing\n`, { mode: 0o755 });
      writeFileSync(join(temp.path, 'attributes'), '* -diff\n');
      mkdirSync(join(temp.path, '.git/info'), { recursive: true });
      const env = bend({ temp, canary, program });
      const { index, tree } = await finder(temp, 5_000, env);
      for (const search of [index, tree]) {
        expect((await search(query('needle\\.\\d', { globs: ['**/*.ts'] }))).places).toEqual(PLACES);
        expect((await search(query('needle.', { regex: false, globs: ['**/*.ts'] }))).places).toEqual(PLACES);
      }
      expect(existsSync(canary)).toBe(false);
    });
  }

  it('nor does where it is run from, or another worktree', async () => {
    const temp = tempRepository();
    temp.commit({ 'A.ts': '\nneedle\n', 'b/c.ts': 'needle\n' });
    const linked = join(temp.path, '..', 'linked');
    temp.git('worktree', 'add', '--quiet', linked);
    for (const path of [join(temp.path, 'b'), linked, join(linked, 'b')]) {
      const { index } = await finder({ ...temp, path });
      expect((await index(query('needle'))).places).toEqual(PLACES);
    }
  });
});

describe('what it does not search', () => {
  it('links, submodules, what is only said to be added, and the working tree', async () => {
    const temp = tempRepository();
    temp.commit({ 'a.ts': 'needle\n' });
    temp.link('link', 'needle');
    temp.git('add', 'link');
    temp.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},needle`);
    temp.write({ 'intended.ts': 'needle\n', 'untracked.ts': 'needle\n', 'a.ts': 'changed\n' });
    temp.git('add', '--intent-to-add', 'intended.ts');
    const { index } = await finder(temp);
    expect(await index(query('needle'))).toEqual({ places: [{ path: 'a.ts', line: 1 }], stopped: null });
  });

  it('a damaged repository is ours to tell', async () => {
    const temp = tempRepository();
    temp.commit({ 'a.ts': 'needle\n' });
    const { repository } = await openGit(temp);
    const search = createLineFinder(repository, '1'.repeat(40));
    await expect(search(query('needle'), new AbortController().signal)).rejects.toMatchObject({
      name: 'CodeAgentError',
    });
  });
});

it('finds the same lines whatever the pieces that they arrive in: 20,000 lines, two long ones', async () => {
  const temp = tempRepository();
  const long = `needle ${'x'.repeat(300_000)}\n`;
  temp.commit({ 'a.ts': 'needle\n'.repeat(10_000) + long, 'b.ts': long + 'needle\n'.repeat(10_000) });
  const { index } = await finder(temp);
  const { places, stopped } = await index(query('needle', { most: 30_000 }));
  expect(stopped).toBe(null);
  expect(places).toEqual(
    ['a.ts', 'b.ts'].flatMap((path) =>
      Array.from({ length: 10_001 }, (_, line) => ({ path, line: line + 1 })),
    ),
  );
});
