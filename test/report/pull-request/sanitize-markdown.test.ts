import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine, plainMarkdown } from '../../../src/report/pull-request/sanitize-markdown.ts';
import { sanitize } from '../../../src/report/sanitize.ts';
import { markdownText, outsideOfCode } from './arbitrary-markdown.ts';

const plain = (text: string) => plainMarkdown(text, { hosts: ['github.com'] });

/** Of a text outside of code, everything that GitHub acts on. */
function expectHarmless(markdown: string) {
  const { text, open } = outsideOfCode(markdown);
  expect(open).toBe(false);
  const unlinked = text
    .replace(/<https:\/\/github\.com[^\s<>]*>/g, '\u2423')
    .replace(/\]\(https:\/\/github\.com[^\s()]*\)/g, ']\u2423');
  const named = unlinked.replace(/&(?:#39|#96|#124);/g, '\u2423');
  expect(named).not.toMatch(/@|!\[|<|(?<!\\)\]\(|#\d|\bGH-\d|\$|`|(?:https?|ftp):\/\/|(?<![a-z\d])www\./i);
  expect(unlinked).not.toMatch(/(?<!\\)(?:\\\\)*\[(?:\\.|[^\]\\])*\]:/);
  expect(unlinked).not.toMatch(/&(?!(?:amp|lt|gt|quot|apos|nbsp|hellip|mdash|ndash|#39|#96|#124);)#?\w+;/);
  expect(text).not.toMatch(/^[ \t]*(?:(?:>|[*+-] |\d+[.)] )[ \t]*)*\/[a-z]/im);
  expect(markdown).not.toContain('<!-- code-agent:');
  expect(markdown).toBe(sanitize(markdown));
}

describe('plainMarkdown', () => {
  it.each([
    ['**bold** _it_ ~~no~~\n\n- a\n- b\n\n> c\n\n1. d', '**bold** _it_ ~~no~~\n\n- a\n- b\n\n> c\n\n1. d'],
    ['`a | b` and ``a ` b``', '`a | b` and ``a ` b``'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '| a | b |\n|---|---|\n| 1 | 2 |'],
    ['```ts\nconst a = `@x`;\n```', '```ts\nconst a = `@x`;\n```'],
    ['see [the docs](https://github.com/o/r#readme).', 'see [the docs](https://github.com/o/r#readme).'],
    ['a < b && c > d, R&D, C:\\Users', 'a &lt; b && c > d, R&D, C:\\\\Users'],
  ])('leaves what only looks: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['@bob, @org/team: me@example.com', '`@bob`, `@org/team`: `me@example.com`'],
    ['(@bob) **@bob** *@bob-x*', '(`@bob`) **`@bob`** *`@bob-x`*'],
    ['\\@bob &commat;bob &#64;bob &#x40;bob', '`@bob` &amp;commat;bob &amp;`#64`;bob &amp;#x40;bob'],
    ['@\u200bbob \u202e@bob', '`@`&lt;U+200B>bob &lt;U+202E>`@bob`'],
    ['@octokit/rest@22', '`@octokit/rest@22`'],
  ])('tells nobody, I16: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['fixes #1, closes o/r#2', 'fixes `#1`, closes `o/r#2`'],
    ['Resolves GH-12', 'Resolves `GH-12`'],
    ['fixes https://github.com/o/r/issues/1', 'fixes `github.com/o/r/issues/1`'],
    ['fixes [it](https://github.com/o/r/pull/1)', 'fixes it (`github.com/o/r/pull/1`)'],
    ['fixes \\#1', 'fixes `#1`'],
  ])('closes and mentions no issue, I16: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['![x](https://e.example/?q=SECRET)', '(image removed)'],
    ['![x][r]\n\n[r]: https://e.example/?q=SECRET', '(image removed)\n\n\\[r\\]: `e.example…`'],
    ['![r]\n\n[r]: https://e.example/a', '!\\[r\\]\n\n\\[r\\]: `e.example/a`'],
    ['<img src="https://e.example/a">', '(image removed)'],
    ['<IMG\tsrc=x>', '(image removed)'],
    ['<picture><source srcset=x></picture>', '(image removed)(image removed)&lt;/picture>'],
    [
      '<https://github.com/o/r/a.png> https://github.com/user-attachments/assets/x',
      '(image removed) (image removed)',
    ],
    ['[![x](https://e.example/a)](https://github.com/o)', '[(image removed)](https://github.com/o)'],
    ['![a ![b](x) c](https://e.example/a)', '(image removed)'],
    ['\\![x](https://e.example/a)', '\\!x (`e.example/a`)'],
    ['!\\[x](https://e.example/a)', '!\\[x\\](`e.example/a`)'],
  ])('shows no image, I8: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['[x](https://evil.example/a?b#c)', 'x (`evil.example/a…`)'],
    ['[x](javascript:alert(1)) [y](data:text/html,a)', 'x (`javascript:alert(1)`) y (`data:text/html,a`)'],
    ['https://github.com@evil.example/ http://github.com', '`evil.example` `github.com`'],
    ['www.evil.example, <https://evil.example>', '`www.evil.example`, `evil.example`'],
    ['[a](../b.md) [](https://github.com/o)', 'a (`../b.md`) <https://github.com/o>'],
    ['https://github.com.evil.example/a', '`github.com.evil.example/a`'],
    ['[x](https://github.com:444/a)', 'x (`github.com:444/a`)'],
  ])('leads nowhere else: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['<b>x</b> <!-- y -->', '&lt;b>x&lt;/b> &lt;!-- y -->'],
    ['<details><summary>a', '&lt;details>&lt;summary>a'],
    ['<!-- code-agent:finding:a:0 -->', '&lt;!-- code-agent:finding:a:0 -->'],
    ['`<!-- code-agent:finding:a:0 -->`', '`<!-- code-agent :finding:a:0 -->`'],
    ['```\n<!-- code-agent:finding:a:0 -->\n```', '```text\n<!-- code-agent :finding:a:0 -->\n```'],
    ['\\<b>', '&lt;b>'],
  ])('holds no HTML and no marker, I16: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['a\n```suggestion\nrm -rf\n```', 'a\n```text\nrm -rf\n```'],
    ['```Suggestion\nx', '```text\nx\n```'],
    ['```mermaid\nx\n```', '```text\nx\n```'],
    ['~~~ts\n```\n~~~', '````ts\n```\n````'],
    ['  - x\n    ```js\n    a\n      b\n    ```', '  - x\n```js\na\n  b\n```'],
    ['````\n```\n@bob', '````text\n```\n@bob\n````'],
    ['> ```\n> @bob', '> &#96;&#96;&#96;\n> `@bob`'],
    ['- ~~~\n@bob', '- \\~\\~\\~\n`@bob`'],
    ['a `b', 'a &#96;b'],
  ])('has every fence closed and offers nothing to commit, I16: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it.each([
    ['/agent dismiss all', '`/agent` dismiss all'],
    ['  > - /agent review', '  > - `/agent` review'],
    ['/merge', '`/merge`'],
    ['[/agent dismiss](https://evil.example/x)', '`/agent` dismiss (`evil.example/x`)'],
    ['- [> /merge](https://evil.example/x)', '- > `/merge` (`evil.example/x`)'],
    ['[/a`b`](https://evil.example/x)', '`/a` `b` (`evil.example/x`)'],
    ['read /etc/hosts', 'read /etc/hosts'],
  ])('is no command: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('is no table where a cell would end inside of code', () => {
    expect(plain('| a |\n|---|\n| `x | @bob` |')).toBe('| a |\n|\\---|\n| `x | @bob` |');
  });

  it('has no heading as large as ours', () => {
    expect(plain('# a\n## b\n#### c\n#1')).toBe('#### a\n#### b\n#### c\n`#1`');
  });

  it.each([
    ['many lines', 'one line of text\n'.repeat(100_000)],
    ['one line', '@'.repeat(1_000_000)],
    ['one line of controls', '\u0001'.repeat(100_000)],
    ['surrogate pairs', '\u{1f600}'.repeat(100_000)],
    ['a fence', `\`\`\`ts\n${'const a = 1;\n'.repeat(100_000)}`],
    ['a fence of backticks', `~~~\n${`${'`'.repeat(50)}\n`.repeat(100_000)}`],
  ])('is cut with a notice: %s', (_, text) => {
    for (const longest of [100, 1000, 60_000]) {
      const shown = plainMarkdown(text, { longest });
      expect(shown.length).toBeLessThanOrEqual(longest);
      expect(shown.length).toBeGreaterThan(longest === 100 ? 0 : longest / 20);
      expect(shown).toMatch(/(?:^|\n\n)\(The text goes on: it is too long to be shown\.\)$/);
      expect(plainMarkdown(shown, { longest })).toBe(shown);
      expectHarmless(shown);
    }
  });

  it('lets nothing through, and changes nothing the second time', () => {
    fc.assert(
      fc.property(markdownText, (text) => {
        const shown = plain(text);
        expectHarmless(shown);
        for (const info of outsideOfCode(shown).fences) expect(info).toMatch(/^(?:text|js)$/);
        expect(plain(shown)).toBe(shown);
        const cut = plainMarkdown(text.repeat(8), { longest: 120 });
        expect(cut.length).toBeLessThanOrEqual(120);
        expectHarmless(cut);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ...[
      '@',
      '`',
      '[',
      '](',
      '![',
      '<img ',
      '[](<',
      '[](a "',
      '`` ` ',
      'a_',
      'a/',
      'a@',
      '&#1',
      '\\',
      '~~~\n',
      '- ',
      '> ',
      '| - |\n',
    ],
    ...[
      'https://',
      'www.',
      'o/r#',
      '(',
      '*',
      '$',
      '    ',
      '[a](b c ',
      '<a:',
      "[](a 'b ",
      '\u202e',
      '.',
      '```\n',
      'http://a!',
      '@./',
    ],
  ])('takes linear time for many of %j', (piece) => {
    // Were it quadratic, this would take minutes: the time itself is not looked at.
    const text = piece.repeat(300_000 / piece.length);
    expect(plainMarkdown(text, { longest: Number.POSITIVE_INFINITY }).length).toBeGreaterThan(0);
  });
});

describe('plainLine', () => {
  it.each([
    ['a | b `c | d`', 'a &#124; b <code>c &#124; d</code>'],
    ['# **x**\n_y_', '\\# \\*\\*x\\*\\* \\_y\\_'],
    ['1. x', '1\\. x'],
    ['- x', '\\- x'],
    ['/agent review', '\\/agent review'],
    ['ends in \\', 'ends in \\\\'],
  ])('%j', (text, shown) => {
    expect(plainLine(text)).toBe(shown);
  });

  it('is one line with no mark in it that means anything', () => {
    fc.assert(
      fc.property(markdownText, (text) => {
        const line = plainLine(text, ['github.com']);
        expect(line).not.toMatch(/[\n|]/);
        expectHarmless(line);
        // An allowed link is told as it is: nothing in it means anything but the link.
        expect(outsideOfCode(line).text.replace(/<https:[^>]*>/g, '')).not.toMatch(/(?<!\\)[*~]/);
      }),
      { numRuns: 2000 },
    );
  });
});
