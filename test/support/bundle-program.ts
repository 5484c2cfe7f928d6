import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');

/** As CommonJS has it, for packages that are bundled; by names that none of them has. */
const REQUIRE = `import * as module$bundled from 'node:module';
import * as path$bundled from 'node:path';
import * as url$bundled from 'node:url';
const require = module$bundled.createRequire(import.meta.url);
const __filename = url$bundled.fileURLToPath(import.meta.url);
const __dirname = path$bundled.dirname(__filename);`;

/**
 * Builds a program of the tests, of a path like `test/app/a-process.ts`, with what it reads beside it, as in a release. With its packages
 * in it: one that is started again and again begins in less than half of the time.
 */
export async function bundleProgram(entry: string): Promise<{ readonly file: string; remove(): void }> {
  // Below node_modules, so that what cannot be bundled is found from there.
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.run-'));
  const file = join(folder, 'app.mjs');
  await build({
    ...{ entryPoints: [join(ROOT, entry)], outfile: file, bundle: true, platform: 'node' },
    ...{ format: 'esm', target: 'node20.19', banner: { js: REQUIRE }, logLevel: 'error' },
    external: ['oxc-transform', '@electric-sql/*'],
  });
  cpSync(join(ROOT, 'src/sessions/postgres/migrations'), join(folder, 'migrations'), { recursive: true });
  cpSync(join(ROOT, 'src/agent/personas'), join(folder, 'personas'), { recursive: true });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
