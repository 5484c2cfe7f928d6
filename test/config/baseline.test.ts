import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BaselineEntry, parseBaseline, renderBaseline } from '../../src/config/baseline.ts';

const hash = (digit: string) => digit.repeat(64);
const entry = (more: Partial<BaselineEntry> = {}): BaselineEntry => ({
  fingerprint: hash('a'),
  path: 'src/a.ts',
  check: 'debugger',
  title: 'debugger left in the code',
  ...more,
});

const entries = fc.uniqueArray(
  fc.record({
    fingerprint: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
    path: fc.string({
      minLength: 1,
      unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constant('\udc80')),
    }),
    check: fc.string({ minLength: 1 }),
    title: fc.string({ minLength: 1 }),
  }),
  { selector: ({ fingerprint }) => fingerprint },
);

describe('a baseline file', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const back = parseBaseline(renderBaseline(all), 'b.json');
        expect(new Set(back.map((one) => JSON.stringify(one)))).toEqual(
          new Set(all.map((one) => JSON.stringify(one))),
        );
      }),
    );
  });

  it('is the same text for the same findings, in any order, each one once', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const text = renderBaseline(all);
        expect(renderBaseline(all.toReversed())).toBe(text);
        expect(renderBaseline([...all, ...all])).toBe(text);
        expect(renderBaseline(parseBaseline(text, 'b.json'))).toBe(text);
      }),
    );
  });

  it('has one line for each finding, by path, and no line numbers', () => {
    const text = renderBaseline([entry({ path: 'b', fingerprint: hash('1') }), entry({ path: 'a' })]);
    expect(text).toBe(`{
  "version": 1,
  "findings": [
    {"path":"a","check":"debugger","title":"debugger left in the code","fingerprint":"${hash('a')}"},
    {"path":"b","check":"debugger","title":"debugger left in the code","fingerprint":"${hash('1')}"}
  ]
}
`);
  });

  it('may be empty', () => {
    expect(renderBaseline([])).toBe('{\n  "version": 1,\n  "findings": []\n}\n');
    expect(parseBaseline(renderBaseline([]), 'b.json')).toEqual([]);
  });

  const file = (value: unknown) => JSON.stringify(value);
  it.each([
    ['', 'b.json: not JSON'],
    ['{', 'b.json: not JSON'],
    [`<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> topic\n`, 'b.json: has conflict markers in it.'],
    ['[]', 'b.json: not a baseline: it has no version.'],
    ['null', 'b.json: not a baseline'],
    [file({ version: 2, findings: [] }), 'b.json: has version 2, and this code-agent knows only 1.'],
    [file({ version: 1 }), 'b.json: findings: expected a list.'],
    [file({ version: 1, findings: [], more: 1 }), 'b.json: unknown key "more".'],
    [file({ version: 1, findings: ['x'] }), 'b.json: findings[0]: expected an object.'],
    [
      file({ version: 1, findings: [entry(), { ...entry(), line: 4 }] }),
      'b.json: findings[1]: unknown key "line".',
    ],
    [file({ version: 1, findings: [{ ...entry(), title: 4 }] }), 'b.json: findings[0].title: expected text.'],
    [file({ version: 1, findings: [{ ...entry(), path: '' }] }), 'b.json: findings[0].path: expected text.'],
    [
      file({ version: 1, findings: [entry({ fingerprint: 'ab' })] }),
      'b.json: findings[0].fingerprint: expected a sha256',
    ],
  ])('is refused: %s', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(
      expect.objectContaining({
        name: 'CodeAgentError',
        exitCode: 2,
        message: expect.stringContaining(message),
      }),
    );
  });
});
