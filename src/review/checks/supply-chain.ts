import { posix } from 'node:path';
import type { Check, ReviewedFile } from '../check.ts';
import { lockReader } from './supply-chain/lock-entry.ts';
import { lockRisks } from './supply-chain/lock-risks.ts';
import { manifestRisks } from './supply-chain/manifest-risks.ts';
import { pipeToShell } from './supply-chain/pipe-to-shell.ts';
import { registrySettings } from './supply-chain/registry-settings.ts';
import { isFixturePath } from './test-path.ts';

/** Code of others that the change lets in: what is downloaded, from where, and what runs when it is installed. */
export const supplyChain: Check = {
  id: 'supply-chain',
  summary:
    'Install scripts, dependencies from elsewhere, changed hashes, other registries, curl piped to a shell',
  severity: 'warning',
  generatedToo: true,
  scope: 'change',
  async *run(files) {
    const installed = files.filter(
      ({ path, kind, change }) =>
        kind === 'text' && change.after !== null && !isFixturePath(path) && !VENDORED.test(path),
    );
    const manifests = installed.filter(({ path }) => posix.basename(path) === 'package.json');
    for (const manifest of manifests) yield* manifestRisks(manifest);
    for (const file of installed) {
      const reader = lockReader(file.path);
      if (reader !== undefined) yield* lockRisks(file, reader, addedTo(manifests));
      yield* registrySettings(file);
      yield* pipeToShell(file);
    }
  },
};

/** What is there is installed already: nobody installs from it. */
const VENDORED = /(?:^|\/)node_modules\//;

const addedTo = (files: readonly ReviewedFile[]): string =>
  files.map(({ addedText }) => addedText).join('\n');
