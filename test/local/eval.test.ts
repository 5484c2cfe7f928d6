import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { buildBundle, bundledRefs } from '../eval/build-bundle.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer, ScriptedTurn } from '../support/model-script.ts';
import { CLI, isolatedEnvironment, run, tempFolder, tempRepository } from '../support/temp-repository.ts';

const CASES = resolve('test/eval/cases');
const SCRIPT = resolve('test/eval/script.json');

const ESCAPE = '\u001b[';

interface Bench {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A folder to work in, of a machine on which nothing is configured. */
function bench(): Bench {
  const folder = tempFolder();
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  return { folder, env: { ...isolatedEnvironment(folder), TMPDIR: temporary } };
}

async function evaluate({ folder, env }: Bench, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const ran = await run(process.execPath, [CLI, 'eval', ...args], { cwd: folder, env: { ...env, ...more } });
  expect(readdirSync(env['TMPDIR'] ?? '')).toEqual([]);
  return ran;
}

async function evaluateJson(of: Bench, args: readonly string[], more?: NodeJS.ProcessEnv) {
  const ran = await evaluate(of, [...args, '--format', 'json'], more);
  return { ...ran, report: JSON.parse(ran.stdout) };
}

const claude = (server: ModelServer) => ({
  ANTHROPIC_API_KEY: 'sk-test-key-of-the-server',
  ANTHROPIC_BASE_URL: server.baseUrl,
});

const BEFORE = 'export async function upload(file) {\n  return put(file);\n}\n';
const AFTER = `export async function upload(file) {
  for (let i = 0; i < 5; i++) {
    backoff(i);
    if (await put(file)) return;
  }
}
`;

const description = {
  title: 'A retry that never waits',
  source: 'written for this test',
  licence: 'MIT',
  base: 'base',
  head: 'main',
  expected: [{ path: 'upload.js', startLine: 3, endLine: 3, about: ['await'] }],
};

/** Writes a case with one problem, but for what is given of its description. Answers the folder of cases. */
function writeCase(
  { folder }: Bench,
  {
    name = 'retry',
    before = {},
    ...overrides
  }: { name?: string; before?: Record<string, string> } & Record<string, unknown> = {},
): string {
  const repository = tempRepository();
  repository.commit({ 'upload.js': BEFORE, ...before }, 'upload');
  repository.git('branch', 'base');
  repository.commit({ 'upload.js': AFTER }, 'retry');
  const target = join(folder, 'cases', name);
  mkdirSync(target, { recursive: true });
  repository.git('bundle', 'create', '--quiet', join(target, 'repository.bundle'), 'base', 'main');
  writeFileSync(join(target, 'case.json'), JSON.stringify({ ...description, ...overrides }));
  return 'cases';
}

const finding = {
  path: 'upload.js',
  quote: '    backoff(i);',
  severity: 'error',
  category: 'correctness',
  title: 'Nothing awaits the backoff',
  body: 'All five attempts happen at once.',
  confidence: 0.9,
};
const report: ScriptedTurn = { calls: [{ name: 'report_finding', input: finding }] };
const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'A retry.' } }] };
const holds: ScriptedTurn = {
  calls: [{ name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 3 awaits nothing.' } }],
};

/** Writes a script. Answers the flags that name it. */
function scriptOf({ folder }: Bench, script: unknown): string[] {
  writeFileSync(join(folder, 'script.json'), JSON.stringify(script));
  return ['--script', 'script.json'];
}

describe('the cases of this repository', () => {
  it('have bundles of the commits that their patches make', () => {
    const folder = tempFolder();
    const names = readdirSync(CASES);
    expect(names).toHaveLength(5);
    for (const name of names) {
      const built = join(folder, name);
      buildBundle(join(CASES, name, 'history.patch'), built);
      expect(bundledRefs(join(CASES, name, 'repository.bundle')), name).toBe(bundledRefs(built));
    }
  });

  it('with the script come to known numbers', async () => {
    const { code, stderr, report } = await evaluateJson(bench(), [CASES, '--script', SCRIPT]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report.total).toMatchObject({
      counts: { expected: 6, matched: 5, wrong: 2, forbidden: 1, duplicates: 1 },
      rates: {
        precision: { mean: 5 / 7, min: 5 / 7, max: 5 / 7 },
        recall: { mean: 5 / 6 },
        f1: { mean: 10 / 13 },
      },
      dropped: { unplaced: 1, refuted: 1, merged: 1 },
      incomplete: 0,
    });
    const { calls, tokens, usd } = report.total.cost;
    expect(calls).toBe(21);
    // 12 turns of a review and 9 second looks, by the script.
    expect(tokens).toEqual({
      input: 12 * 200 + 9 * 100,
      output: 12 * 300 + 9 * 100,
      cacheRead: 12 * 1000 + 9 * 800,
      cacheWrite: 12 * 500,
      estimated: false,
    });
    expect(usd).toBeCloseTo((3300 * 3 + 4500 * 15 + 19_200 * 0.3 + 6000 * 3.75) / 1e6, 12);
    const counts = report.cases.map((one: { name: string; counts: object; dropped: object }) => [
      one.name,
      ...Object.values(one.counts),
      ...Object.values(one.dropped),
    ]);
    expect(counts).toEqual([
      ['go-shared-map', 2, 2, 0, 0, 0, 0, 1, 0],
      ['java-nothing-wrong', 0, 0, 1, 1, 0, 0, 0, 0],
      ['javascript-sql-injection', 1, 1, 0, 0, 0, 0, 0, 1],
      ['python-pagination', 2, 1, 1, 0, 0, 1, 0, 0],
      ['typescript-missing-await', 1, 1, 0, 0, 1, 0, 0, 0],
    ]);
    expect(report.cases[1].rates).toEqual({
      precision: { mean: 0, min: 0, max: 0 },
      recall: null,
      f1: { mean: 0, min: 0, max: 0 },
    });
  });

  it('come to the same numbers again and again, and side by side', async () => {
    const args = [CASES, '--script', SCRIPT];
    const [once, thrice] = await Promise.all([
      evaluateJson(bench(), args),
      evaluateJson(bench(), [...args, '--runs', '3', '--parallel', '4']),
    ]);
    expect(thrice.report.total.rates.precision.min).toBe(once.report.total.rates.precision.min);
    expect(thrice.report.total.rates.f1.max).toBe(once.report.total.rates.f1.max);
    expect(thrice.report.total.counts).toEqual({
      expected: 18,
      matched: 15,
      wrong: 6,
      forbidden: 3,
      duplicates: 3,
    });
    expect(thrice.report.total.cost.calls).toBe(63);
    for (const [index, one] of thrice.report.cases.entries()) {
      expect(one.runs.map((each: { run: number }) => each.run)).toEqual([0, 1, 2]);
      for (const { score } of one.runs) expect(score).toEqual(once.report.cases[index].runs[0].score);
    }
  });

  it('in a pipe: a line for each, and what was missed and wrong', async () => {
    const { stdout } = await evaluate(bench(), [CASES, '--script', SCRIPT]);
    const lines = stdout.replaceAll(/ +[\d.]+ s/g, ' s').split('\n');
    expect(lines).toContain(
      'python-pagination         1 of 2      1      0       0.50    0.50  0.50        1      3    5.0k     65%  $0.017 s',
    );
    expect(lines).toContain('  missed  shop/catalog.py:30  last page, empty page, round, ceil, multiple of');
    expect(lines).toContain(
      '  wrong   shop/catalog.py:34  No test holds what the links of the only page are',
    );
    expect(stdout).toContain(
      'NoteStore.java:21  edit fails when there is no such note  (known to be right: ',
    );
    expect(lines.at(-2)).toBe(
      'code-agent  5 cases · precision 0.71 · recall 0.83 · F1 0.77 · 1 of 2 wrong ones known to look so · ' +
        'dropped: 1 unplaced, 1 refuted, 1 merged · 21 calls · 33k tokens (67% cached) · $0.11 · s · scripted',
    );
    expect(stdout).not.toContain(ESCAPE);
  });

  it('colours only where they are forced, and the report in a file', async () => {
    const [colored, of] = [
      await evaluate(bench(), [CASES, '--script', SCRIPT], { FORCE_COLOR: '1' }),
      bench(),
    ];
    expect(colored.stdout).toContain(`${ESCAPE}33mmissed${ESCAPE}39m  shop/catalog.py:30`);
    const { stdout, code } = await evaluate(of, [CASES, '--script', SCRIPT, '--output', 'out.txt']);
    expect({ stdout, code }).toEqual({ stdout: '', code: 0 });
    expect(readFileSync(join(of.folder, 'out.txt'), 'utf8')).toContain('precision 0.71');
  });
});

describe('with a model', () => {
  it('a script is told in its order, also by second looks of several turns', async () => {
    const of = bench();
    const other = {
      ...finding,
      quote: '  for (let i = 0; i < 5; i++) {',
      title: 'Five attempts are too few',
    };
    const refuted = { verdict: 'refuted', reason: 'Nothing says so.' };
    const turns: ScriptedTurn[] = [
      { calls: [finding, other].map((input) => ({ name: 'report_finding', input })) },
      finish,
      { calls: [{ name: 'read_file', input: { path: 'upload.js' } }] },
      holds,
      { calls: [{ name: 'judge_finding', input: refuted }] },
    ];
    const args = [writeCase(of), ...scriptOf(of, { cases: { retry: turns } })];
    const { report: result } = await evaluateJson(of, args);
    expect(result.total).toMatchObject({
      counts: { matched: 1, wrong: 0 },
      dropped: { refuted: 1 },
      cost: { usd: null },
    });
  });

  it('asks it as a review does, without the checks', async () => {
    const of = bench();
    const cases = writeCase(of, { before: { '.code-agent.yml': 'review: { model: false }\n' } });
    const server = await startAnthropicServer([report, finish, holds]);
    const { code, report: result } = await evaluateJson(of, [cases], claude(server));
    expect(code).toBe(0);
    expect(result.models).toEqual(['claude-sonnet-5-5']);
    expect(result.total.counts).toMatchObject({ expected: 1, matched: 1, wrong: 0 });
    expect(result.total.cost.usd).toBeGreaterThan(0);
    expect(JSON.stringify(server.requests[0]?.json)).not.toContain(description.title);
  });

  it('checks find nothing here: a debugger statement is not the model’s', async () => {
    const of = bench();
    const repository = tempRepository();
    repository.commit({ 'a.js': '\n' });
    repository.git('branch', 'base');
    repository.commit({ 'a.js': 'debugger;\n' });
    mkdirSync(join(of.folder, 'cases/debugger'), { recursive: true });
    const target = join(of.folder, 'cases/debugger');
    repository.git('bundle', 'create', '--quiet', join(target, 'repository.bundle'), 'base', 'main');
    writeFileSync(join(target, 'case.json'), JSON.stringify({ ...description, expected: [] }));
    const { report: result } = await evaluateJson(of, [
      'cases',
      ...scriptOf(of, { cases: { debugger: [finish] } }),
    ]);
    expect(result.total.counts).toMatchObject({ expected: 0, wrong: 0 });
  });

  it('--model asks that one; a price that is not known is not a price of nothing', async () => {
    const of = bench();
    const server = await startAnthropicServer([finish]);
    const { report: result } = await evaluateJson(
      of,
      [writeCase(of), '--model', 'claude-unknown-9'],
      claude(server),
    );
    expect(server.requests[0]?.json).toMatchObject({ model: 'claude-unknown-9' });
    expect(result.total.cost.usd).toBeNull();
  });

  it('--runs: mean and spread of what differs; no answer is taken from the run before', async () => {
    const of = bench();
    const cases = writeCase(of);
    const server = await startAnthropicServer([report, finish, holds, finish]);
    const args = [cases, '--runs', '2'];
    const { report: result } = await evaluateJson(of, args, claude(server));
    expect(result.total.rates).toEqual({
      precision: { mean: 1, min: 1, max: 1 },
      recall: { mean: 0.5, min: 0, max: 1 },
      f1: { mean: 0.5, min: 0, max: 1 },
    });
    const again = await startAnthropicServer([report, finish, holds, finish]);
    const { stdout } = await evaluate(of, args, claude(again));
    expect(stdout).toContain('1 of 2');
    expect(stdout).toContain('0.50 (0.00-1.00)');
    expect(stdout).toContain('  missed  upload.js:3  await (1 of 2 runs)');
  });

  it('a case that was not reviewed as a whole is listed, and not counted as without findings', async () => {
    const of = bench();
    writeCase(of, { name: 'a' });
    const cases = writeCase(of, { name: 'b' });
    const server = await startAnthropicServer([report, finish, holds, { fault: 'status', status: 401 }]);
    const { code, report: result } = await evaluateJson(of, [cases], claude(server));
    expect(code).toBe(3);
    expect(result.total).toMatchObject({ counts: { expected: 1, matched: 1 }, incomplete: 1 });
    expect(result.cases[1].runs[0]).toMatchObject({ score: null });
    expect(result.cases[1].runs[0].incomplete.join()).toContain('401');
    const again = await startAnthropicServer([report, finish, holds, { fault: 'status', status: 401 }]);
    const { stdout } = await evaluate(of, [cases], claude(again));
    expect(stdout).toMatch(/^b +0 of 0, 1 incomplete/m);
    expect(stdout).toMatch(/^ {2}failed {2}the model review failed: .*401/m);
    expect(stdout).toContain('incomplete: 1 of 2 reviews do not count');
  });

  it('--max-cost is for all cases together; what is not paid for is incomplete', async () => {
    const of = bench();
    for (const name of ['a', 'b', 'c']) writeCase(of, { name });
    const usage = { output: 1000 };
    const turns = [{ ...finish, usage }];
    // 500 dollars for a million tokens of output: a review costs 0.5; with less than 1 left no answer of use is paid for.
    const price = { input: 0, output: 500, cacheRead: 0, cacheWrite: 0 };
    mkdirSync(join(of.folder, '.config/code-agent'), { recursive: true });
    writeFileSync(join(of.folder, '.config/code-agent/config.yml'), 'review: { maxCost: 100 }\n');
    const args = ['cases', ...scriptOf(of, { price, cases: { a: turns, b: turns, c: turns } })];
    const unlimited = await evaluateJson(of, args);
    expect([unlimited.code, unlimited.report.total.cost.usd]).toEqual([0, 1.5]);
    const { code, report: result } = await evaluateJson(of, [...args, '--max-cost', '1.9']);
    expect(code).toBe(3);
    expect(result.total.cost).toMatchObject({ usd: 1, calls: 2 });
    expect(result.cases[2].runs[0].incomplete[0]).toContain('out of money');
  });

  it('knows nothing of the configuration of git, and of no repository around', async () => {
    const of = bench();
    const cases = writeCase(of);
    const hooks = join(of.folder, 'template/hooks');
    mkdirSync(hooks, { recursive: true });
    const marker = join(of.folder, 'ran');
    for (const name of ['reference-transaction', 'post-index-change'])
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
    const config = [
      `[init]\ntemplateDir = ${join(of.folder, 'template')}`,
      `[core]\nhooksPath = ${hooks}`,
      '[safe]\nbareRepository = explicit',
    ].join('\n');
    for (const name of ['.gitconfig', 'gitconfig']) writeFileSync(join(of.folder, name), config);
    const { code } = await evaluate(of, [cases, ...scriptOf(of, { cases: { retry: [finish] } })], {
      GIT_CONFIG_GLOBAL: join(of.folder, 'gitconfig'),
      GIT_DIR: '/nowhere',
      GIT_TEMPLATE_DIR: join(of.folder, 'template'),
    });
    expect(code).toBe(0);
    expect(readdirSync(of.folder)).not.toContain('ran');
  });

  it('leaves nothing behind when it is ended', async () => {
    const of = bench();
    const cases = writeCase(of);
    const server = await startAnthropicServer([{ ...finish, delayMs: 60_000 }]);
    const child = spawn(process.execPath, [CLI, 'eval', cases], {
      cwd: of.folder,
      env: { ...of.env, ...claude(server) },
      stdio: 'ignore',
    });
    while (server.requests.length === 0) await setTimeout(20);
    expect(readdirSync(of.env['TMPDIR'] ?? '')).toHaveLength(1);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(143);
    expect(readdirSync(of.env['TMPDIR'] ?? '')).toEqual([]);
  });
});

describe('what is wrong is said before a model is asked', () => {
  const line = { path: 'upload.js', startLine: 3, endLine: 3 };
  it.each<[string, Record<string, unknown>, string[]]>([
    [
      'an unknown key, a missing one, a wrong one',
      { expcted: [], title: 3, expected: undefined },
      ['unknown key "expcted"', 'title: expected a title, got 3', 'expected: is missing: expected a list'],
    ],
    [
      'lines',
      {
        expected: [
          { ...line, startLine: 0, about: ['await'] },
          { ...line, startLine: 4, about: ['await'] },
          { ...line, about: [] },
          { ...line, about: ['it'], line: 3 },
          { ...line, category: 'style', about: ['await'] },
        ],
        forbidden: [line],
      },
      [
        'expected[0].startLine: expected the number of a line, from 1 on, got 0',
        'expected[1]: endLine is before startLine',
        'expected[2].about: expected a word or phrase at least, got []',
        'expected[3].about[0]: expected a word of three letters or more, got "it"',
        'expected[3]: unknown key "line"',
        'expected[4].category: expected one of correctness, security',
        'forbidden[0].why: is missing: expected why it is right',
      ],
    ],
    [
      'paths that leave the repository',
      {
        expected: [
          '../upload.js',
          '/upload.js',
          'a/../upload.js',
          './upload.js',
          'a//b',
          'src/',
          'a\\b',
          '..',
        ].map((path) => ({ ...line, path, about: ['await'] })),
      },
      Array.from({ length: 8 }, (_, index) => `expected[${index}].path: expected a path from the top of the`),
    ],
    [
      'revisions that are none',
      { base: '--output=x', head: 'a..b' },
      ['base: expected a revision, such as', 'head: expected a revision, such as'],
    ],
    ['a revision that is not there', { head: 'nowhere' }, ['there is no commit called "nowhere"']],
    ['a change of nothing', { head: 'base' }, ['base and head have the same files']],
    [
      'a file that is not there',
      { expected: [{ ...line, path: 'download.js', about: ['await'] }] },
      ['expected[0]: there is no file download.js in main'],
    ],
    [
      'lines that are not there',
      { forbidden: [{ ...line, endLine: 7, why: 'it is right' }] },
      ['forbidden[0]: upload.js has 6 lines, and endLine is 7'],
    ],
    [
      'a configuration at the base that is none',
      { before: { '.code-agent.yml': 'ignores: []\n' } },
      ['unknown key "ignores"'],
    ],
  ])('%s', async (_, overrides, problems) => {
    const of = bench();
    const server = await startAnthropicServer([]);
    const { code, stderr, stdout } = await evaluate(of, [writeCase(of, overrides)], claude(server));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const problem of problems) expect(stderr).toContain(problem);
    expect(stderr).toContain('cases/retry/case.json: ');
    expect(server.requests).toEqual([]);
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'a case that is missing',
      (folder) => rmSync(join(folder, 'case.json')),
      'cases/retry/case.json: is missing',
    ],
    [
      'a case that is no JSON',
      (folder) => writeFileSync(join(folder, 'case.json'), '{ "title": '),
      'cases/retry/case.json: not JSON: ',
    ],
    [
      'a case that is no object',
      (folder) => writeFileSync(join(folder, 'case.json'), '[]'),
      'cases/retry/case.json: expected an object, got []',
    ],
    [
      'a bundle that is missing',
      (folder) => rmSync(join(folder, 'repository.bundle')),
      'cases/retry/repository.bundle: is missing',
    ],
    [
      'a bundle that is none',
      (folder) => writeFileSync(join(folder, 'repository.bundle'), 'a bundle'),
      'cases/retry/repository.bundle: cannot be unpacked: ',
    ],
    [
      'a bundle that is cut off',
      (folder) => {
        const bundle = readFileSync(join(folder, 'repository.bundle'));
        writeFileSync(join(folder, 'repository.bundle'), bundle.subarray(0, -30));
      },
      'cases/retry/repository.bundle: cannot be unpacked: ',
    ],
    [
      'a bundle with a wrong byte',
      (folder) => {
        const bundle = readFileSync(join(folder, 'repository.bundle'));
        bundle[bundle.length - 60] = (bundle[bundle.length - 60] ?? 0) ^ 255;
        writeFileSync(join(folder, 'repository.bundle'), bundle);
      },
      'cases/retry/repository.bundle: cannot be unpacked: ',
    ],
    [
      'a bundle that needs commits which are not in it',
      (folder) => {
        const repository = tempRepository();
        repository.commit({ 'a.js': '1\n' });
        repository.git('branch', 'base');
        repository.commit({ 'a.js': '2\n' });
        repository.git('bundle', 'create', '--quiet', join(folder, 'repository.bundle'), 'base..main');
      },
      'cases/retry/repository.bundle: cannot be unpacked: ',
    ],
  ])('%s', async (_, damage, problem) => {
    const of = bench();
    const cases = writeCase(of);
    damage(join(of.folder, cases, 'retry'));
    const server = await startAnthropicServer([]);
    const { code, stderr } = await evaluate(of, [cases], claude(server));
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
    expect(server.requests).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['a script that is too short', { cases: { retry: [report] } }, 'cases.retry: turn 2 was asked for'],
    [
      'a script that is too long',
      { cases: { retry: [finish, finish] } },
      'cases.retry: 1 turns were asked for, and there are 1 more',
    ],
    ['a script without the case', { cases: {} }, 'has no turns for the case retry'],
    ['a script with another case', { cases: { retry: [finish], '../x': [] } }, 'there is no case ../x'],
    [
      'a script with an unknown key',
      { cases: { retry: [{ call: [] }] } },
      'script.json: cases.retry[0]: unknown key "call"',
    ],
    [
      'a script with a wrong price',
      { price: { input: -1, output: 0, cacheRead: 0, cacheWrite: 0 }, cases: { retry: [finish] } },
      'script.json: price.input: expected 0 or more, got -1',
    ],
  ])('%s', async (_, script, problem) => {
    const of = bench();
    const { code, stderr } = await evaluate(of, [writeCase(of), ...scriptOf(of, script)]);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });

  it('a script that does not fit one case stops the others', async () => {
    const of = bench();
    for (const name of ['a', 'b', 'c']) writeCase(of, { name });
    const script = scriptOf(of, { cases: { a: [report], b: [finish], c: [finish] } });
    const { code, stderr, stdout } = await evaluate(of, ['cases', ...script, '--parallel', '2']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cases.a: turn 2 was asked for');
  });

  it.each<[string, string[], string]>([
    ['no folder', [], 'missing required args'],
    ['a folder that is not there', ['nowhere'], 'nowhere: cannot be read (ENOENT)'],
    ['a folder without cases', ['temporary'], 'there are no cases in temporary'],
    ['no model', ['cases'], 'no model is configured'],
    [
      'a script and a model',
      ['cases', '--script', 'x', '--model', 'y'],
      '--model and --script exclude each other',
    ],
    ['half a run', ['cases', '--runs', '1.5'], '--runs is a whole number; got 1.5'],
    ['no cases at a time', ['cases', '--parallel', '0'], '--parallel is a number above 0; got "0"'],
    ['another format', ['cases', '--format', 'sarif'], '--format is terminal, json; got "sarif"'],
    [
      'an output that cannot be written',
      ['cases', '--output', 'no/where'],
      '--output: no/where cannot be written',
    ],
  ])('%s', async (_, args, problem) => {
    const of = bench();
    writeCase(of);
    const { code, stderr } = await evaluate(of, args);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });
});
