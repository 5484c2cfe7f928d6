import type { Check } from '../check.ts';

/** git writes its markers with at least seven characters: gitattributes(5), `conflict-marker-size`. */
const OPENING = /^<{7,}(?: |$)/;
const CLOSING = /^>{7,}(?: |$)/;
const BASE = /^\|{7,}(?: |$)/;

/** Markers of an unresolved merge. A row of `=` alone is a heading in Markdown and reST, and is not one. */
export const conflictMarker: Check = {
  id: 'conflict-marker',
  summary: 'Markers of a merge that was not resolved',
  severity: 'error',
  generatedToo: true,
  scope: 'files',
  *run(files) {
    for (const file of files) {
      if (file.kind !== 'text') continue;
      for (const { number, text } of file.added) {
        if (!OPENING.test(text) && !CLOSING.test(text) && !BASE.test(text)) continue;
        yield {
          path: file.path,
          place: { startLine: number, endLine: number },
          title: 'Conflict marker left in the file',
          body: 'Both sides of the merge are still there. Choose one, or combine them, and remove the markers.',
        };
      }
    }
  },
};
