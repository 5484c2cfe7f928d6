import { expect, it } from 'vitest';
import { findSecrets } from '../../../src/review/checks/secret/find-secrets.ts';

/** Beginnings of what is looked for, repeated: what takes the square of the time where a pattern is written badly. */
it.each([
  'a',
  'eyJ',
  'eyJ-',
  'a-',
  '-',
  '-----BEGIN',
  `-----BEGIN PRIVATE ${'KEY'}-----`,
  `-----BEGIN PRIVATE ${'KEY'}-----${'\\'.repeat(32_000)}`,
  `-----BEGIN PRIVATE ${'KEY'}-----${'A\\n'.repeat(10_000)}`,
  'password=',
  'token=a',
  'key: ',
  'secret: "',
  'auth__',
  '--token ',
  'ghp_',
  'xoxb-',
  'glpat-',
  'https://a:',
  '://a:b@',
  `SG.a.${'_'.repeat(257)}`,
  `${'eyJ-'.repeat(500)}.`,
])('5 MB of %j on one line take a moment', { timeout: 15_000 }, async (piece) => {
  const line = piece.repeat(Math.ceil(5_000_000 / piece.length));
  const started = performance.now();
  await findSecrets(line);
  // Under 1.5 s on two busy cores. What is not linear takes minutes.
  expect(performance.now() - started).toBeLessThan(10_000);
});

it('counts every one of a hundred thousand tokens on one line', { timeout: 60_000 }, async () => {
  const line = `ghp_${'aZ3kQ9'.repeat(6)},`.repeat(125_000);
  expect(await findSecrets(line)).toHaveLength(125_000);
});

it('finds what stands at the end of a long line', async () => {
  const token = `glpat-${'x9Kq2LmZ7pR4tV8wB3nD'}`;
  const line = `${'var a="b";'.repeat(200_000)}${token}`;
  expect(await findSecrets(line)).toMatchObject([{ start: line.length - token.length, end: line.length }]);
});
