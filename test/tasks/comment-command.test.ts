import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMMENT_VERBS,
  MOST_TEXT,
  mayBeCommand,
  parseCommentCommand,
  TASK_VERBS,
} from '../../src/tasks/comment-command.ts';
import { CASES } from './comment-command.cases.ts';

const SLUG = 'code-agent';
const parse = (body: string) => parseCommentCommand(body, SLUG);

describe('a comment', () => {
  it.each(CASES)('%j', (body, expected) => {
    const command = parse(body);
    if (expected === null) expect(command).toBeNull();
    else expect(command).toMatchObject(expected);
    if (expected !== null) expect(mayBeCommand(body, SLUG)).toBe(true);
  });

  it.each([...COMMENT_VERBS.filter((verb) => verb !== 'ask')])('asks by "/agent %s"', (verb) => {
    expect(parse(`/agent ${verb}`)).toEqual({ verb, text: '', cut: 0 });
    expect(parse(`@${SLUG} ${verb.toUpperCase()}!`)).toEqual({ verb, text: '', cut: 0 });
  });

  it.each([...TASK_VERBS])('knows of "/agent %s" that it comes later', (named) => {
    expect(parse(`/agent ${named} it`)).toEqual({ verb: 'task', named, text: 'it', cut: 0 });
  });

  it('has at most 4,000 characters of text, and no half ones', () => {
    const long = `${'x'.repeat(MOST_TEXT - 1)}😀${'y'.repeat(10)}`;
    expect(parse(`/agent dismiss ${long}`)).toEqual({
      ...{ verb: 'dismiss', text: 'x'.repeat(MOST_TEXT - 1), cut: 12 },
    });
  });

  it('is told why it was refused in words that hold nothing of it', () => {
    for (const body of ['/agent --evil', '/agent review\n/agent evil', '/agent evil\u200b']) {
      const command = parse(body);
      expect(command).toMatchObject({ verb: 'refused', because: expect.stringMatching(/^[A-Z].*\.$/) });
      expect(JSON.stringify(command)).not.toContain('evil');
    }
  });

  it('of one who has a slug with signs of expressions in it is read as plain text', () => {
    expect(parseCommentCommand('@a.b review', 'a.b')).toMatchObject({ verb: 'review' });
    expect(parseCommentCommand('@axb review', 'a.b')).toBeNull();
  });
});

/** Pieces that comments and attacks are made of. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['/agent ', '/agent', '@code-agent ', '@code-agent[bot]', 'review', 'full', 'dismiss', 'why?', ' '],
    ...['--x.y=z', '—x', '__x', 'x=y', '-', '`', '```', '~~~', '<!--', '-->', '<details>', '</details>'],
    ...['<pre>', '</pre>', '> ', '- ', '\t', '\n', '\n\n', '\r\n', '\\', '\u200b', '\u202e', '😀', '\ud800'],
    ...['On Monday Ann wrote:', '-- ', '    '],
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const anyBody = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
const verb = fc.constantFrom(...COMMENT_VERBS, ...TASK_VERBS);
const address = fc.constantFrom('/agent', `@${SLUG}`, `@${SLUG}[bot]:`);

describe('any comment', () => {
  it('gives a known verb with bounded text, or nothing', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const command = parse(body);
        if (command === null) return;
        expect(mayBeCommand(body, SLUG)).toBe(true);
        expect([...COMMENT_VERBS, 'later', 'unknown', 'refused']).toContain(command.verb);
        if ('text' in command) expect(command.text.length).toBeLessThanOrEqual(MOST_TEXT);
        if ('named' in command) expect(command.named.length).toBeLessThanOrEqual(40);
      }),
      { numRuns: 3_000 },
    );
  });

  it('I2: has no option behind its verb or in the place of one, whatever dash it has', () => {
    const dash = fc.constantFrom(...'-‐‑‒–—―−﹘﹣-⸺⸻');
    const key = fc.stringMatching(/^[a-z]{1,8}([._][a-z]{1,8}){0,2}$/);
    const value = fc.stringMatching(/^(=[!-_a-~]{0,20})?$/);
    const option = fc.oneof(
      fc
        .tuple(fc.array(dash, { minLength: 1, maxLength: 3 }), key, value)
        .map(([d, k, v]) => d.join('') + k + v),
      fc.tuple(key, value).map(([k, v]) => `__${k}${v}`),
      fc.tuple(key, fc.constantFrom('=', '\uff1d'), value).map(([k, e, v]) => `${k}${e}${v}`),
    );
    fc.assert(
      fc.property(address, fc.option(verb, { nil: '' }), option, anyBody, (to, name, given, more) => {
        expect(parse(`${to} ${name} ${given} ${more}`)?.verb).toBe('refused');
      }),
      { numRuns: 2_000 },
    );
  });

  it('asks nothing from within code, a quote, a comment or a fold', () => {
    const wraps: readonly ((body: string) => string)[] = [
      (body) => `\`\`\`\`\`\n${body}\n\`\`\`\`\``,
      (body) => `~~~~~\n${body}`,
      (body) => body.replace(/^/gm, '> '),
      (body) => body.replace(/^/gm, '    '),
      (body) => `<!--\n${body}\n-->`,
      (body) => `<details><summary>x</summary>\n\n${body}\n\n</details>`,
      (body) => `<pre>\n${body}\n</pre>`,
    ];
    const plain = fc.array(fc.constantFrom('a', 'review', '\n', '\n\n', ' ', 'full', '.'), { maxLength: 8 });
    fc.assert(
      fc.property(address, verb, plain, fc.constantFrom(...wraps), (to, name, more, wrap) => {
        const body = `${to} ${name}\n${more.join('')}`;
        expect(parse(body)).not.toBeNull();
        expect(parse(wrap(body))).toBeNull();
        expect(parse(`${wrap(body)}\n\n/agent cost`)).toEqual(
          wrap('') === '~~~~~\n' ? null : { verb: 'cost', text: '', cut: 0 },
        );
      }),
    );
  });

  it('with an invisible character in the line of its command is refused', () => {
    const hidden = fc.constantFrom(
      '\u200b',
      '\u200d',
      '\u202e',
      '\u2066',
      '\ufeff',
      '\u00ad',
      '\u{e0041}',
      '\u2028',
    );
    fc.assert(
      fc.property(address, verb, hidden, fc.nat(), (to, name, character, where) => {
        const line = `${to} ${name} it`;
        const at = where % (line.length + 1);
        expect(parse(line.slice(0, at) + character + line.slice(at))).toMatchObject({ why: 'hidden' });
      }),
    );
  });

  it('takes time in proportion to its length', () => {
    const repeats = [
      '`',
      '` ',
      '``` `',
      '<!--',
      '<!-- -->',
      '<details>',
      '</details',
      '\\`',
      '> ',
      '/agent ',
    ];
    for (const repeat of [
      ...repeats,
      '- - ',
      'On ',
      'On x\n',
      '\u200b',
      '-- -',
      '__=',
      '/agent a\n',
      '`\n',
    ]) {
      const many = repeat.repeat(200_000 / repeat.length);
      for (const body of [`@${SLUG} review ${many}`, `${many}\n\n@${SLUG} review`])
        expect(() => parse(body)).not.toThrow();
    }
  });
});
