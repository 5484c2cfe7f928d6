import type { Hunk } from '../change/hunk.ts';
import { createPatchParser, type PatchSection } from '../change/parse-patch.ts';
import { parseRaw, type RawEntry } from '../change/parse-raw.ts';
import { awayFromFiles } from './away-from-files.ts';
import { changedFailure } from './changed-failure.ts';
import type { Repository } from './repository.ts';
import { gitEnd, spawnGit } from './run-git.ts';

/** What a patch says of one record. */
export interface Patch {
  readonly entry: RawEntry;
  /** Null when it lies behind the room that there was. */
  readonly hunks: readonly Hunk[] | null;
}

/** A diff that git is making. */
export interface RunningPatch {
  /** Rejects when git fails, or when what it prints is not its format. */
  patches(): Promise<Patch[]>;
  /** Ends git. What `patches` then answers is of no use. */
  stop(): void;
}

/**
 * Starts a diff that prints raw records and then the patch, and puts the two together. Reads up to the file whose
 * hunks go beyond `room`, counted in bytes of their bodies: what is read does not depend on how the bytes arrive.
 */
export function startPatch(repository: Repository, command: readonly string[], room: number): RunningPatch {
  const child = spawnGit(command, awayFromFiles(repository));
  const parser = createPatchParser();
  const sections: PatchSection[] = [];
  let head: Buffer | null = Buffer.alloc(0);
  let entries: RawEntry[] = [];
  let bytes = 0;
  let broken: unknown = null;
  const take = (chunk: Buffer): void => {
    const complete = parser.push(chunk);
    bytes += complete.reduce((sum, { hunks }) => sum + bodyBytes(hunks), 0);
    sections.push(...complete);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (broken !== null || bytes > room) return;
    try {
      if (head === null) take(chunk);
      else {
        head = Buffer.concat([head, chunk]);
        // An empty record stands between the raw records and the patch.
        if (!head.includes('\0\0')) return;
        const raw = parseRaw(head);
        entries = raw.entries;
        // The list had none, and a patch has no section for one.
        if (entries.some(({ status }) => status === 'U')) throw changedFailure();
        take(head.subarray(raw.end));
        head = null;
      }
    } catch (error) {
      broken = error;
    }
    if (broken !== null || bytes > room) child.kill();
  });
  // How git ended is kept until it is asked for: a patch that is stopped is not.
  const ended = gitEnd(child, 'diff').then(
    () => null,
    (error: unknown) => error,
  );
  return {
    async patches() {
      const failure = await ended;
      if (broken !== null) throw broken;
      if (failure !== null && bytes <= room) throw failure;
      // Of a patch that was not read to its end, the last section may lack hunks.
      if (bytes <= room) sections.push(...parser.end());
      return pairUp(entries, sections, bytes > room);
    },
    stop: () => child.kill(),
  };
}

/** One section for each raw record; for a change of type two, a deletion and a creation. */
function pairUp(entries: readonly RawEntry[], sections: readonly PatchSection[], cut: boolean): Patch[] {
  let next = 0;
  const patches = entries.map((entry) => {
    const needed = entry.status === 'T' ? 2 : 1;
    const own = sections.slice(next, next + needed);
    next += own.length;
    const belongs = (oid: string, expected: string) => oid === expected || isZero(oid);
    for (const { oids, opaque } of own) {
      if (oids !== null && !(belongs(oids.old, entry.oldOid) && belongs(oids.new, entry.newOid))) {
        throw new RangeError(`patch: out of step with the raw records at ${entry.path}`);
      }
      if (opaque) throw new RangeError(`patch: git did not show the content of ${entry.path}`);
    }
    if (own.length < needed && !cut) throw new RangeError(`patch: no section for ${entry.path}`);
    return { entry, hunks: own.length < needed ? null : own.flatMap(({ hunks }) => hunks) };
  });
  if (next < sections.length) throw new RangeError('patch: more sections than raw records');
  return patches;
}

/** The id that stands for "no object". */
export const isZero = (oid: string): boolean => /^0+$/.test(oid);

/** How many bytes of patch the hunks are. */
export const bodyBytes = (hunks: readonly Hunk[]): number =>
  hunks.reduce((sum, { body }) => sum + body.length, 0);
