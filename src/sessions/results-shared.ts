import { join } from 'node:path';
import { readJson } from './read-json.ts';
import { writeAtOnce } from './write-at-once.ts';

/** When the results beside it were last shared with a database. */
export interface ResultsShared {
  /** `localhost:5432/reviews`. */
  readonly place: string;
  /** The number of the repository there. */
  readonly repository: string;
  /** ISO 8601, by the clock of the server. */
  readonly at: string;
}

/** Beside the results, so that it is gone when they are. */
const fileOf = (commonDir: string): string => join(commonDir, 'code-agent', 'results-shared.json');

/** Null when that was never done with this database. */
export function readSharedAt(
  commonDir: string,
  { place, repository }: Pick<ResultsShared, 'place' | 'repository'>,
): string | null {
  const value = readJson(fileOf(commonDir));
  return isShared(value) && value.place === place && value.repository === repository ? value.at : null;
}

export const writeSharedAt = (commonDir: string, shared: ResultsShared): void =>
  writeAtOnce(fileOf(commonDir), JSON.stringify(shared));

function isShared(value: unknown): value is ResultsShared {
  if (typeof value !== 'object' || value === null) return false;
  const { place, repository, at } = value as Partial<Record<keyof ResultsShared, unknown>>;
  const isText = (one: unknown) => typeof one === 'string';
  return isText(place) && isText(repository) && isText(at) && !Number.isNaN(Date.parse(String(at)));
}
