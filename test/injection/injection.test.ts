import { describe, expect, it } from 'vitest';
import type { Evidence, Group } from './attack.ts';
import { textGroups } from './attacks-in-texts.ts';
import { outcomeGroups } from './attacks-on-outcome.ts';
import { secretGroups } from './attacks-on-secrets.ts';
import { toolGroups } from './attacks-on-tools.ts';
import { expectNoHarm, sentBy } from './expectations.ts';
import { type NumberedAttack, runAttacks } from './run-attacks.ts';

let count = 0;
const groups = [...toolGroups, ...textGroups, ...secretGroups, ...outcomeGroups].map((group) => {
  const attacks = group.attacks.map((attack): NumberedAttack => {
    count += 1;
    return { ...attack, number: count };
  });
  return { ...group, attacks };
});

for (const group of groups) {
  describe(group.name, () => {
    // Of the first test that asks: the attacks of a group are met in one run.
    let run: Promise<Evidence> | undefined;
    const evidence = () => {
      run ??= runAttacks(group, group.attacks);
      return run;
    };
    for (const one of group.attacks) {
      it(`attack ${one.number}: ${one.name}`, async () => {
        expectNoHarm(one, await evidence());
      });
    }
  });
}

it('there are at least 60 attacks, and no two of one name', () => {
  const names = groups.flatMap(({ name, attacks }) => attacks.map((one) => `${name}: ${one.name}`));
  expect(names.length).toBeGreaterThanOrEqual(60);
  expect(new Set(names).size).toBe(names.length);
});

it('a canary that a model may see is seen: in a file of the change', async () => {
  const visible = 'canary-visible-dotterel';
  const group: Group = {
    name: 'control',
    attacks: [],
    base: (repository) => repository.write({ 'src/visible.js': `// ${visible}\n` }),
  };
  const read = {
    number: 1,
    name: '',
    answer: /visible/,
    calls: [{ tool: 'read_file', input: { path: 'src/visible.js' } }],
  };
  const found = await runAttacks(group, [read]);
  expect(sentBy(found)).toContain(visible);
});
