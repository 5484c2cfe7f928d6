// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expressions of GitHub Actions
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/review/check.ts';
import type { CaseFile } from '../../src/review/checks/check-case.ts';
import { lockfile } from '../../src/review/checks/lockfile.ts';
import { supplyChain } from '../../src/review/checks/supply-chain.ts';
import { parseJson, parseJsonc } from '../../src/review/checks/syntax/parse-json.ts';
import { parseScript } from '../../src/review/checks/syntax/parse-script.ts';
import { stackBound } from '../../src/review/checks/syntax/stack-bound.ts';
import { TOO_DEEP, TOO_LARGE } from '../../src/review/checks/syntax/syntax-failure.ts';
import { syntax } from '../../src/review/checks/syntax.ts';
import { workflow } from '../../src/review/checks/workflow.ts';
import { caseChange } from '../support/case-change.ts';

const checks: readonly Check[] = [syntax, lockfile, supplyChain, workflow];
const names = [
  ...[
    'package.json',
    'package-lock.json',
    'yarn.lock',
    'pnpm-lock.yaml',
    'bun.lock',
    'Cargo.toml',
    'Cargo.lock',
  ],
  ...['go.mod', 'go.sum', 'pyproject.toml', 'uv.lock', 'poetry.lock', 'Pipfile', 'Gemfile', 'composer.json'],
  ...[
    'mix.exs',
    'pubspec.yaml',
    'a.json',
    'tsconfig.json',
    'a.yml',
    'a.toml',
    'a.ts',
    'a.js',
    'a.tsx',
    'a.sh',
  ],
  ...['Dockerfile', '.npmrc', '.yarnrc.yml', 'requirements.txt', '.github/workflows/a.yml', 'action.yml'],
];

/** Everything that the check says of the changed files, with what is beside them. */
async function run(
  check: Check,
  change: Record<string, string | CaseFile>,
  tree: Record<string, string> = {},
): Promise<readonly { path: string; title: string }[]> {
  const { files, context } = caseChange({ name: '', change, tree, finds: [] });
  const found = [];
  for await (const problem of await check.run(files, context)) found.push(problem);
  return found;
}

