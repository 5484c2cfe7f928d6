import { ToolFailure } from '../../agent/tool.ts';
import type { RepoPath } from '../../change/path.ts';
import { type PatchHunk, readHunk } from './read-hunk.ts';
import { unquotePath } from './unquote-path.ts';

/** What a patch does to one file. */
export interface FilePatch {
  /** Null: it is new. */
  readonly from: RepoPath | null;
  /** Null: it is deleted. */
  readonly to: RepoPath | null;
  /** Null: nothing is said of it. */
  readonly executable: boolean | null;
  readonly hunks: readonly PatchHunk[];
}

/**
 * Reads a unified diff that a model has written, of one or several files, with git's lines about modes and names or without.
 * The numbers of hunks are not believed, so they may be left out. Throws a ToolFailure, with the number of the line, for all
 * that is no such diff, and for what cannot be done: links, submodules, binary files, copies.
 */
export function readPatch(text: string): FilePatch[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const files: FilePatch[] = [];
  for (let at = skipBlank(lines, 0); at < lines.length; ) {
    const header = readHeader(lines, at);
    at = skipBlank(lines, header.end);
    const hunks: PatchHunk[] = [];
    while (lines[at]?.startsWith('@@')) {
      const { hunk, end } = readHunk(lines, at, header.git);
      hunks.push(hunk);
      at = skipBlank(lines, end);
    }
    files.push(judge(header, hunks));
  }
  if (files.length === 0) throw new ToolFailure('The patch is empty.');
  return files;
}

function skipBlank(lines: readonly string[], from: number): number {
  let at = from;
  while (lines[at]?.trim() === '') at += 1;
  return at;
}

/** What stands before the hunks of a file, as it stands there. */
interface Header {
  /** The number of its first line. */
  readonly line: number;
  /** It begins as git's do. */
  readonly git: boolean;
  /** The index behind it. */
  readonly end: number;
  /** Of `---` and `+++`, null for /dev/null; or null when they are not there. */
  readonly names: readonly [RepoPath | null, RepoPath | null] | null;
  /** Of the first line of git's, where both are one. */
  readonly name: RepoPath | null;
  readonly renamed: { readonly from: RepoPath; readonly to: RepoPath } | null;
  readonly newFile: boolean;
  readonly deleted: boolean;
  readonly mode: string | null;
}

const MODE = /^(old mode|new mode|new file mode|deleted file mode) (\d{6})$/;
const IGNORED = /^(?:index [0-9a-f]+\.\.[0-9a-f]+(?: \d{6})?|(?:dis)?similarity index \d+%)$/;

function readHeader(lines: readonly string[], start: number): Header {
  const first = lineAt(lines, start);
  const git = first.startsWith('diff --git ');
  const said = git ? readExtended(lines, start + 1) : NOTHING_SAID;
  const name = git ? commonName(first.slice('diff --git '.length)) : null;
  const { renamed } = said;
  const end = git ? said.end : start;
  const read = readNames(lines, end, git);
  const known = renamed === null ? [name] : [renamed.from, renamed.to];
  // Where git has left the names out, the next ones are of another file.
  const own = !git || known.includes(null) || read?.some((side) => side !== null && known.includes(side));
  const names = own === true ? read : null;
  return { ...said, line: start + 1, git, name, names, end: names === null ? end : end + 2 };
}

type Extended = Pick<Header, 'renamed' | 'newFile' | 'deleted' | 'mode' | 'end'>;

const NOTHING_SAID: Extended = { renamed: null, newFile: false, deleted: false, mode: null, end: 0 };

/** git's lines about modes and names. */
function readExtended(lines: readonly string[], start: number): Extended {
  let said = NOTHING_SAID;
  let [from, to]: [RepoPath | null, RepoPath | null] = [null, null];
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lineAt(lines, at);
    const [, kind, mode = ''] = MODE.exec(line) ?? [];
    if (kind !== undefined) {
      if (!mode.startsWith('100'))
        throw refusal(at, 'a link or a submodule is made or changed: only regular files can be');
      if (kind === 'new mode') said = { ...said, mode };
      if (kind === 'new file mode') said = { ...said, mode, newFile: true };
      if (kind === 'deleted file mode') said = { ...said, deleted: true };
    } else if (line.startsWith('rename from ')) from = plainName(line.slice('rename from '.length), at);
    else if (line.startsWith('rename to ')) to = plainName(line.slice('rename to '.length), at);
    else if (line.startsWith('copy ')) throw refusal(at, 'copies cannot be made: add the file as a new one');
    else if (line.startsWith('Binary files ') || line === 'GIT binary patch')
      throw refusal(at, 'binary files cannot be patched');
    else if (!IGNORED.test(line)) break;
  }
  if ((from === null) !== (to === null))
    throw refusal(start - 1, '"rename from" and "rename to" belong together');
  return { ...said, renamed: from !== null && to !== null ? { from, to } : null, end: at };
}

