import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/change/change-set.ts';
import { applyHunks } from '../../src/change/hunk.ts';
import { lineMap } from '../../src/change/line-map.ts';
import { tempRepository } from '../support/temp-repository.ts';
import { importCommits, type Tree } from './import-commits.ts';
import { NO_LIMITS, openGit } from './open-git.ts';

/** Few values, so that lines repeat; among them what a patch itself is made of. */
const line = fc.constantFrom(
  ...['', 'a', 'b', ' a', 'f\rg', '\r', 'a\r', '\0', 'a\0b', '\xff', 'é', '\u2028'],
  ...['@@ -1 +1 @@', '-- a/x', '++ b/x', 'diff --git a/x b/x', '\\ No newline at end of file'],
);
const lines = fc.array(line, { maxLength: 40 });
const end = fc.constantFrom('\n', '\n', '', '\r');
const encode = (text: readonly string[], last: string): Buffer =>
  Buffer.concat(
    [...text.join('\n'), text.length > 0 ? last : ''].map((character) =>
      Buffer.from(character, character === '\xff' ? 'latin1' : 'utf8'),
    ),
  );

/** Contents before and after; null: there is no file. */
type Pair = readonly [Buffer | null, Buffer | null];

const edited = fc
  .tuple(
    lines,
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.array(line, { maxLength: 3 })), { maxLength: 4 }),
    end,
    end,
  )
  .map(([before, edits, oneEnd, otherEnd]): Pair => {
    const after = [...before];
    for (const [at, removed, added] of edits) after.splice(at % (before.length + 1), removed, ...added);
    return [encode(before, oneEnd), encode(after, otherEnd)];
  });
const content = fc.tuple(lines, end).map(([text, last]) => encode(text, last));
const pair: fc.Arbitrary<Pair> = fc.oneof(
  { weight: 8, arbitrary: edited },
  { weight: 2, arbitrary: fc.tuple(content, content) },
  { weight: 1, arbitrary: content.map((after): Pair => [null, after]) },
  { weight: 1, arbitrary: content.map((before): Pair => [before, null]) },
);

const name = (index: number) => `file-${String(index).padStart(4, '0')}`;

function tree(contents: readonly (Buffer | null)[]): Tree {
  return new Map(
    contents.flatMap((content, index) =>
      content === null ? [] : [[name(index), { mode: '100644', content }]],
    ),
  );
}

/** Every line of the old content that lies outside of all hunks, with the line that the map says it is now. */
function expectLinesToAgree({ hunks }: FileChange, before: Buffer, after: Buffer): void {
  const cut = (content: Buffer) => content.toString('latin1').match(/[^\n]*\n|[^\n]+/g) ?? [];
  const [old, now] = [cut(before), cut(after)];
  for (const run of lineMap(hunks ?? [])) {
    const last = Number.isFinite(run.count) ? run.old - 1 + run.count : old.length;
    const count = last - (run.old - 1);
    expect(now.slice(run.new - 1, run.new - 1 + count)).toEqual(old.slice(run.old - 1, last));
    if (!Number.isFinite(run.count)) expect(now.length - run.new).toBe(old.length - run.old);
  }
}

describe('before + hunks = after, byte for byte', () => {
  it('for any contents', async () => {
    const batches = fc.array(pair, { minLength: 250, maxLength: 250, size: 'max' });
    let looked = 0;
    await fc.assert(
      fc.asyncProperty(batches, async (pairs) => {
        const repository = tempRepository();
        const before = tree(pairs.map(([one]) => one));
        const after = tree(pairs.map(([, other]) => other));
        importCommits(repository, [before, after]);
        const git = await openGit(repository);
        const change = await git.range('main', NO_LIMITS);
        const touched = new Set(change.files.flatMap(({ path, oldPath }) => [path, oldPath]));
        for (const [index, [one, other]] of pairs.entries()) {
          const same = one === null || other === null ? one === other : one.equals(other);
          expect(touched.has(name(index)), name(index)).toBe(!same);
        }
        for (const file of change.files) {
          const one = before.get(file.oldPath)?.content ?? Buffer.alloc(0);
          const other = after.get(file.path)?.content ?? Buffer.alloc(0);
          expect(file.unread).toBeNull();
          expect(file.before?.size ?? 0).toBe(file.before === null ? 0 : one.length);
          expect(file.after?.size ?? 0).toBe(file.after === null ? 0 : other.length);
          const applied = applyHunks(file.before === null ? Buffer.alloc(0) : one, file.hunks ?? []);
          expect(applied).toEqual(file.after === null ? Buffer.alloc(0) : other);
          if (file.before !== null && file.after !== null) expectLinesToAgree(file, one, other);
          looked += 1;
        }
        git.reader.close();
      }),
      { numRuns: 6, endOnFailure: true },
    );
    expect(looked).toBeGreaterThan(1000);
  });
});

describe('the id of a change', () => {
  const texts = fc.array(fc.constantFrom('a\n', 'b\n', null), { minLength: 4, maxLength: 4 });
  const contents = texts.map((all) => all.map((text) => (text === null ? null : Buffer.from(text))));

  it('is the same for the same change to the same tree, and another one for any other', async () => {
    await fc.assert(
      fc.asyncProperty(contents, contents, contents, async (one, two, three) => {
        const repository = tempRepository();
        const trees = [one, two, three].map(tree);
        const commits = importCommits(repository, [...trees, ...trees]);
        const git = await openGit(repository);
        const change = (from: number, to: number) => git.range(`${commits[from]}..${commits[to]}`);
        const seen = new Map<string, string>();
        for (const [from, to] of [
          [0, 1],
          [3, 4],
          [0, 2],
          [1, 2],
          [4, 5],
          [2, 0],
          [0, 0],
          [1, 1],
        ] as const) {
          const { id, base } = await change(from, to);
          const ids = [base.tree, repository.git('rev-parse', `${commits[to]}^{tree}`)].join();
          expect(seen.get(ids) ?? id).toBe(id);
          seen.set(ids, id);
        }
        expect(new Set(seen.values()).size).toBe(seen.size);
        git.reader.close();
      }),
      { numRuns: 8 },
    );
  });

  it('is the same for a staged change and for the commit that it becomes', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n', b: 'two\n' });
    repository.write({ a: 'two\n', c: 'three\n' });
    repository.git('rm', '--quiet', 'b');
    repository.git('add', '--all');
    const git = await openGit(repository);
    const staged = await git.staged();
    repository.git('commit', '--quiet', '--message=x');
    const committed = await git.range('HEAD');
    expect(staged.files).toHaveLength(3);
    expect(committed).toEqual({ ...staged, head: committed.head });
    expect(committed.head.commit).toBe(repository.git('rev-parse', 'HEAD'));
  });

  it('tells a change of mode from none', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    const git = await openGit(repository);
    const nothing = await git.staged();
    repository.git('update-index', '--chmod=+x', 'a');
    expect((await git.staged()).id).not.toBe(nothing.id);
  });
});
