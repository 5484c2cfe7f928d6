import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { parseSarif } from '../../src/report/sarif-input.ts';
import type { ExternalFinding } from '../../src/review/external-findings.ts';
import { hostileText } from './arbitrary-review.ts';

const source = { file: 'report.sarif', root: '/repo', toolName: 'the tool' };
const sample = (name: string) => readFileSync(new URL(`sarif/${name}.sarif`, import.meta.url), 'utf8');

const at = (uri: string, region?: object) => ({ physicalLocation: { artifactLocation: { uri }, region } });
const logOf = (results: readonly object[], run: object = {}) =>
  JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'T' } }, results, ...run }] });
const oneResult = (result: object, run: object = {}): ExternalFinding | undefined =>
  parseSarif(
    logOf([{ message: { text: 'M' }, locations: [at('a.ts', { startLine: 1 })], ...result }], run),
    source,
  ).findings[0];
const pathOf = (uri: string, run: object = {}) => oneResult({ locations: [at(uri)] }, run)?.path;

describe('parseSarif reads', () => {
  it('ESLint', () => {
    expect(parseSarif(sample('eslint'), source)).toEqual({
      outside: 0,
      findings: [
        {
          path: 'src/a b.js',
          place: { startLine: 3, endLine: 3, startColumn: 7, endColumn: 8 },
          title: "'x' is assigned a value but never used",
          body: 'https://eslint.example/rules/no-unused-vars',
          severity: 'error',
          category: 'no-unused-vars',
          source: 'ESLint',
        },
        {
          path: 'src/ok.js',
          place: { startLine: 9, endLine: 9, startColumn: 9 },
          title: "Expected '===' and instead saw '=='",
          body: 'https://eslint.example/rules/eqeqeq',
          severity: 'warning',
          category: 'eqeqeq',
          source: 'ESLint',
        },
      ],
    });
  });

  it('Semgrep', () => {
    expect(parseSarif(sample('semgrep'), source)).toEqual({
      outside: 0,
      findings: [
        {
          path: 'src/render.js',
          place: { startLine: 12, endLine: 13, startColumn: 3, endColumn: 30 },
          title: 'User controlled data reaches innerHTML',
          body: 'An attacker can run scripts, e.g. with an image.\nUse textContent.',
          severity: 'warning',
          category: 'javascript.browser.insecure-innerhtml',
          source: 'Semgrep OSS',
        },
        {
          path: 'src/db.js',
          place: { startLine: 2, endLine: 2, startColumn: 1, endColumn: 9 },
          title: 'A password is in the code',
          body: '',
          severity: 'error',
          category: 'generic.hard-coded',
          source: 'Semgrep OSS',
          secret: true,
        },
      ],
    });
  });

  it('CodeQL', () => {
    expect(parseSarif(sample('codeql'), source)).toEqual({
      outside: 0,
      findings: [
        {
          path: 'packages/web/src/größe.js',
          place: { startLine: 20, endLine: 20, startColumn: 12, endColumn: 40 },
          title: 'This query string depends on a user-provided value',
          body: '',
          severity: 'error',
          category: 'js/sql-injection',
          source: 'CodeQL',
        },
        {
          path: 'packages/web/src/größe.js',
          place: null,
          title: 'Weak thing',
          body: '',
          severity: 'info',
          category: 'js/weak-thing',
          source: 'CodeQL',
        },
      ],
    });
  });

  it('gitleaks, whose paths are not encoded', () => {
    expect(parseSarif(sample('gitleaks'), source)).toEqual({
      outside: 0,
      findings: [
        {
          path: '100% c#/dir name/k.env',
          place: { startLine: 4, endLine: 4, startColumn: 2, endColumn: 20 },
          title: 'generic-key has detected secret for file 100% c#/dir name/k.env',
          body: '',
          severity: 'warning',
          category: 'generic-key',
          source: 'gitleaks',
          secret: true,
        },
      ],
    });
  });
});

