import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { clearLeftovers } from './clear-leftovers.ts';
import { checkBranches, fetchBranches } from './fetch-branches.ts';
import { checkWanted, fetchPullRequest, pullRefs } from './fetch-pull-request.ts';
import { serverUrl } from './fetch-refs.ts';
import { folderBytes } from './folder-bytes.ts';
import { listHeads } from './list-heads.ts';
import { MirrorError } from './mirror-error.ts';
import { dropEmpty, type HeldLock, holdLock, isInUse, useFolder } from './mirror-lock.ts';
import { type MirrorPlace, packsIn, placeOf, placesIn } from './mirror-place.ts';
import { mirrorEnvironment, writeProfile } from './mirror-profile.ts';
import { runGit } from './run-git.ts';

/** A repository on a server, by what stays when it is renamed or given to another owner. */
export interface MirrorKey {
  /** `host/owner/name`, in lower case: the same as a local clone has (`remoteIdentity`). Of it only the host names the mirror. */
  readonly identity: string;
  /** GitHub's number of the repository, by which the mirror's folder is named. */
  readonly id: number;
}

/** Where a mirror is fetched from. */
interface Wanted {
  readonly key: MirrorKey;
  /** `https://github.com/owner/name`, without a user. `http:` only to this machine. The token goes to this origin alone. */
  readonly url: string;
  /**
   * Asked for when the server wants one, and once more, with true, when it was refused (401). Null: a public repository.
   * What it rejects with is what the call rejects with.
   */
  readonly token: ((refused: boolean) => Promise<string>) | null;
  readonly signal: AbortSignal;
}

/** What is wanted of a pull request. */
export interface WantedPullRequest extends Wanted {
  readonly number: number;
  /** The head that is to be reviewed, a full object id. Its length says the repository's object format. */
  readonly head: string;
  /** The branch that it is to be merged into (`main`, without `refs/heads/`), and its tip as the API had it. */
  readonly base: { readonly ref: string; readonly sha: string };
}

/** What is wanted of branches. */
export interface WantedBranches extends Wanted {
  /** `main`, without `refs/heads/`: of the repository itself. */
  readonly branches: readonly string[];
}

/** Branches in a mirror: all their objects are here, and stay for as long as they are worked with. */
export interface MirroredBranches extends Pick<MirroredPullRequest, 'gitDir' | 'env'> {
  /** The commit of each, as the server had it just now. One that is not there is not in it. */
  readonly heads: ReadonlyMap<string, string>;
}

/** A pull request in a mirror: all objects of both sides are here, and stay for as long as it is worked with. */
export interface MirroredPullRequest {
  /** The bare repository, absolute: `openGit({ cwd: gitDir, env, signal })`. */
  readonly gitDir: string;
  /** For every git command there: nothing of this machine's configuration, no network. Holds no secret. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the two sides parted, as `git diff base...head` takes it where there are several; null: they have nothing in common. */
  readonly mergeBase: string | null;
  readonly head: string;
  /**
   * The tip of the base branch: `base.sha` where the server still has it, else what the branch is now. Policy is read here and
   * not at the merge base, which the author of a change chooses.
   */
  readonly base: string;
  /** What to compare, for `compare`: from the merge base, or, of unrelated histories, from the base itself. */
  readonly range: string;
}

/** A mirror as `list` has it. */
export interface MirrorState {
  /** `host/id`. */
  readonly name: string;
  readonly bytes: number;
  readonly usedAt: Date;
  readonly inUse: boolean;
  readonly packs: number;
}

/**
 * Bare mirrors of repositories, in a folder of this machine that any number of processes share. A mirror is a cache: it may
 * be removed at any time, and is made anew. Every call rejects with a MirrorError, or, when its signal is aborted, with a
 * CodeAgentError of exit code 4.
 */
export interface Mirrors {
  /**
   * Has the mirror made or brought up to date, one process at a time, then calls `work`, any number side by side. Without a
   * word to the server when everything is here already. The mirror is neither removed nor pruned while `work` runs.
   */
  withPullRequest<T>(
    wanted: WantedPullRequest,
    work: (mirror: MirroredPullRequest) => Promise<T>,
  ): Promise<T>;
  /** The same for branches, as they are now: the server is always asked. */
  withBranches<T>(wanted: WantedBranches, work: (mirror: MirroredBranches) => Promise<T>): Promise<T>;
  /** A pull request was closed: its commits may go at the next `maintain`. Nothing happens when there is no mirror of it. */
  forget(key: MirrorKey, number: number): Promise<void>;
  /** The repository is gone or its App uninstalled. False: it is in use, and goes with its last user. */
  remove(key: MirrorKey): Promise<boolean>;
  list(): Promise<MirrorState[]>;
  /**
   * Removes mirrors that were not used for `olderThanMs`, then those used longest ago until all together have `maxTotalBytes`.
   * Never one that is in use. Answers the names of those that went.
   */
  prune(limits: { readonly maxTotalBytes: number; readonly olderThanMs: number }): Promise<string[]>;
  /** Puts packs together where there are many, and drops what nobody has a name for where nobody is at work. */
  maintain(signal: AbortSignal): Promise<void>;
}