const MEGABYTE = 1_000_000;
const filled = (size: number, unit: string): string => unit.repeat(Math.ceil(size / unit.length));
const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${many(
  40,
  (i) =>
    `b${i}: &b${i} [${Array(9)
      .fill(i === 0 ? '*a' : `*b${i - 1}`)
      .join(',')}]`,
)}\n`;
let seed = 1;
const rubbish = Buffer.from(
  Uint8Array.from({ length: MEGABYTE }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed >> 16;
  }),
);

/** Texts that keep a careless reader busy for hours, or overflow its stack. Each is given to every kind of file. */
const hostile: Readonly<Record<string, string | Uint8Array>> = {
  'a bomb of aliases': bomb,
  'binary rubbish': rubbish,
  'rubbish without NUL': Buffer.from(rubbish.map((byte) => byte || 1)),
  'one line of 5 MB': filled(5 * MEGABYTE, 'x'),
  spaces: filled(5 * MEGABYTE, ' '),
  'line breaks': filled(100_000, '\n'),
  'open brackets': filled(MEGABYTE, '['),
  'open braces': filled(MEGABYTE, '{"a":'),
  'open parentheses': filled(MEGABYTE, '('),
  quotes: filled(MEGABYTE, '"'),
  'escaped quotes': filled(MEGABYTE, '\\"'),
  'opened comments': filled(MEGABYTE, '/*'),
  'angle brackets': filled(MEGABYTE, 'a<'),
  operators: filled(MEGABYTE, '1+'),
  dashes: filled(200_000, '- '),
  colons: filled(200_000, 'a: '),
  anchors: filled(100_000, '&a '),
  'expressions without an end': filled(MEGABYTE, '${{ '),
  expressions: `on: issues\njobs:\n  a:\n    steps:\n      - run: ${filled(200_000, "${{ a['b'] . c }} ")}\n`,
  'a long expression': `on: issues\njobs:\n  a:\n    steps:\n      - run: \${{ ${filled(200_000, 'a.b ')} }}\n`,
  downloads: filled(2 * MEGABYTE, 'curl x '),
  shells: filled(2 * MEGABYTE, 'sh $('),
  templates: filled(2 * MEGABYTE, ': {{'),
  'many keys': many(50_000, (i) => `k${i}: 1`),
  'many tables': many(20_000, (i) => `[[package]]\nname = "p${i}"\nversion = "1"`),
  'dotted keys': `[tool.poetry.group]\n${filled(100_000, 'a.')}b = 1\n[dependencies]\n${filled(100_000, 'a.')}b = 1\n`,
  'many modules': `require (\n${many(50_000, (i) => `\texample.com/m${i} v1.0.0`)}\n)`,
};

describe('hostile text', () => {
  it.each(Object.entries(hostile))('%s', { timeout: 120_000 }, async (_, after) => {
    for (const name of names) {
      const { files, context } = caseChange({ name: '', change: { [name]: { after } }, finds: [] });
      for (const check of checks) {
        const start = performance.now();
        for await (const problem of await check.run(files, context)) expect(problem.path).toBe(name);
        expect(performance.now() - start, `${check.id} of ${name}`).toBeLessThan(10_000);
      }
    }
  });
});

describe('hostile JSON', () => {
  const dependencies = (count: number, range: (index: number) => string) =>
    JSON.stringify(
      { dependencies: Object.fromEntries(Array.from({ length: count }, (_, i) => [`dep-${i}`, range(i)])) },
      null,
      1,
    );

  it('has 50,000 dependencies, all new, beside lock files of 5 MB', async () => {
    const tree = {
      'yarn.lock': `# yarn lockfile v1\n${filled(5 * MEGABYTE, 'x')}`,
      'pnpm-lock.yaml': filled(5 * MEGABYTE, 'x'),
    };
    const change = { 'package.json': { before: '{}', after: dependencies(50_000, () => '^1.0.0') } };
    const start = performance.now();
    const found = await run(lockfile, change, tree);
    expect(found.map(({ title }) => title)).toContain('Dependencies changed, yarn.lock did not');
    await run(supplyChain, change);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('has a crate for each line beside a Cargo.lock of 5 MB', async () => {
    const after = `[dependencies]\n${many(20_000, (i) => `c${i} = "1"`)}`;
    const lock = filled(5 * MEGABYTE, '[[package]]\nname = "x"\nversion = "1.0.0"\n');
    const start = performance.now();
    const found = await run(lockfile, { 'Cargo.toml': { before: '', after } }, { 'Cargo.lock': lock });
    expect(found).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('has 30,000 packages from as many hosts, and 2,000 workspaces', async () => {
    const packages = Object.fromEntries([
      ...Array.from({ length: 30_000 }, (_, i) => [
        `node_modules/p${i}`,
        { version: '1', resolved: `https://h${i}.example/p.tgz` },
      ]),
      ...Array.from({ length: 2000 }, (_, i) => [`packages/p${i}`, { dependencies: { a: '1' } }]),
    ]);
    const lock = { before: '{"packages":{}}', after: JSON.stringify({ packages }, null, 1) };
    const tree = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`packages/p${i}/package.json`, '{}']),
    );
    const start = performance.now();
    await run(lockfile, { 'package-lock.json': lock }, tree);
    const found = await run(supplyChain, { 'package-lock.json': lock });
    expect(found.length).toBeLessThanOrEqual(100);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('is nested a hundred thousand deep where a value is expected', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const after = `{"dependencies":${deep},"overrides":${deep},"resolutions":{"x":${deep}},"scripts":${deep},"packages":${deep}}`;
    const nested = `${'{"a":{"dependencies":'.repeat(50_000)}{}${'}}'.repeat(50_000)}`;
    const lock = { before: '{}', after: `{"dependencies":${nested}}` };
    for (const check of checks) {
      expect(
        await run(check, { 'package.json': { before: '{}', after }, 'package-lock.json': lock }),
      ).toEqual([]);
    }
  });

  it('names its keys after what every object has', async () => {
    const after =
      '{"__proto__":{"dependencies":{"polluted":"1"}},"dependencies":{"__proto__":"github:a/b","constructor":"^1.0.0","toString":"1"},"scripts":{"__proto__":"x","postinstall":"y"}}';
    const found = await run(supplyChain, { 'package.json': { before: '{}', after } });
    expect(found.map(({ title }) => title)).toEqual([
      'Script postinstall added: it runs at every installation',
      '__proto__ comes from a repository at github, not from the registry',
    ]);
    expect(
      await run(
        lockfile,
        { 'package.json': { before: '{}', after } },
        { 'package-lock.json': '{"packages":{"__proto__":{}}}' },
      ),
    ).toHaveLength(1);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('has values of other types everywhere', async () => {
    const values = ['null', '1', '"x"', '[]', '[null]', '{}', '{"a":null}', '{"":{"":[]}}'];
    for (const value of values) {
      const after = `{"name":${value},"dependencies":${value},"scripts":${value},"overrides":${value},"pnpm":${value},"packages":{"":${value},"node_modules/a":${value}}}`;
      for (const text of [after, value]) {
        const change = Object.fromEntries(names.map((name) => [name, { before: '{}', after: text }]));
        for (const check of checks) await run(check, change);
      }
    }
  });

  it('hides what it adds behind escapes and line breaks', async () => {
    const [slash, colon] = ['\\u002f', '\\u003a'];
    const after = `{"scripts":{"post\\u0069nstall"\n:"x"},"dependencies":{"b":"git\\u0068ub${colon}a${slash}b","c"\n:\n"github:a/c"}}`;
    const found = await run(supplyChain, { 'package.json': { before: '{}', after } });
    expect(found.map(({ title }) => title.slice(0, 18))).toEqual([
      'Script postinstall',
      'b comes from a rep',
      'c comes from a rep',
    ]);
    const lock = {
      before: '{"packages":{}}',
      after: `{"packages":{"node_modules/a":{"version":"1","resolved":"http${colon}//ev\\u0069l.example/a.tgz"}}}`,
    };
    expect(await run(supplyChain, { 'package-lock.json': lock })).toHaveLength(1);
  });
});

