// Runs a TypeScript file of this repository: node scripts/run.mjs <file.ts> [arguments]
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [file, ...args] = process.argv.slice(2);
// Below node_modules, so that packages are found from there.
const folder = mkdtempSync(resolve('node_modules', '.run-'));
const outfile = join(folder, 'main.mjs');
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  // What a file finds beside itself is not beside the bundle.
  plugins: [
    {
      name: 'own-url',
      setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
          contents: (await readFile(path, 'utf8')).replaceAll(
            'import.meta.url',
            JSON.stringify(pathToFileURL(path).href),
          ),
          loader: 'ts',
        }));
      },
    },
  ],
  // Once it is loaded its file is not needed: nothing stays behind, also when it is killed.
  banner: { js: "(await import('node:fs')).rmSync(import.meta.dirname, { recursive: true, force: true });" },
  logLevel: 'warning',
});
process.argv.splice(1, Number.POSITIVE_INFINITY, file, ...args);
await import(pathToFileURL(outfile).href);
