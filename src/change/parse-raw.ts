import { decodePath, type RepoPath } from './path.ts';

/** One record of `git diff-tree --raw -z`: https://git-scm.com/docs/git-diff#_raw_output_format */
export interface RawEntry {
  /** '000000' where there is no such side. */
  readonly oldMode: string;
  readonly newMode: string;
  /** All zeros where there is no such side. */
  readonly oldOid: string;
  readonly newOid: string;
  readonly status: 'A' | 'C' | 'D' | 'M' | 'R' | 'T' | 'U';
  readonly path: RepoPath;
  /** Another path than `path` only for a rename or a copy. */
  readonly oldPath: RepoPath;
}

const HEADER = /^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([ACDMRTU])\d*$/;

/**
 * Reads raw records up to the end or to the empty record that separates them from a patch.
 * `end` is the offset behind what was read. Throws RangeError on anything that is not git's format.
 */
export function parseRaw(output: Buffer): { entries: RawEntry[]; end: number } {
  const entries: RawEntry[] = [];
  let at = 0;
  const field = (): Buffer => {
    const end = output.indexOf(0, at);
    if (end < 0) throw new RangeError(`raw diff: record cut off at byte ${at}`);
    const bytes = output.subarray(at, end);
    at = end + 1;
    return bytes;
  };
  while (at < output.length) {
    const header = field().toString('latin1');
    if (header === '') return { entries, end: at };
    const [, oldMode, newMode, oldOid, newOid, status] = HEADER.exec(header) ?? [];
    if (oldMode === undefined || newMode === undefined || oldOid === undefined || newOid === undefined) {
      throw new RangeError(`raw diff: not a record: ${JSON.stringify(header.slice(0, 120))}`);
    }
    const oldPath = decodePath(field());
    const path = status === 'R' || status === 'C' ? decodePath(field()) : oldPath;
    entries.push({ oldMode, newMode, oldOid, newOid, status: status as RawEntry['status'], path, oldPath });
  }
  return { entries, end: at };
}
