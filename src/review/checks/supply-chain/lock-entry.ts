import { posix } from 'node:path';
import { goSumEntries } from './go-sum-entries.ts';
import { npmEntries } from './npm-entries.ts';
import { pnpmEntries } from './pnpm-entries.ts';
import { tomlLockEntries } from './toml-lock-entries.ts';
import { yarnEntries } from './yarn-entries.ts';

/** One thing that a lock file says is to be downloaded. */
export interface LockEntry {
  readonly name: string;
  /** The same for the same download, whatever else changes: `name@version`, or the name of the file. */
  readonly key: string;
  /** Where it comes from, as the lock file has it. Null: from the registry that is configured, or not at all. */
  readonly source: string | null;
  /** `algorithm-hash`, any number of them. */
  readonly hashes: readonly string[];
  readonly installScript: boolean;
}

/** A reader of one format. Whatever is not of the format, it skips. */
export type LockReader = (text: string) => Iterable<LockEntry>;

const READERS: Readonly<Record<string, LockReader>> = {
  'package-lock.json': npmEntries,
  'npm-shrinkwrap.json': npmEntries,
  'yarn.lock': yarnEntries,
  'pnpm-lock.yaml': pnpmEntries,
  'Cargo.lock': tomlLockEntries,
  'uv.lock': tomlLockEntries,
  'poetry.lock': tomlLockEntries,
  'go.sum': goSumEntries,
};

/** The reader for a lock file by its name; undefined for any other file. */
export const lockReader = (path: string): LockReader | undefined => READERS[posix.basename(path)];
