import { expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { atTerminal } from '../support/pseudo-terminal.ts';
import { CLI, tempRepository } from '../support/temp-repository.ts';

const call = (name: string, input: unknown): ScriptedTurn => ({ calls: [{ name, input }] });
const ask = call('ask', { question: 'Who counts the stock?', choices: ['the shop', 'a supplier'] });
const draft = (markdown: string) => call('write_design', { topic: 'inventory', markdown });

it('a conversation ends in a design that the person agrees to, as a commit on a branch; what was said is known the next time', async () => {
  const repository = tempRepository();
  const base = repository.commit({ 'README.md': '# A shop\n' });
  repository.write({ 'mine.txt': 'under way' });
  const server = await startAnthropicServer([
    ask,
    draft('# Inventory\n\nFirst.\n'),
    draft('# Inventory\n\nSecond.\n'),
    draft('# Inventory\n\nThird.\n'),
  ]);
  const env = {
    ...repository.env,
    ANTHROPIC_API_KEY: 'sk-test',
    ANTHROPIC_BASE_URL: server.baseUrl,
    TERM: 'xterm',
  };
  const talk = (answers: readonly (readonly [string, string])[]) =>
    atTerminal(
      [process.execPath, CLI, 'interactive', 'an inventory'],
      { cwd: repository.path, env },
      answers,
    );

  const first = await talk([
    ['? Who counts the stock?', '1\r'],
    ['First.', ''],
    ['Commit it as docs/inventory-design.md?', 'make it second\r'],
    ['Second.', ''],
    ['Commit it as docs/inventory-design.md?', 'y\r'],
  ]);
  expect(first.code).toBe(0);
  const [, branch = ''] = /is on branch (\S+)\./.exec(first.screen) ?? [];
  expect(repository.git('show', `${branch}:docs/inventory-design.md`)).toBe('# Inventory\n\nSecond.');
  expect(repository.git('diff', '--name-only', base, branch)).toBe('docs/inventory-design.md');
  expect(repository.git('status', '--porcelain')).toBe('?? mine.txt');
  expect(server.requests.some(({ raw }) => raw.includes('make it second'))).toBe(true);

  const second = await talk([['Commit it as docs/inventory-design.md?', 'y\r']]);
  expect(second.code).toBe(0);
  const told = server.requests.at(-1)?.raw ?? '';
  expect(told).toContain('Answered: the shop');
  expect(told).toContain('Second.');
  expect(
    repository.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/code-agent/').split('\n'),
  ).toEqual(['code-agent/design-inventory', 'code-agent/design-inventory-2']);
}, 60_000);

it('needs a terminal', async () => {
  const repository = tempRepository();
  repository.commit({ 'a.txt': 'a' });
  const ran = await repository.codeAgent(['interactive', 'x']);
  expect(ran.stderr).toContain('a conversation needs a terminal');
  expect(ran.code).toBe(2);
});
