import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createUnitResults } from '../../src/sessions/unit-results.ts';
import { tempFolder } from '../support/temp-repository.ts';

const key = (number: number): string => number.toString(16).padStart(64, '0');

describe('createUnitResults', () => {
  it('gives back what was written, to another process too', () => {
    const folder = tempFolder();
    createUnitResults(folder).write(key(1), { findings: ['one\ntwo'] });
    const results = createUnitResults(folder);
    expect(results.read(key(1))).toEqual({ findings: ['one\ntwo'] });
    expect(results.read(key(2))).toBeNull();
  });

  it('does not read what is cut short or changed, and writes it anew', () => {
    const folder = tempFolder();
    const results = createUnitResults(folder);
    results.write(key(1), { findings: [] });
    const file = join(folder, 'code-agent/units', `${key(1)}.json`);
    const whole = readFileSync(file, 'utf8');
    for (const damaged of [whole.slice(0, -1), '', whole.replace('[]', '[1]'), 'x']) {
      writeFileSync(file, damaged);
      expect(results.read(key(1))).toBeNull();
    }
    results.write(key(1), { findings: [] });
    expect(results.read(key(1))).toEqual({ findings: [] });
  });

  it('keeps the latest ones', () => {
    const folder = tempFolder();
    const results = createUnitResults(folder);
    for (let number = 0; number < 2100; number += 1) results.write(key(number), number);
    const kept = readdirSync(join(folder, 'code-agent/units')).length;
    expect(kept).toBeGreaterThan(1500);
    expect(kept).toBeLessThanOrEqual(2000);
    expect(results.read(key(2099))).toBe(2099);
  });

  it('takes no key that leads elsewhere', () => {
    expect(() => createUnitResults(tempFolder()).read('../../config')).toThrow('not a key');
  });
});
