import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hunkLines } from '../../src/change/hunk.ts';
import { createPatchParser, type PatchSection } from '../../src/change/parse-patch.ts';
import { goldenFiles } from './golden-files.ts';

/** The sections of a patch that comes in these pieces. */
function parse(pieces: readonly Buffer[]): PatchSection[] {
  const parser = createPatchParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

/** A section as the golden files have it: lines as `[marker, old number, new number, bytes as Latin-1]`. */
function written({ oids, opaque, hunks }: PatchSection) {
  return {
    oids,
    opaque,
    hunks: hunks.map(({ body, ...numbers }) => ({
      ...numbers,
      lines: [...hunkLines({ ...numbers, body })].map(({ kind, oldLine, newLine, bytes }) => [
        kind,
        oldLine,
        newLine,
        bytes.toString('latin1'),
      ]),
    })),
  };
}

const goldens = goldenFiles('.diff');

describe('a patch that git printed', () => {
  it.each(goldens)('$name', ({ input, expected }) => {
    expect(parse([input]).map(written)).toEqual(expected);
  });

  it.each(goldens)('$name, byte by byte', ({ input, expected }) => {
    const bytes = [...input].map((byte) => Buffer.of(byte));
    expect(parse(bytes).map(written)).toEqual(expected);
  });
});

describe('the pieces in which a patch comes', () => {
  it('make no difference', () => {
    const patch = fc
      .array(fc.constantFrom(...goldens.map(({ input }) => input)), { minLength: 1, maxLength: 5 })
      .map((inputs) => Buffer.concat(inputs));
    fc.assert(
      fc.property(patch, fc.array(fc.nat(3000), { maxLength: 20 }), (input, cuts) => {
        const ends = [...cuts.filter((cut) => cut < input.length), input.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => input.subarray(ends[index - 1] ?? 0, end));
        expect(parse(pieces)).toEqual(parse([input]));
      }),
    );
  });

  it('may be held by nobody after they were pushed', () => {
    const input = readFileSync(new URL('golden/several-hunks.diff', import.meta.url));
    const parser = createPatchParser();
    const sections: PatchSection[] = [];
    for (let at = 0; at < input.length; at += 7) {
      sections.push(...parser.push(Buffer.from(input.subarray(at, at + 7))));
    }
    expect([...sections, ...parser.end()]).toEqual(parse([input]));
  });

  it('complete a section as soon as the next one begins', () => {
    const one = readFileSync(new URL('golden/one-line.diff', import.meta.url));
    const parser = createPatchParser();
    expect(parser.push(one)).toEqual([]);
    expect(parser.push(Buffer.from('diff --git a/b b/b\n'))).toHaveLength(1);
    expect(parser.end()).toHaveLength(1);
  });
});

describe('what is not a patch of git', () => {
  const header = 'diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n';
  it.each([
    ['something before the first section', 'warning: x\n'],
    ['a hunk without numbers', `${header}@@ -x +y @@\n-a\n+b\n`],
    ['a combined diff', `${header}@@@ -1 -1 +1 @@@\n`],
    ['a line without marker in a hunk', `${header}@@ -1,2 +1,2 @@\n a\nb\n`],
    ['an empty line in a hunk', `${header}@@ -1,2 +1,2 @@\n a\n\n`],
    ['a hunk that is cut off', `${header}@@ -1,2 +1,2 @@\n a\n-b\n`],
    ['a line that is cut off', `${header}@@ -1 +1 @@\n-a\n+b`],
    ['more removed lines than the header says', `${header}@@ -1 +1,2 @@\n-a\n-b\n+c\n+d\n`],
    ['a header that is cut off', 'diff --git a/a b/a\nindex 1'],
    ['"No newline" before any hunk', `${header}\\ No newline at end of file\n`],
    ['lines behind the last hunk', `${header}@@ -1 +1 @@\n-a\n+b\n+c\n`],
  ])('%s is refused', (_, text) => {
    expect(() => parse([Buffer.from(text)])).toThrow(RangeError);
  });
});
