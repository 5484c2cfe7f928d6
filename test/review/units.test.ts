import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/review/estimate-tokens.ts';
import { renderUnit, unitDigest } from '../../src/review/render-unit.ts';
import type { ShownFile, ShownHunk, ShownLine } from '../../src/review/shown-file.ts';
import { planUnits, type ReviewUnit, type UnitPlan } from '../../src/review/units.ts';

const LIMITS = { unitTokens: 12_000, fileTokens: 60_000 };
const NOTHING = { guidelines: [], instructions: [], message: null };

/** A file with hunks of added lines, ten lines apart. */
function file(path: string, ...hunks: (readonly string[])[]): ShownFile {
  let [oldLine, newLine] = [1, 1];
  const shown = hunks.map((texts): ShownHunk => {
    const lines: ShownLine[] = texts.map((text) => {
      const kind = text.startsWith(' ') ? 'context' : text.startsWith('-') ? 'removed' : 'added';
      return {
        kind,
        oldLine: kind === 'added' ? 0 : oldLine++,
        newLine: kind === 'removed' ? 0 : newLine++,
        text: text.slice(1),
      };
    });
    oldLine += 10;
    newLine += 10;
    return { section: '', lines };
  });
  return {
    ...{ path, oldPath: path, status: 'modified', oldMode: '100644', newMode: '100644' },
    hunks: shown,
    withheld: null,
  };
}

/** One of about so many tokens. */
const sized = (path: string, tokens: number, mark = '.'): ShownFile =>
  file(
    path,
    Array.from({ length: Math.ceil(tokens / 12) }, (_, line) => `+line ${line} of ${path.slice(-4)}${mark}`),
  );

const paths = ({ units }: UnitPlan): string[][] =>
  units.map((unit) => unit.files.map((one) => one.file.path));
const digests = ({ units }: UnitPlan): string[] => units.map((unit) => unitDigest(unit, NOTHING));

/** Every line that is changed, as `path: old new text`, in order. */
const changed = (path: string, hunks: readonly ShownHunk[]): string[] =>
  hunks.flatMap(({ lines }) =>
    lines
      .filter(({ kind }) => kind !== 'context')
      .map(({ oldLine, newLine, text }) => `${path}: ${oldLine} ${newLine} ${text}`),
  );

const tokensOf = (unit: ReviewUnit): number => {
  const rendered = renderUnit(unit, NOTHING, '0'.repeat(32));
  return estimateTokens(rendered) - estimateTokens(renderUnit({ files: [] }, NOTHING, '0'.repeat(32)));
};

