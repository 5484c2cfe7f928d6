import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderGithub } from '../../src/report/github.ts';
import { sanitizePath } from '../../src/report/sanitize.ts';
import type { SEVERITIES } from '../../src/review/finding.ts';
import { fullReview, sampleFinding, sampleReview, skipped } from '../support/sample-review.ts';
import { arbitraryReview } from './arbitrary-review.ts';

interface Command {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** What the runner makes of a step's output: actions/runner, ActionCommand.TryParseV2. */
function readCommands(output: string): Command[] {
  const undo = (text: string, escapes: readonly string[]) =>
    escapes.reduce((all, code) => all.replaceAll(code, decodeURIComponent(code)), text);
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const end = line.indexOf('::', 2);
      const [level = '', ...rest] = line.slice(2, end).split(' ');
      const pairs = rest
        .join(' ')
        .split(',')
        .filter((pair) => pair !== '')
        .map((pair) => {
          const equals = pair.indexOf('=');
          return [pair.slice(0, equals), undo(pair.slice(equals + 1), ['%0D', '%0A', '%3A', '%2C', '%25'])];
        });
      return {
        level: line.startsWith('::') ? level : `no command: ${line}`,
        properties: Object.fromEntries(pairs),
        message: undo(line.slice(end + 2), ['%0D', '%0A', '%25']),
      };
    });
}

const commandsFor = (findings: Parameters<typeof sampleReview>[0]) =>
  readCommands(renderGithub(sampleReview(findings)));
const times = (count: number, severity: (typeof SEVERITIES)[number]) =>
  Array.from({ length: count }, (_, index) => sampleFinding({ severity, id: `${severity}${index}` }));

describe('renderGithub', () => {
  it('shows all that a review can hold', async () => {
    await expect(renderGithub(fullReview)).toMatchFileSnapshot('golden/full.github.txt');
  });

  it('is empty when there is nothing to say', () => {
    expect(renderGithub(sampleReview())).toBe('');
  });

  it('escapes what ends a property or a message', () => {
    const [command] = commandsFor({
      findings: [
        sampleFinding({ path: 'a,b:c%2C.ts', title: '100%: a, b::c', body: 'one\ntwo%0A::error::x' }),
      ],
    });
    expect(command).toEqual({
      level: 'error',
      properties: expect.objectContaining({ file: 'a,b:c%2C.ts', title: 'secret: 100%: a, b::c [a7f3]' }),
      message: 'one\ntwo%0A::error::x',
    });
  });

  it.each([
    [
      { startLine: 3, endLine: 3, startColumn: 5, endColumn: 9 },
      { line: '3', endLine: '3', col: '5', endColumn: '8' },
    ],
    [
      { startLine: 3, endLine: 3, startColumn: 5 },
      { line: '3', endLine: '3', col: '5', endColumn: '5' },
    ],
    [
      { startLine: 3, endLine: 4, startColumn: 5, endColumn: 9 },
      { line: '3', endLine: '4' },
    ],
    [
      { startLine: 3, endLine: 3 },
      { line: '3', endLine: '3' },
    ],
    [null, {}],
  ])('gives the place %j', (place, properties) => {
    const [command] = commandsFor({ findings: [sampleFinding({ place })] });
    const { file, title, ...position } = command?.properties ?? {};
    expect({ file, title, position }).toEqual({
      file: 'src/upload.ts',
      title: 'secret: GitHub personal access token added [a7f3]',
      position: properties,
    });
  });

  it('warns once of each reason for which files were skipped', () => {
    const files = [skipped('a.ts', 'too large'), skipped('b.ts', 'no time'), skipped('c.ts', 'too large')];
    const commands = commandsFor({ coverage: { files, failures: ['syntax: broke'], notes: [] } });
    expect(commands.map(({ level, message }) => [level, message])).toEqual([
      ['warning', 'a.ts, c.ts: too large'],
      ['warning', 'b.ts: no time'],
      ['warning', 'syntax: broke'],
    ]);
  });

  it('gives no more than GitHub shows, and says how many more there are', () => {
    const commands = commandsFor({
      findings: [...times(13, 'error'), ...times(12, 'warning'), ...times(11, 'info')],
      coverage: { files: [skipped('a.ts', 'too large')], failures: [], notes: [] },
    });
    const count = (level: string) => commands.filter((command) => command.level === level).length;
    expect([count('error'), count('warning'), count('notice')]).toEqual([10, 10, 10]);
    expect(commands.at(-1)).toMatchObject({
      level: 'notice',
      properties: { title: '8 more findings' },
      message: expect.stringMatching(/^3 errors, 3 warnings, 2 info more/),
    });
  });

  it('leaves out what is suppressed', () => {
    const finding = sampleFinding({ suppressed: { by: 'dismissed', reason: 'x' } });
    expect(renderGithub(sampleReview({ findings: [finding] }))).toBe('');
  });

  it('forges no command and is read as it was meant', () => {
    fc.assert(
      fc.property(arbitraryReview, (review) => {
        const output = renderGithub(review);
        const commands = readCommands(output);
        expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(commands.every(({ level }) => ['error', 'warning', 'notice'].includes(level))).toBe(true);
        const counted = review.findings.filter(({ suppressed }) => suppressed === null);
        const files = commands.flatMap(({ level, properties }) =>
          level === 'error' ? [properties['file']] : [],
        );
        const errors = counted.filter(({ severity }) => severity === 'error').slice(0, 10);
        expect(files).toEqual(errors.map(({ path }) => sanitizePath(path)));
      }),
      { numRuns: 300 },
    );
  });
});
