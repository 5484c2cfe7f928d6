import type { CheckCase } from './check-case.ts';

const text = (bytes: number): string => 'x'.repeat(bytes);

/** The limit is 1,000,000 bytes. */
export const cases: readonly CheckCase[] = [
  {
    name: 'added',
    change: { 'data.csv': text(1_500_000) },
    finds: [{ path: 'data.csv', title: '1.5 MB', severity: 'warning' }],
  },
  {
    name: 'binary',
    change: { 'a.png': { after: new Uint8Array(2_000_000) } },
    finds: [{ path: 'a.png', title: '2 MB' }],
  },
  {
    name: 'grown',
    change: { 'a.json': { before: text(999), after: text(1_000_001) } },
    finds: [{ path: 'a.json' }],
  },

  { name: 'at the limit', change: { 'a.csv': text(1_000_000) }, finds: [] },
  {
    name: 'it was large before',
    change: { 'a.csv': { before: text(1_000_001), after: text(1_500_000) } },
    finds: [],
  },
  {
    name: 'renamed',
    change: { 'b.csv': { oldPath: 'a.csv', before: text(1_500_000), after: text(1_500_000) } },
    finds: [],
  },
  { name: 'deleted', change: { 'a.csv': { before: text(1_500_000) } }, finds: [] },
  {
    name: 'a lock file',
    change: { 'web/package-lock.json': text(1_500_000), 'Cargo.lock': text(1_500_000) },
    finds: [],
  },
  {
    name: 'a pointer of Git LFS',
    change: { 'a.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 99999999\n' },
    finds: [],
  },
];
