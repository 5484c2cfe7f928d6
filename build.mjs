// Bundles src into dist: what every hook loads in one file, all other commands in a second, the GitHub App in a third, each large
// library in one of its own, which is loaded when it is needed, and beside them the two that start and compile them.
import { createHash } from 'node:crypto';
import { chmod, cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { mendPostgres, POSTGRES_CONNECTION } from './scripts/mend-postgres.mjs';

/** Most commits need none of them. By what they are imported as: where they are, if not where Node finds them. */
const LIBRARIES = {
  '@anthropic-ai/sdk': null,
  '@secretlint/secretlint-rule-preset-recommend': null,
  'js-yaml': null,
  picomatch: null,
  // What it exports is a function: as an ES module it would be the default of one.
  postgres: './node_modules/postgres/cjs/src/index.js',
  'smol-toml': null,
  // Its ES modules load in half the time of the CommonJS build that `platform: node` chooses (docs/performance.md).
  yaml: './node_modules/yaml/browser/index.js',
  // All of zod that is loaded by this name: what makes schemas of a user's JSON Schemas.
  zod: './node_modules/zod/v4/classic/from-json-schema.js',
};

/** The GitHub App, with a web server, a queue and clients that no other command loads. */
const APP = 'src/app/run-app.ts';

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
  names[library] = await bundle(library.replace(/.*\//, ''), place ?? library, [withoutForge(), mended()]);
const { eager, later } = await planParts('src/cli/main.ts');
const shared = new Set();
const everywhere = [librariesApart(), nameAndVersion(), fromMain(eager, shared)];
const app = await bundle('app', APP, everywhere);
const parts = [...everywhere, withoutNodeModule()];
const rest = await bundle('rest', namespaces(later), [...parts, appApart(app)]);
const main = await bundle('main', `export * from './src/cli/main.ts';\n${namespaces(shared)}`, [
  librariesApart(),
  nameAndVersion(),
  withoutNodeModule(),
  fromRest(later),
]);
await build({
  ...common,
  entryPoints: { cli: 'src/cli/start.ts', compile: 'src/cli/compile.ts' },
  define: { MAIN_BUNDLE: JSON.stringify(main), REST_BUNDLE: JSON.stringify(rest) },
});
await chmod('dist/cli.cjs', 0o755);
// Where `import.meta.url` of the bundle leads to, as that of the source does.
await cp('src/sessions/postgres/migrations', 'dist/migrations', { recursive: true });
await cp('src/agent/personas', 'dist/personas', { recursive: true });
await writeFile('dist/THIRD-PARTY.txt', await notices(inputs));

/** Writes one bundle, of a file or a text. Its name holds a hash of its content: no other's compiled code is taken for its. */
async function bundle(name, entry, plugins) {
  const { metafile } = await build({
    ...common,
    ...asFunction,
    ...(entry.includes('\n')
      ? { stdin: { contents: entry, resolveDir: '.' }, entryNames: name }
      : { entryPoints: { [name]: entry } }),
    // What is native or WebAssembly cannot be bundled. The first is the one dependency of the package, the others are optional.
    external: ['oxc-transform', '@electric-sql/*'],
    plugins,
  });
  inputs.push(...Object.keys(metafile.inputs));
  const hash = createHash('sha256')
    .update(await readFile(`dist/${name}.cjs`))
    .digest('hex');
  await rename(`dist/${name}.cjs`, `dist/${name}-${hash.slice(0, 12)}.cjs`);
  return `./${name}-${hash.slice(0, 12)}.cjs`;
}

/**
 * What a hook loads at its start, by the static imports of `entry`, and what `cli` and `local` load when it turns out to be
 * needed: the other commands, and models. Half of all code, which every commit would load in vain.
 */
async function planParts(entry) {
  const { metafile } = await build({
    ...common,
    entryPoints: [entry],
    packages: 'external',
    define: { 'import.meta.url': '""' },
    write: false,
  });
  const importsOf = (path, kind) =>
    (metafile.inputs[path]?.imports ?? []).filter((one) => one.kind === kind && !one.external);
  const eager = new Set([entry]);
  for (const path of eager)
    for (const { path: imported } of importsOf(path, 'import-statement')) eager.add(imported);
  const doors = [...eager].filter((path) => /^src\/(?:cli|local)\//.test(path));
  const dynamic = doors.flatMap((path) => importsOf(path, 'dynamic-import').map((one) => one.path));
  return { eager, later: new Set(dynamic.filter((path) => !eager.has(path))) };
}

/** Each file's exports, under its path. */
function namespaces(paths) {
  return [...paths].map((path) => `export * as ${JSON.stringify(path)} from './${path}';\n`).join('');
}

function pathOf({ path, resolveDir }) {
  return relative('.', resolve(resolveDir, path));
}

/** What the main bundle has is taken from there, and noted: there is one of each class and each state. */
function fromMain(eager, shared) {
  return {
    name: 'from-main',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, (asked) => {
        const path = pathOf(asked);
        if (!eager.has(path)) return null;
        shared.add(path);
        return { path: `main:${path}`, external: true };
      });
    },
  };
}

function fromRest(later) {
  return {
    name: 'from-rest',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, (asked) =>
        asked.kind === 'dynamic-import' && later.has(pathOf(asked))
          ? { path: `rest:${pathOf(asked)}`, external: true }
          : null,
      );
    },
  };
}

function appApart(app) {
  return {
    name: 'app-apart',
    setup({ onResolve }) {
      onResolve({ filter: /\/app\// }, (asked) =>
        pathOf(asked) === APP ? { path: app, external: true } : null,
      );
    },
  };
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

/** Nothing else of our package.json is asked for, and esbuild would put all of it into every bundle, twice. */
function nameAndVersion() {
  return {
    name: 'name-and-version',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
        if (path !== resolve('package.json')) return null;
        const { name, version } = JSON.parse(await readFile(path, 'utf8'));
        return { contents: JSON.stringify({ name, version }), loader: 'json' };
      });
    },
  };
}

function mended() {
  return {
    name: 'mended',
    setup({ onLoad }) {
      onLoad({ filter: POSTGRES_CONNECTION }, async ({ path }) => ({
        contents: mendPostgres(await readFile(path, 'utf8')),
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
