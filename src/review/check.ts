import type { FileChange } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import type { CheckId } from './check-id.ts';
import type { Problem, Severity } from './finding.ts';

/** A line of text without its line ending. `number` counts from 1 in the file that it is in. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

export type ContentKind = 'text' | 'binary' | 'symlink' | 'submodule';

/** One changed file, as a check sees it. */
export interface ReviewedFile {
  readonly path: RepoPath;
  readonly change: FileChange;
  /** Of the side that exists after the change, else of the one before. Decided by content, not by attributes. */
  readonly kind: ContentKind;
  /** `.gitattributes` at the base say that it is generated or vendored. */
  readonly generated: boolean;
  /**
   * The lines that the change adds, in the new file; of a merge, those that no parent has. A pure rename adds
   * none. UTF-16 is decoded; of a binary file these are its bytes as Latin-1, cut at newlines.
   */
  readonly added: readonly Line[];
  /** The texts of `added`, joined by newlines: to ask quickly whether there is anything to look at. */
  readonly addedText: string;
  /** The lines that the change removes, numbered in the old file. */
  readonly removed: readonly Line[];
  /** The whole new text, decoded. Null when there is none: deleted, binary, a submodule. Read on first use. */
  after(): Promise<string | null>;
  /** The whole old text, likewise. */
  before(): Promise<string | null>;
}

export interface CheckContext {
  /** The tree that the change ends in: all of it, not only what changed. */
  readonly after: Snapshot;
  /** The tree that it starts from. */
  readonly before: Snapshot;
  readonly limits: { readonly largeFileBytes: number };
}

/**
 * A deterministic producer of findings: no model, no network, no state. It judges only what the change adds.
 * A check that throws makes the verdict incomplete; it never hides another check's findings.
 */
export interface Check {
  /** Its name in the configuration, in ignores and in reports. */
  readonly id: CheckId;
  /** One line for `code-agent config` and the documentation. */
  readonly summary: string;
  readonly severity: Severity;
  /** Also looks into files that are generated or vendored: for what is dangerous wherever it stands. */
  readonly generatedToo: boolean;
  /**
   * `files`: called with some of the files at a time, perhaps several times, so that a large change is never
   * in memory as a whole. `change`: called once with all of them, and reads the text of few.
   */
  readonly scope: 'files' | 'change';
  /** Waits for git: begun before the other checks and awaited after them. */
  readonly waits?: true;
  run(
    files: readonly ReviewedFile[],
    context: CheckContext,
  ): Iterable<Problem> | Promise<Iterable<Problem>> | AsyncIterable<Problem>;
}
