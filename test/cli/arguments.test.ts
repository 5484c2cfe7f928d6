import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startOpenAiServer } from '../support/openai-server.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

function withStaged(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'kept.ts': 'export {};\n' });
  repository.write({ 'a.ts': 'export const a = 1;\n' });
  repository.git('add', '.');
  return repository;
}

describe('a value is what was typed', () => {
  it.each([
    ['--model 007', '007'],
    ['--model 1e3', '1e3'],
    ['--model=0x10', '0x10'],
    ['--model -5', '-5'],
    ['--model=--5', '--5'],
  ])('the model that is asked: %s', async (flags, model) => {
    const repository = withStaged();
    const server = await startOpenAiServer([
      { calls: [{ name: 'finish_review', input: { summary: 'Fine.' } }] },
    ]);
    const env = { ...repository.env, OPENAI_BASE_URL: server.baseUrl };
    await repository.codeAgent(['review', ...flags.split(' ')], { env });
    expect(server.requests.at(-1)?.json).toMatchObject({ model });
  });

  it('the file that is written', async () => {
    const repository = withStaged();
    expect((await repository.codeAgent(['review', '--output', '007'])).code).toBe(0);
    expect(readdirSync(repository.path)).toContain('007');
    expect(readFileSync(join(repository.path, '007'), 'utf8')).toContain('1 file reviewed');
  });

  it.each([
    ['behind a flag without a value', ['--offline', '0012345']],
    ['behind one that looks like a value', ['--offline', 'false']],
    ['behind --', ['--', '-1']],
    ['empty', ['']],
  ])('a range %s', async (_, args) => {
    const { code, stderr } = await withStaged().codeAgent(['review', ...args]);
    expect(stderr).toContain(`there is no commit called ${JSON.stringify(args.at(-1))}`);
    expect(code).toBe(2);
  });

  it('a finding’s id', async () => {
    const { stderr } = await withStaged().codeAgent(['findings', 'reopen', '--json', '0012']);
    expect(stderr).toContain('0012');
  });
});

describe('what is wrong with a flag is said with its name', () => {
  it.each([
    [['review', '--model', ''], '--model needs a value'],
    [['review', '--model='], '--model needs a value'],
    [['review', '--model'], '--model needs a value'],
    [['review', '--model', '--offline'], '--model needs a value (--model=--offline if that is it)'],
    [['review', '--sarif', '', '--sarif', 'a'], '--sarif needs a value'],
    [['review', '--model', 'a', '--model', 'b'], '--model is given more than once'],
    [['review', '--offline=no'], '--offline takes no value'],
    [['review', '--max-cost', '-1'], '--max-cost is a number above 0; got "-1"'],
    [['review', '--max-cost=-.5'], '--max-cost is a number above 0; got "-.5"'],
    [['review', '--max-cost', 'abc'], '--max-cost is a number above 0; got "abc"'],
    [['review', '--max-cost', ''], '--max-cost needs a value'],
    [['review', '--format.x', 'json'], 'there is no flag --format.x'],
    [['review', '--runs', '2'], 'there is no flag --runs'],
    [['change', '--output', ''], '--output needs a value'],
    [['install', '--hooks', ''], '--hooks needs a value'],
    [['findings', 'dismiss', 'a7f3', '--because', ''], '--because needs a value'],
    [['eval', 'cases', '--runs', '-1'], '--runs is a number above 0; got "-1"'],
    [['eval', 'cases', '--runs', ''], '--runs needs a value'],
    [['eval', 'cases', '--parallel', 'two'], '--parallel is a number above 0; got "two"'],
    [['eval', 'cases', '--max-cost', '-1'], '--max-cost is a number above 0; got "-1"'],
  ])('%s', async (args, message) => {
    const { code, stderr, stdout } = await withStaged().codeAgent(args);
    expect(stderr).toContain(`code-agent: ${message}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('what a command is and does', () => {
  it.each([['--version'], ['-v'], ['review', '--version']])('the version: %j', async (...args) => {
    const { code, stdout } = await withStaged().codeAgent(args);
    expect(stdout).toMatch(/^code-agent\/\d/);
    expect(code).toBe(0);
  });

  it('the help of all, and of one with its defaults', async () => {
    const repository = withStaged();
    expect((await repository.codeAgent(['-h'])).stdout).toContain('review [range]');
    const { code, stdout } = await repository.codeAgent(['review', '--help']);
    expect(stdout).toContain('(default: terminal)');
    expect(code).toBe(0);
    const nothing = await repository.codeAgent([]);
    expect(nothing.stdout).toContain('review [range]');
    expect(nothing.code).toBe(2);
  });
});
