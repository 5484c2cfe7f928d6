// Bundles src into dist: one file for each command, loaded when the command runs, so that a hook loads only its own.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Native: it cannot be bundled, and is the one dependency of the package.
  external: ['oxc-transform'],
  // Its ES modules load in half the time of the CommonJS build that `platform: node` chooses (docs/performance.md).
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  minify: true,
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  // Bundled CommonJS packages call require for builtins.
  banner: {
    js: "import{createRequire as codeAgentRequire}from'node:module';const require=codeAgentRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
await chmod('dist/cli.js', 0o755);
await writeFile('dist/THIRD-PARTY.txt', await notices(Object.keys(metafile.inputs)));

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
