import { stripVTControlCharacters } from 'node:util';

/** What a run of tests says of itself. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

type Counter = (output: string) => TestCounts | null;

const last = (output: string, pattern: RegExp): RegExpMatchArray | null =>
  [...output.matchAll(pattern)].at(-1) ?? null;
const number = (text: string | undefined): number => Number(text ?? 0);
const counts = (passed: number, failed: number): TestCounts | null =>
  passed + failed === 0 ? null : { passed, failed };

/** The last lines of the runners that people use, as their own sources print them. */
const COUNTERS: readonly Counter[] = [
  // node:test, in TAP and in its spec reporter.
  (output) => {
    const passed = last(output, /^(?:#|ℹ) pass (\d+)$/gm);
    const failed = last(output, /^(?:#|ℹ) fail (\d+)$/gm);
    return passed === null || failed === null ? null : counts(number(passed[1]), number(failed[1]));
  },
  // vitest: "Tests  1 failed | 41 passed (42)"; jest: "Tests:       1 failed, 41 passed, 42 total".
  (output) => {
    const [line] = last(output, /^\s*Tests:?\s+.*\d+ (?:failed|passed).*$/gm) ?? [];
    if (line === undefined) return null;
    return counts(number(/(\d+) passed/.exec(line)?.[1]), number(/(\d+) failed/.exec(line)?.[1]));
  },
  // pytest: "=== 1 failed, 41 passed in 0.12s ===", with -q without the signs.
  (output) => {
    const [line] =
      last(output, /^(?:=+ )?(?:\d+ [a-z]+, )*\d+ (?:passed|failed|errors?)\b.* in [\d.]+s.*$/gm) ?? [];
    if (line === undefined) return null;
    const failed = number(/(\d+) failed/.exec(line)?.[1]) + number(/(\d+) errors?/.exec(line)?.[1]);
    return counts(number(/(\d+) passed/.exec(line)?.[1]), failed);
  },
  // unittest: "Ran 3 tests in 0.001s", then "OK" or "FAILED (failures=1, errors=1)".
  (output) => {
    const ran = last(output, /^Ran (\d+) tests? in [\d.]+s$/gm);
    if (ran === null) return null;
    const wrong = last(output, /^FAILED \((.*)\)$/gm)?.[1] ?? '';
    const failed = [...wrong.matchAll(/(?:failures|errors)=(\d+)/g)].reduce(
      (sum, [, one]) => sum + number(one),
      0,
    );
    return counts(number(ran[1]) - failed, failed);
  },
  // cargo: "test result: ok. 3 passed; 0 failed; …", once for each binary.
  (output) => {
    const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)];
    return counts(
      results.reduce((sum, [, passed]) => sum + number(passed), 0),
      results.reduce((sum, [, , failed]) => sum + number(failed), 0),
    );
  },
  // go test -v: a line for each test.
  (output) => {
    const of = (word: string): number => [...output.matchAll(new RegExp(`^\\s*--- ${word}: `, 'gm'))].length;
    return counts(of('PASS'), of('FAIL'));
  },
  // mocha: "  3 passing (5ms)", "  1 failing".
  (output) => {
    const passed = last(output, /^\s+(\d+) passing\b/gm);
    const failed = last(output, /^\s+(\d+) failing\b/gm);
    return counts(number(passed?.[1]), number(failed?.[1]));
  },
  // minitest: "3 runs, 4 assertions, 1 failures, 0 errors"; rspec: "3 examples, 1 failure".
  (output) => {
    const [, all, wrong = '', errors] =
      last(output, /^(\d+) (?:runs|examples?|tests), .*?(\d+) failures?(?:, (\d+) errors?)?/gm) ?? [];
    const failed = number(wrong) + number(errors);
    return all === undefined ? null : counts(number(all) - failed, failed);
  },
  // TAP without a summary, as of perl's prove with -v, bats and others.
  (output) => counts([...output.matchAll(/^ok \d+/gm)].length, [...output.matchAll(/^not ok \d+/gm)].length),
];

/** How many tests passed and failed, by the output of the runner that ran them; null when nobody can tell. */
export function testCounts(output: string): TestCounts | null {
  const plain = stripVTControlCharacters(output).replace(/\r\n?/g, '\n');
  for (const count of COUNTERS) {
    const found = count(plain);
    if (found !== null) return found;
  }
  return null;
}

/** `1 failed, 41 passed`. */
export const countsText = ({ passed, failed }: TestCounts): string =>
  [...(failed > 0 ? [`${failed} failed`] : []), `${passed} passed`].join(', ');
