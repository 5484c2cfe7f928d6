import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../src/change/change-set.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';
import { importCommits, type Tree } from './import-commits.ts';
import { openGit } from './open-git.ts';

const lines = (count: number, change: (line: string, number: number) => string = (line) => line) =>
  Array.from({ length: count }, (_, index) => change(`  line ${index}\n`, index)).join('');

/**
 * Three trees that differ in all that an option could show in another way: files far apart in their lines, a
 * rename, a copy, a binary file, blanks, a change of mode and of type, a submodule, names that are quoted.
 */
function tree(round: number): Tree {
  const numbered = (count: number, distance: number, text: string) =>
    lines(count, (line, at) => (round > 0 && at % distance === round ? text : line));
  const file = (content: string, mode = '100644') => ({ mode, content: Buffer.from(content, 'latin1') });
  const files = {
    'src/code.ts': file(`function one() {\n${numbered(60, 13, `  new ${round}\t \n\n`)}}\n`),
    'src/other.c': file(`int main(void) {\n${'\n'.repeat(round)}  return ${round};\n}\n`),
    [`moved-${round}`]: file(numbered(20, 30, '')),
    copied: file(numbered(30, 17, ' x\n'), round === 1 ? '100755' : '100644'),
    ...(round > 0 && { [`copy-${round}`]: file(lines(30)), link: file(`target ${round}`, '120000') }),
    type: file('target', round === 1 ? '120000' : '100644'),
    'caf\xe9\t.md': file(`hello ${round}\n`),
    image: file(`\0\x01\x02${round}`),
    'vendor/lib': file(String(round + 1).repeat(40), '160000'),
  };
  return new Map(Object.entries(files));
}

/** A repository with these trees in two commits and the index. Its objects are the same ones each time. */
function changedRepository(): TempRepository {
  const repository = tempRepository();
  const [, second = '', third = ''] = importCommits(repository, [tree(0), tree(1), tree(2)]);
  repository.git('read-tree', third);
  repository.git('update-ref', 'HEAD', second);
  return repository;
}

/** What the configuration is given to work with. */
interface Machine {
  readonly repository: TempRepository;
  /** A program that leaves a file behind when it is run. */
  readonly canary: string;
  config(name: string, value: string): void;
  write(path: string, content: string): string;
}

type Case = readonly [string, (machine: Machine) => NodeJS.ProcessEnv | undefined];

const set = (name: string, value: string): Case => [
  `${name}=${value}`,
  ({ config }) => {
    config(name, value);
    return undefined;
  },
];

/** A program named in the configuration, or in the environment. */
const program = (name: string): Case => [
  `${name}=<program>`,
  ({ config, canary }) => {
    config(name, canary);
    return undefined;
  },
];
const variable = (name: string, value?: string): Case => [
  `${name}=${value ?? '<program>'}`,
  ({ canary }) => ({ [name]: value ?? canary }),
];

/** The attributes of all files, in one of the places that git reads them from. */
const attributes = (place: string, text: string): Case => [
  `${place}: ${text}`,
  ({ write, config, canary }) => {
    config('diff.driver.textconv', canary);
    config('diff.driver.command', canary);
    config('diff.driver.cachetextconv', 'true');
    config('diff.driver.binary', 'true');
    config('diff.driver.algorithm', 'patience');
    config('filter.driver.clean', canary);
    config('filter.driver.smudge', canary);
    config('filter.driver.process', canary);
    config('filter.driver.required', 'true');
    const file = write(place, `${text}\n`);
    if (place === '../attributes') config('core.attributesFile', file);
    return undefined;
  },
];

