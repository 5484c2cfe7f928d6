import { expect, it } from 'vitest';
import { countsText, testCounts } from '../../src/tasks/test-counts.ts';

/** The last lines of runners, as they print them. */
const OUTPUTS: Readonly<Record<string, readonly [string, { passed: number; failed: number } | null]>> = {
  'node:test, TAP': [
    'TAP version 13\nnot ok 1 - a\n# tests 3\n# pass 2\n# fail 1\n# cancelled 0\n',
    { passed: 2, failed: 1 },
  ],
  'node:test, spec': [
    '✔ adds (0.4ms)\nℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\nℹ cancelled 0\n',
    { passed: 1, failed: 0 },
  ],
  vitest: [
    '\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m\n\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m\u001b[2m | \u001b[22m\u001b[1m\u001b[32m41 passed\u001b[39m\u001b[22m\u001b[90m (42)\u001b[39m\n',
    { passed: 41, failed: 1 },
  ],
  jest: [
    'Test Suites: 1 failed, 3 passed, 4 total\nTests:       2 failed, 40 passed, 42 total\nSnapshots:   0 total\n',
    { passed: 40, failed: 2 },
  ],
  pytest: [
    'F..\n=========================== short test summary info ============================\nFAILED test_a.py::test_a - assert 1 == 2\n========================= 1 failed, 2 passed in 0.03s ==========================\n',
    { passed: 2, failed: 1 },
  ],
  'pytest -q': ['...\n3 passed in 0.01s\n', { passed: 3, failed: 0 }],
  'pytest, an error': ['1 failed, 2 passed, 1 error in 0.10s\n', { passed: 2, failed: 2 }],
  unittest: ['Ran 5 tests in 0.002s\n\nFAILED (failures=1, errors=1)\n', { passed: 3, failed: 2 }],
  'unittest, well': ['Ran 5 tests in 0.002s\n\nOK\n', { passed: 5, failed: 0 }],
  cargo: [
    'test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored\n',
    { passed: 4, failed: 2 },
  ],
  'go test -v': [
    '=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    a_test.go:3: no\n--- FAIL: TestB (0.00s)\nFAIL\n',
    { passed: 1, failed: 1 },
  ],
  mocha: ['  ✔ adds\n\n  3 passing (5ms)\n  1 failing\n', { passed: 3, failed: 1 }],
  minitest: ['3 runs, 4 assertions, 1 failures, 1 errors, 0 skips\n', { passed: 1, failed: 2 }],
  rspec: ['3 examples, 1 failure\n', { passed: 2, failed: 1 }],
  TAP: ['1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c\n', { passed: 2, failed: 1 }],
  'a runner that nobody knows': ['all is well\n', null],
  nothing: ['', null],
};

it.each(Object.entries(OUTPUTS))('%s', (_, [output, counts]) => {
  expect(testCounts(output)).toEqual(counts);
  expect(testCounts(output.replaceAll('\n', '\r\n'))).toEqual(counts);
});

it('says it in words', () => {
  expect(countsText({ passed: 41, failed: 1 })).toBe('1 failed, 41 passed');
  expect(countsText({ passed: 42, failed: 0 })).toBe('42 passed');
});
