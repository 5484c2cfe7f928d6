import type { CheckCase } from './check-case.ts';

/** Cut in two, so that this file's own lines are no ignores. */
const IGNORE = `code-agent-${'ignore'}`;

export const cases: readonly CheckCase[] = [
  {
    name: 'the configuration changes',
    change: { '.code-agent.yml': { before: 'failOn: error\n', after: 'failOn: never\n' } },
    finds: [{ path: '.code-agent.yml', title: 'policy changes' }],
  },
  {
    name: 'the configuration is removed',
    change: { '.code-agent.yml': { before: 'failOn: error\n' } },
    finds: [{ path: '.code-agent.yml' }],
  },
  {
    name: 'the baseline grows',
    change: { '.code-agent-baseline.json': '{}\n' },
    finds: [{ path: '.code-agent-baseline.json' }],
  },
  {
    name: 'files are declared generated',
    change: { 'src/.gitattributes': '*.txt text\n*.ts linguist-generated\n' },
    finds: [{ path: 'src/.gitattributes', line: 2, title: 'generated or vendored' }],
  },
  {
    name: 'other attributes',
    change: { '.gitattributes': '* text=auto\n# linguist-generated\n' },
    finds: [],
  },
  {
    name: 'an ignore is added',
    change: { 'a.ts': `// ${IGNORE} secret: a fixture\n` },
    finds: [{ path: 'a.ts', line: 1, title: 'secret is ignored', severity: 'info' }],
  },
  {
    name: 'an ignore without a reason',
    change: { 'a.ts': `// ${IGNORE} secret\n` },
    finds: [{ path: 'a.ts', line: 1, title: 'does not count', severity: 'warning' }],
  },
  {
    name: 'an ignore that was there before',
    change: {
      'a.ts': { before: `// ${IGNORE} secret: a fixture\n`, after: `// ${IGNORE} secret: a fixture\nx\n` },
    },
    finds: [],
  },
  { name: 'the word in a text', change: { 'a.md': `Write ${IGNORE} above the line.\n` }, finds: [] },
  {
    name: 'the hook is taken out',
    change: {
      '.husky/pre-commit': { before: 'npx code-agent hook pre-commit\nnpm test\n', after: 'npm test\n' },
    },
    finds: [{ path: '.husky/pre-commit', title: 'taken out' }],
  },
  {
    name: 'the hook is written in another way',
    change: {
      '.husky/pre-commit': {
        before: 'code-agent hook pre-commit\n',
        after: 'npx code-agent hook pre-commit\n',
      },
    },
    finds: [],
  },
  {
    name: 'a file of that name in a folder',
    change: { 'docs/.code-agent.yml': 'failOn: never\n' },
    finds: [],
  },
];
