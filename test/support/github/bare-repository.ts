import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from './loopback-github.ts';
import { askGit, runGit } from './run-git.ts';

/** Makes an empty bare repository that answers what GitHub's answers: any commit by its id, filters. */
export async function initBare(path: string, defaultBranch: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await runGit(path, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`]);
  await configure(path);
}

/** A copy with all branches, which shares no files. */
export async function copyBare(from: string, to: string): Promise<void> {
  await runGit(from, ['clone', '--quiet', '--bare', '--no-hardlinks', from, to], { cwd: '/' });
  await configure(to);
}

async function configure(path: string): Promise<void> {
  for (const [key, value] of [
    ['http.receivepack', 'true'],
    ['uploadpack.allowFilter', 'true'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['receive.denyDeleteCurrent', 'ignore'],
    // As on GitHub these are nobody's to push to.
    ['receive.hideRefs', 'refs/pull'],
    ['gc.auto', '0'],
    ['core.logAllRefUpdates', 'false'],
  ])
    await runGit(path, ['config', key ?? '', value ?? '']);
}

/** Takes all branches of a local repository. */
export async function takeBranches(path: string, from: string): Promise<void> {
  await runGit(path, ['fetch', '--quiet', '--no-tags', from, '+refs/heads/*:refs/heads/*']);
}

/** Takes one commit of a local repository, as `ref`, also where that is no fast-forward. Answers its id. */
export async function takeCommit(path: string, from: string, revision: string, ref: string): Promise<string> {
  await runGit(path, ['fetch', '--quiet', '--no-tags', from, `+${revision}:${ref}`]);
  return askGit(path, ['rev-parse', `${ref}^{commit}`]);
}

/** The commit that a revision is; null when there is none. */
export async function commitOf(path: string, revision: string): Promise<string | null> {
  const found = await askGit(path, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]).catch(
    () => '',
  );
  return found === '' ? null : found;
}

/** One commit of files laid over its parent (null: none), without a ref. Answers its id. Any number of files is one process. */
export async function commitFiles(
  path: string,
  parent: string | null,
  files: Files,
  message: string,
  author: string,
): Promise<string> {
  const ref = `refs/loopback/${process.hrtime.bigint()}`;
  const parts: Buffer[] = [];
  const text = (value: string) => parts.push(Buffer.from(value));
  const data = (content: Uint8Array) => {
    text(`data ${content.length}\n`);
    parts.push(Buffer.from(content), Buffer.from('\n'));
  };
  const seconds = Math.floor(Date.now() / 1000);
  text(`commit ${ref}\nauthor ${author} <${author}@example.com> ${seconds} +0000\n`);
  text(`committer ${author} <${author}@example.com> ${seconds} +0000\n`);
  data(Buffer.from(message));
  if (parent !== null) text(`from ${parent}\n`);
  for (const [name, file] of Object.entries(files)) {
    if (file === null) {
      text(`D ${quote(name)}\n`);
      continue;
    }
    const { content, mode } =
      typeof file === 'string' || file instanceof Uint8Array ? { content: file, mode: '100644' } : file;
    text(`M ${mode} inline ${quote(name)}\n`);
    data(typeof content === 'string' ? Buffer.from(content) : content);
  }
  text('\n');
  await runGit(path, ['fast-import', '--quiet', '--force', '--date-format=raw'], {
    input: Buffer.concat(parts),
  });
  const commit = await askGit(path, ['rev-parse', ref]);
  await runGit(path, ['update-ref', '-d', ref]);
  return commit;
}

/** A commit with both parents; throws when they conflict. `files` are laid over the result. Answers its id. */
export async function mergeCommits(
  path: string,
  one: string,
  other: string,
  message: string,
): Promise<string> {
  const tree = await askGit(path, ['merge-tree', '--write-tree', one, other]);
  return askGit(path, ['commit-tree', tree, '-p', one, '-p', other, '-m', message]);
}

/** The commits of `head` that `onto` has not, anew upon `onto`; throws when they conflict. Answers the new head. */
export async function rebaseCommits(
  path: string,
  head: string,
  onto: string,
  scratch: string,
): Promise<string> {
  const tree = join(scratch, `rebase-${process.hrtime.bigint()}`);
  await runGit(path, ['worktree', 'add', '--quiet', '--detach', tree, head]);
  try {
    await runGit(path, ['rebase', '--quiet', onto], { cwd: tree });
    return (await runGit(path, ['rev-parse', 'HEAD'], { cwd: tree })).toString().trim();
  } finally {
    await runGit(path, ['worktree', 'remove', '--force', tree]);
    await rm(tree, { recursive: true, force: true });
  }
}

/** As fast-import reads a path: C-style between quotes. */
const quote = (path: string) =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
