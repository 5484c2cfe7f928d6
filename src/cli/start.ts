#!/usr/bin/env node
import { loadMain } from './load-bundle.ts';

loadMain()
  .main(process.argv)
  .then((code) => {
    process.exitCode = code;
    // Saves a hook 2 ms: nobody needs Node to take its heap apart, nor to wait for the end of a git that has answered.
    if (process.argv[2] === 'hook' && process.stderr.writableLength === 0) process.exit();
  });
