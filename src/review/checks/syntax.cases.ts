import type { CheckCase } from './check-case.ts';

/** The change of one file that could be parsed before. */
const breaks = (path: string, before: string, after: string) => ({ [path]: { before, after } });
const missingComma = '{\n  "a": 1\n  "b": 2\n}\n';

export const cases: readonly CheckCase[] = [
  {
    name: 'JSON that loses a comma',
    change: breaks('a.json', '{\n  "a": 1\n}\n', missingComma),
    finds: [{ path: 'a.json', line: 3, title: 'Expected , or }', severity: 'error' }],
  },
  {
    name: 'JSON cut off',
    change: breaks('a.json', '{"a": [1]}\n', '{"a": [1\n'),
    finds: [{ path: 'a.json', line: 2, title: 'Expected ]' }],
  },
  {
    name: 'a trailing comma in strict JSON',
    change: breaks('a.json', '{"a": 1}\n', '{\n"a": 1,\n}\n'),
    finds: [{ path: 'a.json', line: 3, title: 'Comma before a closing bracket' }],
  },
  {
    name: 'a comment in package.json',
    change: breaks('package.json', '{}\n', '{\n// for now\n}\n'),
    finds: [{ path: 'package.json', line: 2 }],
  },
  {
    name: 'new JSON that cannot be parsed',
    change: { 'a.json': missingComma },
    finds: [{ path: 'a.json', line: 3, severity: 'warning' }],
  },
  {
    name: 'JSON that is emptied',
    change: breaks('a.json', '{}\n', ''),
    finds: [{ path: 'a.json', line: 1, title: 'Expected a value' }],
  },
  {
    name: 'a tsconfig that no comment explains',
    change: breaks('tsconfig.json', '{}\n', '{ "a": 1 "b": 2 }\n'),
    finds: [{ path: 'tsconfig.json', line: 1, title: 'Expected , or }' }],
  },
  {
    name: 'a name with a secret in it is not repeated',
    change: breaks('a.toml', 'a = 1\n', `a = ${'x'.repeat(40)}\n`),
    finds: [{ path: 'a.toml', line: 1, title: 'Cannot be parsed: invalid value' }],
  },
  {
    name: 'YAML with a tab',
    change: breaks('a.yml', 'a:\n  b: 1\n', 'a:\n  b: 1\n\tc: 2\n'),
    finds: [{ path: 'a.yml', line: 3 }],
  },
  {
    name: 'YAML with an open quote',
    change: breaks('a.yaml', 'a: "x"\n', 'a: "x\nb: 1\n'),
    finds: [{ path: 'a.yaml', line: 3, title: 'Missing closing "quote' }],
  },
  {
    name: 'a key twice in one mapping',
    change: breaks('a.yml', 'a: 1\n', 'a: 1\nb: 2\na: 3\n'),
    finds: [{ path: 'a.yml', line: 3, title: 'The same key twice' }],
  },
  {
    name: 'the second document of a stream',
    change: breaks('a.yml', 'a: 1\n', 'a: 1\n---\nb: c: d\n'),
    finds: [{ path: 'a.yml', line: 3 }],
  },
  {
    name: 'TOML with an open table',
    change: breaks('a.toml', '[a]\n', '[a\n'),
    finds: [{ path: 'a.toml', line: 1, severity: 'error' }],
  },
  {
    name: 'TypeScript that loses a bracket',
    change: breaks('a.ts', 'f({ a: 1 });\n', 'f({ a: 1 );\n'),
    finds: [{ path: 'a.ts', line: 1, severity: 'error' }],
  },
  {
    name: 'the line is right behind letters of more than one byte',
    change: breaks('a.ts', 'const é = "日本";\n', 'const é = "日本";\nconst x = ;\n'),
    finds: [{ path: 'a.ts', line: 2 }],
  },
  {
    name: 'the same variable twice',
    change: breaks('a.mjs', 'const a = 1;\n', 'const a = 1;\nconst a = 2;\n'),
    finds: [{ path: 'a.mjs', line: 1, title: 'already been declared' }],
  },
  {
    name: 'await where nothing is async',
    change: breaks('a.tsx', 'function f() {}\n', 'function f() {\n  await x;\n}\n'),
    finds: [{ path: 'a.tsx', line: 2 }],
  },
  {
    name: 'types in JavaScript',
    change: breaks('a.js', 'const a = 1;\n', 'const a: number = 1;\n'),
    finds: [{ path: 'a.js', line: 1 }],
  },
  {
    name: 'a broken .cjs',
    change: breaks('a.cjs', 'return;\n', 'return\n}\n'),
    finds: [{ path: 'a.cjs', line: 2 }],
  },
  {
    name: 'a file of another kind under a new name',
    change: { 'a.json': { oldPath: 'a.txt', before: 'hello\n', after: 'hello you\n' } },
    finds: [{ path: 'a.json', line: 1, severity: 'warning' }],
  },
  {
    name: 'a large file, parsed in a process of its own',
    change: breaks('a.ts', 'f({ a: [1] });\n'.repeat(1000), `${'f({ a: [1] });\n'.repeat(1000)}f(\n`),
    finds: [{ path: 'a.ts', line: 1002, severity: 'error' }],
  },
  {
    name: 'YAML nested too deeply',
    change: { 'a.yml': { before: 'a: 1\n', after: `a: ${'['.repeat(9000)}\n` } },
    finds: [{ path: 'a.yml', title: 'Nested too deeply', severity: 'warning' }],
  },

  { name: 'broken before and after', change: breaks('a.json', '{', '{ "a"'), finds: [] },
  { name: 'broken before, repaired', change: breaks('a.ts', 'f({', 'f({});'), finds: [] },
  {
    name: 'comments and trailing commas in tsconfig',
    change: { 'tsconfig.base.json': '{\n// a\n"a": [1,], /* b */\n}' },
    finds: [],
  },
  { name: 'an empty tsconfig', change: { 'tsconfig.json': '\n' }, finds: [] },
  {
    name: 'comments where they are the convention',
    change: {
      '.vscode/settings.json': '// a\n{}',
      '.eslintrc.json': '{/**/}',
      'a.jsonc': '{} // x',
      'biome.json': '//\n{}',
    },
    finds: [],
  },
  { name: 'JSON5 is left alone', change: { 'a.json5': '{a: 1}', '.babelrc.json': "{a: 'b'}" }, finds: [] },
  {
    name: 'a byte order mark',
    change: { 'a.json': '\ufeff{}', 'a.ts': '\ufeffconst a = 1;', 'a.yml': '\ufeffa: 1' },
    finds: [],
  },
  {
    name: 'CRLF',
    change: { 'a.json': '{\r\n"a": 1\r\n}\r\n', 'a.toml': 'a = 1\r\n', 'a.yml': 'a:\r\n  b: 1\r\n' },
    finds: [],
  },
  {
    name: 'tags of CloudFormation and Home Assistant',
    change: { 'a.yml': 'a: !Ref b\nc: !Sub [x, {y: 1}]\nd: !secret e\n' },
    finds: [],
  },
  {
    name: 'several documents, anchors, merge keys',
    change: { 'a.yml': 'a: &a {x: 1}\n---\nb: &b {y: 1}\nc:\n  <<: *b\n  <<: *b\n' },
    finds: [],
  },
  {
    name: 'a list as deep as its key, and a bracket at column 1',
    change: { 'a.yml': 'a:\n- b\nc: [\n  1\n]\n' },
    finds: [],
  },
  {
    name: 'a Helm template',
    change: { 'charts/a/templates/b.yaml': 'a: {{ .Values.a }}\n{{- if .b }}\nc: 1\n{{- end }}\n' },
    finds: [],
  },
  {
    name: 'YAML that becomes a template',
    change: breaks('a.yml', 'a: 1\n', 'a: {{ b }}\n{% if c %}\nd: [\n{% endif %}\n'),
    finds: [],
  },
  { name: 'a Cookiecutter file', change: { '{{cookiecutter.name}}/package.json': '{{ a }}' }, finds: [] },
  {
    name: 'a fixture that is broken on purpose',
    change: { 'test/fixtures/broken.json': '{', '__fixtures__/a.ts': 'f(' },
    finds: [],
  },
  {
    name: 'a conflict, which another check speaks of',
    change: breaks('a.json', '{}\n', '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> topic\n}\n'),
    finds: [],
  },
  { name: 'JSX in .js', change: { 'a.js': 'export default () => <a b={1}>c</a>;\n' }, finds: [] },
  {
    name: 'CommonJS that returns at the top',
    change: { 'a.js': "if (x) return;\nmodule.exports = require('a');\n", 'b.cjs': 'return 1\n' },
    finds: [],
  },
  { name: 'sloppy JavaScript', change: { 'a.js': 'var a = 010; with (a) { b }\ndelete a;\n' }, finds: [] },
  {
    name: 'top-level await and import attributes',
    change: { 'a.mjs': "import a from './a.json' with { type: 'json' };\nawait a;\n" },
    finds: [],
  },
  {
    name: 'decorators, parameter properties, enums, overloads, namespaces',
    change: {
      'a.ts':
        'function f(a: string): void;\nfunction f(a: unknown) {}\nenum E { A }\nnamespace N { export const a = 1; }\n@d() class C { @p x = 1; constructor(@i() private a: E) {} }\n',
    },
    finds: [],
  },
  {
    name: 'declarations',
    change: { 'a.d.ts': 'declare module "x" { export function f(): void; }\nexport const a: number;\n' },
    finds: [],
  },
  {
    name: 'generics and old casts in .ts, generics in .tsx',
    change: { 'a.ts': 'const f = <T>(x: T) => <any>x;\n', 'a.tsx': 'const f = <T,>(x: T) => <p>{x}</p>;\n' },
    finds: [],
  },
  { name: 'Flow', change: { 'a.js': '/**\n * @flow strict\n */\nimport typeof X from "x";\n' }, finds: [] },
  {
    name: 'Flow without a pragma',
    change: breaks('a.js', 'const a = 1;\n', 'const a: {| b: 1 |} = c;\n'),
    tree: { '.flowconfig': '' },
    finds: [],
  },
  {
    name: "Qt's translations",
    change: { 'de.ts': '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS></TS>\n' },
    finds: [],
  },
  {
    name: 'nested so deeply that the parser would die',
    change: { 'a.ts': `x = ${'(\n'.repeat(50_000)}1;\n` },
    finds: [{ path: 'a.ts', title: 'Nested too deeply', severity: 'warning' }],
  },
  {
    name: 'a line so long that its messages would fill the memory: said, and once only',
    change: {
      'a.ts': `x = ${'('.repeat(50_000)}1;\n`,
      'b.ts': { before: `x = ${'('.repeat(50_000)}1;\n`, after: `x = ${'('.repeat(50_001)}1;\n` },
      'c.yml': 'a: 1\n'.repeat(60_000),
    },
    finds: [
      { path: 'a.ts', title: 'Too large to be parsed', severity: 'info' },
      { path: 'c.yml', title: 'Too large to be parsed', severity: 'info' },
    ],
  },
  { name: 'a hashbang', change: { 'a.ts': '#!/usr/bin/env node\nconst a = 1;\n' }, finds: [] },
  {
    name: 'a large file of long brackets that are closed',
    change: { 'a.ts': `${'f({ a: [1] });\n'.repeat(1000)}` },
    finds: [],
  },
  {
    name: 'a pure rename of a broken file',
    change: { 'b.json': { oldPath: 'a.json', before: '{', after: '{' } },
    finds: [],
  },
  {
    name: 'a new file that is empty',
    change: { 'a.json': '', 'b.ts': '', 'c.yml': '', 'd.toml': '' },
    finds: [],
  },
  { name: 'a deleted file', change: { 'a.json': { before: '{}' } }, finds: [] },
  { name: 'a symlink', change: { 'a.json': { after: '../b', modeAfter: '120000' } }, finds: [] },
  { name: 'big integers in TOML', change: { 'a.toml': 'a = 123456789012345678\n' }, finds: [] },
];
