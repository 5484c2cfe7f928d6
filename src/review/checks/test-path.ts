import type { RepoPath } from '../../change/path.ts';

const TEST_FOLDER =
  /(?:^|\/)(?:t|tests?|specs?|__tests?__|__specs__|e2e|cypress|playwright|integration-tests?|unittests?)\//i;

/** `a.test.ts`, `a.spec.js`, `a.cy.ts`, `a_test.go`, `a_spec.rb`, `test_a.py`, `tests.py`, `ATest.java`, `ASpec.scala` … */
const TEST_FILE =
  /(?:[._-](?:tests?|spec|specs|cy|e2e)\.[cm]?[a-z]+|(?:^|\/)(?:test_[^/]*|tests|conftest)\.py|(?:Tests?|TestCase|Spec|IT)\.(?:java|kts?|cs|scala|groovy|php|swift))$/;

const FIXTURE_FOLDER =
  /(?:^|\/)(?:_*fixtures?_*|[\w-]{0,40}-fixtures?|test-?_?data|test-?_?resources|__mocks__|mocks?|snapshots|__snapshots__|resources\/test)\//i;

const EXAMPLE_FOLDER =
  /(?:^|\/)(?:examples?|samples?|playgrounds?|demos?|bench(?:marks?)?|testing|testsuite|tests?[-_][\w-]{1,40})\//i;

/** By the conventions of its ecosystem, the file holds tests or belongs to them. */
export const isTestPath = (path: RepoPath): boolean => TEST_FOLDER.test(path) || TEST_FILE.test(path);

/** What tests read: it looks as it does on purpose. */
export const isFixturePath = (path: RepoPath): boolean => FIXTURE_FOLDER.test(path);

/** What nobody runs or ships: tests, what they read, examples. A file that is odd there is mostly meant to be. */
export const isAsidePath = (path: RepoPath): boolean =>
  isTestPath(path) || isFixturePath(path) || EXAMPLE_FOLDER.test(path);
