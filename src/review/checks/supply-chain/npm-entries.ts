import { parseNpmLock } from '../npm-lock.ts';
import type { LockEntry } from './lock-entry.ts';

/** `package-lock.json` and `npm-shrinkwrap.json`. */
export function* npmEntries(text: string): Generator<LockEntry> {
  for (const { name, version, resolved, integrity, hasInstallScript } of parseNpmLock(text)?.packages ?? []) {
    yield {
      name,
      key: `${name}@${version}`,
      source: resolved,
      hashes: integrity?.split(/\s+/) ?? [],
      installScript: hasInstallScript,
    };
  }
}
