/** A small program with a bug that its tests do not see, and what mends it. */
export interface Program {
  readonly language: string;
  /** Programs that have to be there to run its tests. */
  readonly needs: readonly string[];
  /** With the bug, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** How its tests are run; null: as its files say. */
  readonly tests: string | null;
  /** Counted in the output, before the work, with the new test, and after it. */
  readonly counts: { readonly before: number; readonly after: number };
  /** What somebody asks for. */
  readonly task: string;
  /** A file of tests that fails because of the bug: all of it, as it is then. */
  readonly failing: { readonly path: string; readonly content: string };
  /** What mends it. */
  readonly fix: { readonly path: string; readonly old_text: string; readonly new_text: string };
}
