import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base62Checksum } from '../../../src/review/checks/secret/checksum.ts';
import { findSecrets } from '../../../src/review/checks/secret/find-secrets.ts';
import { isStandIn, isTyped } from '../../../src/review/checks/secret/placeholder.ts';
import { TOKEN_FORMATS } from '../../../src/review/checks/secret/token-formats.ts';
import { mayHoldToken, tokens } from '../../../src/review/checks/secret/tokens.ts';
import { drawn, TOKENS } from '../../../src/review/checks/secret.cases.ts';

/** What stands around a token in the files that people commit. */
const SURROUNDINGS = [
  (token: string) => ['TOKEN=', token, '\n'],
  (token: string) => ['  token: ', token, ' # of the build\n'],
  (token: string) => ['{ "a": "', token, '", "b": 1 }'],
  (token: string) => ["const a = '", token, "';"],
  (token: string) => ['a="""', token, '"""'],
  (token: string) => ['https://acme.io/?a=b&token=', token, '&c=d'],
  (token: string) => ['"a\\n', token, '\\n"'],
  (token: string) => ['-H "Authorization: Bearer ', token, '"'],
  (token: string) => ['x%3D', token, ''],
  (token: string) => ['(', token, ')'],
  (token: string) => ['', token, ''],
];

describe('every format of the table', () => {
  // What these decode to proves them, which no text made from the pattern has. `TOKENS` has real ones.
  const decoded = new Set(['JSON Web Token', 'Discord bot token']);

  it.each(
    TOKEN_FORMATS.filter(({ name }) => !decoded.has(name)).map(
      (format) => [`${format.name}: ${format.prefix}`, format] as const,
    ),
  )('%s is found by the quick look and by the search', (_, { prefix, body, accepts }) => {
    const issued = fc
      .stringMatching(new RegExp(`^${prefix}${body}$`))
      .filter(
        (token) =>
          accepts?.(token) !== false && !isStandIn(token.replace(new RegExp(`^${prefix}`), drawn('abc', 8))),
      );
    fc.assert(
      fc.property(issued, fc.constantFrom(...SURROUNDINGS), (token, surround) => {
        const [before = '', , after = ''] = surround(token);
        const text = before + token + after;
        expect(mayHoldToken(text)).toBe(true);
        // Another format may claim a longer text that the token is a part of, never less than the token.
        const end = before.length + token.length;
        expect([...tokens(text)].some((span) => span.start <= before.length && span.end >= end)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('that is proven by what it decodes to has an example', () => {
    expect(TOKENS.map(([name]) => name)).toEqual(expect.arrayContaining([...decoded]));
  });
});

describe('findSecrets', () => {
  it.each(TOKENS)('gives the exact place and name of a %s', async (name, token) => {
    for (const surround of SURROUNDINGS) {
      const [before = '', , after = ''] = surround(token);
      const spans = await findSecrets(before + token + after);
      expect(spans).toEqual([
        { start: before.length, end: before.length + token.length, name, certainty: 'proven' },
      ]);
    }
  });

  it('finds nothing in a token that is cut short or goes on', async () => {
    for (const token of [`ghp_${drawn('aB3', 30)}`, `AKIA${drawn('AB3', 22)}`, `AIza${drawn('aB3', 20)}`]) {
      expect(await findSecrets(`see ${token} there`)).toEqual([]);
    }
  });

  it('takes a right checksum for proof, and a wrong one for nothing', async () => {
    const random = `example${drawn('abcXYZ789', 23)}`;
    expect(await findSecrets(`a ghp_${random}${base62Checksum(random)} b`)).toMatchObject([
      { certainty: 'proven' },
    ]);
    expect(await findSecrets(`a ghp_${random}000000 b`)).toEqual([]);
    expect(await findSecrets(`a ghp_${drawn('abcXYZ789', 36)} b`)).toMatchObject([{ certainty: 'proven' }]);
  });

  it('orders what it finds and lets nothing overlap, whatever the text', async () => {
    const pieces = fc.oneof(
      fc.constantFrom(...TOKENS.map(([, token]) => token)),
      fc.constantFrom(
        'password=',
        'token: "',
        '"',
        '\n',
        ' ',
        '://',
        ':',
        '@',
        '-----BEGIN ',
        '\\n',
        '\0',
        'ey',
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (parts) => {
        const text = parts.join('');
        let last = 0;
        for (const { start, end } of await findSecrets(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('makes the checksum that GitHub makes', () => {
  // Of a token that its owner let expire and published: gist coolaj86/eb8cddfd3e4251258712dfed03e1f86d.
  expect(base62Checksum('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')).toBe('0mLq17');
});

it('tells what is typed from what is drawn', () => {
  expect(isTyped(drawn('abcdefghijklmnopqrstuvwxyz0123456789', 400))).toBe(false);
  expect(isTyped('xxabcdefghijxx')).toBe(true);
});
