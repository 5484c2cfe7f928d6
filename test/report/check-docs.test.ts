import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderCheckDocs } from '../../src/report/check-docs.ts';
import { allChecks } from '../../src/review/all-checks.ts';
import { CHECK_IDS } from '../../src/review/check-id.ts';

it('docs/checks.md is what the checks say (npm run generate)', () => {
  expect(readFileSync('docs/checks.md', 'utf8')).toBe(renderCheckDocs(allChecks));
});

it('every check has its place, in the order of the names', () => {
  expect(allChecks.map((check) => check.id)).toEqual(CHECK_IDS);
});
