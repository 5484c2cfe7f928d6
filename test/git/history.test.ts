import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeSet, FileChange } from '../../src/change/change-set.ts';
import { applyHunks } from '../../src/change/hunk.ts';
import { decodePath, encodePath } from '../../src/change/path.ts';
import { readChange } from '../../src/git/read-change.ts';
import { tempFolder, tempRepository } from '../support/temp-repository.ts';
import { importCommits, type Tree, type TreeFile } from './import-commits.ts';
import { NO_LIMITS, openGit } from './open-git.ts';

/** Names as bytes, written as Latin-1. */
const names = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'b',
        'src',
        'lib',
        'x.ts',
        '-x',
        '--output=x',
        ':(glob)*',
        ':!a',
        '*',
        '[a]',
        '?',
        '#',
        '~',
        ' ',
      ],
      ...[
        'caf\xe9',
        '\xff\xfe',
        '\xc3\xa9',
        '\xc3',
        'a\nb',
        'a\tb',
        'a"b',
        'a\\b',
        '\x1b[31m',
        '\x7f',
        '{b => c}',
      ],
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('/'));

const lines = fc.array(fc.constantFrom('', 'a', 'b', 'c', 'd\r', '\0', '\xe9', '@@ -1 +1 @@'), {
  maxLength: 25,
});
const content = fc
  .tuple(lines, fc.constantFrom('\n', '\r\n', '', '\n\n'))
  .map(([all, end]) => Buffer.from(all.join('\n') + (all.length === 0 ? '' : end), 'latin1'));
const oid = fc.stringMatching(/^[1-9]{40}$/);
const target = fc
  .constantFrom('a', '../b', '/etc/passwd', 'two\nlines', 'caf\xe9')
  .map((text) => Buffer.from(text, 'latin1'));

/** One thing that is done to a tree; `at` chooses the file that it is done to. */
type Operation = { readonly at: number } & (
  | { readonly does: 'write' | 'edit'; readonly name: string; readonly content: Buffer }
  | { readonly does: 'link'; readonly name: string; readonly target: Buffer }
  | { readonly does: 'submodule'; readonly name: string; readonly oid: string }
  | { readonly does: 'copy' | 'move' | 'move and edit' | 'below'; readonly name: string }
  | { readonly does: 'remove' | 'chmod' | 'change type' | 'move submodule' }
);

const at = fc.nat();
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ does: fc.constantFrom('write', 'edit'), at, name: names, content }),
  fc.record({ does: fc.constant('link'), at, name: names, target }),
  fc.record({ does: fc.constant('submodule'), at, name: names, oid }),
  fc.record({ does: fc.constantFrom('copy', 'move', 'move and edit', 'below'), at, name: names }),
  fc.record({ does: fc.constantFrom('remove', 'chmod', 'change type', 'move submodule'), at }),
);

/** Puts a file into a tree; what stands in its way goes, as a folder cannot be where a file is. */
function put(tree: Map<string, TreeFile>, path: string, file: TreeFile): void {
  for (const other of tree.keys()) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) tree.delete(other);
  }
  tree.set(path, file);
}

function perform(tree: Map<string, TreeFile>, action: Operation): void {
  const paths = [...tree.keys()];
  const path = paths[action.at % Math.max(paths.length, 1)] ?? 'a';
  const file = tree.get(path) ?? { mode: '100644', content: Buffer.from('a\n') };
  const text = file.mode === '160000' ? { mode: '100644', content: file.content } : file;
  const joined = (...parts: readonly Buffer[]) => ({ ...text, content: Buffer.concat(parts) });
  const { does } = action;
  if (does === 'write') put(tree, action.name, { mode: '100644', content: action.content });
  if (does === 'edit') put(tree, path, joined(action.content, text.content));
  if (does === 'link') put(tree, action.name, { mode: '120000', content: action.target });
  if (does === 'submodule') put(tree, action.name, { mode: '160000', content: Buffer.from(action.oid) });
  if (does === 'move' || does === 'move and edit' || does === 'remove') tree.delete(path);
  if (does === 'move' || does === 'copy') put(tree, action.name, file);
  if (does === 'move and edit') put(tree, action.name, joined(text.content, Buffer.from('one more line\n')));
  if (does === 'below') put(tree, `${path}/${action.name}`, file);
  if (does === 'chmod') put(tree, path, { ...text, mode: text.mode === '100644' ? '100755' : '100644' });
  if (does === 'change type')
    put(tree, path, { ...text, mode: file.mode === '120000' ? '100644' : '120000' });
  if (does === 'move submodule') {
    const oid = String((action.at % 9) + 1).repeat(40);
    put(tree, path, { mode: '160000', content: Buffer.from(oid) });
  }
}

