import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NO_USAGE, type Spent } from '../../src/agent/budget.ts';
import { showProgress } from '../../src/local/show-progress.ts';
import { textWidth } from '../../src/report/text-width.ts';
import type { ReviewerProgress } from '../../src/review/reviewer-setup.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ScriptedTurn, Step } from '../support/model-script.ts';
import { CLI, tempRepository } from '../support/temp-repository.ts';

const ERASE = '\r\x1b[K';

function fakeTerminal(columns: number | undefined, isTTY = true) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => written.push(text) };
}

const LONG = `${'folder/'.repeat(30)}upload.ts`;
const nothing = { calls: 0, usage: NO_USAGE, usd: 0, unpriced: false };
const at = (units: number, done: number, paths: string[], spent: Spent = nothing): ReviewerProgress => ({
  units,
  done,
  paths,
  spent: () => spent,
});
const one = (path: string): ReviewerProgress => at(1, 0, [path]);
const some: Spent = {
  calls: 2,
  usage: { ...NO_USAGE, input: 4000, output: 100 },
  usd: 0.012,
  unpriced: false,
};

/** The line that stands when the first second is over. However long that takes, it says `1 s`. */
async function lineOf(progress: ReviewerProgress, columns: number | undefined): Promise<string> {
  const terminal = fakeTerminal(columns);
  const { show, end } = showProgress(terminal);
  show(progress);
  expect(terminal.written).toEqual([]);
  await sleep(1050);
  show(progress);
  end();
  const [line = '', ...after] = terminal.written.slice(-2);
  expect(line.startsWith(ERASE)).toBe(true);
  expect(after).toEqual([ERASE]);
  return line.slice(ERASE.length).replace(/\d s$/, '1 s');
}

describe.concurrent('the line of a review that goes on', () => {
  it.each<[string, ReviewerProgress, string]>([
    ['one part: its file', one('src/a.ts'), 'reviewing  src/a.ts · 1 s'],
    ['one part with more files', at(1, 0, ['a.ts', 'b.ts', 'c.ts']), 'reviewing  a.ts and 2 more · 1 s'],
    ['the first part', at(3, 0, ['a.ts']), 'reviewing  part 1 of 3 · a.ts · 1 s'],
    ['the last part', at(3, 2, ['c.ts']), 'reviewing  part 3 of 3 · c.ts · 1 s'],
    ['all parts done', at(3, 3, ['c.ts']), 'reviewing  part 3 of 3 · c.ts · 1 s'],
    [
      'what it has taken',
      at(3, 0, ['a.ts'], some),
      'reviewing  part 1 of 3 · a.ts · 4.1k tokens · $0.012 · 1 s',
    ],
    ['a path that would move the cursor', one('a\x1b[2Jb.ts'), 'reviewing  a\\x1b[2Jb.ts · 1 s'],
  ])('%s', async (_, progress, line) => {
    expect(await lineOf(progress, 100)).toBe(line);
  });

  it.each([0, 30, 40, 80, 200])('a long path leaves the seconds visible in %i columns', async (columns) => {
    const line = await lineOf(at(12, 3, [LONG, 'b.ts']), columns);
    expect(line).toMatch(/^reviewing {2}part 4 of 1.* · 1 s$/);
    expect(textWidth(line)).toBe((columns || 80) - 1);
    if (columns !== 30) expect(line).toContain(columns === 40 ? '…oad.ts · ' : 'upload.ts and 1 more · ');
  });

  it('in a narrow terminal the file matters more than what it has taken', async () => {
    expect(await lineOf(at(3, 0, ['src/a.ts'], some), 40)).toBe('reviewing  part 1 of 3 · src/a.ts · 1 s');
  });

  it('wide characters take two cells', async () => {
    const line = await lineOf(one(`${'漢字'.repeat(30)}/アップロード.ts`), 40);
    expect(line).toMatch(/…漢?字?.*アップロード\.ts · 1 s$/);
    expect([38, 39]).toContain(textWidth(line));
  });

  it('a terminal of a few columns is not overflown', async () => {
    expect(await lineOf(one('src/a.ts'), 5)).toBe('…1 s');
  });

  it('a terminal that does not know its width has 80 columns', async () => {
    for (const columns of [0, undefined]) expect(textWidth(await lineOf(one(LONG), columns))).toBe(79);
  });

  it('what is told behind the end is not shown', async () => {
    const terminal = fakeTerminal(80);
    const { show, end } = showProgress(terminal);
    await sleep(1050);
    end();
    show(one('a.ts'));
    end();
    expect(terminal.written).toEqual([]);
  });

  it('a pipe is told nothing', async () => {
    const pipe = fakeTerminal(80, false);
    const { show, end } = showProgress(pipe);
    await sleep(1050);
    show(one('a.ts'));
    end();
    expect(pipe.written).toEqual([]);
  });
});

describe('on a real terminal', () => {
  it('a part that is still looked at is named, and Ctrl-C takes the line away', async () => {
    const repository = tempRepository();
    repository.commit({ '.code-agent.yml': 'review: { unitTokens: 3000 }\n' });
    const file = (name: string) =>
      Array.from({ length: 120 }, (_, n) => `export const ${name}${n} = ${n};\n`).join('');
    repository.write({ 'quick.ts': file('quick'), 'slow.ts': file('slow') });
    repository.git('add', '.');
    const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'Fine.' } }] };
    const answer: Step = ({ raw }) => (raw.includes('const slow') ? { ...finish, delayMs: 60_000 } : finish);
    const server = await startAnthropicServer([answer, answer]);
    const child = spawn('script', ['-qec', `'${process.execPath}' '${CLI}' review`, '/dev/null'], {
      cwd: repository.path,
      env: {
        ...repository.env,
        ANTHROPIC_API_KEY: 'sk-test-0123456789',
        ANTHROPIC_BASE_URL: server.baseUrl,
      },
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
    const closed = once(child, 'close');
    await expect
      .poll(() => screen, { timeout: 20_000 })
      .toMatch(/reviewing {2}part 2 of 2 · slow\.ts · (?:[^\r]+ · )?\d+ s/);
    child.stdin.write('\x03');
    expect(await closed).toEqual([130, null]);
    expect(screen.endsWith(ERASE)).toBe(true);
  });
});
