import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const parse = (...lines: string[]) => parseConfig(lines.join('\n'), '.code-agent.yml');

/** The lines of the refusal, without the name of the file. */
function problems(...lines: string[]): string[] {
  try {
    parse(...lines);
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split('\n').map((line) => line.replace(/^\.code-agent\.yml:/, ''));
  }
  throw new Error('the configuration was accepted');
}

describe('what is right', () => {
  it('takes every key, sizes in bytes and durations in milliseconds', () => {
    const { values } = parse(
      'failOn: warning',
      'ignore: ["vendor/**", "**/*.snap"]',
      'checks: { secret: off, lockfile: error }',
      'paths:',
      '  - files: [docs/**]',
      '    ignore: false',
      '    checks: { debugger: info }',
      '    reason: examples',
      'limits: { fileBytes: 512kB, largeFileBytes: 1MiB, changeBytes: 1000 }',
      'hook: { budget: 2m, onIncomplete: block, onTimeout: warn }',
      'prePush: { commits: 7 }',
      'pullRequests:',
      '  { review: on-command, drafts: true, ignoreTitles: [WIP*], ignoreLabels: [skip], requireLabels: [ready],',
      '    ignoreAuthors: ["*[bot]"], baseBranches: [main], maxFiles: 300, maxChangedLines: 20000, tooLarge: skip,',
      '    comments: 50, suggestions: false, summary: false, incomplete: failure }',
      'sandbox:',
      '  hosts: [registry.npmjs.org, npm.example.com:8443]',
      '  install: [{ when: web/package-lock.json, run: cd web && npm ci }]',
      'app:',
      '  limits: { repository: { reviewsPerDay: 9, tokensPerDay: 8, costPerDay: 0.5 }, person: { costPerDay: 1 } }',
      '  trustedBots: [49699333]',
      '  resolveThreads: true',
      '  linkHosts: [docs.example.org]',
      '  mirrors: { bytesPerRepository: 1GB, bytesTotal: 10GB }',
      'baseline: tools/baseline.json',
    );
    expect(values).toEqual({
      failOn: 'warning',
      ignore: ['vendor/**', '**/*.snap'],
      checks: { secret: 'off', lockfile: 'error' },
      paths: [{ files: ['docs/**'], ignore: false, checks: { debugger: 'info' }, reason: 'examples' }],
      limits: { fileBytes: 512_000, largeFileBytes: 1_048_576, changeBytes: 1000 },
      hook: { budget: 120_000, onIncomplete: 'block', onTimeout: 'warn' },
      prePush: { commits: 7 },
      pullRequests: {
        ...{ review: 'on-command', drafts: true, ignoreTitles: ['WIP*'], ignoreLabels: ['skip'] },
        ...{ requireLabels: ['ready'], ignoreAuthors: ['*[bot]'], baseBranches: ['main'] },
        ...{ maxFiles: 300, maxChangedLines: 20_000, tooLarge: 'skip', comments: 50 },
        ...{ suggestions: false, summary: false, incomplete: 'failure' },
      },
      sandbox: {
        hosts: ['registry.npmjs.org', 'npm.example.com:8443'],
        install: [{ when: 'web/package-lock.json', run: 'cd web && npm ci' }],
      },
      app: {
        limits: {
          repository: { reviewsPerDay: 9, tokensPerDay: 8, costPerDay: 0.5 },
          person: { costPerDay: 1 },
        },
        ...{ trustedBots: [49699333], resolveThreads: true, linkHosts: ['docs.example.org'] },
        mirrors: { bytesPerRepository: 1_000_000_000, bytesTotal: 10_000_000_000 },
      },
      baseline: 'tools/baseline.json',
    });
  });

  it('fills nothing in', () => {
    expect(parse('hook: { onTimeout: block }').values).toEqual({ hook: { onTimeout: 'block' } });
  });

  it.each([[''], ['# nothing yet\n'], ['---\n']])('takes %j as nothing said', (text) => {
    expect(parseConfig(text, 'x').values).toEqual({});
  });

  it('knows the line of every key and item', () => {
    const { lines } = parse(
      '# top',
      'hook:',
      '  budget: 5s',
      'ignore:',
      '  - a/**',
      '  - b/**',
      'paths:',
      '  - files: [c]',
      '    checks: { secret: off }',
    );
    expect(Object.fromEntries(lines)).toEqual({
      hook: 2,
      'hook.budget': 3,
      ignore: 4,
      'ignore[0]': 5,
      'ignore[1]': 6,
      paths: 7,
      'paths[0]': 8,
      'paths[0].files': 8,
      'paths[0].files[0]': 8,
      'paths[0].checks': 9,
      'paths[0].checks.secret': 9,
    });
  });

  it('reads `off` as a word, also when the file asks for YAML 1.1', () => {
    expect(parse('%YAML 1.1', '---', 'checks: { secret: off }').values).toEqual({
      checks: { secret: 'off' },
    });
  });

  it('follows aliases', () => {
    const { values } = parse('ignore: &globs [a, b]', 'paths:', '  - files: *globs', '    ignore: false');
    expect(values.paths).toEqual([{ files: ['a', 'b'], ignore: false }]);
  });

  it('takes a byte order mark and CRLF', () => {
    expect(parseConfig('\ufefffailOn: info\r\nbaseline: b.json\r\n', 'x').values).toEqual({
      failOn: 'info',
      baseline: 'b.json',
    });
  });
});