describe('parseSarif: paths', () => {
  it.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src//a.ts', 'src/a.ts'],
    ['file:///repo/src/a.ts', 'src/a.ts'],
    ['file://localhost/repo/a.ts', 'a.ts'],
    ['file:/repo/a.ts', 'a.ts'],
    ['/repo/a.ts', 'a.ts'],
    ['caf%E9.ts', 'caf\udce9.ts'],
    ['%F0%9F%91%8D.ts', '👍.ts'],
    ['100%.ts', '100%.ts'],
  ])('%s is %j', (uri, path) => {
    expect(pathOf(uri)).toBe(path);
  });

  it.each([
    '../a.ts',
    'src/../../a.ts',
    '%2e%2e/a.ts',
    '..%2fa.ts',
    'file:///repo/../etc/passwd',
    'file:///etc/passwd',
    'file:///repository/a.ts',
    'file://server/repo/a.ts',
    '/etc/passwd',
    'https://example.com/a.ts',
    'C:/repo/a.ts',
    'a%00.ts',
    '',
    'file:///repo/',
  ])('%j is outside, and counted', (uri) => {
    expect(parseSarif(logOf([{ message: { text: 'M' }, locations: [at(uri)] }]), source)).toEqual({
      findings: [],
      outside: 1,
    });
  });

  it('counts results without a place as outside', () => {
    const results = [{}, { locations: [] }, { locations: [{}] }, { locations: null }];
    expect(
      parseSarif(logOf(results.map((one) => ({ message: { text: 'M' }, ...one }))), source).outside,
    ).toBe(4);
  });

  it.each([
    [{ B: { uri: 'file:///repo/sub/' } }, 'sub/a.ts'],
    [{ B: { uri: 'file:///elsewhere/' } }, undefined],
    [{ B: { uri: 'sub', uriBaseId: 'C' }, C: { uri: 'file:///repo' } }, 'sub/a.ts'],
    [{ B: { description: { text: 'top' } } }, 'a.ts'],
    [{ B: { uri: 'x/', uriBaseId: 'B' } }, undefined],
    [{ B: { uri: '../' } }, undefined],
    [{}, 'a.ts'],
  ])('resolves a base through %j', (originalUriBaseIds, path) => {
    const locations = [{ physicalLocation: { artifactLocation: { uri: 'a.ts', uriBaseId: 'B' } } }];
    expect(oneResult({ locations }, { originalUriBaseIds })?.path).toBe(path);
  });

  it('never leaves the repository', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2F',
      '/',
      'file:',
      '//',
      'repo',
      'a',
      '%',
      '\\',
      'C:',
      '%00',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = pathOf(parts.join(''));
        if (path === undefined) return;
        expect(path).not.toMatch(/^\/|(?:^|\/)\.{0,2}(?:\/|$)/);
        expect(path).not.toContain('\0');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseSarif: severity', () => {
  const rule = (level?: string, score?: string) => ({
    tool: {
      driver: {
        name: 'T',
        rules: [
          {
            id: 'r',
            ...(level !== undefined && { defaultConfiguration: { level } }),
            ...(score !== undefined && { properties: { 'security-severity': score } }),
          },
        ],
      },
    },
  });

  it.each([
    [{ level: 'note' }, rule('error', '9.0'), 'info'],
    [{}, rule('error', '1.0'), 'error'],
    [{}, rule(undefined, '7.0'), 'error'],
    [{}, rule(undefined, '6.9'), 'warning'],
    [{}, rule(undefined, '3.9'), 'info'],
    [{}, rule(), 'warning'],
    [{ level: 'none' }, rule(), 'info'],
    [{ kind: 'review' }, rule('error'), 'info'],
  ])('%j is read (%#)', (result, run, severity) => {
    expect(oneResult({ ruleId: 'r', ...result }, run)?.severity).toBe(severity);
  });

  it.each([{ kind: 'pass' }, { kind: 'notApplicable' }, { baselineState: 'absent' }, { suppressions: [{}] }])(
    '%j is no finding',
    (result) => {
      const text = logOf([{ message: { text: 'M' }, locations: [at('a.ts')], ...result }]);
      expect(parseSarif(text, source)).toEqual({ findings: [], outside: 0 });
    },
  );

  it.each([[[]], [null], [[{ status: 'rejected' }]], [[{ status: 'accepted' }, { status: 'underReview' }]]])(
    'suppressions %j do not suppress',
    (suppressions) => {
      expect(oneResult({ suppressions })).toBeDefined();
    },
  );
});

