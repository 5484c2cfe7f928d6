import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesPattern, patternProblem } from '../../src/config/plain-pattern.ts';

it.each([
  ['WIP*', 'WIP: retry', true],
  ['WIP*', 'not WIP', false],
  ['WIP', 'WIP: retry', false],
  ['*[bot]', 'dependabot[bot]', true],
  ['*[bot]', 'robot', false],
  ['release/*', 'release/1.x/hotfix', true],
  ['*', '', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'aab', false],
  ['a.c', 'abc', false],
  ['(a+)+$', '(a+)+$', true],
  ['a\\*', 'a\\b', true],
  ['**', 'anything\nat all', true],
])('"%s" of "%s": %s', (pattern, text, matches) => {
  expect(matchesPattern(pattern, text)).toBe(matches);
});

it('is the regular expression that it stands for', () => {
  const text = fc.stringMatching(/^[ab*.]{0,12}$/);
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const source = pattern.replace(/[.]/g, '\\.').replace(/\*/g, '.*');
      expect(matchesPattern(pattern, subject)).toBe(new RegExp(`^${source}$`, 's').test(subject));
    }),
    { numRuns: 2_000 },
  );
});

it('takes no time over patterns that undo regular expressions', () => {
  expect(matchesPattern('a*'.repeat(100), `${'a'.repeat(100_000)}b`)).toBe(true);
  expect(matchesPattern(`${'*a'.repeat(99)}*c`, `${'a'.repeat(100_000)}b`)).toBe(false);
});

it.each([
  ['', 'is empty'],
  ['  ', 'is empty'],
  ['a\nb', 'has more than one line'],
  ['a'.repeat(201), 'is longer than 200 characters'],
  ['WIP*', null],
])('of %j it is said: %s', (pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});
