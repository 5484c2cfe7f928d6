#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { bundleScript, compiledFile, runBundle } from './load-bundle.ts';

runBundle(bundleScript(readCompiled()))
  .main(process.argv)
  .then((code) => {
    process.exitCode = code;
  });

function readCompiled(): Buffer | undefined {
  try {
    return readFileSync(compiledFile);
  } catch {
    return undefined;
  }
}
