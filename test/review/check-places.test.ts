import { expect, it } from 'vitest';
import type { Check } from '../../src/review/check.ts';
import { debuggerStatement } from '../../src/review/checks/debugger.ts';
import { focusedTest } from '../../src/review/checks/focused-test.ts';
import { invisibleText } from '../../src/review/checks/invisible-text.ts';
import { caseChange } from '../support/case-change.ts';

/** Each check, a path, a line, and the part of the line that its finding must mark. */
const PLACES: readonly (readonly [Check, path: string, line: string, marked: string])[] = [
  [invisibleText, 'a.ts', '\u{1f600} x\u202ey', '\u202e'],
  [invisibleText, 'a.ts', '\u{1f600} x\u{e0041}y', '\u{e0041}'],
  [invisibleText, 'a.ts', 'a = \u{1f600}p\u0430y;', 'p\u0430y'],
  [focusedTest, 'a.test.ts', "  it.only('\u{1f600}')", 'it.only('],
  [debuggerStatement, 'a.ts', "\tif ('\u{1f600}') debugger;", 'debugger'],
  [debuggerStatement, 'a.py', '    breakpoint()', 'breakpoint()'],
];

it.each(PLACES)('%o marks the place: %s %j', async (check, path, line, marked) => {
  const { files, context } = caseChange({ name: '', change: { [path]: `\n${line}\n` }, finds: [] });
  const problems = [];
  for await (const problem of await check.run(files, context)) problems.push(problem);
  expect(problems).toHaveLength(1);
  const {
    startLine,
    endLine,
    startColumn = 0,
    endColumn = 0,
  } = problems[0]?.place ?? { startLine: 0, endLine: 0 };
  expect([startLine, endLine]).toEqual([2, 2]);
  expect(line.slice(startColumn - 1, endColumn - 1)).toBe(marked);
});

it('no title and no body of invisible-text holds what it is about', async () => {
  const lines = ['\u202e', '\u200b', 'x\u{e0041}', '\u001b[1m', 'p\u0430y', 'a\ufe0f', '\u3164', '\u2028'];
  const { files, context } = caseChange({ name: '', change: { 'a.ts': lines.join('\n') }, finds: [] });
  const problems = [];
  for await (const problem of await invisibleText.run(files, context)) problems.push(problem);
  expect(problems).toHaveLength(lines.length);
  for (const { title, body } of problems) expect(title + body).toMatch(/^[ -~]+$/);
});
