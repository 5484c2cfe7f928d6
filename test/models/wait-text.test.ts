import { expect, it } from 'vitest';
import { waitText } from '../../src/models/wait-text.ts';

it.each([
  [1, '1 s'],
  [30_000, '30 s'],
  [119_000, '119 s'],
  [120_000, '2 minutes'],
  [121_000, '3 minutes'],
  [7_199_000, '120 minutes'],
  [7_200_000, '2 hours'],
  [86_399_001, '24 hours'],
  [86_400_000, '24 hours'],
  [172_800_000, '2 days'],
  [604_800_000, '7 days'],
])('%i ms to wait are %s', (ms, text) => {
  expect(waitText(ms)).toBe(text);
});
