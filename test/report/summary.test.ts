import { expect, it } from 'vitest';
import { tokensText } from '../../src/report/summary.ts';

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0k'],
  [4149, '4.1k'],
  [9949, '9.9k'],
  [9950, '10k'],
  [12_345, '12k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [22_176_000, '22.2M'],
])('%i tokens are %s', (count, text) => {
  expect(tokensText(count)).toBe(text);
});