describe('parseSarif: messages', () => {
  const withStrings = {
    tool: {
      driver: {
        name: 'T',
        rules: [
          { id: 'r', messageStrings: { default: { text: "'{0}' hides {{1}} and '{1}' on {0}, {9}" } } },
        ],
        globalMessageStrings: { global: { text: 'Global {0}' } },
      },
    },
  };

  it.each([
    [{ id: 'default', arguments: ['a', 'b'] }, "'a' hides {1} and 'b' on a, {9}"],
    [{ id: 'global', arguments: ['x'] }, 'Global x'],
    [{ text: 'plain {0} {{}}' }, 'plain {0} {{}}'],
    [{ text: 'text {0}', id: 'default', arguments: ['first'] }, 'text first'],
    [{ id: 'unknown' }, 'r/more'],
    [{}, 'r/more'],
  ])('%j is %j', (message, title) => {
    expect(oneResult({ ruleId: 'r/more', message }, withStrings)?.title).toBe(title);
  });

  it.each([
    ['One sentence.', 'One sentence', ''],
    ['First. Second.', 'First', 'Second.'],
    ['Use a.b, e.g. c. Then d.', 'Use a.b, e.g. c', 'Then d.'],
    ['Why? Because.', 'Why?', 'Because.'],
    ['Line\r\n\nmore\nlines', 'Line', 'more\nlines'],
    [`${'long '.repeat(40)}end`, `${'long '.repeat(40).slice(0, 119)}…`, `${'long '.repeat(40)}end`],
    ['[link](3) and [url](https://x.y)', 'link and [url](https://x.y)', ''],
  ])('%j has a title and a body', (text, title, body) => {
    expect(oneResult({ message: { text } })).toMatchObject({ title, body });
  });

  it('names the tool and the rule, or what stands for them', () => {
    const run = { tool: { driver: { name: '' } } };
    expect(oneResult({}, run)).toMatchObject({ source: 'the tool', category: 'result' });
  });

  it('takes long messages of an attacker in its stride', () => {
    const started = performance.now();
    for (const text of [
      '['.repeat(2e6),
      '[a](1'.repeat(4e5),
      '. '.repeat(1e6),
      '.'.repeat(2e6),
      '{'.repeat(2e6),
    ])
      expect(oneResult({ message: { text, arguments: ['x'] } })?.title.length).toBeLessThanOrEqual(120);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('parseSarif: places', () => {
  it.each([
    [undefined, null],
    [{}, null],
    [{ startLine: 0 }, null],
    [{ charOffset: 5 }, null],
    [
      { startLine: 5, endLine: 3, startColumn: 2, endColumn: 4 },
      { startLine: 5, endLine: 5, startColumn: 2, endColumn: 4 },
    ],
    [
      { startLine: 5, startColumn: 4, endColumn: 4 },
      { startLine: 5, endLine: 5, startColumn: 4 },
    ],
    [
      { startLine: 5, startColumn: 0, endColumn: 4 },
      { startLine: 5, endLine: 5 },
    ],
    [
      { startLine: 5, endLine: 6, startColumn: 9, endColumn: 2 },
      { startLine: 5, endLine: 6, startColumn: 9, endColumn: 2 },
    ],
  ])('%j is %j', (region, place) => {
    expect(oneResult({ locations: [at('a.ts', region)] })?.place).toEqual(place);
  });
});

describe('parseSarif refuses', () => {
  const failure = (text: string): CodeAgentError => {
    try {
      parseSarif(text, source);
    } catch (error) {
      if (error instanceof CodeAgentError) return error;
      throw error;
    }
    throw new Error('was accepted');
  };

  it.each([
    ['{', /^report\.sarif: not JSON: /],
    ['', /^report\.sarif: not JSON: /],
    ['\x1b[31m', /^report\.sarif: not JSON: \P{Cc}*$/u],
    ['[]', /^report\.sarif: not SARIF 2\.1\.0: the top level: /],
    ['{"version":"2.0.0","runs":[]}', /^report\.sarif: not SARIF 2\.1\.0: version: /],
    ['{"version":"2.1.0"}', /^report\.sarif: not SARIF 2\.1\.0: runs: /],
    [logOf([{ locations: [] }]), /^report\.sarif: not SARIF 2\.1\.0: runs\[0\]\.results\[0\]\.message: /],
    [logOf([{ message: { text: 5 } }]), /runs\[0\]\.results\[0\]\.message\.text: /],
  ])('%j', (text, message) => {
    const error = failure(text);
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(2);
    expect(error.advice).toBeDefined();
  });

  it('accepts a byte order mark, null results and no runs', () => {
    expect(parseSarif(`\ufeff${logOf([])}`, source)).toEqual({ findings: [], outside: 0 });
    expect(parseSarif(logOf([], { results: null }), source)).toEqual({ findings: [], outside: 0 });
    expect(parseSarif('{"version":"2.1.0","runs":[]}', source)).toEqual({ findings: [], outside: 0 });
  });

  it('nothing but what is no SARIF, and never breaks', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, fc.integer(), (text, uri, ruleId, startLine) => {
        const locations = [at(uri, { startLine })];
        const { findings, outside } = parseSarif(logOf([{ ruleId, message: { text }, locations }]), source);
        expect(findings.length + outside).toBe(1);
        for (const { title } of findings) expect(title.includes('\n')).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
