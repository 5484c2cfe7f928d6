import { encodePath, type RepoPath } from '../change/path.ts';

/** What makes a finding the same one after lines have moved. */
export interface Identity {
  readonly path: RepoPath;
  readonly category: string;
  /** The line that the finding is about, secrets masked; of a file's finding, its title. */
  readonly text: string;
  /** How many lines of the same text stand before it in the file. */
  readonly occurrence: number;
  /** Of several findings of a model about one line in one category, which: 0 is the first. */
  readonly ordinal: number;
  /** The secret itself: another secret in the same place is another finding. */
  readonly secret: string | null;
}

/**
 * sha256 over path, category, text with white space folded, and occurrence. A secret goes in through scrypt, so
 * that a short one cannot be found by trying: fingerprints stand in baselines and reports.
 */
export function fingerprint({ path, category, text, occurrence, ordinal, secret }: Identity): string {
  // Loaded when there is a finding: 2 ms of a hook.
  const { createHash, scryptSync } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256').update(encodePath(path));
  for (const part of [category, text.trim().replace(/\s+/g, ' '), String(occurrence)])
    hash.update(`\0${part}`);
  if (ordinal > 0) hash.update(`\0${ordinal}`);
  if (secret !== null) hash.update(scryptSync(secret, `${category}\0${path}`, 32, { N: 4096, r: 8, p: 1 }));
  return hash.digest('hex');
}

/** The shortest beginnings of the fingerprints, four characters or more, that tell them apart. */
export function shortIds(fingerprints: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(fingerprints)].sort();
  const common = (one: string, other = ''): number => {
    let length = 0;
    while (length < one.length && one[length] === other[length]) length += 1;
    return length;
  };
  return new Map(
    sorted.map((one, at) => {
      const needed = 1 + Math.max(common(one, sorted[at - 1]), common(one, sorted[at + 1]));
      return [one, one.slice(0, Math.max(4, needed))];
    }),
  );
}
