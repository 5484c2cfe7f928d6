import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './is-missing.ts';
import { ageOf, keepNewest } from './keep-newest.ts';
import { namesIn } from './names-in.ts';

/** What was answered for units, by the hash of all that went in: patches, guidelines, prompt, model. */
export interface UnitResults {
  /** Null when it is not known, or what is kept of it is damaged. */
  read(key: string): unknown;
  write(key: string, result: unknown): void;
  /** The keys of those written last, at most so many. */
  newest(most: number): string[];
}

/** So many are kept: those of the last few changes of a busy repository. */
const KEPT = 2000;
const KEY = /^[0-9a-f]{64}$/;

/**
 * Results as files under the common git directory, never part of a commit. A file is written at once under its own
 * name, with a checksum: one that a killed process left half written is not read, and is written again.
 */
export function createUnitResults(commonDir: string): UnitResults {
  const folder = join(commonDir, 'code-agent', 'units');
  return {
    read(key) {
      try {
        const [checksum = '', ...rest] = readFileSync(fileOf(folder, key), 'utf8').split('\n');
        const text = rest.join('\n');
        return checksum === sha256(text) ? (JSON.parse(text) as unknown) : null;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    write(key, result) {
      mkdirSync(folder, { recursive: true });
      const text = JSON.stringify(result);
      writeFileSync(fileOf(folder, key), `${sha256(text)}\n${text}`);
      keepNewest(folder, KEPT);
    },
    newest(most) {
      const known = namesIn(folder).filter((name) => KEY.test(name.replace(/\.json$/, '')));
      const aged = known.map((name) => ({ name, at: ageOf(join(folder, name)) }));
      aged.sort((one, other) => other.at - one.at);
      return aged.slice(0, most).map(({ name }) => name.replace(/\.json$/, ''));
    },
  };
}

function fileOf(folder: string, key: string): string {
  if (!KEY.test(key)) throw new RangeError(`not a key: ${key}`);
  return join(folder, `${key}.json`);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
