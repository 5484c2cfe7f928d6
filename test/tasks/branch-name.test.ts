import fc from 'fast-check';
import { expect, it } from 'vitest';
import { branchOf, isBranchName, slugOf } from '../../src/tasks/branch-name.ts';
import { tempRepository } from '../support/temp-repository.ts';

it('is made of the words of the request', () => {
  expect(branchOf('Make the retry wait!', null)).toBe('code-agent/make-the-retry-wait');
  expect(branchOf('Öffne die Datei', 12)).toBe('code-agent/12-offne-die-datei');
  expect(slugOf('a very long request that goes on and on without an end')).toBe(
    'a-very-long-request-that-goes-on-and-on',
  );
  expect(slugOf('日本語')).toBe('task');
});

it('is one that git takes, whatever the request', async () => {
  const { tryGit } = tempRepository();
  const requests = fc.sample(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('.', '/', '-', '@{', '~', 'lock', 'a', ' ', '\n') }),
    ),
    60,
  );
  for (const request of requests) {
    const branch = branchOf(request, null);
    expect(isBranchName(branch)).toBe(true);
    expect((await tryGit(['check-ref-format', `refs/heads/${branch}`])).code).toBe(0);
  }
});

it.each([
  '--output=x',
  '-b',
  'a..b',
  'a//b',
  'a/.b',
  'a.lock',
  'a/',
  'a b',
  'a:b',
  'a~1',
  '@{u}',
  '',
  'refs/heads/\u0000',
])('not %j', (name) => expect(isBranchName(name)).toBe(false));
