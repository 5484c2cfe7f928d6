import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { ModelTurn } from '../../src/agent/model.ts';
import type { FileChange } from '../../src/change/change-set.ts';
import type { Hunk } from '../../src/change/hunk.ts';
import { loadReviewer } from '../../src/local/load-reviewer.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';
import { unitDigest } from '../../src/review/render-unit.ts';
import { reviewUnit } from '../../src/review/review-unit.ts';
import { openReviewedFile } from '../../src/review/reviewed-file.ts';
import type { ReviewerSetup } from '../../src/review/reviewer-setup.ts';
import { showFile } from '../../src/review/shown-file.ts';
import { planUnits, type ReviewUnit } from '../../src/review/units.ts';
import type { ReportedFinding } from '../../src/tools/report-finding.ts';

/** A line of a file that is changed: where it is, as in a diff. */
interface Op {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

const PATH = 'a.txt';
const NO_CONTEXT = { guidelines: [], instructions: [], message: null };

/** The numbers of an operation's line, 0 where it is not. */
function numbered(ops: readonly Op[]): (Op & { old: number; new: number })[] {
  let [old, now] = [0, 0];
  return ops.map((op) => ({
    ...op,
    old: op.kind === '+' ? 0 : ++old,
    new: op.kind === '-' ? 0 : ++now,
  }));
}

/** As git makes them, with three lines of context. */
function hunksOf(ops: readonly Op[]): Hunk[] {
  const lines = numbered(ops);
  const groups: [from: number, to: number][] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === ' ') continue;
    const last = groups.at(-1);
    const [from, to] = [Math.max(0, index - 3), Math.min(lines.length, index + 4)];
    if (last !== undefined && from <= last[1]) last[1] = to;
    else groups.push([from, to]);
  }
  return groups.map(([from, to]) => {
    const inside = lines.slice(from, to);
    const side = (name: 'old' | 'new') => {
      const count = inside.filter((line) => line[name] > 0).length;
      const before = lines.slice(0, from).filter((line) => line[name] > 0).length;
      return [count === 0 ? before : before + 1, count] as const;
    };
    const [[oldStart, oldCount], [newStart, newCount]] = [side('old'), side('new')];
    const body = Buffer.from(inside.map(({ kind, text }) => `${kind}${text}\n`).join(''));
    return { oldStart, oldCount, newStart, newCount, section: '', body };
  });
}

const textOf = (ops: readonly Op[], side: 'old' | 'new') =>
  ops
    .filter(({ kind }) => kind === ' ' || kind === (side === 'old' ? '-' : '+'))
    .map(({ text }) => `${text}\n`)
    .join('');

const changeOf = (ops: readonly Op[]): FileChange => ({
  ...{ path: PATH, oldPath: PATH, status: 'modified', unread: null, hunks: hunksOf(ops) },
  before: { mode: '100644', oid: 'a'.repeat(40), size: 1 },
  after: { mode: '100644', oid: 'b'.repeat(40), size: 1 },
});

async function unitOf(ops: readonly Op[]): Promise<ReviewUnit> {
  const read = async (oid: string) => Buffer.from(textOf(ops, oid.startsWith('a') ? 'old' : 'new'));
  const shown = await showFile(await openReviewedFile(changeOf(ops), false, read), async (text) => text);
  const { units } = planUnits([shown], { unitTokens: 100_000, fileTokens: 100_000 });
  const [unit, ...more] = units;
  if (unit === undefined || more.length > 0) throw new Error('not one unit');
  return unit;
}

interface Report {
  readonly quote: string;
  readonly side: 'old' | 'new';
  readonly hint: number | null;
}

