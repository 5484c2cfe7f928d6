import type { Hunk } from './hunk.ts';

/** `count` unchanged lines between or behind the hunks: line `old` of the old file is line `new` of the new one. */
export interface LineRun {
  readonly old: number;
  readonly new: number;
  /** Infinity for the run behind the last hunk: a diff does not say how long the file is. */
  readonly count: number;
}

/** Where the lines outside of all hunks went, in order. A file without hunks is one run from line 1 to line 1. */
export function lineMap(hunks: readonly Hunk[]): LineRun[] {
  const runs: LineRun[] = [];
  let [old, now] = [1, 1];
  for (const hunk of hunks) {
    // Of a change of type, the second hunk starts from nothing, behind one that took all lines away.
    const first = Math.max(old, hunk.oldCount === 0 ? hunk.oldStart + 1 : hunk.oldStart);
    if (first > old) runs.push({ old, new: now, count: first - old });
    now += first - old + hunk.newCount;
    old = first + hunk.oldCount;
  }
  runs.push({ old, new: now, count: Number.POSITIVE_INFINITY });
  return runs;
}
