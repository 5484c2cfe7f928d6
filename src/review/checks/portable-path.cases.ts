import type { CheckCase } from './check-case.ts';

const error = (path: string, title: string) => ({ path, title, severity: 'error' }) as const;
const warning = (path: string, title: string) => ({ path, title, severity: 'warning' }) as const;

export const cases: readonly CheckCase[] = [
  {
    name: 'a file that differs from another in case',
    tree: { 'src/Button.tsx': 'x\n' },
    change: { 'src/button.tsx': 'y\n' },
    finds: [error('src/button.tsx', 'src/Button.tsx and src/button.tsx are one name')],
  },
  {
    name: 'a folder that does, once for all its files',
    tree: { 'src/a.ts': 'x\n' },
    change: { 'Src/b.ts': 'x\n', 'Src/c.ts': 'x\n' },
    finds: [error('Src/b.ts', 'src and Src')],
  },
  {
    name: 'two files of the change, said once',
    change: { README: 'x\n', readme: 'y\n' },
    finds: [error('README', 'README and readme')],
  },
  {
    name: 'accents in two forms',
    tree: { 'caf\u00e9.md': 'x\n' },
    change: { 'cafe\u0301.md': 'y\n' },
    finds: [error('cafe\u0301.md', 'one name')],
  },
  {
    name: 'a renamed file',
    tree: { 'b/B.ts': 'x\n' },
    change: { 'b/b.ts': { oldPath: 'a.ts', before: 'x\n', after: 'x\n' } },
    finds: [error('b/b.ts', 'b/B.ts and b/b.ts')],
  },
  {
    name: '.git in disguise',
    change: {
      '.GIT/config': 'x\n',
      'a/git~1/config': 'x\n',
      '.g\u200cit/config': 'x\n',
      '.git. /x': 'x\n',
      '.git::$INDEX_ALLOCATION/x': 'x\n',
    },
    finds: [
      error('.GIT/config', '.GIT is .git in disguise'),
      error('a/git~1/config', 'git~1'),
      error('.g\u200cit/config', '.g\\u{200c}it'),
      error('.git. /x', '.git in disguise'),
      error('.git::$INDEX_ALLOCATION/x', '.git in disguise'),
    ],
  },
  {
    name: 'devices of Windows',
    change: {
      'src/aux.c': 'x\n',
      'con/a.ts': 'x\n',
      'NUL.tar.gz': 'x\n',
      com1: 'x\n',
      'lpt\u00b2.txt': 'x\n',
    },
    finds: [
      warning('src/aux.c', 'aux.c is the name of a device'),
      warning('con/a.ts', 'con is'),
      warning('NUL.tar.gz', 'NUL.tar.gz is'),
      warning('com1', 'com1 is'),
      warning('lpt\u00b2.txt', 'device'),
    ],
  },
  {
    name: 'characters that Windows lacks',
    change: { 'a:b.ts': 'x\n', 'what?.md': 'x\n', 'a\\b': 'x\n', 'end./x': 'x\n', 'end ': 'x\n' },
    finds: [
      warning('a:b.ts', 'a:b.ts has a :'),
      warning('what?.md', 'has a ?'),
      warning('a\\b', 'has a \\'),
      warning('end./x', 'ends with a dot'),
      warning('end ', 'ends with a space'),
    ],
  },
  {
    name: 'names that deceive',
    change: { 'a\nb.ts': 'x\n', 'a\u001b[2J': 'x\n', 'cod\u202etxt.exe': 'x\n', 'a\udcff.ts': 'x\n' },
    finds: [
      warning('a\nb.ts', 'a\\x0ab.ts has characters that are not seen'),
      warning('a\u001b[2J', '\\x1b'),
      warning('cod\u202etxt.exe', '\\u{202e}'),
      warning('a\udcff.ts', 'a\\xff.ts is not UTF-8'),
    ],
  },
  {
    name: 'too long a name and too long a path',
    change: { [`${'\u4e2d'.repeat(86)}`]: 'x\n', [`${'a/'.repeat(130)}b`]: 'x\n' },
    finds: [
      warning('\u4e2d'.repeat(86), 'longer than 255 bytes'),
      { path: `${'a/'.repeat(130)}b`, title: 'Path of 261 characters', severity: 'info' },
    ],
  },

  {
    name: 'usual names',
    tree: { 'src/a.ts': 'x\n' },
    change: { 'src/b.ts': 'x\n', 'lib/a.ts': 'x\n', 'lib/src.ts': 'x\n' },
    finds: [],
  },
  {
    name: 'a change of case alone',
    change: { 'readme.md': { oldPath: 'README.md', before: 'x\n', after: 'x\n' } },
    finds: [],
  },
  {
    name: 'a collision that was there',
    tree: { a: 'x\n', A: 'y\n' },
    change: { a: { before: 'x\n', after: 'z\n' } },
    finds: [],
  },
  {
    name: 'a folder whose collision was there',
    tree: { 'src/a.ts': 'x\n', 'Src/b.ts': 'x\n' },
    change: { 'Src/c.ts': 'x\n' },
    finds: [],
  },
  { name: 'a collision that ends', tree: { a: 'x\n' }, change: { A: { before: 'y\n' } }, finds: [] },
  {
    name: 'a folder with a bad name that was there',
    tree: { 'aux/a.c': 'x\n' },
    change: { 'aux/b.c': 'x\n' },
    finds: [],
  },
  {
    name: 'the same name in other folders',
    tree: { 'a/README.md': 'x\n' },
    change: { 'b/readme.md': 'x\n' },
    finds: [],
  },
  {
    name: 'files of git and names that begin so',
    change: {
      '.gitignore': 'x\n',
      '.gitattributes': 'x\n',
      '.github/a.yml': 'x\n',
      'git~10': 'x\n',
      'a.git/x': 'x\n',
      '.git-blame-ignore-revs': 'x\n',
    },
    finds: [],
  },
  {
    name: 'names that begin like a device',
    change: {
      'console.ts': 'x\n',
      'auxiliary.c': 'x\n',
      com10: 'x\n',
      'a.con': 'x\n',
      'nullable.ts': 'x\n',
      com0: 'x\n',
    },
    finds: [],
  },
  {
    name: 'other alphabets, accents and emoji',
    change: {
      '\u4e2d\u6587.md': 'x\n',
      'caf\u00e9.md': 'x\n',
      '\u{1f468}\u200d\u{1f469}.png': 'x',
      'a b (1) [2].ts': 'x\n',
      '[...slug].tsx': 'x\n',
    },
    finds: [],
  },
  { name: 'dots and spaces elsewhere', change: { '.a/..b/c.d': 'x\n', ' a': 'x\n' }, finds: [] },
  { name: 'a bad name that goes', change: { 'a:b': { before: 'x\n' } }, finds: [] },
];
