import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FileChange } from '../../src/change/change-set.ts';
import { hunkLines } from '../../src/change/hunk.ts';
import { anchor, type Side } from '../../src/review/anchor.ts';
import { type LocatedQuote, locateQuote } from '../../src/review/locate-quote.ts';
import { applySuggestion, checkSuggestion } from '../../src/review/suggestion.ts';
import { importCommits } from '../git/import-commits.ts';
import { openGit } from '../git/open-git.ts';
import { tempRepository } from '../support/temp-repository.ts';

/** Few values, so that lines repeat; among them what a decorated quote looks like, and one text in two spellings. */
const LINES = [
  ...[
    '',
    '',
    '}',
    '  }',
    '});',
    'go();',
    '  go();',
    '\tgo();',
    '    go();',
    'x = go();',
    'go();  ',
    '\t\tstop();',
  ],
  ...[
    'const é = 1;',
    'const e\u0301 = 1;',
    '# 見出し',
    'x = "\u{1f600}";',
    '- item',
    '+ item',
    '12 | item',
    '```',
  ],
  ...[
    'if (a) {',
    '  if (a) {',
    '\tif (a) {',
    'return a + b;',
    '  return a + b;',
    'for (;;) {',
    'f\rg();',
    'a\u2028b();',
  ],
];

const SOURCES = join(import.meta.dirname, '../../src/review');
const REAL = readdirSync(SOURCES)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(SOURCES, name), 'utf8').split('\n'));

const line = fc.constantFrom(...LINES);
const odd = fc.array(line, { minLength: 3, maxLength: 40, size: 'max' });
const real = fc
  .tuple(fc.constantFrom(...REAL), fc.nat())
  .map(([lines, from]) => lines.slice(from % Math.max(1, lines.length - 60)).slice(0, 60));

interface Texts {
  readonly before: string;
  readonly after: string;
}

const texts: fc.Arbitrary<Texts> = fc
  .record({
    lines: fc.oneof({ weight: 2, arbitrary: odd }, { weight: 1, arbitrary: real }),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.array(line, { maxLength: 3 })), {
      minLength: 1,
      maxLength: 4,
    }),
    newline: fc.constantFrom('\n', '\n', '\r\n'),
    open: fc.boolean(),
  })
  .map(({ lines, edits, newline, open }) => {
    const after = [...lines];
    for (const [at, removed, added] of edits) after.splice(at % (after.length + 1), removed, ...added);
    const end = open ? '' : newline;
    return { before: lines.join(newline) + end, after: after.join(newline) + end };
  });

/** What a model does to the lines that it quotes. */
const MANGLERS: Readonly<Record<string, (lines: readonly string[]) => string>> = {
  verbatim: (lines) => lines.join('\n'),
  'with CRLF': (lines) => lines.join('\r\n'),
  trimmed: (lines) => lines.join('\n').trim(),
  'right-trimmed': (lines) => lines.map((one) => one.trimEnd()).join('\n'),
  dedented: (lines) => dedent(lines).join('\n'),
  indented: (lines) => lines.map((one) => `      ${one}`).join('\n'),
  'tabs for spaces': (lines) =>
    lines.map((one) => one.replace(/^\t+/, (tabs) => '    '.repeat(tabs.length))).join('\n'),
  'with empty lines around': (lines) => `\n  \n${lines.join('\n')}\n\n`,
  composed: (lines) => lines.join('\n').normalize('NFC'),
  decomposed: (lines) => lines.join('\n').normalize('NFD'),
  added: (lines) => lines.map((one) => `+${one}`).join('\n'),
  removed: (lines) => lines.map((one) => `-${one}`).join('\n'),
  numbered: (lines) => lines.map((one, index) => `${index + 7} | ${one}`).join('\n'),
  fenced: (lines) => `\`\`\`ts\n${lines.join('\n')}\n\`\`\``,
  'fenced, numbered and marked': (lines) =>
    `\`\`\`diff\n${lines.map((one, index) => `${index + 7} | +${one}`).join('\n')}\n\`\`\``,
  altered: (lines) => lines.join('\n').replace(/[a-z]/, 'ß'),
  'with a line left out': (lines) => [...lines.slice(0, 1), ...lines.slice(2)].join('\n'),
  'with an ellipsis': (lines) => [...lines.slice(0, 1), '...', ...lines.slice(1)].join('\n'),
  shuffled: (lines) => [...lines].reverse().join('\n'),
  'a part': (lines) => (lines[0] ?? '').trim().split(' ').slice(1).join(' '),
  invented: () => 'await uploadEverything(files);',
};

