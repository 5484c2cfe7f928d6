import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeSet, FileChange } from '../../src/change/change-set.ts';
import { createPatchParser } from '../../src/change/parse-patch.ts';
import { anchor, type Side, touchesChange } from '../../src/review/anchor.ts';
import { importCommits } from '../git/import-commits.ts';
import { openGit } from '../git/open-git.ts';
import { tempRepository } from '../support/temp-repository.ts';

function changeOf(hunks: string, more: Partial<FileChange> = {}): ChangeSet {
  const parser = createPatchParser();
  const patch = Buffer.from(`diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n${hunks}`);
  const [section] = [...parser.push(patch), ...parser.end()];
  const file: FileChange = {
    path: 'a.ts',
    oldPath: 'a.ts',
    status: 'modified',
    before: null,
    after: null,
    hunks: section?.hunks ?? [],
    unread: null,
    ...more,
  };
  return { base: { commit: null, tree: '' }, head: { commit: null }, files: [file], id: '' };
}

const at = (startLine: number, endLine = startLine) => ({ startLine, endLine });
const anchored = (change: ChangeSet, side: Side, startLine: number, endLine = startLine) =>
  anchor(change, 'a.ts', at(startLine, endLine), side).kind;

/** Lines 11 to 17 become 11 to 18: 14 goes, 14 and 15 come. */
const ONE = '@@ -11,7 +11,8 @@\n a\n b\n c\n-d\n+D\n+E\n e\n f\n g\n';

describe('anchor', () => {
  it('lies on the lines of one hunk and of its side', () => {
    const change = changeOf(ONE);
    expect(anchor(change, 'a.ts', at(11, 18), 'RIGHT')).toEqual({
      kind: 'inline',
      side: 'RIGHT',
      ...at(11, 18),
    });
    expect(anchor(change, 'a.ts', { ...at(14), startColumn: 2, endColumn: 3 }, 'LEFT')).toEqual({
      kind: 'inline',
      side: 'LEFT',
      ...at(14),
    });
    expect(anchored(change, 'RIGHT', 10)).toBe('file');
    expect(anchored(change, 'RIGHT', 10, 11)).toBe('file');
    expect(anchored(change, 'RIGHT', 18, 19)).toBe('file');
    expect(anchored(change, 'LEFT', 17)).toBe('inline');
    expect(anchored(change, 'LEFT', 18)).toBe('file');
    expect(anchored(change, 'RIGHT', 15, 14)).toBe('file');
  });

  it('never spans two hunks, even when they touch', () => {
    const change = changeOf('@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -3,2 +3,2 @@\n c\n-d\n+D\n');
    expect([anchored(change, 'RIGHT', 1, 2), anchored(change, 'RIGHT', 3, 4)]).toEqual(['inline', 'inline']);
    expect([anchored(change, 'RIGHT', 2, 3), anchored(change, 'LEFT', 2, 3)]).toEqual(['file', 'file']);
  });

  it('has no line on a side that has none', () => {
    const added = changeOf('@@ -0,0 +1 @@\n+a\n', { status: 'added' });
    expect([anchored(added, 'RIGHT', 1), anchored(added, 'LEFT', 0), anchored(added, 'LEFT', 1)]).toEqual([
      ...['inline', 'file', 'file'],
    ]);
    const deleted = changeOf('@@ -1 +0,0 @@\n-a\n', { status: 'deleted' });
    expect([anchored(deleted, 'LEFT', 1), anchored(deleted, 'RIGHT', 1)]).toEqual(['inline', 'file']);
    const emptied = changeOf('@@ -5,2 +4,0 @@\n-a\n-b\n');
    expect([anchored(emptied, 'RIGHT', 4), anchored(emptied, 'RIGHT', 5)]).toEqual(['file', 'file']);
  });

  it('is the file where there are no lines to show', () => {
    const files = [
      changeOf('', { status: 'renamed', oldPath: 'b.ts' }),
      changeOf('', { hunks: null, unread: 'too large' }),
      changeOf('@@ -0,0 +1 @@\n+a\0b\n'),
      changeOf('@@ -1 +0,0 @@\n-a\n@@ -0,0 +1 @@\n+b\n', { status: 'type-changed' }),
    ];
    expect(files.map((change) => anchored(change, 'RIGHT', 1))).toEqual(['file', 'file', 'file', 'file']);
    expect(anchor(changeOf(ONE), 'a.ts', null, 'RIGHT')).toEqual({ kind: 'file' });
  });

  it('is the summary for a path that is not in the change', () => {
    const renamed = changeOf(ONE, { status: 'renamed', oldPath: 'b.ts' });
    expect(anchor(renamed, 'b.ts', at(11), 'RIGHT').kind).toBe('summary');
    expect(anchor(renamed, 'c.ts', null, 'RIGHT').kind).toBe('summary');
    expect(anchor(renamed, 'a.ts', at(11), 'RIGHT').kind).toBe('inline');
  });
});

