import type { ReviewedFile } from '../check.ts';
import type { Place } from '../finding.ts';
import { codeOnly } from './code-only.ts';

/** A word that a check looks for in the code of a line: never in comments and strings, which are spaces to it. */
export interface Marker {
  /** Paths of the files that it may stand in. */
  readonly files: RegExp;
  /** Must be `m`: it is asked of the joined lines first. Linear; `^` is the start of a line. */
  readonly pattern: RegExp;
}

/** The first marker on every added line that has one. The whole text is read only of files that have any. */
export async function* findMarkers<M extends Marker>(
  file: ReviewedFile,
  markers: readonly M[],
): AsyncGenerator<{ readonly marker: M; readonly place: Place }> {
  if (file.kind !== 'text') return;
  const present = markers.filter(
    ({ files, pattern }) => files.test(file.path) && pattern.test(file.addedText),
  );
  if (present.length === 0) return;
  const code = codeOnly(file.path, (await file.after()) ?? '').split('\n');
  for (const { number } of file.added) {
    const line = code[number - 1] ?? '';
    for (const marker of present) {
      const match = marker.pattern.exec(line);
      if (match === null) continue;
      const start = match.index + match[0].length - match[0].trimStart().length;
      const place = {
        startLine: number,
        endLine: number,
        startColumn: start + 1,
        endColumn: start + 1 + match[0].trim().length,
      };
      yield { marker, place };
      break;
    }
  }
}
