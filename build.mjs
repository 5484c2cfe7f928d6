// Bundles src into dist: the code of all commands in one file, each large library in one of its own, which is loaded
// when it is needed, and beside them the two that start and compile them.
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** Most commits need none of them. By what they are imported as: where they are, if not where Node finds them. */
const LIBRARIES = {
  '@anthropic-ai/sdk': null,
  '@secretlint/secretlint-rule-preset-recommend': null,
  'js-yaml': null,
  picomatch: null,
  'smol-toml': null,
  // Its ES modules load in half the time of the CommonJS build that `platform: node` chooses (docs/performance.md).
  yaml: './node_modules/yaml/browser/index.js',
  // All of zod that is loaded by this name: what makes schemas of a user's JSON Schemas.
  zod: './node_modules/zod/v4/classic/from-json-schema.js',
};

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
  metafile: true,
};
/** What `load-bundle.ts` runs: a function of what CommonJS gives a module. */
const asFunction = {
  banner: {
    js: '(function(exports,require,module,__filename,__dirname){"use strict";const bundleUrl=require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
  define: { 'import.meta.url': 'bundleUrl' },
  // A script that Node did not load itself has no import(): it becomes require().
  supported: { 'dynamic-import': false },
};

await rm('dist', { recursive: true, force: true });
const inputs = [];
const names = {};
for (const [library, place] of Object.entries(LIBRARIES))
  names[library] = await bundle(library.replace(/.*\//, ''), place ?? library, [withoutForge()]);
const main = await bundle('main', 'src/cli/main.ts', [librariesApart(), withoutNodeModule()]);
await build({
  ...common,
  entryPoints: { cli: 'src/cli/start.ts', compile: 'src/cli/compile.ts' },
  define: { MAIN_BUNDLE: JSON.stringify(main) },
});
await chmod('dist/cli.cjs', 0o755);
await writeFile('dist/THIRD-PARTY.txt', await notices(inputs));

/** Writes one bundle. Its name holds a hash of its content: what V8 made of another one is never taken for its. */
async function bundle(name, entryPoint, plugins) {
  const { metafile } = await build({
    ...common,
    ...asFunction,
    entryPoints: { [name]: entryPoint },
    // Native: it cannot be bundled, and is the one dependency of the package.
    external: ['oxc-transform'],
    plugins,
  });
  inputs.push(...Object.keys(metafile.inputs));
  const hash = createHash('sha256')
    .update(await readFile(`dist/${name}.cjs`))
    .digest('hex');
  await rename(`dist/${name}.cjs`, `dist/${name}-${hash.slice(0, 12)}.cjs`);
  return `./${name}-${hash.slice(0, 12)}.cjs`;
}

function librariesApart() {
  return {
    name: 'libraries-apart',
    setup({ onResolve }) {
      onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
        names[path] === undefined ? null : { path: names[path], external: true },
      );
    },
  };
}

/** A bundle is given `require` already: what makes one takes Node 2 ms to load. */
function withoutNodeModule() {
  return {
    name: 'without-node-module',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:module$/ }, () => ({ path: 'given-require', namespace: 'bundle' }));
      onLoad({ filter: /./, namespace: 'bundle' }, () => ({
        contents: 'export const createRequire = () => require',
      }));
    },
  };
}

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

/** The licences of the packages that the bundles hold. */
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