/** These keep every line: when the lines say enough, they must be found. */
const FAITHFUL = new Set(Object.keys(MANGLERS).slice(0, Object.keys(MANGLERS).indexOf('altered')));

function dedent(lines: readonly string[]): readonly string[] {
  const filled = lines.filter((one) => one.trim() !== '');
  const width = Math.min(...filled.map((one) => one.length - one.trimStart().length));
  return lines.map((one) => one.slice(width));
}

const claim = fc.record({
  file: fc.nat(),
  from: fc.nat(),
  count: fc.integer({ min: 1, max: 4 }),
  how: fc.constantFrom(...Object.keys(MANGLERS)),
  side: fc.constantFrom<Side>('RIGHT', 'RIGHT', 'RIGHT', 'LEFT'),
  /** The line that the model believes in, from the right one; null: it does not say. */
  off: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: -30, max: 30 }))),
  /** It is said of another file. */
  elsewhere: fc.nat(5).map((dice) => dice === 0),
  replacement: fc.array(line, { maxLength: 2 }),
});

/** Everything that a quote may mean, found without the code under test: each line bare of what may be around it. */
function meanings(quote: string): string[] {
  const bare = (lines: readonly string[]): string => {
    const trimmed = lines.map((one) => one.trim().normalize('NFC'));
    while (trimmed[0] === '') trimmed.shift();
    while (trimmed.at(-1) === '') trimmed.pop();
    return trimmed.join('\n');
  };
  const literal = quote.split(/\r?\n/);
  const filled = literal.filter((one) => one.trim() !== '');
  const fenced = filled[0]?.trim().startsWith('```') && filled.at(-1)?.trim() === '```';
  const inside = fenced
    ? literal.slice(literal.indexOf(filled[0] ?? '') + 1, literal.lastIndexOf(filled.at(-1) ?? ''))
    : literal;
  const withoutNumbers = (lines: readonly string[]) => lines.map((one) => one.replace(/^\s*\d+ \| ?/, ''));
  const unnumbered = withoutNumbers(inside);
  const unmarked = (lines: readonly string[]) => lines.map((one) => one.replace(/^[+ -]/, ''));
  const bothWays = [unmarked(unnumbered), withoutNumbers(unmarked(inside))];
  return [literal, inside, unnumbered, unmarked(inside), ...bothWays].map(bare);
}

/** What stands at a place, in the same bare form. */
function textAt(text: string, { startLine, endLine, startColumn, endColumn }: LocatedQuote): string {
  const lines = text.split('\n').slice(startLine - 1, endLine);
  if (startColumn !== undefined && endColumn !== undefined)
    return (lines[0] ?? '').slice(startColumn - 1, endColumn - 1).normalize('NFC');
  return lines.map((one) => one.trim().normalize('NFC')).join('\n');
}

function isInOneHunk({ hunks }: FileChange, { startLine, endLine }: LocatedQuote, side: Side): boolean {
  return (hunks ?? []).some((hunk) => {
    const shown = new Set([...hunkLines(hunk)].map((one) => (side === 'RIGHT' ? one.newLine : one.oldLine)));
    return Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index).every((number) =>
      shown.has(number),
    );
  });
}