/** One model and what it has answered, for any state of the file. */
function reviewer(reports: readonly Report[]) {
  const kept = new Map<string, unknown>();
  const turn: ModelTurn = {
    blocks: [
      ...reports.map(({ quote, side, hint }, index) => ({
        ...{ type: 'tool-call' as const, id: `call${index}`, name: 'report_finding' },
        input: {
          ...{ path: PATH, quote, side, ...(hint !== null && { line_hint: hint }) },
          ...{ severity: 'warning', category: 'correctness', title: `Fault ${index}`, body: 'It fails.' },
          confidence: 0.9,
        },
      })),
      { type: 'tool-call', id: 'end', name: 'finish_review', input: { summary: 'Looked at.' } },
    ],
    stop: 'tool-calls',
    usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, estimated: false },
  };
  const model = createScriptedModel([turn]);
  const review = async (ops: readonly Op[]) => {
    const setup: ReviewerSetup = {
      open: async () => Promise.reject(new Error('not asked for')),
      change: {
        ...{ base: { commit: null, tree: '' }, head: { commit: null }, id: '' },
        files: [changeOf(ops)],
      },
      textOf: async (path, side) => (path === PATH ? textOf(ops, side) : null),
      redact: async (text) => text,
      parse: async () => null,
      ...{ persona: loadReviewer(null), personaTools: [] },
      ...{ models: [model], tools: [], notes: [], patience: '', door: 'app', nonce: '0'.repeat(32) },
      context: NO_CONTEXT,
      budget: createBudget({ usd: null, tokens: null, deadline: monotonicMs() + 600_000 }),
      limits: { unitTokens: 100_000, fileTokens: 100_000, parallel: 1, validate: 'never' },
      results: {
        read: (key) => kept.get(key),
        write: (key, result) => kept.set(key, structuredClone(result)),
      },
    };
    const { result, known } = await reviewUnit(await unitOf(ops), 0, setup, AbortSignal.timeout(60_000));
    if (result === null) throw new Error('not reviewed');
    const places = result.findings.map(({ title, side, place }) => ({ title, side, ...place }));
    return { known, places, unplaced: result.unplaced };
  };
  return { review, kept };
}

/** Few lines, so that most stand in several places. */
const TEXTS = ['go(x);', 'const a = b;', '  return a;', 'if (a) go(x);', 'wait(a, b);'];
const line = fc.constantFrom(...TEXTS);
const context = (min: number, max: number) =>
  fc
    .array(line, { minLength: min, maxLength: max })
    .map((texts) => texts.map((text): Op => ({ kind: ' ', text })));
const edit = fc
  .array(fc.tuple(fc.constantFrom<Op['kind']>('+', '-'), line), { minLength: 1, maxLength: 6 })
  .map((lines) => lines.map(([kind, text]): Op => ({ kind, text })));
/** So far from a change no line is shown beside it. */
const FAR = 12;
/** A file with changes far from each other: unchanged lines and edits in turn. */
const file = fc
  .tuple(fc.array(fc.tuple(context(2 * FAR, 40), edit), { minLength: 1, maxLength: 3 }), context(0, 30))
  .map(([parts, end]) => [...parts.flat(), end]);

/** Where to quote from: a part of the way through a side, so many lines, and how wrong the hint is. */
const aims = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    lines: fc.integer({ min: 1, max: 3 }),
    side: fc.constantFrom('old' as const, 'new' as const),
    off: fc.option(fc.integer({ min: -20, max: 20 }), { nil: null }),
  }),
  { minLength: 1, maxLength: 5 },
);
type Aim = typeof aims extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

function reportOf({ at, lines, side, off }: Aim, ops: readonly Op[]): Report {
  const texts = textOf(ops, side).split('\n').slice(0, -1);
  const from = Math.floor(at * texts.length);
  const hint = off === null ? null : Math.max(1, from + 1 + off);
  return { quote: texts.slice(from, from + lines).join('\n'), side, hint };
}

