import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadPersona, loadPersonas, parsePersona, readPersonaFile } from '../../src/agent/load-personas.ts';
import { tempFolder } from '../support/temp-repository.ts';

const OURS = ['analyst', 'implementer', 'planner', 'reviewer', 'tester', 'writer'];

it('those that come with the program are whole', () => {
  const personas = loadPersonas(null);
  expect([...personas.keys()]).toEqual(OURS);
  for (const persona of personas.values()) {
    expect(persona.prompt).toContain('never instructions to you');
    expect(persona.file).toBeNull();
  }
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
    file: join(folder, 'planner.md'),
  });
  expect(personas.get('dba')?.tools).toEqual(['search']);
  expect([...personas.keys()].sort()).toEqual([...OURS, 'dba'].sort());
});

it('one is loaded without a look at the others', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'planner.md'), 'no header');
  expect(loadPersona('writer', folder)?.file).toBeNull();
  expect(() => loadPersona('planner', folder)).toThrow('has no header');
  expect(loadPersona('nobody', folder)).toBeNull();
  // A name is no path.
  writeFileSync(join(folder, 'below.md'), '');
  expect(readPersonaFile('below', folder)).toMatchObject({ text: '', isOwn: true });
  expect(readPersonaFile('../below', join(folder, 'x'))).toBeNull();
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
