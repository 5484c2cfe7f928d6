import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { tempRepository } from '../support/temp-repository.ts';

const OURS = resolve(import.meta.dirname, '../../src/agent/personas');

it('lists who there is and where they come from, and shows the file of one to the letter', async () => {
  const { path, codeAgent } = tempRepository();
  const folder = join(path, '../.config/code-agent/personas');
  mkdirSync(folder, { recursive: true });
  const mine = '---\ndescription: "\\e[31mmine"\ntools: [search]\nturns: 1\nmodel: big\n---\r\n\nLook.\n\n';
  writeFileSync(join(folder, 'writer.md'), mine);
  const { stdout } = await codeAgent(['personas']);
  expect(stdout).toContain(
    'planner      Reads the repository and says in a few steps how a task would be done\n' +
      '             30 turns · comes with the program\n' +
      '             read_file, list_files, search, history, propose_plan\n',
  );
  expect(stdout).toContain(
    `writer       <U+001B>[31mmine\n             1 turn · prefers big · ${join(folder, 'writer.md')}\n             search\n`,
  );
  const json = JSON.parse((await codeAgent(['personas', '--json'])).stdout);
  expect(json.map(({ name }: { name: string }) => name)).toEqual([
    ...['analyst', 'implementer', 'planner', 'reviewer', 'tester', 'writer'],
  ]);
  expect(json[5]).toEqual({
    ...{ name: 'writer', description: '\u001b[31mmine', tools: ['search'], turns: 1, model: 'big' },
    file: join(folder, 'writer.md'),
  });
  expect((await codeAgent(['personas', 'show', 'writer'])).stdout).toBe(mine);
  expect((await codeAgent(['personas', 'show', 'reviewer'])).stdout).toBe(
    readFileSync(join(OURS, 'reviewer.md'), 'utf8'),
  );
});

it('says what is wrong with what was asked, or with a file', async () => {
  const { path, codeAgent } = tempRepository();
  const said = async (...args: string[]) => {
    const { code, stderr } = await codeAgent(['personas', ...args]);
    return [code, stderr];
  };
  expect(await said('show', 'revewer')).toEqual([
    2,
    expect.stringContaining('there is no persona "revewer". Did you mean "reviewer"? There are analyst, '),
  ]);
  expect(await said('show', '../../config')).toEqual([2, expect.stringContaining('there is no persona')]);
  expect(await said('show')).toEqual([2, expect.stringContaining('which persona?')]);
  expect(await said('frob')).toEqual([2, expect.stringContaining('no verb "frob": list or show')]);
  const folder = join(path, '../.config/code-agent/personas');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mine.md'), 'Look.');
  expect(await said()).toEqual([
    2,
    expect.stringContaining(`the persona ${join(folder, 'mine.md')} has no header`),
  ]);
  expect((await codeAgent(['personas', 'show', 'mine'])).stdout).toBe('Look.');
});