describe('touchesChange', () => {
  const touched = (change: ChangeSet, side: Side, lines: readonly number[]) =>
    lines.filter((line) => touchesChange(change, 'a.ts', at(line), side));
  const LINES = Array.from({ length: 30 }, (_, index) => index);

  it('knows added lines and those beside removed ones', () => {
    expect(touched(changeOf(ONE), 'RIGHT', LINES)).toEqual([13, 14, 15]);
    expect(touched(changeOf(ONE), 'LEFT', LINES)).toEqual([14, 15]);
    expect(touched(changeOf('@@ -2,4 +2,2 @@\n a\n-b\n-c\n d\n'), 'RIGHT', LINES)).toEqual([2, 3]);
    expect(touched(changeOf('@@ -2,2 +2,3 @@\n a\n+b\n d\n'), 'RIGHT', LINES)).toEqual([3]);
    expect(touched(changeOf('@@ -2,2 +2,3 @@\n a\n+b\n d\n'), 'LEFT', LINES)).toEqual([2, 3]);
    expect(touched(changeOf('@@ -5,2 +4,0 @@\n-a\n-b\n'), 'RIGHT', LINES)).toEqual([4, 5]);
  });

  it('knows ranges, files and other paths', () => {
    const change = changeOf(ONE);
    expect(touchesChange(change, 'a.ts', at(1, 13), 'RIGHT')).toBe(true);
    expect(touchesChange(change, 'a.ts', at(1, 12), 'RIGHT')).toBe(false);
    expect(touchesChange(change, 'a.ts', at(16, 90), 'RIGHT')).toBe(false);
    expect(touchesChange(change, 'a.ts', null, 'RIGHT')).toBe(true);
    expect(touchesChange(change, 'b.ts', null, 'RIGHT')).toBe(false);
    expect(touchesChange(change, 'b.ts', at(14), 'RIGHT')).toBe(false);
  });
});

/** The lines of each hunk that git prints, by side, and those that only that side has. */
function printed(diff: string): { lines: Record<Side, number[]>; own: Record<Side, number[]> }[] {
  return diff
    .split(/^(?=@@ )/m)
    .slice(1)
    .map((hunk) => {
      const [header = '', ...body] = hunk.split('\n');
      const [, left = '', right = ''] = /^@@ -(\d+)\S* \+(\d+)/.exec(header) ?? [];
      const next = { LEFT: Number(left), RIGHT: Number(right) };
      const [lines, own] = [0, 1].map(() => ({ LEFT: [] as number[], RIGHT: [] as number[] }));
      for (const line of body) {
        if (line[0] === ' ' || line[0] === '-') lines?.LEFT.push(next.LEFT++);
        if (line[0] === ' ' || line[0] === '+') lines?.RIGHT.push(next.RIGHT++);
        if (line[0] === '-') own?.LEFT.push(next.LEFT - 1);
        if (line[0] === '+') own?.RIGHT.push(next.RIGHT - 1);
      }
      return { lines: lines ?? { LEFT: [], RIGHT: [] }, own: own ?? { LEFT: [], RIGHT: [] } };
    });
}

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

it('agrees with what git prints, for every place', async () => {
  let inline = 0;
  const pairs = fc.array(fc.tuple(text, text, fc.nat(), fc.nat()), {
    minLength: 40,
    maxLength: 40,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(pairs, async (some) => {
      const repository = tempRepository();
      // The second text is put into the middle of the first one, so that there is context around it.
      const contents = some.map(([before, piece, from, to]): [string, string] => {
        const lines = before.split(/(?<=\n)/);
        const cut = [from % (lines.length + 1), to % (lines.length + 1)].sort((one, other) => one - other);
        const inserted = piece
          .split(/(?<=\n)/)
          .slice(0, 3)
          .join('');
        return [before, lines.slice(0, cut[0]).join('') + inserted + lines.slice(cut[1]).join('')];
      });
      const tree = (side: 0 | 1) =>
        new Map(
          contents.map((pair, index) => [`f${index}`, { mode: '100644', content: Buffer.from(pair[side]) }]),
        );
      importCommits(repository, [tree(0), tree(1)]);
      const change = await (await openGit(repository)).range('main');
      for (const { path } of change.files) {
        const hunks = printed(repository.git('diff', '--no-renames', 'main~', 'main', '--', path));
        for (const side of ['LEFT', 'RIGHT'] as const) {
          const own = new Set(hunks.flatMap((hunk) => hunk.own[side]));
          for (let startLine = 0; startLine < 45; startLine += 1) {
            for (const endLine of [startLine, startLine + 1, startLine + 5]) {
              const range = Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index);
              const shown = hunks.some(({ lines }) => range.every((line) => lines[side].includes(line)));
              expect(anchor(change, path, { startLine, endLine }, side).kind).toBe(shown ? 'inline' : 'file');
              if (shown) inline += 1;
              if (range.some((line) => own.has(line)))
                expect(touchesChange(change, path, { startLine, endLine }, side)).toBe(true);
            }
          }
        }
      }
    }),
    { numRuns: 5 },
  );
  expect(inline).toBeGreaterThan(1000);
});
