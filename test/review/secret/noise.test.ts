import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findSecrets } from '../../../src/review/checks/secret/find-secrets.ts';

/** Public code that is here anyway: sources, bundles, tests and documentation, some 280,000 lines. */
const PACKAGES = ['zod', 'yaml', 'vite', 'vitest'];

it('finds next to nothing in public code', async () => {
  let lines = 0;
  const found: string[] = [];
  for (const name of PACKAGES) {
    const root = join(import.meta.dirname, '../../../node_modules', name);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      lines += text.split('\n').length;
      for (const { name, certainty, start } of await findSecrets(text))
        found.push(`${certainty} ${name} ${path}@${start}`);
    }
  }
  expect(lines).toBeGreaterThan(100_000);
  expect(found.filter((line) => line.startsWith('proven'))).toEqual([]);
  expect((found.length / lines) * 1000, found.join('\n')).toBeLessThan(0.02);
});