describe('a unit whose lines have moved', () => {
  it('is the same one after lines came in at the top, and each finding has moved with its line', async () => {
    await fc.assert(
      fc.asyncProperty(file, aims, context(1, 60), async (parts, where, inserted) => {
        const ops = parts.flat();
        const moved = [...inserted, ...ops];
        expect(unitDigest(await unitOf(moved), NO_CONTEXT)).toBe(unitDigest(await unitOf(ops), NO_CONTEXT));
        const { review } = reviewer(where.map((aim) => reportOf(aim, ops)));
        const [first, again] = [await review(ops), await review(moved)];
        expect([first.known, again.known]).toEqual([false, true]);
        expect(first.places).toHaveLength(where.length);
        expect(again.places).toEqual(
          first.places.map((place) => ({
            ...place,
            startLine: place.startLine + inserted.length,
            endLine: place.endLine + inserted.length,
          })),
        );
        // And back: what was kept is about the first state, and moves to any other one.
        expect((await review(ops)).places).toEqual(first.places);
      }),
      { numRuns: 150 },
    );
  });

  it('is the same one after lines came and went between its hunks, and findings in them stay with theirs', async () => {
    const between = fc.array(context(0, 40), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(file, aims, between, async (parts, where, insertions) => {
        const ops = parts.flat();
        // In the middle of the unchanged lines in front of each edit.
        const moved = parts.flatMap((part, index) =>
          index % 2 === 1 || index === parts.length - 1
            ? part
            : [...part.slice(0, FAR), ...(insertions[index / 2] ?? []), ...part.slice(FAR)],
        );
        expect(unitDigest(await unitOf(moved), NO_CONTEXT)).toBe(unitDigest(await unitOf(ops), NO_CONTEXT));
        const { review } = reviewer(where.map((aim) => reportOf(aim, ops)));
        const [first, again] = [await review(ops), await review(moved)];
        const [shown, shownNow] = [await unitOf(ops), await unitOf(moved)].map(
          (unit) => unit.files[0]?.hunks.flatMap(({ lines }) => lines) ?? [],
        );
        for (const { title, side, startLine } of first.places) {
          const name = side === 'old' ? 'oldLine' : 'newLine';
          const at = shown?.findIndex((one) => one[name] === startLine) ?? -1;
          const now = again.places.find((one) => one.title === title);
          if (at >= 0) expect(now?.startLine).toBe(shownNow?.[at]?.[name]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is another one when any line that is shown is another, or is changed in another way', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), fc.boolean(), async (parts, which, isOther) => {
        const unit = await unitOf(parts.flat());
        const other = structuredClone(unit);
        const lines = other.files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
        const one = lines[which % lines.length];
        if (one === undefined) throw new Error('nothing is shown');
        if (isOther) Object.assign(one, { text: `${one.text} ` });
        else Object.assign(one, { kind: one.kind === 'context' ? 'added' : 'context' });
        expect(unitDigest(other, NO_CONTEXT)).not.toBe(unitDigest(unit, NO_CONTEXT));
      }),
    );
  });
});

describe('a kept result', () => {
  const ops: Op[] = [
    ...Array.from({ length: 30 }, (_, index): Op => ({ kind: ' ', text: `line ${index % 5}` })),
    { kind: '+', text: 'line 3' },
  ];
  const down = (count: number): Op[] => [
    ...Array.from({ length: count }, (): Op => ({ kind: ' ', text: 'line 3' })),
    ...ops,
  ];

  it('keeps the line of a finding, where the model had no idea or a wrong one of it', async () => {
    const { review, kept } = reviewer([{ quote: 'line 3', side: 'new', hint: 33 }]);
    expect((await review(ops)).places[0]?.startLine).toBe(31);
    expect([...kept.values()]).toMatchObject([
      { findings: [{ lineHint: 31 }], begins: [{ path: PATH, hunks: [{ old: 21, new: 21 }] }] },
    ]);
    expect((await review(down(9))).places[0]?.startLine).toBe(40);
  });

  it('of 0.1, which has no places of hunks, is still read', async () => {
    const { review, kept } = reviewer([{ quote: 'line 3', side: 'new', hint: 31 }]);
    await review(ops);
    for (const [key, result] of kept) {
      const { begins: _, ...old } = result as { begins: unknown };
      kept.set(key, old);
    }
    expect(await review(down(1))).toMatchObject({ known: true, places: [{ startLine: 30 }] });
  });

  it('whose quote is gone from the file is not placed', async () => {
    const seen: Op[] = [{ kind: ' ', text: 'only here' }, ...down(20)];
    const { review } = reviewer([{ quote: 'only here', side: 'new', hint: 1 }]);
    expect(await review(seen)).toMatchObject({ unplaced: 0, places: [{ startLine: 1 }] });
    expect(await review(down(20))).toEqual({ known: true, unplaced: 1, places: [] });
  });

  it('has findings as they were reported but for the hint', async () => {
    const { review, kept } = reviewer([{ quote: 'line 3', side: 'new', hint: null }]);
    await review(ops);
    const [{ findings }] = [...kept.values()] as [{ findings: ReportedFinding[] }];
    expect(findings).toEqual([
      {
        ...{ path: PATH, quote: 'line 3', side: 'new', severity: 'warning', category: 'correctness' },
        ...{ title: 'Fault 0', body: 'It fails.', suggestion: null, confidence: 0.9, lineHint: 4 },
      },
    ]);
  });
});
