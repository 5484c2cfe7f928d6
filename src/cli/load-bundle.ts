import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** What the bundle of `main.ts` exports. */
export interface Bundle {
  main(argv: readonly string[]): Promise<number>;
}

/** The bundle's name, which the build sets. It holds a hash of the content: the code of another one is never taken for its. */
declare const BUNDLE: string;

const bundleFile = join(__dirname, BUNDLE);

/** Where the code is kept that this V8 made of the bundle. Nothing needs it: it saves time. */
export const compiledFile = `${bundleFile}.v8-${process.versions.v8}`;

/**
 * The bundle of all commands as a script, with what V8 made of it on an earlier run. V8 looks whether that is from
 * the same version of itself with the same flags, and compiles the source when it is not. The build has made a
 * function of the parameters that CommonJS gives a module.
 */
export function bundleScript(compiled: Buffer | undefined): Script {
  // The build writes ASCII only, and latin1 is the fastest way to a string of it.
  return new Script(readFileSync(bundleFile, 'latin1'), {
    filename: bundleFile,
    ...(compiled && { cachedData: compiled }),
  });
}

/** Runs the script as the CommonJS module that it is. */
export function runBundle(script: Script): Bundle {
  const module: { exports: unknown } = { exports: {} };
  script.runInThisContext()(module.exports, require, module, bundleFile, __dirname);
  return module.exports as Bundle;
}
