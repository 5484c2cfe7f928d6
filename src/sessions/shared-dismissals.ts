import { join } from 'node:path';
import { readJson } from './read-json.ts';
import { writeAtOnce } from './write-at-once.ts';

export interface Dismissal {
  readonly fingerprint: string;
  readonly title: string;
  readonly reason: string;
  /** As git names them; null when it is not known. */
  readonly by: string | null;
  /** When: ISO 8601, by the clock of who did it; null when it is not known. */
  readonly at: string | null;
}

/** What is dismissed in a database that others share, as it was when last asked. */
export interface SharedDismissals {
  readonly list: readonly Dismissal[];
  /** How far this machine's own records were in it, in bytes. */
  readonly recordsEnd: number;
}

const fileOf = (commonDir: string): string => join(commonDir, 'code-agent', 'dismissed.json');

/** Nothing where no database was ever asked. */
export function readSharedDismissals(commonDir: string): SharedDismissals {
  const value = readJson(fileOf(commonDir));
  return isShared(value) ? value : { list: [], recordsEnd: 0 };
}

export const writeSharedDismissals = (commonDir: string, shared: SharedDismissals): void =>
  writeAtOnce(fileOf(commonDir), JSON.stringify(shared));

function isShared(value: unknown): value is SharedDismissals {
  if (typeof value !== 'object' || value === null) return false;
  const { list, recordsEnd } = value as Partial<Record<keyof SharedDismissals, unknown>>;
  return typeof recordsEnd === 'number' && Array.isArray(list) && list.every(isDismissal);
}

function isDismissal(value: unknown): value is Dismissal {
  if (typeof value !== 'object' || value === null) return false;
  const { fingerprint, title, reason, by, at } = value as Partial<Record<keyof Dismissal, unknown>>;
  const texts = [fingerprint, title, reason, by ?? '', at ?? ''];
  return texts.every((text) => typeof text === 'string');
}
