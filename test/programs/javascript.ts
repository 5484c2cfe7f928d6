import type { Program } from './program.ts';

const test = (...cases: string[]): string =>
  `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { retry } from '../src/retry.js';\n\n${cases.join('\n')}`;

const SUCCEEDS = `test('answers what succeeds', async () => {
  assert.equal(await retry(async () => 7, { times: 3, wait: async () => {} }), 7);
});
`;

/** A retry that does not wait. */
export const javascript: Program = {
  language: 'JavaScript',
  needs: ['node'],
  files: {
    'package.json': `${JSON.stringify({ name: 'retry', type: 'module', scripts: { test: 'node --test --test-reporter=tap' } }, null, 2)}\n`,
    'src/retry.js': `/** Does \`work\` again when it fails, after a wait that grows. */
export async function retry(work, { times, wait }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= times) throw error;
      wait(100 * 2 ** attempt);
    }
  }
}
`,
    'test/retry.test.js': test(SUCCEEDS),
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'fix: retry does not wait between its attempts',
  failing: {
    path: 'test/retry.test.js',
    content: test(
      SUCCEEDS,
      `test('waits before it tries again', async () => {
  const order = [];
  const wait = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push('waited');
  };
  await assert.rejects(
    retry(
      async () => {
        order.push('tried');
        throw new Error('no');
      },
      { times: 2, wait },
    ),
  );
  assert.deepEqual(order, ['tried', 'waited', 'tried']);
});
`,
    ),
  },
  fix: {
    path: 'src/retry.js',
    old_text: '      wait(100 * 2 ** attempt);',
    new_text: '      await wait(100 * 2 ** attempt);',
  },
};