function history(seed: number, length: number): Tree[] {
  const [steps = []] = fc.sample(
    fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), {
      minLength: length,
      maxLength: length,
      size: 'max',
    }),
    { seed, numRuns: 1 },
  );
  const trees: Tree[] = [];
  for (const actions of steps) {
    const tree = new Map(trees.at(-1));
    for (const action of actions) perform(tree, action);
    trees.push(tree);
  }
  return trees;
}

const bytesOf = (path: string): string => encodePath(path).toString('latin1');

/** What git takes for the content of a file, when it makes a patch of it. */
function shown(file: TreeFile | undefined, change: FileChange): Buffer {
  if (file === undefined) return Buffer.alloc(0);
  const unchanged = change.hunks?.length === 0;
  return file.mode === '160000' && !unchanged
    ? Buffer.from(`Subproject commit ${file.content}\n`)
    : file.content;
}

/** The tree after the change, from the one before and the change alone. */
function apply(before: Tree, { files }: ChangeSet): Tree {
  const after = new Map(before);
  for (const { oldPath, before } of files) if (before !== null) after.delete(bytesOf(oldPath));
  for (const file of files) {
    expect(file.unread).toBeNull();
    const old = file.before === null ? undefined : before.get(bytesOf(file.oldPath));
    expect(file.before?.mode).toBe(old?.mode);
    const content = applyHunks(shown(old, file), file.hunks ?? []);
    if (file.after === null) expect(content).toHaveLength(0);
    else after.set(bytesOf(file.path), { mode: file.after.mode, content: contentOf(file, content) });
  }
  return after;
}

const contentOf = ({ after }: FileChange, content: Buffer): Buffer =>
  after?.mode === '160000'
    ? Buffer.from(content.toString().replace(/^Subproject commit (.*)\n$/, '$1'))
    : content;

const sorted = (tree: Tree) => [...tree].sort(([one], [other]) => (one < other ? -1 : 1));

describe('a history of everything that a tree can hold', () => {
  it.each([
    ['sha1', 1, 220],
    ['sha256', 2, 30],
  ])('in %s, seed %d, %d commits', async (format, seed, length) => {
    const repository = tempRepository(`--object-format=${format}`);
    const trees = history(seed, length).map((tree) => (format === 'sha1' ? tree : withoutSubmodules(tree)));
    const commits = importCommits(repository, trees);
    const git = await openGit(repository);
    const seen = new Map<string, number>();
    for (const [index, tree] of trees.entries()) {
      const commit = commits[index] ?? '';
      const before: Tree = trees[index - 1] ?? new Map();
      const change = await git.range(commit);
      expect(sorted(apply(before, change))).toEqual(sorted(tree));
      expect(new Set(change.files.flatMap((file) => [file.path, file.oldPath]))).toEqual(
        listed(repository, commits[index - 1], commit),
      );
      for (const { status } of change.files) seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['added', 'deleted', 'modified', 'renamed', 'type-changed']);
  });

  it('is the same change in the index as between commits', async () => {
    const repository = tempRepository();
    const trees = history(3, 60);
    const commits = importCommits(repository, trees);
    const index = join(tempFolder(), 'index');
    for (let at = 1; at < trees.length; at += 4) {
      execFileSync('git', ['read-tree', commits[at] ?? ''], {
        cwd: repository.path,
        env: { ...repository.env, GIT_INDEX_FILE: index },
      });
      const git = await openGit(repository, { GIT_INDEX_FILE: index });
      const range = await git.range(`${commits[at - 1]}..${commits[at]}`);
      const comparison = { base: range.base, head: null, otherParents: [] };
      const staged = await readChange(git.repository, git.reader, comparison, NO_LIMITS);
      expect(staged).toEqual({ ...range, head: { commit: null } });
      git.reader.close();
    }
  });
});

/** The generated ids of submodules are those of sha1. */
const withoutSubmodules = (tree: Tree): Tree =>
  new Map([...tree].filter(([, { mode }]) => mode !== '160000'));

/** The changed paths, as git lists them. */
function listed(
  { path, env }: { path: string; env: NodeJS.ProcessEnv },
  from: string | undefined,
  to: string,
): Set<string> {
  const trees = from === undefined ? ['--root', to] : [from, to];
  const command = ['diff-tree', '-r', '--no-commit-id', '--no-renames', '--name-status', '-z', ...trees];
  const output = execFileSync('git', command, { cwd: path, env }).toString('latin1');
  const fields = output.split('\0').slice(0, -1);
  return new Set(
    fields.filter((_, at) => at % 2 === 1).map((name) => decodePath(Buffer.from(name, 'latin1'))),
  );
}
