import type { RepoPath } from '../../change/path.ts';

const TEST_FOLDERS = new Set(
  't test tests spec specs __test__ __tests__ __specs__ e2e cypress playwright integration-test integration-tests unittest unittests'.split(
    ' ',
  ),
);

/** `a.test.ts`, `a.spec.js`, `a.cy.ts`, `a_test.go`, `a_spec.rb`, `test_a.py`, `tests.py`, `ATest.java`, `ASpec.scala` … */
const TEST_FILE =
  /(?:[._-](?:tests?|spec|specs|cy|e2e)\.[cm]?[a-z]+|(?:^|\/)(?:test_[^/]*|tests|conftest)\.py|(?:Tests?|TestCase|Spec|IT)\.(?:java|kts?|cs|scala|groovy|php|swift))$/;

const FIXTURE_FOLDERS = new Set('__mocks__ mock mocks snapshots __snapshots__'.split(' '));
const FIXTURE_FOLDER = /^(?:_*fixtures?_*|[\w-]{0,40}-fixtures?|test-?_?data|test-?_?resources)$/;

const EXAMPLE_FOLDERS = new Set(
  'example examples sample samples playground playgrounds demo demos bench benchmark benchmarks testing testsuite'.split(
    ' ',
  ),
);
const EXAMPLE_FOLDER = /^tests?[-_][\w-]{1,40}$/;

// By their names and not by one pattern of all: V8 takes a hook 0.4 ms to compile one that ignores case.
const foldersOf = (path: RepoPath): string[] => path.toLowerCase().split('/').slice(0, -1);

/** By the conventions of its ecosystem, the file holds tests or belongs to them. */
export const isTestPath = (path: RepoPath): boolean =>
  foldersOf(path).some((folder) => TEST_FOLDERS.has(folder)) || TEST_FILE.test(path);

/** What tests read: it looks as it does on purpose. */
export const isFixturePath = (path: RepoPath): boolean =>
  foldersOf(path).some(
    (folder, at, all) =>
      FIXTURE_FOLDERS.has(folder) ||
      FIXTURE_FOLDER.test(folder) ||
      (folder === 'test' && all[at - 1] === 'resources'),
  );

const isExamplePath = (path: RepoPath): boolean =>
  foldersOf(path).some((folder) => EXAMPLE_FOLDERS.has(folder) || EXAMPLE_FOLDER.test(folder));

/** What nobody runs or ships: tests, what they read, examples. A file that is odd there is mostly meant to be. */
export const isAsidePath = (path: RepoPath): boolean =>
  isTestPath(path) || isFixturePath(path) || isExamplePath(path);
