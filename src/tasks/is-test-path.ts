import type { RepoPath } from '../change/path.ts';

/** By the conventions of the test runners that people use. */
const TESTS =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|testdata|fixtures)\/|(?:^|\/)(?:test_[^/]*|conftest)\.py$|[._-](?:tests?|specs?)\.[a-z0-9]+$|_test\.(?:go|py|rb|exs?|dart)$|[A-Za-z0-9](?:Test|Tests|Spec|IT)\.(?:java|kt|cs|scala|php|swift|groovy)$|(?:^|\/)t\/[^/]+\.t$/;

/** Whether a file holds tests or what only tests use, by its name. */
export const isTestPath = (path: RepoPath): boolean => TESTS.test(path);
