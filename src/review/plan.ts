import type { ChangeSet, FileChange } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Policy } from './policy.ts';
import type { CoverageEntry } from './review.ts';

/** A file that checks will be shown, with its entry in the ledger. */
export interface PlannedFile {
  readonly change: FileChange;
  readonly generated: boolean;
  /** The same file's changes against the other parents of a merge. */
  readonly others: readonly FileChange[];
  readonly entry: CoverageEntry;
}

export interface Plan {
  /** What checks are shown, in the order of the change. Files without hunks too: some checks need only the path. */
  readonly files: readonly PlannedFile[];
  /** Entries of the files that no check is shown. */
  readonly excluded: readonly CoverageEntry[];
}

/**
 * Decides for every file of the change what the ledger will say. `others`: of a merge, the changes against its
 * other parents; a file that is as in one of them was reviewed there.
 */
export function planReview(change: ChangeSet, others: readonly ChangeSet[], policy: Policy): Plan {
  const byPath = others.map((other) => ({ commit: other.base.commit, files: filesByPath(other) }));
  const files: PlannedFile[] = [];
  const excluded: CoverageEntry[] = [];
  for (const file of change.files) {
    const { path } = file;
    const exclude = (reason: string): CoverageEntry => ({ path, outcome: 'excluded', reason });
    const ignored = policy.ignoredBy(path);
    const same = byPath.find((other) => !other.files.has(path));
    if (ignored !== null) excluded.push(exclude(`ignore: ${ignored}`));
    else if (same !== undefined)
      excluded.push(exclude(`as in the merged commit ${same.commit?.slice(0, 7)}`));
    else {
      const generated = policy.generatedBy(path);
      files.push({
        change: file,
        generated: generated !== null,
        others: byPath.flatMap((other) => other.files.get(path) ?? []),
        entry: entryOf(file, generated),
      });
    }
  }
  return { files, excluded };
}

function entryOf(file: FileChange, generated: 'generated' | 'vendored' | null): CoverageEntry {
  const { path } = file;
  if (file.unread !== null) return { path, outcome: 'skipped', reason: file.unread };
  if (generated !== null) return { path, outcome: 'excluded', reason: `${generated} (.gitattributes)` };
  if (file.after?.mode === '160000') return { path, outcome: 'excluded', reason: 'submodule' };
  if (isLfsPointer(file)) return { path, outcome: 'excluded', reason: 'its content is in Git LFS' };
  return { path, outcome: 'reviewed', reason: null };
}

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line of a pointer, which is under 1 kB. */
function isLfsPointer({ after, hunks }: FileChange): boolean {
  if (after === null || after.size >= 1024) return false;
  const first = hunks?.[0];
  return (
    first !== undefined &&
    first.newStart === 1 &&
    /^[+ ]version https:\/\/git-lfs\.github\.com\/spec\/v1$/m.test(first.body.toString('latin1'))
  );
}

function filesByPath(change: ChangeSet): ReadonlyMap<RepoPath, FileChange> {
  return new Map(change.files.map((file) => [file.path, file]));
}
