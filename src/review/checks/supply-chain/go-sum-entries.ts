import type { LockEntry } from './lock-entry.ts';

/** `go.sum`: `module version hash`, where the version may end in `/go.mod`. */
export function* goSumEntries(text: string): Generator<LockEntry> {
  for (const line of text.split('\n')) {
    const [name, version, hash] = line.trim().split(' ', 3);
    if (name === undefined || version === undefined || hash === undefined) continue;
    yield {
      name,
      key: `${name}@${version}`,
      source: null,
      hashes: [hash.replace(':', '-')],
      installScript: false,
    };
  }
}
