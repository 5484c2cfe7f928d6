/**
 * The law that holds the ChangeSet, on the history of any repository:
 *
 *     node scripts/run.mjs bench/change-law.ts <repository> [commits]
 *
 * For every file of every commit against its first parent: content before + hunks = content after, byte for byte,
 * and the paths are those that git lists. Prints what it looked at; exits with 1 at the first file that breaks it.
 */
import { type FileChange, isSubmodule } from '../src/change/change-set.ts';
import { applyHunks } from '../src/change/hunk.ts';
import { createObjectReader } from '../src/git/object-reader.ts';
import { readChange } from '../src/git/read-change.ts';
import { openRepository } from '../src/git/repository.ts';
import { resolveRange } from '../src/git/resolve-range.ts';
import { runGit } from '../src/git/run-git.ts';

const [, , path = '.', wanted = '500'] = process.argv;
const repository = await openRepository(path, process.env);
const reader = createObjectReader(repository.call);
const limits = { fileBytes: 50_000_000, changeBytes: 500_000_000 };
const seen: Record<string, number> = {};
const count = (what: string) => {
  seen[what] = (seen[what] ?? 0) + 1;
};

const list = await runGit(['rev-list', `--max-count=${Number(wanted)}`, 'HEAD'], repository.call);
for (const commit of list.toString().trim().split('\n')) {
  const change = await readChange(repository, reader, await resolveRange(repository, reader, commit), limits);
  count('commits');
  for (const file of change.files) {
    count('files');
    count(file.status);
    if (file.hunks === null) {
      count(`not read: ${file.unread?.replace(/[0-9a-f]{40,64}/, '…')}`);
      continue;
    }
    const [before, after] = [await content(file, 'before'), await content(file, 'after')];
    if (!applyHunks(before, file.hunks).equals(after))
      throw new Error(`${commit} ${file.path}: the law is broken`);
    describe(file, after);
  }
}
reader.close();
console.log(JSON.stringify(seen));

async function content(file: FileChange, side: 'before' | 'after'): Promise<Buffer> {
  const blob = file[side];
  if (blob === null) return Buffer.alloc(0);
  // What git prints for a submodule: gitlinks have no blob.
  if (isSubmodule(blob))
    return file.hunks?.length ? Buffer.from(`Subproject commit ${blob.oid}\n`) : Buffer.alloc(0);
  return reader.read(blob.oid);
}

function describe(file: FileChange, after: Buffer): void {
  if (file.before && file.after && file.before.mode !== file.after.mode) count('mode changed');
  if (file.after?.mode === '120000') count('symlink');
  if (file.after?.mode === '160000') count('submodule');
  if (after.includes(0)) count('binary');
  if (after.includes('\r\n')) count('CRLF');
  if (after.length > 0 && after.at(-1) !== 10) count('no newline at the end');
  if (!file.path.isWellFormed()) count('name is not UTF-8');
}
