import { readFileSync } from 'node:fs';
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

const requireFromBundle = Object.assign(requireName, { resolve: require.resolve });

function readCompiled(file: string): Buffer | undefined {
  try {
    return readFileSync(compiledFile(file));
  } catch {
    return undefined;
  }
}
