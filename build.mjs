// Bundles src into dist: the code of all commands in one file, and beside it the two that start and compile it.

import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const common = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  // CommonJS: Node can keep what V8 compiled of a script, and before 22 not of a module (docs/decisions/0007).
  format: 'cjs',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  entryPoints: { bundle: 'src/cli/main.ts' },
  // Native: it cannot be bundled, and is the one dependency of the package.
  external: ['oxc-transform'],
  // Its ES modules load in half the time of the CommonJS build that `platform: node` chooses (docs/performance.md).
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: {
    js: '(function(exports,require,module,__filename,__dirname){"use strict";const bundleUrl=require(\'node:url\').pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
  plugins: [withoutForge()],
  metafile: true,
});
const content = await readFile('dist/bundle.cjs');
const name = `bundle-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.cjs`;
await rename('dist/bundle.cjs', `dist/${name}`);
await build({
  ...common,
  entryPoints: { cli: 'src/cli/start.ts', compile: 'src/cli/compile.ts' },
  define: { BUNDLE: JSON.stringify(name) },
});
await chmod('dist/cli.cjs', 0o755);
await writeFile('dist/THIRD-PARTY.txt', await notices(Object.keys(metafile.inputs)));

/** The rule of secretlint that decodes certificates, which is never run (checks/secret/library.ts), loads 287 kB. */
function withoutForge() {
  return {
    name: 'without-forge',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/index-/ }, ({ kind, path, importer }) =>
        kind === 'dynamic-import' && importer.includes('secretlint-rule-preset-recommend')
          ? { path, external: true }
          : null,
      );
    },
  };
}

/** The licences of the packages that the bundle holds. */
async function notices(inputs) {
  const folders = inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(`${folder}/${file}`, 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}
