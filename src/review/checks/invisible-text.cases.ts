import type { CheckCase } from './check-case.ts';

const error = (path: string, title: string, line = 1) => ({ path, line, title, severity: 'error' }) as const;
const warning = (path: string, title: string, line = 1) =>
  ({ path, line, title, severity: 'warning' }) as const;

/** Nothing in this file is invisible: every such character is written as an escape. */
export const cases: readonly CheckCase[] = [
  {
    name: 'a comment that is shown as code (CVE-2021-42574)',
    change: { 'a.js': "var level = 'user';\nif (level != 'user\u202e \u2066// admin\u2069 \u2066') {\n" },
    finds: [error('a.js', 'U+202E RIGHT-TO-LEFT OVERRIDE', 2)],
  },
  {
    name: 'isolates',
    change: { 'a.py': '\u2067 x \u2069\n' },
    finds: [error('a.py', 'U+2067 RIGHT-TO-LEFT ISOLATE')],
  },
  {
    name: 'embedding in prose without an end',
    change: { 'a.md': '\u05d0 \u202b x\n' },
    finds: [error('a.md', 'U+202B')],
  },
  {
    name: 'override in a translation',
    change: { 'po/he.po': '\u05d0 \u202e x\u202c\n' },
    finds: [error('po/he.po', 'U+202E')],
  },
  {
    name: 'beside isolates that are wanted',
    change: { 'locales/he.ftl': '\u05e9 \u2068x\u2069 a\u2060b\n' },
    finds: [warning('locales/he.ftl', 'U+2060')],
  },
  {
    name: 'in a generated file',
    change: { 'a.js': { after: 'a\u202e\nb\u200b\n', generated: true } },
    finds: [error('a.js', 'U+202E')],
  },
  {
    name: 'a text in tags',
    change: { 'a.md': 'Hi\u{e0048}\u{e0069}\n' },
    finds: [error('a.md', 'U+E0048 TAG')],
  },
  {
    name: 'code in variation selectors',
    change: { 'a.js': 'const a = "x\u{e0101}\u{e0102}\u{e0103}\u{e0104}";\n' },
    finds: [error('a.js', 'VARIATION SELECTOR-21')],
  },
  {
    name: 'bytes behind an emoji',
    change: { 'a.md': '\u{1f600}\u{e0101}\u{e0102}\u{e0103}\u{e0104}\u{e0105}\n' },
    finds: [error('a.md', 'VARIATION SELECTOR')],
  },
  {
    name: 'a name that is not seen',
    change: { 'a.js': 'const { timeout,\u3164 } = req.query;\n' },
    finds: [error('a.js', 'U+3164 HANGUL FILLER')],
  },
  {
    name: 'zero width characters, once for all lines',
    change: { 'a.ts': 'a\u200b\nb\u200b\nc\u2060\n' },
    finds: [warning('a.ts', 'U+200B ZERO WIDTH SPACE, on 2 lines'), warning('a.ts', 'U+2060 WORD JOINER', 3)],
  },
  {
    name: 'a joiner between Latin letters',
    change: { 'a.ts': 'ad\u200dmin\n' },
    finds: [warning('a.ts', 'U+200D')],
  },
  {
    name: 'a byte order mark inside',
    change: { 'a.ts': 'x\n\ufeffy\n' },
    finds: [warning('a.ts', 'U+FEFF', 2)],
  },
  {
    name: 'a mark of direction in Latin text',
    change: { 'a.ts': 'a\u200eb\n' },
    finds: [warning('a.ts', 'U+200E')],
  },
  {
    name: 'an escape sequence',
    change: { 'a.sh': 'echo \u001b[31m\u001b[2J\u0007\n' },
    finds: [warning('a.sh', 'U+001B ESCAPE')],
  },
  {
    name: 'a line that ends for JavaScript alone',
    change: { 'a.js': '// x\u2028run()\n' },
    finds: [warning('a.js', 'U+2028 LINE SEPARATOR')],
  },
  {
    name: 'a selector behind a letter',
    change: { 'a.ts': 'a\ufe0f\n' },
    finds: [warning('a.ts', 'U+FE0F VARIATION SELECTOR-16')],
  },
  {
    name: 'Cyrillic among Latin letters',
    change: { 'a.ts': 'const p\u0430ypal = 1;\n' },
    finds: [error('a.ts', 'p<U+0430>ypal mixes alphabets: the Cyrillic U+0430 looks like "a"')],
  },
  {
    name: 'Greek among Latin letters',
    change: { 'a.ts': 'ad\u03bfmin\n' },
    finds: [error('a.ts', 'the Greek U+03BF looks like "o"')],
  },
  { name: 'the same in prose', change: { 'a.md': 'See g\u043eogle.\n' }, finds: [warning('a.md', 'U+043E')] },
  {
    name: 'beside a comment in Russian',
    change: { 'a.ts': 'is\u0410dmin() // \u043f\u0440\u043e\u0432\u0435\u0440\u043a\u0430\n' },
    finds: [error('a.ts', 'U+0410')],
  },

  { name: 'ASCII', change: { 'a.ts': 'const a = 1;\t// x\f\r\n' }, finds: [] },
  {
    name: 'it was there before',
    change: { 'a.ts': { before: 'a\u202e\n', after: 'a\u202e\nb\n' } },
    finds: [],
  },
  { name: 'the byte order mark of the file', change: { 'a.cs': '\ufeffusing System;\n' }, finds: [] },
  {
    name: 'emoji',
    change: {
      'a.ts':
        '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u2764\ufe0f \u{1f3f3}\ufe0f\u200d\u{1f308} 1\ufe0f\u20e3 \u{1f44d}\u{1f3fd} \u2714\ufe0f \u00a9\ufe0f \u2639\ufe0e\n',
    },
    finds: [],
  },
  {
    name: 'the flag of Scotland',
    change: { 'a.md': '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}\n' },
    finds: [],
  },
  {
    name: 'Persian with joiners',
    change: { 'a.ts': "t('\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 Enter\u200c')\n" },
    finds: [],
  },
  {
    name: 'Hindi and Sinhala with joiners',
    change: { 'a.json': '"\u0915\u094d\u200d\u0937 \u0dc1\u0dca\u200d\u0dbb\u0dd3"\n' },
    finds: [],
  },
  {
    name: 'Hebrew with marks of direction',
    change: { 'a.html': '<p>\u05e9\u05dc\u05d5\u05dd (C++)\u200f</p>\n' },
    finds: [],
  },
  {
    name: 'marks in a translation file',
    change: { 'locales/ar.json': '"brand": "\u200eACME"\n' },
    finds: [],
  },
  {
    name: 'isolates in a translation file, ended',
    change: { 'locales/he.ftl': '\u05e9\u05dc\u05d5\u05dd \u2068{ $user }\u2069\n' },
    finds: [],
  },
  {
    name: 'Thai and Chinese with places to break',
    change: { 'a.ts': "'\u0e2a\u0e27\u0e31\u0e2a\u200b\u0e14\u0e35 \u4e2d\u200b\u6587'\n" },
    finds: [],
  },
  {
    name: 'mathematics',
    change: { 'a.jl': '\u0394x = \u00b5s + \u03b1x + \u03c1_max + \u03a3a + \u03a9m\n' },
    finds: [],
  },
  {
    name: 'words of one alphabet',
    change: {
      'a.py':
        '\u0444\u0443\u043d\u043a\u0446\u0438\u044f = "\u0441\u043e\u0440"; \u4e2d\u6587 = \u03b1\u03b2\u03b3\n',
    },
    finds: [],
  },
  {
    name: 'a word that shows its alphabet',
    change: { 'a.py': 'get\u0416\u0438\u0437\u043d\u044c()\n' },
    finds: [],
  },
  {
    name: 'a Russian ending',
    change: { 'a.py': '# \u0434\u043b\u044f URL\u0430 \u0438 PDF\u043e\u0432\n' },
    finds: [],
  },
  {
    name: 'a range of letters',
    change: { 'a.js': '/[a-z\u0430-\u044f\u0451A-Z\u0410-\u042f]/\n' },
    finds: [],
  },
  {
    name: 'an escape before a word',
    change: { 'a.js': '"\\n\u041e \\t\u0421\u043e\u0440 %s\u0430"\n' },
    finds: [],
  },
  {
    name: 'recorded terminal output',
    change: { 'test/__snapshots__/a.snap': '\u001b[31mred\u001b[39m\n', 'test/a.test.ts': '`\u001b[1m`\n' },
    finds: [],
  },
  { name: 'what tests read', change: { 'test/fixtures/a.js': 'a\u200cb\n' }, finds: [] },
  {
    name: 'a soft hyphen and a no-break space',
    change: { 'a.html': 'Donau\u00addampf 10\u00a0km\n' },
    finds: [],
  },
  {
    name: 'bytes that are no text',
    change: { 'a.gpg': { after: new Uint8Array([0x85, 1, 0x8c, 3, 0xff, 0x1b, 0x90, 7, 10]) } },
    finds: [],
  },
  {
    name: 'a wholly generated warning',
    change: { 'a.js': { after: 'a\u200bb\n', generated: true } },
    finds: [],
  },
];
