import { beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/review/check.ts';
import { binaryFile } from '../../src/review/checks/binary-file.ts';
import type { CheckCase } from '../../src/review/checks/check-case.ts';
import { debuggerStatement } from '../../src/review/checks/debugger.ts';
import { fileMode } from '../../src/review/checks/file-mode.ts';
import { focusedTest } from '../../src/review/checks/focused-test.ts';
import { forbiddenFile } from '../../src/review/checks/forbidden-file.ts';
import { invisibleText } from '../../src/review/checks/invisible-text.ts';
import { largeFile } from '../../src/review/checks/large-file.ts';
import { portablePath } from '../../src/review/checks/portable-path.ts';
import { submodule } from '../../src/review/checks/submodule.ts';
import { symlink } from '../../src/review/checks/symlink.ts';
import type { Problem } from '../../src/review/finding.ts';
import { caseChange } from '../support/case-change.ts';

const CHECKS: readonly Check[] = [
  focusedTest,
  debuggerStatement,
  invisibleText,
  largeFile,
  binaryFile,
  forbiddenFile,
  portablePath,
  symlink,
  fileMode,
  submodule,
];

const LENGTH = 5_000_000;
const REPEATS = ['a', ' ', 'it.', '(', 'x\u0430', '\u202e', '/', "'", '`$' + '{'];

/** Each stands for a family of files, and begins with what makes a check look closer than its quick test. */
const STARTS: Readonly<Record<string, string>> = {
  'a.test.ts': "it.only('a');debugger;",
  'test_a.py': '@skip\nbreakpoint();',
  '.gitmodules': '[submodule "a"]\nurl = ',
  'bin/a': '#!/bin/sh ',
};

/** Quadratic work over such a line takes minutes; linear work a few seconds on a slow machine. */
const MOST_MS = 10_000;

async function run(check: Check, { files, context }: ReturnType<typeof caseChange>) {
  const start = performance.now();
  const problems: Problem[] = [];
  for await (const problem of await check.run(files, context)) problems.push(problem);
  return { problems, ms: performance.now() - start };
}

const changeOf = (change: CheckCase['change']) => caseChange({ name: '', change, finds: [] });
const IDS = CHECKS.map((check) => [check.id, check] as const);

describe.each(REPEATS)('a line of 5 MB of %j', (repeat) => {
  let change: ReturnType<typeof caseChange>;
  beforeAll(() => {
    const line = repeat.repeat(Math.ceil(LENGTH / repeat.length));
    change = changeOf(
      Object.fromEntries(Object.entries(STARTS).map(([path, start]) => [path, `${start}${line}${start}\n`])),
    );
  });
  it.each(IDS)('%s', async (_, check) => {
    expect((await run(check, change)).ms).toBeLessThan(MOST_MS);
  });
});

describe('many short lines', () => {
  it.each(IDS)('%s', async (_, check) => {
    const blank = {
      'a.test.ts': '\n'.repeat(500_000),
      'test_a.py': '  @skip\n\n\n'.repeat(50_000),
      'a_spec.rb': ' \n'.repeat(500_000),
    };
    expect((await run(check, changeOf(blank))).ms).toBeLessThan(MOST_MS);
  });
});

describe('long names', () => {
  it.each(IDS)('%s', async (_, check) => {
    const names = [
      'a/'.repeat(2000),
      '. '.repeat(2000),
      '~'.repeat(4000),
      '.env'.repeat(1000),
      '#'.repeat(4000),
    ];
    const change = Object.fromEntries(names.map((name) => [`${name}a`, 'x\n']));
    expect((await run(check, changeOf(change))).ms).toBeLessThan(MOST_MS);
  });

  it('symlink: a target of 1 MB', async () => {
    const change = { a: { after: '../x/'.repeat(200_000), modeAfter: '120000' as const } };
    const { problems, ms } = await run(symlink, changeOf(change));
    expect(ms).toBeLessThan(MOST_MS);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.title.length).toBeLessThan(300);
  });
});

it('what is found in a line of 5 MB is one finding with a short title', async () => {
  const line = 'x\u0430'.repeat(LENGTH / 2);
  const { problems } = await run(
    invisibleText,
    changeOf({ 'a.ts': `${line}\n${'\u202e'.repeat(LENGTH)}\n` }),
  );
  expect(problems.map(({ place }) => place?.startLine)).toEqual([2, 1]);
  expect(Math.max(...problems.map(({ title }) => title.length))).toBeLessThan(500);
});
