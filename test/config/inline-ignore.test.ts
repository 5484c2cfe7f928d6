import { describe, expect, it } from 'vitest';
import { parseInlineIgnore } from '../../src/config/inline-ignore.ts';

// Built, so that our own reviews do not take these examples for ignores.
const K = ['code', 'agent', 'ignore'].join('-');

describe('an ignore', () => {
  it.each([
    `// ${K} secret: why`,
    `//${K} secret: why`,
    `/// ${K} secret: why`,
    `# ${K} secret: why`,
    `## ${K} secret: why`,
    `-- ${K} secret: why`,
    `/* ${K} secret: why */`,
    `/** ${K} secret: why */`,
    `  * ${K} secret: why`,
    `<!-- ${K} secret: why -->`,
    `<!--${K} secret: why-->`,
    `; ${K} secret: why`,
    `;; ${K} secret: why`,
    `% ${K} secret: why`,
    `" ${K} secret: why`,
    `\t" ${K} secret: why`,
    `const a = 1; // ${K} secret: why`,
    `{/* ${K} secret: why */}`,
    `a(); /* ${K} secret: why */ b();`,
    `// ${K}   secret  :   why  `,
    `//\u00a0${K}\tsecret:why`,
    `see ${K} // ${K} secret: why`,
  ])('%s', (line) => expect(parseInlineIgnore(line)).toEqual({ checks: ['secret'], reason: 'why' }));

  it('may name several checks', () => {
    expect(parseInlineIgnore(`# ${K} secret, file-mode,lockfile: see a: b`)).toEqual({
      checks: ['secret', 'file-mode', 'lockfile'],
      reason: 'see a: b',
    });
  });
});

it('takes no reason without end', () => {
  const ignore = parseInlineIgnore(`// ${K} secret: ${'why '.repeat(1_000_000)}`);
  expect(ignore).toHaveProperty('reason');
  expect(JSON.stringify(ignore).length).toBeLessThan(1100);
});

describe('no ignore', () => {
  it.each([
    '',
    'const a = 1;',
    `${K} secret: why`,
    `say ${K} secret: why`,
    `const s = "${K} secret: why";`,
    `a * ${K} secret: why`,
    `// please ${K} secret: why`,
    `// ${K}-file secret: why`,
    `// ${K}d secret: why`,
    `// my-${K} secret: why`,
  ])('%s', (line) => expect(parseInlineIgnore(line)).toBeNull());
});

describe('an ignore that does not count', () => {
  it.each([
    [`// ${K}`, `${K} names no check. Write "${K} <check>: <why>".`],
    [`// ${K}: why`, `${K} names no check. Write "${K} <check>: <why>".`],
    [`// ${K} secret,: why`, `${K} names no check. Write "${K} <check>: <why>".`],
    [`// ${K} secret`, `${K} gives no reason. Write "${K} <check>: <why>".`],
    [`/* ${K} secret */`, `${K} gives no reason. Write "${K} <check>: <why>".`],
    [`// ${K} secret because of it`, `${K} gives no reason. Write "${K} <check>: <why>".`],
    [`// ${K} secret:`, `${K} secret gives no reason. Write "${K} <check>: <why>".`],
    [`/* ${K} secret: */`, `${K} secret gives no reason. Write "${K} <check>: <why>".`],
    [`// ${K} secret: -`, `${K} secret gives no reason. Write "${K} <check>: <why>".`],
    [`// ${K} secrets: why`, `${K} names the unknown check "secrets". Did you mean "secret"?`],
    [`// ${K} secret, lock-file: why`, `${K} names the unknown check "lock-file". Did you mean "lockfile"?`],
    [`// ${K} all: why`, expect.stringContaining('names the unknown check "all". The checks are secret, ')],
  ])('%s', (line, problem) => expect(parseInlineIgnore(line)).toEqual({ problem }));
});

it.each([
  ['the keyword over and over', `${K} `.repeat(250_000)],
  ['spaces before it', `x${' '.repeat(5_000_000)}${K} secret: why`],
  ['openers before it', `${'-'.repeat(5_000_000)} ${K} secret: why`],
  ['a long name after it', `// ${K} ${'a'.repeat(5_000_000)}: why`],
  ['commas after it', `// ${K} ${'secret,'.repeat(700_000)}: why`],
])('a line of 5 MB costs little: %s', (_, line) => {
  const start = performance.now();
  parseInlineIgnore(line);
  expect(performance.now() - start).toBeLessThan(1000);
});