/** A line without a return at its end: a patch may have been written with them. */
const lineAt = (lines: readonly string[], at: number): string => (lines[at] ?? '').replace(/\r$/, '');

/** The names of `---` and `+++`. Null where git has left them out. */
function readNames(lines: readonly string[], at: number, git: boolean): Header['names'] {
  const [one, other] = [lineAt(lines, at), lineAt(lines, at + 1)];
  const ended = at >= lines.length || one.trim() === '' || one.startsWith('diff --git ');
  if (git && ended) return null;
  if (!one.startsWith('--- '))
    throw refusal(at, `expected "--- a/path" of a unified diff, not ${JSON.stringify(one.slice(0, 120))}`);
  if (!other.startsWith('+++ ')) throw refusal(at + 1, 'expected "+++ b/path" behind "--- a/path"');
  const [before, after] = [sideName(one.slice(4), at), sideName(other.slice(4), at + 1)];
  if (before === null && after === null) throw refusal(at, 'both sides are /dev/null');
  const prefixed = (before?.startsWith('a/') ?? true) && (after?.startsWith('b/') ?? true);
  const plain = (name: RepoPath | null) => (prefixed && name !== null ? name.slice(2) : name);
  return [plain(before), plain(after)];
}

/** A name up to the tab that a time may follow. */
function sideName(text: string, at: number): RepoPath | null {
  const name = text.startsWith('"') ? text : (text.split('\t')[0] ?? '');
  return name === '/dev/null' ? null : plainName(name.trimEnd(), at);
}

function plainName(text: string, at: number): RepoPath {
  const name = text.startsWith('"') ? unquotePath(text) : text;
  if (name === null || name === '') throw refusal(at, 'there is no path');
  return name;
}

/** `a/path b/path`: the path, where both are one. Null: they are not. */
function commonName(text: string): RepoPath | null {
  const half = (text.length - 1) / 2;
  const [one, other] = [text.slice(0, half), text.slice(half + 1)];
  const [before, after] = [one, other].map((name) => (name.startsWith('"') ? unquotePath(name) : name));
  if (!before?.startsWith('a/') || !after?.startsWith('b/')) return null;
  return before.slice(2) === after.slice(2) ? before.slice(2) : null;
}

/** What the header and the hunks say together. Throws where they do not agree. */
function judge(header: Header, hunks: readonly PatchHunk[]): FilePatch {
  const { names, renamed, newFile, deleted, mode } = header;
  const fail = (why: string): ToolFailure => refusal(header.line - 1, why);
  let [from, to] = names ?? [header.name, header.name];
  if (names === null) {
    if (newFile) from = null;
    if (deleted) to = null;
    if (renamed) ({ from, to } = renamed);
    if (from === null && to === null) throw fail('it does not say of which file it speaks');
    if (hunks.length > 0) throw fail('"--- a/path" and "+++ b/path" are missing before the first hunk');
  } else if (hunks.length === 0) throw fail('there are no hunks behind the names');
  if (renamed !== null && (from !== renamed.from || to !== renamed.to))
    throw fail('the names of "rename from" and "rename to" are not those of "---" and "+++"');
  if ((newFile && from !== null) || (deleted && to !== null))
    throw fail(newFile ? 'a new file has "--- /dev/null"' : 'a deleted file has "+++ /dev/null"');
  if (from !== null && to !== null && from !== to && renamed === null)
    throw fail('"---" and "+++" name two files: a rename has "rename from" and "rename to" before them');
  if (renamed !== null && from === to) throw fail('it is renamed to its own name');
  const kept = from !== null && to !== null;
  const executable = mode === null || to === null ? null : mode === '100755' ? true : kept ? false : null;
  if (hunks.length === 0 && kept && renamed === null && executable === null)
    throw fail('it changes nothing in this file');
  return { from, to, executable, hunks };
}

const refusal = (at: number, why: string): ToolFailure =>
  new ToolFailure(`Line ${at + 1} of the patch: ${why}. Nothing was changed.`);
