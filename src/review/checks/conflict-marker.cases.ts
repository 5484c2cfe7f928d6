import type { CheckCase } from './check-case.ts';

export const cases: readonly CheckCase[] = [
  {
    name: 'both sides of a conflict',
    change: { 'a.ts': 'one\n<<<<<<< HEAD\ntwo\n=======\nthree\n>>>>>>> topic\n' },
    finds: [
      { path: 'a.ts', line: 2 },
      { path: 'a.ts', line: 6 },
    ],
  },
  {
    name: 'the base of a diff3 conflict',
    change: { 'a.ts': '||||||| 4f1c2ab\n' },
    finds: [{ path: 'a.ts', line: 1 }],
  },
  {
    name: 'markers that were there before',
    change: { 'a.ts': { before: '<<<<<<< HEAD\n', after: '<<<<<<< HEAD\nmore\n' } },
    finds: [],
  },
  { name: 'an underlined heading', change: { 'README.md': 'Title\n=======\n' }, finds: [] },
  {
    name: 'a quoted mail',
    change: { 'a.txt': '>>>>>>>> they wrote\n>>> x\n' },
    finds: [{ path: 'a.txt', line: 1 }],
  },
  { name: 'a marker inside a line', change: { 'a.ts': 'const m = "<<<<<<< ";\n' }, finds: [] },
];
