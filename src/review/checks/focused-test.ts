import type { Check, ReviewedFile } from '../check.ts';
import { findMarkers, type Marker } from './code-markers.ts';
import { isFixturePath, isTestPath } from './test-path.ts';

interface TestMarker extends Marker {
  readonly effect: 'focused' | 'skipped';
}

const ECMA_SCRIPT = /\.[cm]?[jt]sx?$/;
const SPEC_RB = /\.rb$/;
const GO_TEST = /_test\.go$/;
const JVM = /\.(?:java|kts?|groovy|scala)$/;

/** In order: the first one on a line decides. Strings are empty in the code that these see. */
const MARKERS: readonly TestMarker[] = [
  // Mocha, Jest, Vitest, Jasmine, node:test, Playwright, AVA, QUnit, Deno, Cypress
  {
    effect: 'focused',
    files: ECMA_SCRIPT,
    pattern:
      /(?<![\w$.])(?:it|test|describe|context|suite|specify|bench|QUnit|Deno)(?:\.\w{1,40}){0,4}\.only\s{0,4}(?:[(`<]|\.(?:each|for|concurrent|sequential)\b)/m,
  },
  {
    effect: 'focused',
    files: ECMA_SCRIPT,
    pattern: /(?<![\w$.])f(?:it|describe|context)(?:\.each\b|\s{0,4}\(\s{0,4}['"`])/m,
  },
  {
    effect: 'focused',
    files: ECMA_SCRIPT,
    pattern:
      /\bonly\s{0,4}:\s{0,4}true\b(?<=(?<![\w$.])(?:it|test|describe|suite)\s{0,4}\(\s{0,4}['"`][^{}\n]{0,300}\{[^{}\n]{0,200})/m,
  },
  {
    effect: 'skipped',
    files: ECMA_SCRIPT,
    pattern:
      /(?<![\w$.])(?:it|test|describe|context|suite|specify|QUnit)(?:\.\w{1,40}){0,4}\.skip\s{0,4}(?:\.(?:each|for)\b|\(\s{0,4}['"`])/m,
  },
  {
    effect: 'skipped',
    files: ECMA_SCRIPT,
    pattern: /(?<![\w$.])x(?:it|test|describe|context|specify)(?:\.each\b|\s{0,4}\(\s{0,4}['"`])/m,
  },
  // RSpec, minitest-focus
  {
    effect: 'focused',
    files: SPEC_RB,
    pattern:
      /^[ \t]*(?:RSpec\.)?f(?:it|describe|context|specify|example|feature|scenario)\b\s{0,4}(?:[('"{]|[A-Z]|do\b)/m,
  },
  {
    effect: 'focused',
    files: SPEC_RB,
    pattern:
      /^[ \t]*(?:RSpec\.)?(?:it|describe|context|specify|example|feature|scenario)\b[^\n]{0,400}(?:\bfocus: true\b|:focus => true\b|, :focus\b)/m,
  },
  { effect: 'focused', files: /_test\.rb$/, pattern: /^[ \t]*focus[ \t]*$/m },
  {
    effect: 'skipped',
    files: SPEC_RB,
    pattern:
      /^[ \t]*(?:RSpec\.)?x(?:it|describe|context|specify|example|feature|scenario)\b\s{0,4}(?:[('"{]|[A-Z]|do\b)/m,
  },
  // pytest, unittest: the decorators without a condition
  {
    effect: 'skipped',
    files: /\.py$/,
    pattern: /^[ \t]*@(?:pytest\.mark\.skip|(?:unittest\.)?skip)(?:\(|[ \t]*$)/m,
  },
  // JUnit, TestNG, kotlin.test, xUnit, NUnit, MSTest
  { effect: 'skipped', files: JVM, pattern: /^[ \t]*@(?:Disabled|Ignore)(?:\(|[ \t]*$)/m },
  { effect: 'skipped', files: JVM, pattern: /^[ \t]*@Test\([^)\n]{0,200}\benabled\s{0,4}=\s{0,4}false\b/m },
  {
    effect: 'skipped',
    files: /\.cs$/,
    pattern: /^[ \t]*\[(?:Ignore\b|(?:Fact|Theory)\s{0,4}\([^)\n]{0,200}\bSkip\s{0,4}=)/m,
  },
  // Ginkgo
  {
    effect: 'focused',
    files: GO_TEST,
    pattern: /^[ \t]*(?:var _ = )?(?:ginkgo\.)?F(?:It|Describe|Context|When|Specify|Entry|DescribeTable)\(/m,
  },
  // go test: gofmt indents what is no condition's by one tab
  { effect: 'skipped', files: GO_TEST, pattern: /^\t[tb]\.Skip(?:f|Now)?\(/m },
  { effect: 'skipped', files: /\.rs$/, pattern: /^[ \t]*#\[ignore\b/m },
  // Pest
  { effect: 'focused', files: /\.php$/, pattern: /->only\(\)/m },
  { effect: 'skipped', files: /\.php$/, pattern: /->skip\(\s{0,4}['")]/m },
  { effect: 'skipped', files: /\.exs$/, pattern: /^[ \t]*@(?:module|describe)?tag :skip\b/m },
];

const TEXT = {
  focused: {
    title: 'Focused test: the others do not run',
    body: 'The run passes although nothing else was tested. Remove the focus.',
    severity: 'error',
  },
  skipped: {
    title: 'Test skipped without a condition',
    body: 'It is reported as skipped and no longer fails. Say beside it what has to happen before it runs again.',
    severity: 'info',
  },
} as const;

/** Tests that were focused while working on them, and so switch off all others, and tests that were switched off. */
export const focusedTest: Check = {
  id: 'focused-test',
  summary: 'Tests that are focused, so that no others run, or newly skipped',
  severity: 'error',
  generatedToo: false,
  scope: 'files',
  async *run(files) {
    for (const file of files) {
      // A unit test in Rust stands in the file that it tests.
      if ((!isTestPath(file.path) && !file.path.endsWith('.rs')) || isFixturePath(file.path)) continue;
      let alreadySkipped = skippedBefore(file);
      for await (const { marker, place } of findMarkers(file, MARKERS)) {
        if (marker.effect === 'skipped' && alreadySkipped-- > 0) continue;
        yield { path: file.path, place, ...TEXT[marker.effect] };
      }
    }
  },
};

/** As many of the added lines are a skipped test's that was edited, and no new one. */
function skippedBefore(file: ReviewedFile): number {
  const skipping = MARKERS.filter(({ effect, files }) => effect === 'skipped' && files.test(file.path));
  return file.removed.filter(({ text }) => skipping.some(({ pattern }) => pattern.test(text))).length;
}
