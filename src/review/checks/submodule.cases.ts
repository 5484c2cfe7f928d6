import type { CaseFile, CheckCase } from './check-case.ts';

const [OLD, NEW] = ['abc1234'.padEnd(40, '0'), 'def5678'.padEnd(40, '0')];
const added: CaseFile = { after: NEW, modeAfter: '160000' };
const entry = (settings: string, name = 'lib'): string => `[submodule "${name}"]\n${settings}`;
const GOOD = entry('\tpath = lib\n\turl = https://example.com/lib.git\n');
const SILENT = 'https://example.com/lib.git';
const changed = (setting: string): CaseFile => ({
  before: GOOD,
  after: GOOD.replace(/\turl.*/, `\turl = ${setting}`),
});
const says = (title: string, severity: 'error' | 'warning', line = 3) =>
  ({ path: '.gitmodules', line, title, severity }) as const;

export const cases: readonly CheckCase[] = [
  {
    name: 'added',
    change: { '.gitmodules': GOOD, lib: added },
    finds: [
      { path: 'lib', title: 'Submodule added: https://example.com/lib.git at def5678', severity: 'info' },
    ],
  },
  {
    name: 'added without an entry',
    change: { lib: added },
    finds: [{ path: 'lib', title: 'without an entry in .gitmodules', severity: 'warning' }],
  },
  {
    name: 'moved',
    tree: { '.gitmodules': GOOD },
    change: { lib: { before: OLD, after: NEW, modeAfter: '160000' } },
    finds: [{ path: 'lib', title: 'Submodule moved from abc1234 to def5678', severity: 'info' }],
  },
  {
    name: 'removed',
    change: { lib: { before: OLD, modeBefore: '160000' } },
    finds: [{ path: 'lib', title: 'Submodule removed', severity: 'info' }],
  },
  {
    name: 'a file that became one',
    tree: { '.gitmodules': GOOD },
    change: { lib: { before: 'x\n', modeBefore: '100644', after: NEW, modeAfter: '160000' } },
    finds: [{ path: 'lib', title: 'A file became a submodule', severity: 'warning' }],
  },
  {
    name: 'one that became a file',
    change: { lib: { before: OLD, modeBefore: '160000', after: 'x\n', modeAfter: '100644' } },
    finds: [{ path: 'lib', title: 'A submodule became a file', severity: 'info' }],
  },
  {
    name: 'another host',
    change: { '.gitmodules': changed('git@evil.example:lib.git') },
    finds: [says('now comes from evil.example, not example.com', 'error')],
  },
  {
    name: 'a remote helper',
    change: { '.gitmodules': changed('ext::sh -c id') },
    finds: [says('runs a remote helper', 'error')],
  },
  {
    name: 'a path of the machine',
    change: { '.gitmodules': changed('file:///srv/lib') },
    finds: [says('a path of one machine', 'error')],
  },
  {
    name: 'an option as url (CVE-2018-17456)',
    change: { '.gitmodules': changed('"-u./payload"') },
    finds: [says('url begins with a dash', 'error')],
  },
  {
    name: 'an option as host (CVE-2017-1000117)',
    change: { '.gitmodules': changed('ssh://-oProxyCommand=id/x') },
    finds: [says('smuggles', 'error')],
  },
  {
    name: 'a line in the url (CVE-2020-11008)',
    change: { '.gitmodules': changed('https://example.com/%0ahost=x') },
    finds: [says('smuggles', 'error')],
  },
  {
    name: 'a name that leaves (CVE-2018-11235)',
    change: { '.gitmodules': entry('\tpath = a\n', '../../x') },
    finds: [says('name leaves .git/modules', 'error', 2)],
  },
  {
    name: 'a path that leaves',
    change: { '.gitmodules': entry('\tpath = ../x\n') },
    finds: [says('path leaves the repository', 'error', 2)],
  },
  {
    name: 'a path in quotes that leaves',
    change: { '.gitmodules': entry('\tpath = "a#/../b"\n') },
    finds: [says('path leaves the repository', 'error', 2)],
  },
  {
    name: 'a path into .git',
    change: { '.gitmodules': entry('\tpath = .GIT/hooks\n') },
    finds: [says('path leads into .git', 'error', 2)],
  },
  {
    name: 'a command (CVE-2019-19604)',
    change: { '.gitmodules': entry('\tupdate = !id\n') },
    finds: [says('update runs a command', 'error', 2)],
  },
  {
    name: 'not encrypted',
    change: { '.gitmodules': changed('http://example.com/lib.git') },
    finds: [says('not encrypted: http://example.com/lib.git', 'warning')],
  },
  {
    name: 'far up',
    change: { '.gitmodules': changed('../../../x/lib.git') },
    finds: [says('leaves the group', 'warning')],
  },
  {
    name: 'no password in the title',
    change: { '.gitmodules': changed('http://me:hunter2@example.com/lib.git?token=x') },
    finds: [says('not encrypted: http://example.com/lib.git', 'warning')],
  },

  {
    name: 'no submodules',
    change: { 'a.ts': 'x\n' },
    tree: { '.gitmodules': changed('ext::x').after as string },
    finds: [],
  },
  { name: 'a usual entry', change: { '.gitmodules': GOOD }, finds: [] },
  {
    name: 'usual urls',
    change: {
      '.gitmodules': [
        'git@example.com:a/lib.git',
        'ssh://git@example.com/a',
        '../lib.git',
        './lib',
        '../../a/lib.git',
        SILENT,
      ]
        .map((url, index) => entry(`\turl = ${url}\n`, `lib${index}`))
        .join(''),
    },
    finds: [],
  },
  {
    name: 'another path on the same host',
    change: { '.gitmodules': changed('ssh://git@EXAMPLE.com:22/fork/lib.git') },
    finds: [],
  },
  { name: 'from a host to a relative url', change: { '.gitmodules': changed('../lib.git') }, finds: [] },
  {
    name: 'what was unsafe before',
    change: {
      '.gitmodules': {
        before: entry('\turl = http://a/b\n'),
        after: entry('\turl = http://a/b\n\tbranch = main\n'),
      },
    },
    finds: [],
  },
  {
    name: 'a dangerous line that goes',
    change: { '.gitmodules': { before: entry('\turl = ext::x\n'), after: '' } },
    finds: [],
  },
  { name: 'the file goes', change: { '.gitmodules': { before: GOOD } }, finds: [] },
  { name: 'a comment', change: { '.gitmodules': `# url = ext::x\n; path = ../x\n${GOOD}` }, finds: [] },
  {
    name: 'other keys',
    change: { '.gitmodules': entry('\tshallow = true\n\tbranch = -x\n\tupdate = rebase\n') },
    finds: [],
  },
  { name: 'names with dots', change: { '.gitmodules': entry('\tpath = a/..b\n', 'a..b') }, finds: [] },
  {
    name: 'CRLF and a setting behind its section',
    change: { '.gitmodules': '[submodule "a"] path = a\r\n\turl = ../a\r\n' },
    finds: [],
  },
  {
    name: 'a change beside a submodule',
    tree: { '.gitmodules': entry('\tpath = deps/lib\n\turl = ext::x\n') },
    change: { 'deps/x.c': 'x\n' },
    finds: [],
  },
  {
    name: 'a file of that name elsewhere',
    change: { 'docs/.gitmodules': entry('\turl = ext::x\n') },
    finds: [],
  },
  { name: 'another section', change: { '.gitmodules': '[core]\n\turl = ext::x\n' }, finds: [] },
  {
    name: 'renamed, same commit',
    change: { b: { oldPath: 'a', before: OLD, after: OLD, modeAfter: '160000' } },
    finds: [],
  },
  { name: 'a link that changes', change: { a: { before: 'x', after: 'y', modeAfter: '120000' } }, finds: [] },
  { name: 'a file with a commit in it', change: { a: `${NEW}\n` }, finds: [] },
  {
    name: 'a path in quotes',
    change: { '.gitmodules': entry('\tpath = "a#b" # ../x\n') },
    finds: [],
  },
  {
    name: 'quotes and escapes',
    change: { '.gitmodules': entry('\turl = "https://example.com/a#b" # x\n') },
    finds: [],
  },
];
