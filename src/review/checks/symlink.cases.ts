import type { CaseFile, CheckCase } from './check-case.ts';

const link = (target: string): CaseFile => ({ after: target, modeAfter: '120000' });

export const cases: readonly CheckCase[] = [
  {
    name: 'absolute',
    change: { a: link('/etc/passwd'), b: link('C:\\Windows'), c: link('\\\\server\\share') },
    finds: ['a', 'b', 'c'].map((path) => ({ path, title: 'is absolute', severity: 'error' as const })),
  },
  {
    name: 'leaving the repository',
    change: { 'docs/a': link('../../secrets'), b: link('x/../../y'), c: link('..'), d: link('..\\..\\x') },
    finds: ['docs/a', 'b', 'c', 'd'].map((path) => ({
      path,
      title: 'leaves the repository',
      severity: 'error' as const,
    })),
  },
  {
    name: 'into .git',
    change: { a: link('.git/hooks'), 'b/c': link('../.GIT/config'), d: link('sub/.git') },
    finds: ['a', 'b/c', 'd'].map((path) => ({ path, title: 'leads into .git', severity: 'error' as const })),
  },
  {
    name: 'a file that git reads itself',
    tree: { other: 'x\n' },
    change: { '.gitmodules': link('other') },
    finds: [{ path: '.gitmodules', title: 'is not read by git', severity: 'error' }],
  },
  {
    name: 'to nowhere',
    tree: { 'src/a.ts': 'x\n' },
    change: { 'src/b.ts': link('c.ts'), d: link('src/a.ts/e'), e: link('') },
    finds: ['src/b.ts', 'd', 'e'].map((path) => ({
      path,
      title: 'leads nowhere',
      severity: 'warning' as const,
    })),
  },
  {
    name: 'moved away from its target',
    tree: { 'a/x': 'x\n' },
    change: { 'b/link': { oldPath: 'a/link', before: 'x', after: 'x', modeAfter: '120000' } },
    finds: [{ path: 'b/link', title: 'leads nowhere' }],
  },
  {
    name: 'a file that became a link',
    tree: { b: 'x\n' },
    change: { a: { before: 'text\n', modeBefore: '100644', after: 'b', modeAfter: '120000' } },
    finds: [{ path: 'a', title: 'A file became a link to b', severity: 'warning' }],
  },
  {
    name: 'a link that became a file',
    change: { a: { before: 'b', modeBefore: '120000', after: 'text\n', modeAfter: '100644' } },
    finds: [{ path: 'a', title: 'A link became a file', severity: 'info' }],
  },
  {
    name: 'a target that must not be shown raw',
    change: { a: link('/x\u202e\u001b[2J') },
    finds: [{ path: 'a', title: 'Link to /x\\u{202e}\\x1b[2J is absolute' }],
  },

  {
    name: 'to a file beside it',
    tree: { 'docs/a.md': 'x\n' },
    change: { 'docs/b.md': link('a.md') },
    finds: [],
  },
  {
    name: 'to a folder, up and down',
    tree: { 'packages/a/src/x.ts': 'x\n' },
    change: { 'packages/b/src': link('../a/src'), 'packages/b/a': link('../a/') },
    finds: [],
  },
  {
    name: 'to the top of the repository',
    tree: { a: 'x\n' },
    change: { 'x/top': link('..'), here: link('.') },
    finds: [],
  },
  {
    name: 'to a file that the change adds',
    change: { 'AGENTS.md': 'x\n', 'CLAUDE.md': link('AGENTS.md') },
    finds: [],
  },
  { name: 'to nothing, on purpose', change: { 'etc/systemd/a.service': link('/dev/null') }, finds: [] },
  {
    name: 'names that begin like .git',
    tree: { '.github/a': 'x\n', '.gitignore': 'x\n' },
    change: { a: link('.github/a'), b: link('.gitignore') },
    finds: [],
  },
  { name: 'names that begin with dots', tree: { '..a/b': 'x\n' }, change: { a: link('..a/b') }, finds: [] },
  { name: 'a link that goes', change: { a: { before: '/etc/passwd', modeBefore: '120000' } }, finds: [] },
  { name: 'a file with a path in it', change: { a: '/etc/passwd' }, finds: [] },
  {
    name: 'a mode that changes',
    change: { a: { before: 'x\n', modeBefore: '100644', after: 'x\n', modeAfter: '100755' } },
    finds: [],
  },
];