describe('the parser of scripts', () => {
  /** Ways to nest, each a text of the given depth. Some are errors, after the parser has gone down all the way. */
  const nestings: Readonly<Record<string, (depth: number) => string>> = {
    parentheses: (n) => '('.repeat(n),
    lists: (n) => '['.repeat(n) + ']'.repeat(n),
    objects: (n) => `x=${'{a:'.repeat(n)}1${'}'.repeat(n)}`,
    functions: (n) => 'function f(){'.repeat(n) + '}'.repeat(n),
    arrows: (n) => `x=${'a=>'.repeat(n)}1`,
    defaults: (n) => `x=${'(a='.repeat(n)}1${')=>1'.repeat(n)}`,
    classes: (n) => 'class A{static{'.repeat(n) + '}}'.repeat(n),
    heritage: (n) => `${'class A extends '.repeat(n)}B${'{}'.repeat(n)}`,
    decorators: (n) => `${'@(class{'.repeat(n)}${'})'.repeat(n)}class A{}`,
    negations: (n) => `x=${'!'.repeat(n)}1`,
    sums: (n) => `x=${'1+'.repeat(n)}1`,
    powers: (n) => `x=${'1**'.repeat(n)}1`,
    comparisons: (n) => `x=${'a<'.repeat(n)}1`,
    members: (n) => `x=a${'.b'.repeat(n)}`,
    calls: (n) => `x=a${'()'.repeat(n)}`,
    conditions: (n) => `x=${'a?b:'.repeat(n)}1`,
    assignments: (n) => `${'a='.repeat(n)}1`,
    labels: (n) => `${Array.from({ length: n }, (_, i) => `a${i}:`).join('')};`,
    branches: (n) => `${'if(a);else '.repeat(n)};`,
    loops: (n) => `${'do '.repeat(n)};${'while(a)'.repeat(n)}`,
    constructions: (n) => `x=${'new '.repeat(n)}a`,
    awaits: (n) => `x=${'await '.repeat(n)}1`,
    templates: (n) => `x=${'`${'.repeat(n)}1${'}`'.repeat(n)}`,
    tags: (n) => `x=a${'``'.repeat(n)}`,
    elements: (n) => `x=${'<a>'.repeat(n)}${'</a>'.repeat(n)}`,
    attributes: (n) => `x=${'<a b='.repeat(n)}""${'/>'.repeat(n)}`,
    'type arguments': (n) => `type A=${'A<'.repeat(n)}B${'>'.repeat(n)}`,
    'type operators': (n) => `type A=${'readonly '.repeat(n)}B[]`,
    'type literals': (n) => `type A=${'{a:'.repeat(n)}B${'}'.repeat(n)}`,
    'function types': (n) => `type A=${'()=>'.repeat(n)}B`,
    namespaces: (n) => 'namespace A{'.repeat(n) + '}'.repeat(n),
    'dotted namespaces': (n) => `namespace A${'.B'.repeat(n)}{}`,
  };
  const MIB = 1024 * 1024;
  /** Lines, so that they are not too long to be parsed. */
  const BREAK = /[^\n]{0,2000}[<>(){}[\]+!:?]/g;

  // A bound that is too low, as it may be for another version of oxc, kills the process that runs this test.
  it.each(Object.entries(nestings))('survives the deepest nesting that it takes: %s', async (_, nest) => {
    for (const limit of [2 * MIB, 12 * MIB]) {
      let [fits, exceeds] = [1, 100_000];
      while (exceeds - fits > 1) {
        const middle = (fits + exceeds) >> 1;
        if (stackBound(nest(middle)) <= limit) fits = middle;
        else exceeds = middle;
      }
      expect(fits).toBeGreaterThan(300);
      await parseScript('a.tsx', nest(fits).replaceAll(BREAK, '$&\n'));
    }
    // What is so large that its messages could fill the memory, it leaves alone.
    expect(await parseScript('a.tsx', nest(400_000))).toBe(TOO_LARGE);
  });

  it('says of what kills the parser that it is too deep, and goes on with the next text', async () => {
    expect(await parseScript('a.ts', `x=${'(\n'.repeat(100_000)}`)).toBe(TOO_DEEP);
    const large = 'export function f() { return [{ a: (1) }]; }\n'.repeat(5000);
    expect(stackBound(large)).toBeGreaterThan(2 * MIB);
    expect(await parseScript('a.ts', large)).not.toBe(TOO_DEEP);
    expect(await parseScript('a.ts', `${'f(() => [{ a: (1) }]);\n'.repeat(5000)})`)).toMatchObject({
      place: { startLine: 5001 },
    });
  });
});

describe('the scanner of JSON', () => {
  const broken = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '\n', '\t', 'tru', '/'),
    )
    .map(
      ([json, at, piece]) =>
        json.slice(0, at % (json.length + 1)) + piece + json.slice((at % (json.length + 1)) + (at % 3)),
    );

  it('agrees with JSON.parse, and knows the line where it does not', () => {
    fc.assert(
      fc.property(broken, (text) => {
        const failure = parseJson('', text);
        expect(failure === null).toBe(isJson(text));
        if (failure !== null) expect(failure.place?.startLine).toBeLessThanOrEqual(text.split('\n').length);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes comments and trailing commas where they are the convention, and nothing else', () => {
    fc.assert(
      fc.property(broken, (text) => {
        if (text.trim() === '' || /[/]|,\s*[}\]]/.test(text)) return;
        expect(parseJsonc('', text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
    expect(parseJsonc('', '// a\n{"a": [1, 2, /* , */], "b": "// c", }\n/* end */')).toBeNull();
    expect(parseJsonc('', '{"a": 1,,}')).not.toBeNull();
    expect(parseJsonc('', '{,}')).not.toBeNull();
    expect(parseJsonc('', '{} /* open')).not.toBeNull();
  });

  function isJson(text: string): boolean {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }
});
