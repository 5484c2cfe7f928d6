import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { findSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { drawn, keyLines, TOKENS } from '../../src/review/checks/secret.cases.ts';
import { redactSecrets } from '../../src/review/redact.ts';

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** A key as a process holds it, with characters that a URL writes otherwise. */
const HELD = `sk-x-${drawn(ALPHABET, 40)}+/=`;

const noSecrets = async () => [];
const redact = (text: string, known: readonly string[] = []) => redactSecrets(text, findSecrets, known);

/** The parts of twelve characters of a secret that a text still holds. */
const leaks = (text: string, secret: string): string[] =>
  Array.from({ length: Math.max(0, secret.length - 11) }, (_, at) => secret.slice(at, at + 12)).filter(
    (part) => text.includes(part),
  );

describe('what this process holds', () => {
  it('leaves no twelve characters in a row of it, wherever they stand, nor a short one', async () => {
    const short = ['k7Qw-x2Z', 'k8Rt_y3Ab', '9pLm.4nVcX', 'w5Hj=2sDfGq'];
    const part = fc
      .tuple(fc.nat(HELD.length - 12), fc.integer({ min: 12, max: 20 }))
      .map(([at, length]) => HELD.slice(at, at + length));
    const texts = fc.tuple(
      fc.string({ maxLength: 40 }),
      fc.oneof(part, fc.constantFrom(...short)),
      fc.string({ maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(texts, async ([before, secret, after]) => {
        const redacted = await redactSecrets(before + secret + after, noSecrets, [HELD, ...short]);
        expect(redacted).toContain('[secret: key of this process');
        expect(leaks(redacted, HELD)).toEqual([]);
        for (const value of short) expect(redacted).not.toContain(value);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('secrets that are found', () => {
  it('says what stood there and how long it was', async () => {
    const token = `ghp_${drawn(ALPHABET, 36)}`;
    expect(await redact(`a\nconst token = "${token}";\nb`)).toBe(
      'a\nconst token = "[secret: GitHub personal access token, 40 characters]";\nb',
    );
  });

  it('leaves no twelve characters in a row of a token of any kind', async () => {
    for (const [name, token] of TOKENS) {
      const redacted = await redact(`first\n  secret_key: "${token}", // and more\nlast\n`);
      expect({ name, leaks: leaks(redacted, token) }).toEqual({ name, leaks: [] });
      expect(redacted).toMatch(/^first\n[\s\S]*\nlast\n$/);
    }
  });

  it.each(['\n', '\r\n'])('keeps the lines of a key that has several, ended by %j', async (end) => {
    const key = keyLines('RSA ', 9);
    const text = ['const key = `', ...key, '`;', 'rest'].join(end);
    const redacted = await redact(text);
    expect(redacted.split(end)).toEqual([
      'const key = `',
      expect.stringMatching(/^\[secret: RSA private key, \d+ characters\]$/),
      ...Array.from({ length: 10 }, () => '[secret: RSA private key, continued]'),
      '`;',
      'rest',
    ]);
    for (const line of key.slice(1, -1)) expect(leaks(redacted, line)).toEqual([]);
  });

  it('replaces what several spans cover once, and all of it', async () => {
    const found = async () => [
      { start: 4, end: 8, name: 'B' },
      { start: 2, end: 6, name: 'A' },
      { start: 3, end: 4, name: 'C' },
      { start: 9, end: 9, name: 'D' },
    ];
    expect(await redactSecrets('0123456789', found, [])).toBe('01[secret: A, 6 characters]89');
  });

  it('keeps the number of lines, whatever the spans are', async () => {
    const texts = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', '😀', ' '), maxLength: 60 });
    const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(texts, spans, async (text, pairs) => {
        const found = pairs.map(([one, other]) => ({
          start: Math.min(one, other, text.length),
          end: Math.min(Math.max(one, other), text.length),
        }));
        const redacted = await redactSecrets(text, async () => found, []);
        expect(redacted.split('\n').length).toBe(text.split('\n').length);
      }),
    );
  });
});

describe('values that the process holds', () => {
  const forms: [string, string][] = [
    ['raw', HELD],
    ['reversed', [...HELD].reverse().join('')],
    ['in a URL', encodeURIComponent(HELD)],
    ['base 64', Buffer.from(HELD).toString('base64')],
    ['base 64 for URLs', Buffer.from(HELD).toString('base64url')],
    ['base 64 behind one byte', Buffer.from(`:${HELD}`).toString('base64').slice(2)],
    ['base 64 behind two bytes', Buffer.from(`x:${HELD}`).toString('base64').slice(3)],
    [
      'base 64 of a header',
      Buffer.from(`Authorization: Bearer ${HELD}\r\n`).toString('base64').slice(31, -3),
    ],
    ['hexadecimal', Buffer.from(HELD).toString('hex')],
    ['hexadecimal in capitals', Buffer.from(HELD).toString('hex').toUpperCase()],
  ];
  it.each(forms)('%s', async (_, form) => {
    const redacted = await redactSecrets(`one ${form} two\nthree`, noSecrets, [HELD]);
    expect(leaks(redacted, form)).toEqual([]);
    expect(redacted).toMatch(/^one .*\[secret: key of this process, \d+ characters\].* two\nthree$/);
  });

  it('any twelve characters of one, and not eleven', async () => {
    const shown = (part: string) => redactSecrets(`<${part}>`, noSecrets, [HELD]);
    for (let at = 0; at + 12 <= HELD.length; at += 1) {
      expect(await shown(HELD.slice(at, at + 12))).toBe('<[secret: key of this process, 12 characters]>');
    }
    expect(await shown(HELD.slice(3, 14))).toBe(`<${HELD.slice(3, 14)}>`);
  });

  it('a short one as a whole, and a word not at all', async () => {
    const shown = (text: string) => redactSecrets(text, noSecrets, ['x7-Kp2wQ9', 'ollama', '']);
    expect(await shown('ollama runs with x7-Kp2wQ9.')).toBe(
      'ollama runs with [secret: key of this process, 9 characters].',
    );
  });

  it('takes time in proportion to the text', async () => {
    const text = 'const a = 1; // nothing\n'.repeat(200_000);
    expect(await redactSecrets(text, noSecrets, [HELD])).toBe(text);
  });
});

describe('a search that fails', () => {
  const text = `const token = "ghp_${drawn(ALPHABET, 36)}"`;

  it.each([
    ['throws', () => Promise.reject(new TypeError(`cannot read ${text}`))],
    [
      'throws at once',
      () => {
        throw new RangeError(text);
      },
    ],
    ['finds something behind the end', async () => [{ start: 0, end: 1000, name: 'x' }]],
    ['finds something that ends before it starts', async () => [{ start: 5, end: 4, name: 'x' }]],
    ['finds something nowhere', async () => [{ start: Number.NaN, end: Number.NaN, name: 'x' }]],
  ])('is a refusal without the text: it %s', async (_, broken) => {
    const refusal = await redactSecrets(text, broken, []).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CodeAgentError);
    expect(refusal).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('search for secrets failed'),
    });
    expect(leaks(String(refusal), text)).toEqual([]);
  });
});