describe('unknown keys', () => {
  it('name the nearest one, with the line', () => {
    expect(problems(...Array.from({ length: 6 }, () => '#'), 'ignores: []')).toEqual([
      '7: unknown key "ignores". Did you mean "ignore"?',
    ]);
  });

  it.each([
    [['hook:', '  budgets: 3s'], '2: unknown key "budgets" in hook. Did you mean "budget"?'],
    [['budget: 3s'], '1: unknown key "budget". Did you mean "hook.budget"?'],
    [['secret: off'], '1: unknown key "secret". Did you mean "checks.secret"?'],
    [['checks:', '  secrets: off'], '2: unknown check "secrets" in checks. Did you mean "secret"?'],
    [
      ['paths:', '  - files: [a]', '    checks:', '      lock-file: off'],
      '4: unknown check "lock-file" in paths[0].checks. Did you mean "lockfile"?',
    ],
    [['paths:', '  - files: [a]', '    file: b'], '3: unknown key "file" in paths[0]. Did you mean "files"?'],
    [['drafts: true'], '1: unknown key "drafts". Did you mean "pullRequests.drafts"?'],
    [['costPerDay: 1'], '1: unknown key "costPerDay". Did you mean "app.limits.repository.costPerDay"?'],
    [
      ['app:', '  limits:', '    person:', '      reviewPerDay: 1'],
      '4: unknown key "reviewPerDay" in app.limits.person. Did you mean "reviewsPerDay"?',
    ],
    [['app:', '  limits:', '    fileBytes: 1'], expect.stringContaining('Known here: repository, person.')],
    [['prePush:', '  model: x'], '2: unknown key "model" in prePush. Known here: commits.'],
    [['__proto__: { failOn: info }'], expect.stringContaining('1: unknown key "__proto__".')],
    [['constructor: 1'], expect.stringContaining('1: unknown key "constructor".')],
  ])('%j', (lines, problem) => expect(problems(...lines)).toEqual([problem]));
});

