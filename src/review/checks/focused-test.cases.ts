import type { CheckCase } from './check-case.ts';

const focused = (path: string, line = 1) => ({ path, line, severity: 'error', title: 'Focused' }) as const;
const skipped = (path: string, line = 1) => ({ path, line, severity: 'info', title: 'skipped' }) as const;

export const cases: readonly CheckCase[] = [
  {
    name: 'it.only, describe.only and test.only',
    change: {
      'a.test.ts': "describe.only('a', () => {\n  it.only('b', () => {});\n});\ntest.only('c', () => {});\n",
    },
    finds: [focused('a.test.ts', 1), focused('a.test.ts', 2), focused('a.test.ts', 4)],
  },
  {
    name: 'chained: it.concurrent.only, test.describe.only, it.only.each',
    change: {
      'e2e/a.ts':
        "it.concurrent.only('a');\ntest.describe.only('b');\nit.only.each([1])('c');\ntest.only`\n`;\n",
    },
    finds: [1, 2, 3, 4].map((line) => focused('e2e/a.ts', line)),
  },
  {
    name: 'fit and fdescribe of Jasmine and Jest',
    change: { 'src/__tests__/a.js': "fdescribe('a', () => {\n  fit(`b`, () => {});\n});\n" },
    finds: [focused('src/__tests__/a.js', 1), focused('src/__tests__/a.js', 2)],
  },
  {
    name: 'the option of node:test and Deno',
    change: { 'test/a.mjs': "test('a', { only: true }, () => {});\n" },
    finds: [focused('test/a.mjs')],
  },
  {
    name: 'RSpec',
    change: {
      'spec/a_spec.rb':
        "fdescribe 'a' do\n  fit 'b' do\n  end\n  it 'c', focus: true do\n  end\n  it 'd', :focus do\n  end\nend\n",
    },
    finds: [1, 2, 4, 6].map((line) => focused('spec/a_spec.rb', line)),
  },
  {
    name: 'minitest-focus',
    change: { 'test/a_test.rb': '  focus\n  def test_a\n  end\n' },
    finds: [focused('test/a_test.rb')],
  },
  { name: 'Ginkgo', change: { 'a_test.go': '\tFIt("a", func() {})\n' }, finds: [focused('a_test.go')] },
  {
    name: 'Pest',
    change: { 'tests/ATest.php': "<?php\nit('a', fn () => 1)->only();\n" },
    finds: [focused('tests/ATest.php', 2)],
  },
  {
    name: 'a focus that an edit leaves in its line',
    change: { 'a.spec.ts': { before: "it.only('a');\n", after: "it.only('b');\n" } },
    finds: [focused('a.spec.ts')],
  },
  {
    name: 'CRLF',
    change: { 'a.spec.ts': "x();\r\nit.only('a', () => {});\r\n" },
    finds: [focused('a.spec.ts', 2)],
  },
  {
    name: 'code inside a template string is code',
    change: { 'a.test.ts': `const a = \`x \${it.only('b')} it.only('c')\`;\nit.only('d');\n` },
    finds: [focused('a.test.ts', 1), focused('a.test.ts', 2)],
  },
  {
    name: 'skipped in JavaScript',
    change: { 'a.test.ts': "it.skip('a');\nxdescribe('b', () => {});\ntest.skip.each([1])('c');\n" },
    finds: [1, 2, 3].map((line) => skipped('a.test.ts', line)),
  },
  {
    name: 'skipped in Python',
    change: {
      'tests/test_a.py':
        "@pytest.mark.skip(reason='x')\ndef test_a(): ...\n@unittest.skip\ndef test_b(): ...\n",
    },
    finds: [skipped('tests/test_a.py', 1), skipped('tests/test_a.py', 3)],
  },
  {
    name: 'skipped in Java, C#, Rust, Elixir, PHP and RSpec',
    change: {
      'src/test/java/ATest.java': '  @Disabled("x")\n  @Test(enabled = false)\n',
      'tests/ATests.cs': '  [Fact(Skip = "x")]\n  [Ignore]\n',
      'src/lib.rs': '    #[ignore]\n    fn a() {}\n',
      'test/a_test.exs': '  @tag :skip\n',
      'tests/BTest.php': "<?php\nit('a')->skip('x');\n",
      'spec/a_spec.rb': "  xit 'a' do\n",
    },
    finds: [
      skipped('src/test/java/ATest.java', 1),
      skipped('src/test/java/ATest.java', 2),
      skipped('tests/ATests.cs', 1),
      skipped('tests/ATests.cs', 2),
      skipped('src/lib.rs', 1),
      skipped('test/a_test.exs', 1),
      skipped('tests/BTest.php', 2),
      skipped('spec/a_spec.rb', 1),
    ],
  },
  {
    name: 'skipped in Go, at the top of the function',
    change: { 'a_test.go': 'func TestA(t *testing.T) {\n\tt.Skip("flaky")\n}\n' },
    finds: [skipped('a_test.go', 2)],
  },

  { name: 'a file that is no test', change: { 'src/router.ts': "it.only('a');\nfit('b');\n" }, finds: [] },
  {
    name: 'a test that was focused before',
    change: { 'a.test.ts': { before: "it.only('a');\n", after: "it.only('a');\nb();\n" } },
    finds: [],
  },
  {
    name: 'comments and strings',
    change: {
      'a.test.ts':
        "// it.only('a')\n/*\n it.only('b')\n*/\nconst code = \"it.only('c')\";\nconst more = `\nit.only('d')\n`;\nconst r = /it.only('e')/;\n",
      'test_a.py': '"""\n@pytest.mark.skip\n"""\n# @pytest.mark.skip\n',
    },
    finds: [],
  },
  {
    name: 'another object',
    change: { 'a.test.ts': "this.it.only('a');\nlimit.only('b');\nsubmit.only('c');\nprofit('d');\n" },
    finds: [],
  },
  {
    name: 'a helper that passes it on',
    change: { 'test/helper.ts': 'const run = only ? it.only : it;\n' },
    finds: [],
  },
  {
    name: 'a function called fit',
    change: { 'test/a.test.ts': 'fit(curve, points);\nfunction fit(a) {}\nmodel.fit("x");\n' },
    finds: [],
  },
  {
    name: 'only: true of something else',
    change: { 'a.test.ts': 'expect(parse(input, { only: true })).toBe(1);\n' },
    finds: [],
  },
  {
    name: 'what tests read',
    change: { 'test/fixtures/a.test.js': "it.only('a');\n", 'testdata/a_test.go': '\tFIt("a")\n' },
    finds: [],
  },
  {
    name: 'skipped on a condition',
    change: {
      'a.spec.ts':
        "test.skip(isMobile, 'x');\nit.skipIf(ci)('a');\ndescribe.runIf(ci)('b');\ncontext.skip();\n",
      'test_a.py': "@pytest.mark.skipif(WINDOWS, reason='x')\n@unittest.skipIf(a, 'b')\npytest.skip('c')\n",
      'ATest.java': '@DisabledOnOs(OS.WINDOWS)\n@EnabledIf("x")\n',
      'a_test.go': 'func TestA(t *testing.T) {\n\tif testing.Short() {\n\t\tt.Skip()\n\t}\n}\n',
      'src/a.rs': '#[cfg_attr(windows, ignore)]\n',
    },
    finds: [],
  },
  {
    name: 'a skipped test that is edited',
    change: { 'a.test.ts': { before: "it.skip('a');\nb();\n", after: "it.skip('better name');\nb();\n" } },
    finds: [],
  },
  { name: 'test.todo', change: { 'a.test.ts': "test.todo('a');\nit.fails('b');\n" }, finds: [] },
  {
    name: 'the configuration of RSpec',
    change: { 'spec/spec_helper.rb': '  config.filter_run_when_matching :focus\n' },
    finds: [],
  },
  { name: 'Laravel', change: { 'tests/ATest.php': "<?php\n$data = $request->only(['a']);\n" }, finds: [] },
  {
    name: 'documentation',
    change: { 'docs/testing.md': "it.only('a')\n" },
    finds: [],
  },
  {
    name: 'a focus that is removed',
    change: { 'a.test.ts': { before: "it.only('a');\n", after: "it('a');\n" } },
    finds: [],
  },
];
