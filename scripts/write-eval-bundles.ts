// node scripts/run.mjs scripts/write-eval-bundles.ts: makes the bundles of the evaluation cases of their patches, where
// they do not agree. test/local/eval.test.ts asserts that they do.
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle, bundledRefs } from '../test/eval/build-bundle.ts';

const CASES = 'test/eval/cases';

const folder = mkdtempSync(join(CASES, '.new-'));
try {
  for (const name of readdirSync(CASES).filter((entry) => !entry.startsWith('.'))) {
    const [built, bundle] = [join(folder, name), join(CASES, name, 'repository.bundle')];
    buildBundle(join(CASES, name, 'history.patch'), built);
    if (existsSync(bundle) && bundledRefs(bundle) === bundledRefs(built)) continue;
    renameSync(built, bundle);
    process.stdout.write(`${bundle}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
