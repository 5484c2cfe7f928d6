import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import type { FindLines } from '../tools/search.ts';
import { readForModel } from './read-for-model.ts';

/**
 * What git finds is in the files as they are. A line that is not shown as it is must not be found either: by what
 * matches it and what does not, a secret could be guessed character by character. Nor are ignored files.
 */
export function shownPlaces(
  find: FindLines,
  raw: Snapshot,
  shown: Snapshot,
  isIgnored: (path: RepoPath) => boolean,
): FindLines {
  const linesOf = async (side: Snapshot, path: RepoPath) =>
    ((await readForModel(side, path)) ?? '').split('\n');
  return async (query, signal) => {
    const found = await find(query, signal);
    const places: (typeof found.places)[number][] = [];
    const files = new Map<RepoPath, { raw: string[]; shown: string[] }>();
    for (const place of found.places.filter(({ path }) => !isIgnored(path))) {
      const { path, line } = place;
      const file = files.get(path) ?? { raw: await linesOf(raw, path), shown: await linesOf(shown, path) };
      files.set(path, file);
      if (file.raw[line - 1] === file.shown[line - 1]) places.push(place);
    }
    return { ...found, places };
  };
}
