import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { decodePath, encodePath } from '../../src/change/path.ts';
import { renderJson } from '../../src/report/json.ts';
import { type ReviewJson, reviewJsonSchema, reviewSchema } from '../../src/report/review-schema.ts';
import type { Finding } from '../../src/review/finding.ts';
import type { Coverage, Review, Verdict } from '../../src/review/review.ts';
import { fullReview, reviewed, sampleFile, sampleReview } from '../support/sample-review.ts';
import { arbitraryReview, pathBytes } from './arbitrary-review.ts';

const schemaFile = new URL('../../schema/review.schema.json', import.meta.url);
const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(reviewJsonSchema()));

describe('renderJson', () => {
  it('holds all that a review can hold', async () => {
    await expect(renderJson(fullReview)).toMatchFileSnapshot('golden/full.golden.json');
  });

  it('is what its schema says', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        const json: unknown = JSON.parse(renderJson(review));
        expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
        expect(reviewSchema.safeParse(json).error).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the findings, the verdict and the ledger as they are', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        const { findings, verdict, coverage, timing } = reviewSchema.parse(JSON.parse(renderJson(review)));
        const kept: unknown = JSON.parse(JSON.stringify({ findings, verdict, coverage, timing }));
        expect(kept).toEqual(
          JSON.parse(
            JSON.stringify({
              findings: review.findings,
              verdict: review.verdict,
              coverage: review.coverage,
              timing: review.timing,
            }),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('brings the bytes of any path back', () => {
    fc.assert(
      fc.property(pathBytes, (bytes) => {
        const review = sampleReview({
          coverage: { files: [reviewed(decodePath(bytes))], failures: [], notes: [] },
        });
        const json = reviewSchema.parse(JSON.parse(Buffer.from(renderJson(review)).toString()));
        expect(json.coverage.files.map(({ path }) => encodePath(path))).toEqual([bytes]);
        expect(json.change.files.map(({ path }) => encodePath(path))).toEqual([bytes]);
      }),
    );
  });

  it('gives the old path of a rename only, and no hunks', () => {
    const review = sampleReview();
    const files = [sampleFile('b.ts', { oldPath: 'a.ts', status: 'renamed' }), sampleFile('c.ts')];
    const json = reviewSchema.parse(
      JSON.parse(renderJson({ ...review, change: { ...review.change, files } })),
    );
    expect(json.change.files.map(({ oldPath }) => oldPath)).toEqual(['a.ts', undefined]);
    expect(renderJson(review)).not.toContain('hunks');
  });

  it('prints nothing that a terminal would act on', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        expect(renderJson(review)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 100 },
    );
  });
});

describe('schema/review.schema.json', () => {
  it('is current: `npm run schema` writes it', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(reviewJsonSchema());
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties') {
          for (const [name, property] of Object.entries<object>(value))
            if (!('description' in property)) undescribed.push(`${at}/${name}`);
        }
        visit(value, `${at}/${key}`);
      }
    };
    visit(JSON.parse(reviewJsonSchema()), '');
    expect(undescribed).toEqual([]);
  });

  it('allows what a review may hold, and no more', () => {
    expectTypeOf<ReviewJson['verdict']>().toEqualTypeOf<Verdict>();
    expectTypeOf<ReviewJson['coverage']>().toEqualTypeOf<Coverage>();
    expectTypeOf<ReviewJson['findings'][number]>().toEqualTypeOf<Finding>();
    expectTypeOf<ReviewJson['timing']>().toEqualTypeOf<Review['timing']>();
    expect(validate({ ...JSON.parse(renderJson(fullReview)), more: 1 })).toBe(false);
  });
});
