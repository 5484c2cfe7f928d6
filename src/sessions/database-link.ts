import { join } from 'node:path';
import { readJson } from './read-json.ts';
import { writeAtOnce } from './write-at-once.ts';

/** What is known of the database that the sessions of a repository are moved to. */
export interface DatabaseLink {
  /** `localhost:5432/reviews`. */
  readonly place: string;
  /** `ready`: it takes sessions. `foreign`: it has no tables of ours; it is somebody else's, or not migrated yet. */
  readonly state: 'ready' | 'foreign' | 'unreachable';
  /** For a person; null when it is ready. */
  readonly why: string | null;
  /** ISO 8601. */
  readonly triedAt: string;
  /** Up to when the results and dismissals of others were fetched, by the clock of the server. Null: not yet. */
  readonly sharedAt: string | null;
  /** Whether sessions were ever moved, there or elsewhere: then none is thrown away before. */
  readonly moves: boolean;
}

/** What who moves the journals of a repository at length holds the lock of. */
export const movingOf = (commonDir: string): string => join(commonDir, 'code-agent', 'moving');

const fileOf = (commonDir: string): string => join(commonDir, 'code-agent', 'database.json');

/** Null when none was tried yet. */
export function readLink(commonDir: string): DatabaseLink | null {
  const value = readJson(fileOf(commonDir));
  return isLink(value) ? value : null;
}

export const writeLink = (commonDir: string, link: DatabaseLink): void =>
  writeAtOnce(fileOf(commonDir), JSON.stringify(link));

function isLink(value: unknown): value is DatabaseLink {
  if (typeof value !== 'object' || value === null) return false;
  const { place, state, why, triedAt, sharedAt, moves } = value as Partial<
    Record<keyof DatabaseLink, unknown>
  >;
  const isText = (one: unknown) => typeof one === 'string';
  return (
    isText(place) &&
    (state === 'ready' || state === 'foreign' || state === 'unreachable') &&
    (why === null || isText(why)) &&
    isText(triedAt) &&
    typeof moves === 'boolean' &&
    (sharedAt === null || isText(sharedAt))
  );
}
