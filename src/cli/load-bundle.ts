import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** What the bundle of `main.ts` exports. */
export interface Main {
  main(argv: readonly string[]): Promise<number>;
}

/** The names of the two bundles, which the build sets: of what every hook loads, and of all the rest. */
declare const MAIN_BUNDLE: string;
declare const REST_BUNDLE: string;

/** The bundles that were loaded, by their absolute path. */
export const loaded = new Map<string, { readonly script: Script; readonly exports: unknown }>();

/** Where the code is kept that this V8 made of a bundle. Nothing needs it: it saves time (docs/decisions/0007). */
export const compiledFile = (bundle: string): string => `${bundle}.v8-${process.versions.v8}`;

/** Loads the bundle of hooks, and what it requires of its like when it does. */
export const loadMain = (): Main => loadBundle(MAIN_BUNDLE) as Main;

function loadBundle(name: string): unknown {
  const file = join(__dirname, name);
  const known = loaded.get(file);
  if (known !== undefined) return known.exports;
  const compiled = readCompiled(file);
  // The build writes ASCII only, and latin1 is the fastest way to a string of it. V8 looks whether what is compiled is
  // from the same version of itself with the same flags, and compiles the source when it is not.
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: file,
    ...(compiled && { cachedData: compiled }),
  });
  const module: { exports: unknown } = { exports: {} };
  script.runInThisContext()(module.exports, requireFromBundle, module, file, __dirname);
  loaded.set(file, { script, exports: module.exports });
  return module.exports;
}

/** `main:src/x.ts` and `rest:src/x.ts` are what that file exports, in one of the two bundles (build.mjs). */
function requireName(name: string): unknown {
  if (name.startsWith('./')) return loadBundle(name);
  const [, part, path] = /^(main|rest):(.*)$/.exec(name) ?? [];
  if (path === undefined) return require(name);
  return Reflect.get(Object(loadBundle(part === 'main' ? MAIN_BUNDLE : REST_BUNDLE)), path);
}

/** Where packages were found when what V8 compiled was kept: to look for them takes Node 1 ms. Nothing needs it. */
export const foundFile = (): string => join(__dirname, `found.v8-${process.versions.v8}`);

/** Where packages are, by their names. */
export const found = new Map<string, string>();

function resolveName(name: string, options?: { paths?: string[] }): string {
  if (found.size === 0) for (const [known, file] of readFound()) found.set(known, file);
  const known = found.get(name);
  if (known !== undefined && existsSync(known)) return known;
  const file = require.resolve(name, options);
  found.set(name, file);
  return file;
}

function readFound(): [string, string][] {
  try {
    const pairs: unknown = JSON.parse(readFileSync(foundFile(), 'utf8'));
    return Array.isArray(pairs) ? pairs : [];
  } catch {
    return [];
  }
}

const requireFromBundle = Object.assign(requireName, { resolve: resolveName });

function readCompiled(file: string): Buffer | undefined {
  try {
    return readFileSync(compiledFile(file));
  } catch {
    return undefined;
  }
}