export interface MirrorSettings {
  /** Where the mirrors are, made when it is not there. Of one machine, and no other user of it looks in. */
  readonly folder: string;
  /** Of one mirror, in bytes. */
  readonly maxBytes: number;
  /** The machine's environment: PATH, proxies and certificates are taken from it. */
  readonly env: NodeJS.ProcessEnv;
  /** How long another process may have a mirror before this one gives up. Default: ten minutes. */
  readonly waitMs?: number;
}

/** More packs than this are put together by `maintain`: git looks an object up in one after the other. */
const MANY_PACKS = 10;

/** See {@link Mirrors}. Nothing is made before it is asked for. */
export function createMirrors({ folder, maxBytes, env, waitMs = 600_000 }: MirrorSettings): Mirrors {
  const root = resolve(folder);
  const callIn = ({ gitDir }: MirrorPlace) => ({ cwd: gitDir, env: mirrorEnvironment(env, gitDir) });

  /** Nobody else fetches, packs or removes meanwhile; what one that was killed has left is gone. */
  async function locked<T>(
    place: MirrorPlace,
    work: (lock: HeldLock) => Promise<T> | T,
    signal?: AbortSignal,
  ): Promise<T> {
    const what = `the mirror ${place.name}`;
    try {
      makePrivate(root);
      const lock = await holdLock(place.lock, { waitMs, what, ...(signal && { signal }) });
      try {
        clearLeftovers(place);
        return await work(lock);
      } finally {
        lock.release();
        for (const left of [place.users, place.folder]) dropEmpty(left);
      }
    } catch (error) {
      throw noSpaceFailure(error, what) ?? error;
    }
  }

  /** Under the lock. False: somebody works with it. */
  function removeUnused(place: MirrorPlace): boolean {
    if (isInUse(place.users)) return false;
    if (existsSync(place.gitDir)) renameSync(place.gitDir, place.grave);
    for (const path of [place.grave, place.doomed, place.used])
      rmSync(path, { recursive: true, force: true });
    return true;
  }

  /** Under the lock. `fetchInto` makes the mirror where there is none. */
  async function bringUpToDate<M>(place: MirrorPlace, fetchInto: () => Promise<M>): Promise<M> {
    const fresh = !existsSync(place.gitDir);
    try {
      return await fetchInto();
    } catch (error) {
      clearLeftovers(place);
      // One that is damaged, or has grown by what nobody needs any more, is made anew once: it is a cache.
      const worthless = error instanceof MirrorError && ['damaged', 'too-large'].includes(error.kind);
      if (!worthless || !removeUnused(place) || fresh) throw error;
    }
    try {
      return await fetchInto();
    } catch (error) {
      if (error instanceof MirrorError && error.kind === 'too-large') removeUnused(place);
      else clearLeftovers(place);
      throw error;
    }
  }

  /** Has it brought up to date by one, and then used by any number. */
  async function withMirror<M, T>(
    { key, signal }: Wanted,
    fetchInto: (place: MirrorPlace, lock: HeldLock) => Promise<M>,
    work: (mirrored: M) => Promise<T>,
  ): Promise<T> {
    const place = placeOf(root, key);
    const { mirrored, letGo } = await locked(
      place,
      async (lock) => {
        const mirrored = await bringUpToDate(place, () => fetchInto(place, lock));
        const letGo = useFolder(place.users);
        rmSync(place.doomed, { force: true });
        writeFileSync(place.used, '');
        return { mirrored, letGo };
      },
      signal,
    );
    try {
      return await work(mirrored);
    } finally {
      letGo();
      // Who asked for that has gone on; whatever is in the way now, `prune` comes by.
      if (existsSync(place.doomed)) await locked(place, () => removeUnused(place)).catch(() => false);
    }
  }

  return {
    async withPullRequest(wanted, work) {
      checkWanted(wanted);
      const url = serverUrl(wanted.url);
      const fetchInto = (place: MirrorPlace, { worker }: HeldLock) => {
        writeProfile(place.gitDir, url.href, formatOf(wanted.head));
        return fetchPullRequest(wanted, { url, call: callIn(place), maxBytes, onStart: worker });
      };
      return withMirror(wanted, fetchInto, work);
    },

    async withBranches(wanted, work) {
      const branches = [...new Set(wanted.branches)];
      checkBranches(branches);
      placeOf(root, wanted.key);
      const url = serverUrl(wanted.url);
      const { token, signal } = wanted;
      const listed = await listHeads({ url, env, token, branches, signal });
      const [any] = listed.values();
      const fetchInto = async (place: MirrorPlace, { worker }: HeldLock): Promise<MirroredBranches> => {
        // Of a repository without one of them nothing is known, and nothing is fetched.
        if (any !== undefined || !existsSync(place.gitDir))
          writeProfile(place.gitDir, url.href, formatOf(any?.commit ?? ''));
        const call = callIn(place);
        const to = { url, call, maxBytes, onStart: worker };
        const heads = await fetchBranches({ ...wanted, branches }, listed, to);
        return { gitDir: call.cwd, env: call.env, heads };
      };
      return withMirror(wanted, fetchInto, work);
    },

    async forget(key, number) {
      const place = placeOf(root, key);
      if (!existsSync(place.gitDir)) return;
      const { head, base } = pullRefs(number);
      const stdin = `delete ${head}\ndelete ${base}\n`;
      await locked(place, async () => {
        if (existsSync(place.gitDir)) await runGit(['update-ref', '--stdin'], { ...callIn(place), stdin });
      });
    },

    async remove(key) {
      const place = placeOf(root, key);
      if (!existsSync(place.folder)) return true;
      return locked(place, () => {
        if (removeUnused(place)) return true;
        writeFileSync(place.doomed, '');
        return false;
      });
    },

    async list() {
      return placesIn(root).filter(isMirror).map(stateOf);
    },

    async prune({ maxTotalBytes, olderThanMs }) {
      const gone: string[] = [];
      const states = placesIn(root)
        .map((place) => ({ place, ...stateOf(place) }))
        .sort((one, other) => one.usedAt.getTime() - other.usedAt.getTime());
      let total = states.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { place, name, bytes, usedAt, inUse } of states) {
        const mayStay = isMirror(place) && Date.now() - usedAt.getTime() <= olderThanMs;
        if ((mayStay && total <= maxTotalBytes) || inUse) continue;
        if (!(await locked(place, () => removeUnused(place)))) continue;
        total -= bytes;
        gone.push(name);
      }
      return gone;
    },

    async maintain(signal) {
      for (const place of placesIn(root)) {
        if (packsIn(place) < MANY_PACKS) continue;
        const call = { ...callIn(place), signal };
        const pack = async (): Promise<void> => {
          if (packsIn(place) < MANY_PACKS) return;
          await runGit(['pack-refs', '--all', '--prune'], call);
          // Who is at work may read what no ref names any more.
          const kept = isInUse(place.users) ? ['--keep-unreachable'] : [];
          await runGit(['repack', '-a', '-d', '-q', ...kept], call);
        };
        await locked(place, pack, signal);
      }
    },
  };
}

/** What is in a mirror only this user may see: the folder is made so, and one of theirs that is open is shut. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid === process.getuid?.() && (mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
}

/** Of what we could not write ourselves; what git could not is told by `fetchFailure`. */
function noSpaceFailure(cause: unknown, what: string): MirrorError | null {
  const full = cause instanceof Error && 'code' in cause && ['ENOSPC', 'EDQUOT'].includes(String(cause.code));
  return full ? new MirrorError('no-space', `there is no room for ${what}`, { cause }) : null;
}

/** By the length of an object id. */
const formatOf = (id: string): 'sha1' | 'sha256' => (id.length === 64 ? 'sha256' : 'sha1');

const isMirror = ({ gitDir, doomed }: MirrorPlace): boolean => existsSync(gitDir) && !existsSync(doomed);

function stateOf(place: MirrorPlace): MirrorState {
  // Of one that never came to be used, the time of its folder.
  const { mtime } = statSync(place.used, { throwIfNoEntry: false }) ??
    statSync(place.folder, { throwIfNoEntry: false }) ?? { mtime: new Date(0) };
  return {
    name: place.name,
    bytes: folderBytes(place.folder),
    usedAt: mtime,
    inUse: isInUse(place.users),
    packs: packsIn(place),
  };
}
