import type { ReviewedFile } from '../../check.ts';
import type { Place } from '../../finding.ts';

/** The first added line with the text. The place is null when it stands nowhere as it is: escaped, or broken up. */
export interface Added {
  readonly place: Place | null;
}

/**
 * Where the change adds what a parser read as `text`. Null when it stands on other lines only: then the change does
 * not add it (of a merge, one of the parents has it). Escaping a letter hides nothing.
 */
export function findAdded(file: ReviewedFile, after: string, text: string): Added | null {
  const line = file.added.find((added) => added.text.includes(text));
  if (line !== undefined) return { place: { startLine: line.number, endLine: line.number } };
  return after.includes(text) ? null : { place: null };
}
