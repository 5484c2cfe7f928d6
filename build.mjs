// Bundles src into dist: one file for each command, loaded when the command runs, so that a hook loads only its own.
import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['oxc-transform'],
  // Its ES modules load in half the time of the CommonJS build that `platform: node` chooses (docs/performance.md).
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  chunkNames: '[name]-[hash]',
  // Bundled CommonJS packages call require for builtins.
  banner: {
    js: "import{createRequire as codeAgentRequire}from'node:module';const require=codeAgentRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod('dist/cli.js', 0o755);
