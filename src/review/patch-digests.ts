import { createHash } from 'node:crypto';
import type { ChangeSet, FileChange } from '../change/change-set.ts';

/** By path, what a file's patch is: the same wherever its lines stand, so that a rebase that only moves them changes nothing. */
export function patchDigests({ files }: Pick<ChangeSet, 'files'>): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file.path, patchDigest(file)]));
}

function patchDigest({ status, oldPath, before, after, hunks }: FileChange): string {
  const hash = createHash('sha256').update(`${status}\0${oldPath}\0${before?.mode}\0${after?.mode}\0`);
  if (hunks === null) hash.update(`${before?.oid}\0${after?.oid}`);
  for (const { body } of hunks ?? []) hash.update(body).update('\0');
  return hash.digest('hex').slice(0, 16);
}
