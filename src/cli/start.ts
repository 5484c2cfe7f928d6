#!/usr/bin/env node
import { loadMain } from './load-bundle.ts';

loadMain()
  .main(process.argv)
  .then((code) => {
    process.exitCode = code;
  });