describe('what belongs together', () => {
  it('is one unit when all of it fits', () => {
    const plan = planUnits([file('z.ts', ['+a']), file('b/a.ts', ['+a']), file('a.ts', ['+a'])], LIMITS);
    expect(paths(plan)).toEqual([['a.ts', 'b/a.ts', 'z.ts']]);
    expect(plan.leftOut).toEqual([]);
  });

  it.each([
    ['src/review/units.ts', 'test/review/units.test.ts'],
    ['src/upload.ts', 'src/upload.spec.ts'],
    ['pkg/a/server.go', 'pkg/a/server_test.go'],
    ['app/models.py', 'app/tests/test_models.py'],
    ['src/main/java/com/acme/Cart.java', 'src/test/java/com/acme/CartTest.java'],
    ['web/src/Button.tsx', 'web/src/__tests__/Button.test.tsx'],
    ['packages/a/package.json', 'packages/a/package-lock.json'],
    ['web/package.json', 'web/yarn.lock'],
    ['Cargo.toml', 'Cargo.lock'],
    ['go.mod', 'go.sum'],
  ])('keeps %s and %s in one unit', (first, second) => {
    const folders = [...new Set([first, second].map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
    const others = folders.flatMap((folder) =>
      Array.from({ length: 30 }, (_, index) => sized(`${folder}${'bqz'[index % 3]}${index * 37}.x`, 1000)),
    );
    const plan = planUnits([sized(second, 1000), ...others, sized(first, 1000)], LIMITS);
    expect(plan.units.length).toBeGreaterThan(2);
    const unit = paths(plan).find((names) => names.includes(first)) ?? [];
    expect(unit.slice(unit.indexOf(first))[1]).toBe(second);
  });

  it('cuts between folders rather than within one', () => {
    const files = ['a', 'b', 'c', 'd'].flatMap((folder) =>
      Array.from({ length: 5 }, (_, index) => sized(`src/${folder}/${index}.ts`, 2000)),
    );
    const folders = paths(planUnits(files, LIMITS)).map(
      (names) => new Set(names.map((name) => name[4])).size,
    );
    expect(folders).toEqual([1, 1, 1, 1]);
  });
});

describe('a file that is too large for a unit', () => {
  it('is cut between hunks, then between declarations, and each part says what it is in', () => {
    const body = (name: string) => [
      `+export function ${name}() {`,
      ...Array.from({ length: 200 }, (_, index) => `+  call${index}("${name}", ${index} + 1);`),
      '+}',
      '+',
    ];
    const plan = planUnits(
      [file('src/a.ts', [' import x', ...body('one'), ...body('two'), ...body('three')], body('four'))],
      { unitTokens: 4500, fileTokens: 60_000 },
    );
    const firsts = plan.units.map((unit) => unit.files[0]?.hunks[0]?.lines[0]?.text);
    expect(firsts).toEqual([
      'import x',
      'export function two() {',
      'export function three() {',
      'export function four() {',
    ]);
    expect(plan.units.map((unit) => unit.files[0]?.part)).toEqual(
      [1, 2, 3, 4].map((number) => ({ number, of: 4 })),
    );
  });

  it('says which declaration a part begins in', () => {
    const calls = Array.from({ length: 300 }, (_, index) => `+  call(${index});`);
    const plan = planUnits([file('a.ts', ['+class Upload {', ...calls, '+class Download {', ...calls])], {
      ...{ unitTokens: 1500, fileTokens: 60_000 },
    });
    const sections = plan.units.map((unit) => unit.files[0]?.hunks[0]?.section);
    expect([sections[0], sections[1], sections.at(-1)]).toEqual(['', 'class Upload {', 'class Download {']);
  });

  it('never parts a removed line from what replaces it', () => {
    const pair = Array.from({ length: 400 }, (_, index) => [`-old ${index}`, `+new ${index}`]).flat();
    const plan = planUnits([file('a.ts', pair)], { unitTokens: 1000, fileTokens: 60_000 });
    expect(plan.units.length).toBeGreaterThan(4);
    for (const unit of plan.units) expect(unit.files[0]?.hunks[0]?.lines[0]?.kind).toBe('removed');
  });

  it('is not shown where nothing changed', () => {
    const context = Array.from({ length: 400 }, (_, index) => ` line ${index}`);
    const plan = planUnits([file('a.ts', ['+a', ...context, '+b'])], {
      unitTokens: 1000,
      fileTokens: 60_000,
    });
    expect(plan.units.map((unit) => changed('a.ts', unit.files[0]?.hunks ?? []).length)).toEqual([1, 1]);
  });
});

describe('what is left out', () => {
  const withheld = (path: string, outcome: 'excluded' | 'skipped', reason: string): ShownFile => ({
    ...file(path),
    withheld: { outcome, reason },
  });

  it('is said with a reason', () => {
    const plan = planUnits(
      [
        withheld('logo.png', 'excluded', 'binary'),
        withheld('key.ts', 'skipped', 'the search for secrets failed'),
        file('moved.ts'),
        sized('huge.sql', 90_000),
        file('bundle.js', [`+${'x'.repeat(60_000)}`]),
        sized('package-lock.json', 20_000),
        file('a.ts', ['+a']),
      ],
      LIMITS,
    );
    expect(plan.leftOut).toEqual([
      { path: 'logo.png', outcome: 'excluded', reason: 'binary' },
      { path: 'key.ts', outcome: 'skipped', reason: 'the search for secrets failed' },
      { path: 'moved.ts', outcome: 'excluded', reason: 'no line of it changed' },
      {
        path: 'huge.sql',
        outcome: 'skipped',
        reason: expect.stringMatching(/^its change has about \d+ tokens/),
      },
      { path: 'bundle.js', outcome: 'skipped', reason: expect.stringMatching(/^a line of it alone/) },
      {
        path: 'package-lock.json',
        outcome: 'excluded',
        reason: expect.stringMatching(/^a lock file of about/),
      },
    ]);
    // They are named beside what is shown.
    expect(paths(plan).flat()).toContain('logo.png');
    expect(plan.units.flatMap((unit) => unit.files).filter(({ hunks }) => hunks.length > 0)).toHaveLength(1);
  });

  it('is no unit of its own', () => {
    expect(planUnits([withheld('logo.png', 'excluded', 'binary')], LIMITS).units).toEqual([]);
    expect(planUnits([], LIMITS)).toEqual({ units: [], leftOut: [] });
  });
});

describe('any change', () => {
  const name = fc.constantFrom(
    'a',
    'b',
    'src',
    'test',
    'x.ts',
    'x.test.ts',
    'y.py',
    'package.json',
    'go.sum',
    'README',
  );
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const line = fc
    .tuple(
      fc.constantFrom('+', '-', ' '),
      fc.constantFrom('', 'function f() {', '  call()', '}', 'x'.repeat(200)),
    )
    .map((parts) => parts.join(''));
  const long = fc
    .tuple(line, fc.integer({ min: 1, max: 400 }))
    .map(([text, times]) => Array(times).fill(text));
  const hunk = fc.oneof(fc.array(line, { minLength: 1, maxLength: 30 }), long);
  const change = fc.uniqueArray(
    fc.tuple(path, fc.array(hunk, { maxLength: 4 })).map(([at, hunks]) => file(at, ...hunks)),
    { selector: (one) => one.path, maxLength: 30 },
  );
  const limits = fc
    .integer({ min: 150, max: 3000 })
    .map((unitTokens) => ({ unitTokens, fileTokens: unitTokens * 5 }));

  it('has every changed line in exactly one unit, or its file is left out', () => {
    fc.assert(
      fc.property(change, limits, (files, limits) => {
        const plan = planUnits(files, limits);
        const out = new Set(plan.leftOut.map((entry) => entry.path));
        const inUnits = plan.units.flatMap((unit) =>
          unit.files.flatMap((one) => changed(one.file.path, one.hunks)),
        );
        const expected = files
          .filter((one) => !out.has(one.path))
          .flatMap((one) => changed(one.path, one.hunks));
        expect(inUnits.sort()).toEqual(expected.sort());
        expect(out.size).toBe(plan.leftOut.length);
      }),
    );
  });

  it('has no unit over the limit', () => {
    fc.assert(
      fc.property(change, limits, (files, limits) => {
        for (const unit of planUnits(files, limits).units)
          expect(tokensOf(unit)).toBeLessThanOrEqual(limits.unitTokens);
      }),
    );
  });

  it('has the same units in whatever order its files come', () => {
    fc.assert(
      fc.property(
        change.chain((files) =>
          fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length })),
        ),
        limits,
        ([files, shuffled], limits) => {
          expect(digests(planUnits(shuffled, limits))).toEqual(digests(planUnits(files, limits)));
        },
      ),
    );
  });
});

