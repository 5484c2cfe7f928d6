import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/review/check.ts';
import type { CheckCase } from '../../src/review/checks/check-case.ts';
import { caseChange } from '../support/case-change.ts';

const caseFiles = import.meta.glob<{ cases: readonly CheckCase[] }>('../../src/review/checks/**/*.cases.ts');
const checkFiles = import.meta.glob<Record<string, unknown>>('../../src/review/checks/**/*.ts');

const isCheck = (value: unknown): value is Check =>
  typeof value === 'object' && value !== null && 'run' in value && 'generatedToo' in value;

for (const [path, load] of Object.entries(caseFiles)) {
  const { cases } = await load();
  const module = await checkFiles[path.replace('.cases.ts', '.ts')]?.();
  const check = Object.values(module ?? {}).find(isCheck);
  if (check === undefined) throw new Error(`${path} has no check beside it`);
  describe(check.id, () => {
    it.each(cases.map((example) => [example.name, example] as const))('%s', async (_, example) => {
      const { files, context } = caseChange(example);
      const found = [];
      for await (const problem of await check.run(files, context)) {
        const { path, place, title, severity = check.severity } = problem;
        found.push({ path, line: place?.startLine ?? null, title, severity });
      }
      const expected = example.finds.map(({ line, title, ...rest }) =>
        expect.objectContaining({
          ...rest,
          line: line ?? null,
          ...(title !== undefined && { title: expect.stringContaining(title) }),
        }),
      );
      expect(found).toEqual(expected);
    });
  });
}