describe('wrong values', () => {
  it.each([
    [
      'failOn: warn',
      '1: failOn: expected error, warning, info or never, got "warn". Did you mean "warning"?',
    ],
    ['checks: { secret: false }', '1: checks.secret: expected off, error, warning or info, got false'],
    ['ignore:', '1: ignore: expected a list, got nothing'],
    ['ignore: a', '1: ignore: expected a list, got "a"'],
    ['ignore: [[a]]', '1: ignore[0]: expected text, got a list'],
    ['hook: 20s', '1: hook: expected a mapping, got "20s"'],
    ['hook: { budget: 20 }', '1: hook.budget: expected a duration such as 500ms, 20s or 2m, got 20'],
    ['hook: { onTimeout: stop }', '1: hook.onTimeout: expected block or warn, got "stop"'],
    [
      'limits: { fileBytes: 5 zillion }',
      '1: limits.fileBytes: expected a size such as 512kB, 5MB or 1MiB, or a number of bytes, got "5 zillion"',
    ],
    [
      'limits: { fileBytes: 0 }',
      '1: limits.fileBytes: expected a size such as 512kB, 5MB or 1MiB, or a number of bytes, got 0',
    ],
    ['prePush: { commits: 1.5 }', '1: prePush.commits: expected a whole number from 1 on, got 1.5'],
    ['paths: [{ ignore: true }]', '1: paths[0].files: is missing: expected a list'],
    ['paths: [{ files: [] }]', '1: paths[0].files: expected at least one glob, got a list'],
    ['paths: [{ files: [a], ignore: yes }]', '1: paths[0].ignore: expected true or false, got "yes"'],
    ['baseline: ../b.json', '1: baseline: "../b.json" leaves the repository by ".."'],
    ['pullRequests: { review: always }', expect.stringContaining('expected automatic, on-command or off')],
    [
      'pullRequests: { comments: 51 }',
      '1: pullRequests.comments: expected a whole number from 1 to 50, got 51',
    ],
    ['pullRequests: { ignoreTitles: [" "] }', '1: pullRequests.ignoreTitles[0]: " " is empty'],
    [
      'app: { linkHosts: ["https://example.org"] }',
      '1: app.linkHosts[0]: expected a host such as docs.example.org, in small letters, got "https://example.org"',
    ],
    ...[
      '*.example.org',
      'https://example.org',
      'Example.org',
      'example.org:0',
      '[::1]',
      'a/b',
      'a@b',
      '',
    ].map((host): [string, string] => [
      `sandbox: { hosts: ['${host}'] }`,
      `1: sandbox.hosts[0]: expected a host such as registry.npmjs.org or npm.example.com:8443, in small letters, got "${host}"`,
    ]),
    [
      'sandbox: { install: [{ when: ../a, run: b }] }',
      '1: sandbox.install[0].when: "../a" leaves the repository by ".."',
    ],
    ['sandbox: { install: [{ when: a }] }', '1: sandbox.install[0].run: is missing: expected text'],
    ['app: { trustedBots: ["dependabot[bot]"] }', expect.stringContaining('1: app.trustedBots[0]: expected')],
    [
      'app: { limits: { person: { reviewsPerDay: 0 } } }',
      '1: app.limits.person.reviewsPerDay: expected a whole number from 1 on, got 0',
    ],
    ['- failOn', '1: expected a mapping, got a list'],
  ])('%s', (text, problem) => expect(problems(text)).toEqual([problem]));

  it.each([
    ['/a/**', 'is absolute'],
    ['C:/a', 'is absolute'],
    ['../a', 'leaves the repository'],
    ['a/../../b', 'leaves the repository'],
    ['!a', 'begins with "!"'],
    ['vendor/', 'write "vendor/**"'],
    ['a[', 'is no glob'],
    ['[b-a]', 'is no glob'],
    ['', 'is empty'],
    ['a'.repeat(1001), 'is longer than'],
  ])('refuses the glob %s', (glob, problem) => {
    expect(problems(`ignore: [${JSON.stringify(glob)}]`)).toEqual([expect.stringContaining(problem)]);
  });

  it('are told all at once, in the order of the file', () => {
    expect(
      problems('failOn: 1', 'hook:', '  onTimeout: no', '  budgets: 1s', 'ignore: [/a]').map((p) => p[0]),
    ).toEqual(['1', '3', '4', '5']);
  });

  it('are not told without end', () => {
    const told = problems(...Array.from({ length: 100 }, (_, index) => `k${index}: 1`));
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe('.code-agent.yml: and 80 more'.replace(/^\.code-agent\.yml:/, ''));
  });

  it('cannot move the cursor', () => {
    expect(problems('"\\e[2Jx": 1')[0]).not.toContain('\u001b');
    expect(problems('failOn: "\\u202eerror"')[0]).toContain('\\u{202e}');
  });
});

describe('wrong YAML', () => {
  it.each([
    [['failOn: error', 'failOn: info'], '2: the key "failOn" is there twice'],
    [['hook:', '  budget: 1s', '  "budget": 2s'], '3: the key "\\"budget\\"" is there twice'],
    [['ignore: [a'], expect.stringMatching(/^1: not YAML: Flow sequence/)],
    [['failOn: !secret error'], '1: not YAML: Unresolved tag: !secret'],
    [['failOn: info', '---', 'failOn: error'], expect.stringMatching(/^\d: a second YAML document$/)],
    [['ignore: *globs'], expect.stringContaining('1: aliases that cannot be followed: Unresolved alias')],
    [['<<: { failOn: info }'], expect.stringContaining('1: unknown key "<<".')],
  ])('%j', (lines, problem) => expect(problems(...lines)).toEqual([problem]));

  it('refuses aliases that multiply', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
    }
    expect(problems(...bomb)).toEqual([expect.stringContaining('Excessive alias count')]);
  });

  it.each([
    ['flow', '['.repeat(60_000)],
    ['flow over lines', '[\n'.repeat(30_000)],
    ['flow mappings', '{a: '.repeat(15_000)],
    ['block', '- '.repeat(30_000)],
    ['keys', '? '.repeat(30_000)],
  ])('refuses deep nesting: %s', (_, text) => {
    expect(problems(text)).toEqual([expect.stringContaining('nested more than 16 deep')]);
  });

  it('refuses what is too long', () => {
    expect(problems(`# ${'x'.repeat(70_000)}`)).toEqual(['1: longer than 65536 characters']);
  });
});
