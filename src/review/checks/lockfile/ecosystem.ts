/** A kind of manifest with the lock files that tools write for it. */
export interface Ecosystem {
  /** What the manifest asks for, by name. Null when it cannot be read. */
  requirements(manifest: string): Requirements | null | Promise<Requirements | null>;
  readonly locks: readonly LockKind[];
}

/** The version, range or source that is asked for, by the name of what is asked for. */
export type Requirements = ReadonlyMap<string, string>;

/** A requirement that the change adds, alters or takes away (`after` is null). */
export interface RequirementChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface LockKind {
  readonly file: string;
  /** What writes it anew. */
  readonly command: string;
  /** Whether a lock file of a folder above speaks for the manifest in `folder` (relative to the lock's). */
  speaksFor(lock: string, folder: string, manifest: string): boolean;
  /**
   * Which of the changes the lock cannot have in it. Absent: any, as it has a copy or a hash of all requirements.
   * Where it records only versions, one that it has may satisfy the new range too.
   */
  lacks?(lock: string, change: RequirementChange, inSubfolder: boolean): boolean;
}

/** For a lock file that only ever belongs to the manifest beside it. */
export const speaksForNoOther = (): boolean => false;
