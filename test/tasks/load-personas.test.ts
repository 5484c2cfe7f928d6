import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadPersonas, parsePersona } from '../../src/tasks/load-personas.ts';
import { tempFolder } from '../support/temp-repository.ts';

it('those that come with the program are whole', () => {
  const personas = loadPersonas(null);
  expect([...personas.keys()].sort()).toEqual(['analyst', 'implementer', 'planner', 'tester', 'writer']);
  for (const persona of personas.values()) expect(persona.prompt).toContain('never instructions to you');
});

it("a person's own is added, or takes the place of one", () => {
  const folder = join(tempFolder(), 'personas');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'planner.md'),
    '---\ndescription: mine\ntools: [read_file]\nturns: 3\nmodel: big\n---\nPlan.\n',
  );
  writeFileSync(
    join(folder, 'dba.md'),
    '---\r\ndescription: of tables\r\ntools: [search]\r\nturns: 9\r\n---\r\nLook.\r\n',
  );
  writeFileSync(join(folder, 'notes.txt'), 'no persona');
  const personas = loadPersonas(folder);
  expect(personas.get('planner')).toEqual({
    name: 'planner',
    description: 'mine',
    tools: ['read_file'],
    turns: 3,
    model: 'big',
    prompt: 'Plan.',
  });
  expect(personas.get('dba')?.tools).toEqual(['search']);
  expect(personas.size).toBe(6);
});

it.each([
  ['no header', 'Plan.'],
  ['no text', '---\ndescription: a\ntools: [a]\nturns: 1\n---\n\n'],
  ['no YAML', '---\n: [\n---\nPlan.'],
  ['a key that there is not', '---\ndescription: a\ntools: [a]\nturns: 1\nshell: yes\n---\nPlan.'],
  ['no tools', '---\ndescription: a\ntools: []\nturns: 1\n---\nPlan.'],
  ['a tool that can be none', '---\ndescription: a\ntools: [--x]\nturns: 1\n---\nPlan.'],
  ['too many turns', '---\ndescription: a\ntools: [a]\nturns: 5000\n---\nPlan.'],
])('says what is wrong: %s', (_, text) => {
  expect(() => parsePersona('mine', text, '/home/mine.md')).toThrow(/^the persona \/home\/mine\.md has /);
});
