import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dropOutcome, keepOutcome, keptOutcomes } from '../../src/sessions/commit-outcomes.ts';
import { tempFolder } from '../support/temp-repository.ts';

const idOf = (number: number): string => number.toString(16).padStart(40, '0');
const outcome = (number: number, text = 'warning\n') =>
  ({ commit: idOf(number), outcome: 'pass', text }) as const;

describe('outcomes that nobody has read', () => {
  it('are kept for each commit until they are dropped, the last of each', () => {
    const folder = tempFolder();
    expect(keptOutcomes(folder)).toEqual([]);
    keepOutcome(folder, outcome(2, 'first\n'));
    keepOutcome(folder, outcome(2));
    keepOutcome(folder, outcome(1));
    expect(keptOutcomes(folder)).toHaveLength(2);
    expect(keptOutcomes(folder)).toEqual(
      expect.arrayContaining([expect.objectContaining(outcome(1)), expect.objectContaining(outcome(2))]),
    );
    dropOutcome(folder, idOf(2));
    dropOutcome(folder, idOf(3));
    expect(keptOutcomes(folder)).toMatchObject([outcome(1)]);
  });

  it('are a hundred at most', () => {
    const folder = tempFolder();
    for (let number = 0; number < 101; number++) keepOutcome(folder, outcome(number));
    const kept = keptOutcomes(folder);
    expect(kept).toHaveLength(90);
    expect(kept).toContainEqual(expect.objectContaining(outcome(100)));
    expect(readdirSync(join(folder, 'code-agent/outcomes'))).toHaveLength(90);
  });

  it('what is no outcome is not read', () => {
    const folder = tempFolder();
    const outcomes = join(folder, 'code-agent/outcomes');
    mkdirSync(outcomes, { recursive: true });
    const leave = (name: string, value: unknown) =>
      writeFileSync(join(outcomes, `${name}.json`), JSON.stringify(value));
    const whole = { ...outcome(1), reviewedAt: '2026-01-01T00:00:00.000Z' };
    leave(idOf(1), whole);
    expect(keptOutcomes(folder)).toEqual([whole]);
    leave(idOf(1), { ...whole, text: 1 });
    leave(idOf(2), whole);
    leave(idOf(3), { ...whole, commit: idOf(3), outcome: 'passed' });
    leave('..', { ...whole, commit: '..' });
    leave(idOf(4), null);
    writeFileSync(join(outcomes, `${idOf(5)}.json`), '{"commit":');
    expect(keptOutcomes(folder)).toEqual([]);
  });
});