it('no finding sits on a line whose text is not its quote', async () => {
  const counts = {
    findings: 0,
    once: 0,
    nearest: 0,
    dropped: 0,
    inline: 0,
    file: 0,
    suggested: 0,
    refused: 0,
  };
  const droppedBy: Record<string, number> = {};
  const batch = fc.tuple(
    fc.array(texts, { minLength: 30, maxLength: 30, size: 'max' }),
    fc.array(claim, { minLength: 500, maxLength: 500, size: 'max' }),
  );
  await fc.assert(
    fc.asyncProperty(batch, async ([files, claims]) => {
      const repository = tempRepository();
      const name = (index: number) => `f${String(index).padStart(2, '0')}.txt`;
      const tree = (side: keyof Texts) =>
        new Map(
          files.map((file, index) => [name(index), { mode: '100644', content: Buffer.from(file[side]) }]),
        );
      importCommits(repository, [tree('before'), tree('after')]);
      const change = await (await openGit(repository)).range('main');

      for (const { file, from, count, how, side, off, elsewhere, replacement } of claims) {
        const changed = change.files[file % change.files.length];
        const own = files[Number(changed?.path.slice(1, 3))];
        const source = elsewhere ? files[from % files.length] : own;
        if (changed === undefined || own === undefined || source === undefined) continue;
        const text = side === 'RIGHT' ? own.after : own.before;
        const lines = (side === 'RIGHT' ? source.after : source.before).split(/\r?\n/);
        const start = from % lines.length;
        const quote = MANGLERS[how]?.(lines.slice(start, start + count)) ?? '';
        const place = locateQuote(text, quote, off === null ? null : start + 1 + off);

        counts.findings += 1;
        if (place.found === 'no') {
          counts.dropped += 1;
          droppedBy[place.why] = (droppedBy[place.why] ?? 0) + 1;
          const said = lines.slice(start, start + count).join('');
          const saysEnough = said.replace(/\s/g, '').length >= 3 && /[\p{L}\p{N}]/u.test(said);
          if (!elsewhere && FAITHFUL.has(how))
            expect({ how, quote, found: saysEnough }).toEqual({ how, quote, found: false });
          continue;
        }
        counts[place.found] += 1;

        // The law.
        expect(meanings(quote)).toContain(textAt(text, place));

        // Of several places, the one that the model believes in when it is right.
        if (how === 'verbatim' && off === 0 && !elsewhere && lines[start]?.trim() !== '')
          expect(place.startLine).toBe(start + 1);

        const anchored = anchor(change, changed.path, place, side);
        if (anchored.kind === 'summary') throw new Error(`${changed.path} is in the change`);
        counts[anchored.kind] += 1;
        expect(anchored.kind).toBe(isInOneHunk(changed, place, side) ? 'inline' : 'file');
        if (anchored.kind === 'inline')
          expect(anchored).toMatchObject({ startLine: place.startLine, endLine: place.endLine });

        const { suggestion } = await checkSuggestion(
          { path: changed.path, text, place, replacement: replacement.join('\n') },
          async () => null,
        );
        counts[suggestion === null ? 'refused' : 'suggested'] += 1;
        if (suggestion === null) continue;
        expect(place.found).toBe('once');
        // What would be the same place to a reader: the same lines, to the letter, somewhere else.
        const quoted = text.split('\n').slice(place.startLine - 1, place.endLine);
        if (place.startColumn === undefined) expect(occurrences(text.split('\n'), quoted)).toBe(1);
        const result = applySuggestion(text, suggestion).split('\n');
        expect(result.slice(0, suggestion.startLine - 1)).toEqual(
          text.split('\n').slice(0, suggestion.startLine - 1),
        );
        const behind = text.split('\n').slice(suggestion.endLine);
        expect(behind.length === 0 ? [] : result.slice(-behind.length)).toEqual(behind);
      }
    }),
    // To make a counterexample of so many texts smaller takes minutes.
    { numRuns: 5, endOnFailure: true },
  );
  console.log('findings:', counts, 'dropped because:', droppedBy);
  expect(counts.findings).toBeGreaterThanOrEqual(1000);
  expect(counts.once + counts.nearest + counts.dropped).toBe(counts.findings);
  expect(counts.inline + counts.file).toBe(counts.once + counts.nearest);
  expect(counts.suggested + counts.refused).toBe(counts.once + counts.nearest);
  for (const count of [
    counts.once,
    counts.nearest,
    counts.dropped,
    counts.inline,
    counts.file,
    counts.suggested,
  ])
    expect(count).toBeGreaterThan(50);
}, 180_000);

function occurrences(lines: readonly string[], some: readonly string[]): number {
  return lines.filter((_, at) => some.every((one, index) => lines[at + index]?.trimEnd() === one.trimEnd()))
    .length;
}