const cases: readonly Case[] = [
  set('diff.noprefix', 'true'),
  set('diff.mnemonicPrefix', 'true'),
  set('diff.srcPrefix', 'x/'),
  set('diff.dstPrefix', 'y/'),
  set('diff.relative', 'true'),
  set('diff.renames', 'false'),
  set('diff.renames', 'copies'),
  set('diff.renameLimit', '1'),
  set('diff.algorithm', 'patience'),
  set('diff.algorithm', 'minimal'),
  set('diff.context', '0'),
  set('diff.interHunkContext', '9'),
  set('diff.suppressBlankEmpty', 'true'),
  set('diff.indentHeuristic', 'false'),
  set('diff.wsErrorHighlight', 'all'),
  set('diff.colorMoved', 'zebra'),
  set('diff.submodule', 'log'),
  set('diff.submodule', 'diff'),
  set('diff.ignoreSubmodules', 'all'),
  set('diff.autoRefreshIndex', 'true'),
  set('submodule.vendor/lib.ignore', 'all'),
  set('color.ui', 'always'),
  set('core.quotePath', 'true'),
  set('core.quotePath', 'false'),
  set('core.abbrev', '7'),
  set('core.bigFileThreshold', '1'),
  set('core.autocrlf', 'true'),
  set('core.fileMode', 'false'),
  set('core.symlinks', 'false'),
  set('core.ignoreCase', 'true'),
  set('core.sparseCheckout', 'true'),
  set('index.sparse', 'true'),
  set('core.splitIndex', 'true'),
  program('diff.external'),
  program('core.fsmonitor'),
  program('core.pager'),
  program('pager.diff-index'),
  program('core.alternateRefsCommand'),
  program('alias.diff-index'),
  [
    'diff.orderFile',
    ({ write, config }) => {
      config('diff.orderFile', write('../order', 'src/*\nmoved*\n'));
      return undefined;
    },
  ],
  [
    'hooks in core.hooksPath',
    ({ config, canary }) => {
      config('core.hooksPath', dirname(canary));
      return undefined;
    },
  ],
  [
    '.gitmodules: ignore = all',
    ({ write }) => {
      write('.gitmodules', '[submodule "vendor/lib"]\n\tpath = vendor/lib\n\turl = x\n\tignore = all\n');
      return undefined;
    },
  ],
  ...['.gitattributes', 'src/.gitattributes', '.git/info/attributes', '../attributes'].flatMap((place) => [
    attributes(place, '* binary'),
    attributes(place, '* diff=driver filter=driver'),
  ]),
  attributes('.gitattributes', '* -diff'),
  attributes('.gitattributes', '* -text'),
  attributes('.gitattributes', '* working-tree-encoding=UTF-16 eol=crlf ident export-subst'),
  variable('GIT_EXTERNAL_DIFF'),
  variable('GIT_PAGER'),
  variable('GIT_SSH_COMMAND'),
  variable('GIT_DIFF_OPTS', '-u0'),
  variable('GIT_LITERAL_PATHSPECS', '1'),
  variable('GIT_GLOB_PATHSPECS', '1'),
  variable('GIT_NOGLOB_PATHSPECS', '1'),
  variable('GIT_ICASE_PATHSPECS', '1'),
  variable('GIT_TRACE', '1'),
  variable('GIT_TRACE2', '1'),
  variable('GIT_PREFIX', 'src/'),
  variable('GIT_OPTIONAL_LOCKS', '1'),
  variable('GIT_ATTR_SOURCE', 'HEAD'),
  variable('LC_ALL', 'de_DE.UTF-8'),
];

/** Reads the staged change, with a limit that leaves a file out, and the last commit. */
async function read(repository: TempRepository, env: NodeJS.ProcessEnv): Promise<ChangeSet[]> {
  const git = await openGit(repository, env);
  return [await git.staged({ fileBytes: 500, changeBytes: 1e9 }), await git.range('HEAD')];
}

let unbent: readonly ChangeSet[] | undefined;

describe('the ChangeSet is the same, and no program is run', () => {
  it.each(cases)('%s', async (_, configure) => {
    const repository = changedRepository();
    unbent ??= await read(repository, {});
    expect(unbent.map(({ files }) => files.map(({ status }) => status[0]).join(''))).toEqual([
      'mmrmmrmmtm',
      'mmamarmmtm',
    ]);
    expect(unbent.map(({ files }) => files.filter(({ unread }) => unread !== null).length)).toEqual([1, 0]);

    const write = (path: string, content: string, mode = 0o644) => {
      const file = join(repository.path, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode });
      return file;
    };
    const trace = join(repository.path, '../was-run');
    const canary = write('../programs/pre-commit', `#!/bin/sh\necho "$0 $*" >> '${trace}'\ncat\n`, 0o755);
    write('../programs/post-index-change', `#!/bin/sh\necho "$0 $*" >> '${trace}'\n`, 0o755);
    const config = (name: string, value: string) => {
      const [, section, subsection = '', key] = /^([^.]+)(?:\.(.+))?\.([^.]+)$/.exec(name) ?? [];
      const text = `[${section} ${JSON.stringify(subsection)}]\n\t${key} = ${JSON.stringify(value)}\n`;
      appendFileSync(join(repository.path, '.git/config'), text.replace(' ""', ''));
    };
    const env = configure({ repository, canary, config, write }) ?? {};

    expect(await read(repository, env)).toEqual(unbent);
    expect(existsSync(trace)).toBe(false);
  });

  /** git takes a hunk's `section` by the pattern of the file's driver, and has no option against it. */
  it.each(['diff=driver', 'diff=cpp', 'diff=python'])('but for the section of a hunk: %s', async (text) => {
    const bare = ({ id, files }: ChangeSet) => ({
      id,
      files: files.map((file) => ({ ...file, hunks: file.hunks?.map((hunk) => ({ ...hunk, section: '' })) })),
    });
    const repository = changedRepository();
    const expected = await read(repository, {});
    repository.git('config', 'diff.driver.xfuncname', '^.*line 2.*$');
    writeFileSync(join(repository.path, '.gitattributes'), `* ${text}\n`);
    const bent = await read(repository, {});
    expect(bent.map(bare)).toEqual(expected.map(bare));
  });

  it('though the canary sings when git is asked without care', () => {
    const repository = changedRepository();
    const trace = join(repository.path, '../was-run');
    const canary = join(repository.path, '../canary');
    writeFileSync(canary, `#!/bin/sh\necho run >> '${trace}'\n`, { mode: 0o755 });
    repository.git('config', 'diff.external', canary);
    repository.git('diff', '--staged');
    expect(existsSync(trace)).toBe(true);
  });
});
