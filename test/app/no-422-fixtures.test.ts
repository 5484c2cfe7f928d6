import { expect, it } from 'vitest';
import { createPatchParser } from '../../src/change/parse-patch.ts';
import { anchor, type Side } from '../../src/review/anchor.ts';
import { goldenFiles } from '../change/golden-files.ts';
import { reviewCommentProblem } from '../support/github/review-rules.ts';
import { parseDiff } from '../support/github/shown-diff.ts';
import { sampleFile } from '../support/sample-review.ts';

/** What stands before a patch in `git diff --raw -z -p`, for so many modified files. */
const rawRecords = (count: number): Buffer =>
  Buffer.from(
    `${Array.from({ length: count }, (_, index) => `:100644 100644 a b M\0${nameOf(index)}\0`).join('')}\0`,
  );
const nameOf = (index: number): string => `file-${index}`;

it.each(goldenFiles('.diff').map(({ name, input }) => [name, input] as const))(
  'GitHub takes a comment at lines of %s exactly where the anchor is at them',
  (_, input) => {
    const parser = createPatchParser();
    const sections = [...parser.push(input), ...parser.end()];
    const files = sections.map(({ hunks }, index) => sampleFile(nameOf(index), { hunks }));
    const change = { base: { commit: null, tree: '' }, head: { commit: null }, files, id: '' };
    const shown = parseDiff(Buffer.concat([rawRecords(files.length), input]));
    expect(shown.size).toBe(files.length);
    let places = 0;
    for (const { path, hunks } of files) {
      // git shows no such file, whatever this fixture was made with.
      const isShown = !(hunks ?? []).some(({ body }) => body.includes(0));
      const last = Math.max(
        0,
        ...(hunks ?? []).flatMap((hunk) => [hunk.oldStart + hunk.oldCount, hunk.newStart + hunk.newCount]),
      );
      for (const side of ['LEFT', 'RIGHT'] satisfies Side[])
        for (let line = 0; line <= last + 2; line += 1)
          for (let startLine = Math.max(0, line - 12); startLine <= line; startLine += 1) {
            const start = startLine === line ? {} : { start_line: startLine, start_side: side };
            const sent = { path, body: 'x', side, line, ...start };
            const isTaken = isShown && reviewCommentProblem(shown, sent) === null;
            const { kind } = anchor(change, path, { startLine, endLine: line }, side);
            expect({ ...sent, kind }).toEqual({ ...sent, kind: isTaken ? 'inline' : 'file' });
            places += 1;
          }
    }
    expect(places).toBeGreaterThan(0);
  },
);
