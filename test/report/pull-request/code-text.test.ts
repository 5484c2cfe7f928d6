import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeSpan, fenced, languageOf } from '../../../src/report/pull-request/code-text.ts';
import { markdownText, outsideOfCode } from './arbitrary-markdown.ts';

describe('codeSpan', () => {
  it.each([
    ['a.ts', '`a.ts`'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    [' a', '`  a `'],
    ['  ', '`  `'],
    ['', ''],
    ['a|@b', '<code>a&#124;&#64;b</code>'],
    ['a\u202eb\nc', '`a<U+202E>b c`'],
  ])('%j', (text, shown) => {
    expect(codeSpan(text)).toBe(shown);
  });

  it('is ended by nothing in it', () => {
    fc.assert(
      fc.property(markdownText, (text) => {
        expect(outsideOfCode(codeSpan(text)).text.replace('\u2423', '').trim()).toBe('');
        expect(codeSpan(text)).not.toMatch(/[|\n]/);
      }),
    );
  });
});

describe('fenced', () => {
  it('is ended by nothing in it', () => {
    fc.assert(
      fc.property(markdownText, (text) => {
        const { text: outside, fences, open } = outsideOfCode(fenced(text, 'ts'));
        expect([outside.trim(), fences, open]).toEqual(['', ['ts'], false]);
      }),
    );
  });

  it('has no language that GitHub draws or offers', () => {
    for (const language of ['suggestion', 'mermaid', 'math', 'geojson', 'x\ny'])
      expect(fenced('a', language)).toBe('```text\na\n```');
  });
});

describe('languageOf', () => {
  it.each([
    ['src/a.TS', 'ts'],
    ['a.suggestion', 'text'],
    ['Makefile', 'text'],
  ])('%s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});
