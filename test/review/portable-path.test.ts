import { expect, it } from 'vitest';
import { portablePath } from '../../src/review/checks/portable-path.ts';
import { caseChange } from '../support/case-change.ts';

it('asks for each folder once, however many files are added to it', async () => {
  const paths = Array.from({ length: 500 }, (_, index) => `src/deep/folder${index % 5}/file${index}.ts`);
  const change = Object.fromEntries(paths.map((path) => [path, 'x\n']));
  const { files, context } = caseChange({ name: '', change, finds: [] });
  const asked: string[] = [];
  const after = {
    ...context.after,
    list: (folder: string) => {
      asked.push(folder);
      return context.after.list(folder);
    },
  };
  const problems = [];
  for await (const problem of await portablePath.run(files, { ...context, after })) problems.push(problem);
  expect(problems).toEqual([]);
  expect(asked.sort()).toEqual(['', 'src', 'src/deep', ...[0, 1, 2, 3, 4].map((n) => `src/deep/folder${n}`)]);
});