describe('an amend', () => {
  const FOLDERS = ['src/agent', 'src/tools', 'src/review/checks', 'docs', 'test/review'];
  const limits = { unitTokens: 2000, fileTokens: 10_000 };
  const size = (index: number) => 50 + ((index * 997) % 450);
  /** Forty files of 150 to 600 tokens. */
  const forty = Array.from({ length: 40 }, (_, index) =>
    sized(`${FOLDERS[index % 5]}/n${(index * 7) % 40}.ts`, size(index)),
  );
  const before = planUnits(forty, limits);

  it('changes the unit of the file alone, whichever it is', () => {
    expect(before.units.length).toBeGreaterThan(4);
    for (const [index, one] of forty.entries()) {
      const files = forty.with(index, sized(one.path, size(index), '!'));
      const known = new Set(digests(before));
      const fresh = digests(planUnits(files, limits)).filter((digest) => !known.has(digest));
      expect({ path: one.path, fresh: fresh.length }).toEqual({ path: one.path, fresh: 1 });
    }
  });

  it('changes two units at most when the file grows or shrinks', () => {
    for (const [index, one] of forty.entries()) {
      for (const tokens of [20, 700]) {
        const files = forty.with(index, sized(one.path, tokens));
        const known = new Set(digests(before));
        const fresh = digests(planUnits(files, limits)).filter((digest) => !known.has(digest));
        expect(fresh.length).toBeLessThanOrEqual(2);
      }
    }
  });

  it('changes few units when a file joins or leaves many that are all alike', () => {
    const names = Array.from({ length: 100 }, (_, index) => `src/${((index * 7919) % 1000) + 1000}.ts`);
    const all = names.map((name) => sized(name, 200));
    const fresh = names.map((_, index) => {
      const known = new Set(digests(planUnits(all.toSpliced(index, 1), limits)));
      return digests(planUnits(all, limits)).filter((digest) => !known.has(digest)).length;
    });
    expect(fresh.reduce((sum, count) => sum + count, 0) / fresh.length).toBeLessThan(2.5);
  });
});
