import { expect, test } from 'vitest';
import { keepTokens } from '../../src/github/installation-tokens.ts';
import { RESOLVE_THREADS, REVIEW_READ, REVIEW_WRITE } from '../../src/github/permissions.ts';

/** Numbers the tokens that are made; each lives for so many minutes. */
function startMinting(minutes = 60) {
  const made: string[] = [];
  const source = keepTokens(async ({ repository }) => {
    const token = `token-${made.length + 1}`;
    made.push(token);
    await new Promise((resolve) => setTimeout(resolve, 2));
    return { token, expiresAt: new Date(Date.now() + minutes * 60_000), fullName: `mona/${repository}` };
  });
  return { source, made };
}

const ACCESS = { installation: 7, repository: 42, permissions: REVIEW_READ };

test('those who ask at once get one token, and those who were refused one new one', async () => {
  const { source, made } = startMinting();
  const tokens = async (instead?: string) => {
    const all = await Promise.all([1, 2, 3].map(() => source(ACCESS, instead)));
    return new Set(all.map(({ token }) => token));
  };
  expect(await tokens()).toEqual(new Set(['token-1']));
  expect(await tokens('token-1')).toEqual(new Set(['token-2']));
  // Late: the refused one is not the one that is kept.
  expect(await tokens('token-1')).toEqual(new Set(['token-2']));
  expect(made).toHaveLength(2);
});

test('another repository, installation or set of permissions has a token of its own', async () => {
  const { source, made } = startMinting();
  for (const access of [
    ACCESS,
    { ...ACCESS, repository: 43 },
    { ...ACCESS, installation: 8 },
    { ...ACCESS, permissions: REVIEW_WRITE },
    { ...ACCESS, permissions: RESOLVE_THREADS },
    { ...ACCESS, permissions: { metadata: 'read', pull_requests: 'read', contents: 'read' } as const },
  ])
    await source(access);
  expect(made).toHaveLength(5);
});

test('one that has less than five minutes is made anew', async () => {
  const { source, made } = startMinting(4.9);
  await source(ACCESS);
  await source(ACCESS);
  expect(made).toHaveLength(2);
});
