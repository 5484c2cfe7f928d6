import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** What was in files before they were overwritten or removed, so that a person can get it back. */
export interface Backup {
  /** Rejects with a CodeAgentError when it cannot be kept. */
  keep(path: RepoPath, bytes: Buffer, executable: boolean): Promise<void>;
}

/** One line of `index.jsonl`, in the order in which things were kept. */
export interface BackupEntry {
  /** The name of the file beside the index. */
  readonly file: string;
  readonly path: RepoPath;
  readonly bytes: number;
  readonly sha256: string;
  readonly executable: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
}

const INDEX = 'index.jsonl';
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const INDEX_END = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/**
 * Opens a folder for backups, which only its owner may look into, and goes on behind what is in it. Throws TypeError when
 * it lies in `worktree` (both are resolved: there is no link in `worktree`), where a model would reach it.
 */
export async function openBackup(folder: string, worktree: string): Promise<Backup> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await lstat(folder)).isDirectory()) throw new TypeError(`${folder} is a link: it must be a folder`);
  const way = relative(worktree, await realpath(folder));
  if (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`))
    throw new TypeError(`the folder for backups ${folder} lies in the worktree`);
  await chmod(folder, 0o700);
  const numbers = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  let last = numbers.reduce((most, number) => Math.max(most, number), 0);

  /** Another process may keep something in there too. */
  async function newFile(): Promise<{ name: string; handle: Awaited<ReturnType<typeof open>> }> {
    for (;;) {
      last += 1;
      const name = String(last).padStart(6, '0');
      try {
        return { name, handle: await open(join(folder, name), NEW_FILE, 0o600) };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  }

  async function keep(path: RepoPath, bytes: Buffer, executable: boolean): Promise<void> {
    const { name, handle } = await newFile();
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const at = new Date().toISOString();
    const entry: BackupEntry = { file: name, path, bytes: bytes.length, sha256, executable, at };
    const index = await open(join(folder, INDEX), INDEX_END, 0o600);
    try {
      await index.writeFile(`${JSON.stringify(entry)}\n`);
    } finally {
      await index.close();
    }
  }

  return {
    keep: (path, bytes, executable) =>
      keep(path, bytes, executable).catch((error: unknown) => {
        throw new CodeAgentError(`what was in a file cannot be kept in ${folder}, so it is not changed`, {
          exitCode: EXIT.incomplete,
          advice: 'look whether the disk is full, and whether the folder may be written',
          retryable: true,
          cause: error,
        });
      }),
  };
}
