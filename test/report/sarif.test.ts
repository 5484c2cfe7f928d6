import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodePath } from '../../src/change/path.ts';
import { renderSarif } from '../../src/report/sarif.ts';
import { parseSarif } from '../../src/report/sarif-input.ts';
import { fullReview, LATIN1_PATH, sampleFinding, sampleReview, skipped } from '../support/sample-review.ts';
import { arbitraryReview, pathBytes } from './arbitrary-review.ts';

/** The schema that OASIS publishes for SARIF 2.1.0, as the package `schemastore` has it. */
const schemaFile = createRequire(import.meta.url).resolve('schemastore/schemas/json/sarif-2.1.0.json');
const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')));

const options = {
  version: '1.2.3',
  informationUri: 'https://example.com/code-agent',
  checks: [
    { id: 'secret', summary: 'Credentials in the change', severity: 'error' },
    { id: 'lockfile', summary: 'Dependencies and lockfile that disagree', severity: 'warning' },
  ],
} as const;

const location = z.object({
  physicalLocation: z.object({
    artifactLocation: z.object({ uri: z.string(), uriBaseId: z.string() }),
    region: z.record(z.string(), z.number()).optional(),
  }),
});
const log = z.object({
  runs: z.tuple([
    z.object({
      tool: z.object({ driver: z.object({ rules: z.array(z.object({ id: z.string() })) }) }),
      invocations: z.tuple([
        z.object({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z.array(
            z.object({ message: z.object({ text: z.string() }), locations: z.array(location).optional() }),
          ),
        }),
      ]),
      results: z.array(
        z.object({
          ruleId: z.string(),
          ruleIndex: z.number(),
          locations: z.tuple([location]),
          suppressions: z.array(z.object({ kind: z.string() })),
        }),
      ),
    }),
  ]),
});
const runOf = (text: string) => log.parse(JSON.parse(text)).runs[0];

describe('renderSarif', () => {
  it('holds all that a review can hold', async () => {
    await expect(renderSarif(fullReview, options)).toMatchFileSnapshot('golden/full.sarif.golden.json');
  });

  it('is SARIF 2.1.0', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        const text = renderSarif(review, options);
        expect(validate(JSON.parse(text)), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        for (const { ruleId, ruleIndex } of runOf(text).results)
          expect(runOf(text).tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps rules of other tools apart from ours', () => {
    const findings = [sampleFinding(), sampleFinding({ source: 'gitleaks' }), sampleFinding()];
    const { tool, results } = runOf(renderSarif(sampleReview({ findings }), options));
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['secret', 'gitleaks/secret']);
    expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 1, 0]);
  });

  it.each([
    ['src/a b.ts', 'src/a%20b.ts'],
    ['größe.ts', 'gr%C3%B6%C3%9Fe.ts'],
    [LATIN1_PATH, 'src/caf%E9.ts'],
    ['c:/x?y#z%41', 'c%3A/x%3Fy%23z%2541'],
  ])('writes %j as a relative URI', (path, uri) => {
    const { results } = runOf(renderSarif(sampleReview({ findings: [sampleFinding({ path })] }), options));
    expect(results[0]?.locations[0].physicalLocation.artifactLocation).toEqual({ uri, uriBaseId: 'SRCROOT' });
  });

  it('gives no region to a finding of a whole file', () => {
    const findings = [sampleFinding({ place: null, excerpt: null }), sampleFinding()];
    const { results } = runOf(renderSarif(sampleReview({ findings }), options));
    const regions = results.map(({ locations }) => locations[0].physicalLocation.region);
    expect(regions).toEqual([undefined, { startLine: 14, endLine: 14, startColumn: 18, endColumn: 25 }]);
  });

  it('says of every result whether it is suppressed', () => {
    const { results } = runOf(renderSarif(fullReview, options));
    expect(results.map(({ suppressions }) => suppressions.map(({ kind }) => kind))).toEqual([
      [],
      [],
      [],
      [],
      [],
      ['inSource'],
      ['external'],
      ['external'],
    ]);
  });

  it.each([
    ['a skipped file', { coverage: { files: [skipped('a.ts', 'too large')], failures: [], notes: [] } }],
    ['a check that failed', { coverage: { files: [], failures: ['syntax: broke'], notes: [] } }],
    ['no time left', { verdict: { outcome: 'fail', failOn: 'error', outOfTime: true } }],
    ['the verdict', { verdict: { outcome: 'incomplete', failOn: 'error', outOfTime: false } }],
  ] as const)('was not executed successfully: %s', (_, overrides) => {
    expect(runOf(renderSarif(sampleReview(overrides), options)).invocations[0].executionSuccessful).toBe(
      false,
    );
    expect(runOf(renderSarif(sampleReview(), options)).invocations[0].executionSuccessful).toBe(true);
  });

  it('names each skipped file and why', () => {
    const files = [skipped('a.ts', 'too large'), skipped('b.ts', 'too large')];
    const { invocations } = runOf(
      renderSarif(sampleReview({ coverage: { files, failures: [], notes: [] } }), options),
    );
    expect(
      invocations[0].toolExecutionNotifications.map(({ message, locations }) => [
        message.text,
        locations?.[0]?.physicalLocation.artifactLocation.uri,
      ]),
    ).toEqual([
      ['Not reviewed: too large', 'a.ts'],
      ['Not reviewed: too large', 'b.ts'],
    ]);
  });

  it('is read back by parseSarif, whatever the path', () => {
    fc.assert(
      fc.property(pathBytes, (bytes) => {
        const path = decodePath(bytes);
        const text = renderSarif(sampleReview({ findings: [sampleFinding({ path })] }), options);
        const { findings } = parseSarif(text, { file: 'x.sarif', root: '/repo', toolName: 'x' });
        expect(findings).toMatchObject([
          { path, place: sampleFinding().place, severity: 'error', category: 'secret' },
        ]);
      }),
    );
  });
});
