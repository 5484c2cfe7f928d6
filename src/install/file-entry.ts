import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** What lies at a path, all that is needed to put it back byte for byte. */
export type FileEntry =
  | { readonly kind: 'file'; readonly content: Buffer; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string; readonly executable: boolean };

/** Files by absolute path. A path that is not in it has nothing. */
export type Files = ReadonlyMap<string, FileEntry>;

/** Reads those of the paths that exist. A link is not followed. */
export async function readFiles(paths: Iterable<string>): Promise<Map<string, FileEntry>> {
  const entries = await Promise.all([...paths].map(async (path) => [path, await readEntry(path)] as const));
  return new Map(entries.flatMap(([path, entry]) => (entry === null ? [] : [[path, entry] as const])));
}

/** Makes the disk be as `after` says where it differs from `before`. Returns the paths that were changed. */
export async function writeFiles(before: Files, after: Files): Promise<string[]> {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => !isSame(before.get(path), after.get(path)),
  );
  // What is kept under another name is there before the original is replaced: a crash between loses nothing.
  const additions = changed.filter((path) => !before.has(path));
  for (const path of [...additions, ...changed.filter((path) => before.has(path))]) {
    await writeEntry(path, after.get(path));
  }
  return changed;
}

/** True when git would run it. Windows has no such bit: there git goes by what the file begins with. */
export function isExecutable(entry: FileEntry): boolean {
  if (process.platform === 'win32') return true;
  return entry.kind === 'link' ? entry.executable : (entry.mode & 0o111) !== 0;
}

async function readEntry(path: string): Promise<FileEntry | null> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) {
      return { kind: 'link', target: await readlink(path), executable: await leadsToProgram(path) };
    }
    if (!found.isFile()) {
      throw new CodeAgentError(`${path} is not a file`, {
        exitCode: EXIT.usage,
        advice: 'It is where a file of that name is expected. Move it out of the way.',
      });
    }
    return { kind: 'file', content: await readFile(path), mode: found.mode & 0o777 };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function leadsToProgram(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o111) !== 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function writeEntry(path: string, entry: FileEntry | undefined): Promise<void> {
  if (entry === undefined) return rm(path);
  await mkdir(dirname(path), { recursive: true });
  // Written beside and renamed: a hook that git starts meanwhile is the old one or the new one, never half.
  const beside = `${path}.code-agent-${process.pid}`;
  try {
    if (entry.kind === 'link') await symlink(entry.target, beside);
    else {
      await writeFile(beside, entry.content);
      await chmod(beside, entry.mode);
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new CodeAgentError(
      `${path} could not be written: ${cause instanceof Error ? cause.message : cause}`,
      { exitCode: EXIT.usage, cause },
    );
  }
}

function isSame(a: FileEntry | undefined, b: FileEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === 'link' || b.kind === 'link') {
    return a.kind === 'link' && b.kind === 'link' && a.target === b.target;
  }
  return a.mode === b.mode && a.content.equals(b.content);
}

/** ENOTDIR: `core.hooksPath` may be /dev/null. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
