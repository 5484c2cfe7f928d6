import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilePost, InlinePost, PostPlan } from '../../../src/review/posts/plan-posts.ts';
import {
  accepted,
  beginRetreat,
  nextBatch,
  type Retreat,
  refused,
  retreatedPlan,
} from '../../../src/review/posts/retreat.ts';
import { sampleFinding } from '../../support/sample-review.ts';

const inlinePost = (fingerprint: string): InlinePost => ({
  kind: 'inline',
  finding: sampleFinding({ fingerprint }),
  also: [],
  again: null,
  side: 'RIGHT',
  startLine: 1,
  endLine: 1,
  suggestion: null,
});
const filePost = (fingerprint: string): FilePost => ({
  kind: 'file',
  finding: sampleFinding({ fingerprint }),
  also: [],
  again: null,
});
const planOf = (inline: number, file: number): PostPlan => ({
  inline: Array.from({ length: inline }, (_, index) => inlinePost(`i${index}`)),
  file: Array.from({ length: file }, (_, index) => filePost(`f${index}`)),
  summary: [],
  keep: [],
  fixed: [],
  unsure: [],
  dismissed: [],
});

/** Posts as GitHub would take it: a review with a bad line is refused as a whole. */
function drive(
  plan: PostPlan,
  badLine: (fingerprint: string) => boolean,
  badFile: (fingerprint: string) => boolean,
) {
  const taken: string[] = [];
  let retreat: Retreat = beginRetreat(plan);
  for (let batch = nextBatch(retreat); batch !== null; batch = nextBatch(retreat)) {
    const isBad = batch.kind === 'review' ? badLine : badFile;
    if (batch.fingerprints.some(isBad)) retreat = refused(retreat, batch);
    else {
      taken.push(...batch.fingerprints);
      retreat = accepted(retreat, batch);
    }
  }
  return { taken, retreat, plan: retreatedPlan(plan, retreat) };
}

const namesOf = (posts: readonly { readonly finding: { readonly fingerprint: string } }[]) =>
  posts.map(({ finding }) => finding.fingerprint);

describe('a retreat, fault 37', () => {
  it('is one step when nothing is refused', () => {
    const { retreat, plan } = drive(
      planOf(30, 0),
      () => false,
      () => false,
    );
    expect(retreat.steps).toBe(1);
    expect(plan).toEqual(planOf(30, 0));
  });

  it('finds the bad one among thirty, and keeps the others on their lines', () => {
    const { retreat, plan } = drive(
      planOf(30, 0),
      (name) => name === 'i17',
      () => false,
    );
    expect(namesOf(plan.inline)).toHaveLength(29);
    expect(namesOf(plan.file)).toEqual(['i17']);
    expect(retreat.steps).toBeLessThanOrEqual(14);
  });

  it('ends in the summary when nothing is taken', () => {
    const { taken, retreat, plan } = drive(
      planOf(8, 2),
      () => true,
      () => true,
    );
    expect(taken).toEqual([]);
    expect(plan.summary.map(({ finding, why }) => [finding.fingerprint, why])).toEqual(
      [...'01234567']
        .map((index) => [`i${index}`, 'refused'])
        .concat([
          ['f0', 'refused'],
          ['f1', 'refused'],
        ]),
    );
    expect(retreat.steps).toBe(3 + 8 + 8 + 2);
  });

  it('puts every finding in one place, takes none twice, and is done soon', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 70 }),
        fc.array(fc.boolean(), { maxLength: 10 }),
        (inline, file) => {
          const lines = new Map<string, boolean>(inline.map(([badLine], index) => [`i${index}`, badLine]));
          const files = new Map<string, boolean>([
            ...inline.map(([, badFile], index) => [`i${index}`, badFile] as const),
            ...file.map((badFile, index) => [`f${index}`, badFile] as const),
          ]);
          const planned = planOf(inline.length, file.length);
          const { taken, retreat, plan } = drive(
            planned,
            (name) => lines.get(name) === true,
            (name) => files.get(name) === true,
          );
          const [inlined, filed, summed] = [plan.inline, plan.file, plan.summary].map(namesOf);
          expect(inlined).toEqual([...lines].filter(([, bad]) => !bad).map(([name]) => name));
          expect([...taken].sort()).toEqual([...(inlined ?? []), ...(filed ?? [])].sort());
          expect(summed?.every((name) => files.get(name) === true)).toBe(true);
          expect([...taken, ...(summed ?? [])].sort()).toEqual([...files.keys()].sort());
          const most = 2 * inline.length + Math.ceil(Math.log2(Math.max(inline.length, 1))) + 2 + file.length;
          expect(retreat.steps).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes no answer for a batch that it did not ask for', () => {
    const retreat = beginRetreat(planOf(2, 1));
    for (const batch of [
      { kind: 'file', fingerprints: ['f0'] } as const,
      { kind: 'review', fingerprints: ['i0'] } as const,
    ]) {
      expect(() => accepted(retreat, batch)).toThrow(RangeError);
      expect(() => refused(retreat, batch)).toThrow(RangeError);
    }
  });

  it('leaves what is not settled where it was planned', () => {
    expect(retreatedPlan(planOf(2, 1), beginRetreat(planOf(2, 1)))).toEqual(planOf(2, 1));
  });
});
