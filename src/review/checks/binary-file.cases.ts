import type { CheckCase } from './check-case.ts';

const bytes = (start: string): { readonly after: Uint8Array } => ({
  after: Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(600)]),
});
const says = (path: string, title: string, severity: 'warning' | 'info' = 'warning') => ({
  path,
  title,
  severity,
});

export const cases: readonly CheckCase[] = [
  {
    name: 'ELF',
    change: { 'bin/tool': bytes('\x7fELF\x02\x01\x01') },
    finds: [says('bin/tool', 'ELF binary')],
  },
  {
    name: 'a core dump',
    change: { core: bytes('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0') },
    finds: [says('core', 'Core dump')],
  },
  { name: 'Windows', change: { 'a.exe': bytes('MZ\x90') }, finds: [says('a.exe', 'Windows binary')] },
  { name: 'macOS', change: { tool: bytes('\xcf\xfa\xed\xfe') }, finds: [says('tool', 'Mach-O binary')] },
  {
    name: 'Java classes, one finding for all',
    change: {
      'out/A.class': bytes('\xca\xfe\xba\xbe\0\0\0\x41'),
      'out/b/B.class': bytes('\xca\xfe\xba\xbe\0\0\0\x41'),
    },
    finds: [says('out/A.class', 'Java class file, and 1 more')],
  },
  { name: 'a jar', change: { 'lib/a.jar': bytes('PK\x03\x04') }, finds: [says('lib/a.jar', 'Java archive')] },
  { name: 'WebAssembly', change: { 'a.wasm': bytes('\0asm\x01') }, finds: [says('a.wasm', 'WebAssembly')] },
  {
    name: 'compiled Python',
    change: { 'a.pyc': bytes('\xcb\x0d\x0d\x0a') },
    finds: [says('a.pyc', 'Compiled Python')],
  },
  { name: 'an object file', change: { 'a.obj': bytes('\x64\x86') }, finds: [says('a.obj', 'Object file')] },
  {
    name: 'archives',
    change: {
      'a.zip': bytes('PK\x03\x04'),
      'a.tar.gz': bytes('\x1f\x8b\x08'),
      'a.tar': bytes(`${'a'.repeat(257)}ustar`),
    },
    finds: [says('a.zip', 'ZIP archive'), says('a.tar.gz', 'gzip archive'), says('a.tar', 'tar archive')],
  },
  { name: 'a database', change: { 'dev.db': bytes('SQLite format 3\0') }, finds: [says('dev.db', 'SQLite')] },
  {
    name: 'among tests',
    change: { 'tests/data/a.zip': bytes('PK\x03\x04') },
    finds: [says('tests/data/a.zip', 'ZIP archive', 'info')],
  },
  {
    name: 'text with NUL',
    change: { 'a.ts': 'const a = 1;\0\n' },
    finds: [says('a.ts', 'Text file with binary content')],
  },
  {
    name: 'a file in place of a link',
    change: { 'a.so': { before: 'b.so', modeBefore: '120000', modeAfter: '100644', ...bytes('\x7fELF') } },
    finds: [says('a.so', 'ELF binary')],
  },
  {
    name: 'text that became something else',
    change: { 'a.ts': { before: 'const a = 1;\n', after: 'const a\0\0' } },
    finds: [says('a.ts', 'Text file with binary content')],
  },

  { name: 'text that was none before', change: { 'a.ts': { before: 'a\0', after: 'b\0' } }, finds: [] },
  { name: 'text', change: { 'a.ts': 'const a = 1;\n', 'MZ.txt': 'MZ is text\n' }, finds: [] },
  {
    name: 'an image, a font, a document, sound',
    change: {
      'a.png': bytes('\x89PNG'),
      'a.woff2': bytes('wOF2'),
      'a.pdf': bytes('%PDF'),
      'a.mp3': bytes('ID3'),
    },
    finds: [],
  },
  {
    name: 'documents that are archives',
    change: { 'a.docx': bytes('PK\x03\x04'), 'a.epub': bytes('PK\x03\x04') },
    finds: [],
  },
  {
    name: 'the wrappers of Gradle and Maven',
    change: { 'gradle/wrapper/gradle-wrapper.jar': bytes('PK\x03\x04') },
    finds: [],
  },
  {
    name: 'the cache that Yarn wants committed',
    change: { '.yarn/cache/a-npm-1.zip': bytes('PK\x03\x04') },
    finds: [],
  },
  {
    name: 'it was there before',
    change: { 'a.so': { before: '\x7fELF\0', after: '\x7fELF\0\0' } },
    finds: [],
  },
  { name: 'deleted', change: { 'a.so': { before: '\x7fELF\0' } }, finds: [] },
  { name: 'an MPEG transport stream', change: { 'a.ts': bytes(`G${'\0'.repeat(187)}G`) }, finds: [] },
  { name: 'compiled translations', change: { 'locale/de/a.mo': bytes('\xde\x12\x04\x95') }, finds: [] },
  {
    name: 'a pointer of Git LFS',
    change: { 'a.zip': 'version https://git-lfs.github.com/spec/v1\n' },
    finds: [],
  },
  { name: 'a linker script', change: { 'libc.so': '/* GNU ld script */\n' }, finds: [] },
  { name: 'of no known kind', change: { 'weights.bin': bytes('\x01\x02') }, finds: [] },
  { name: 'a submodule', change: { vendor: { after: 'f'.repeat(40), modeAfter: '160000' } }, finds: [] },
  { name: 'generic data', change: { 'a.dat': bytes('abc') }, finds: [] },
];
