import { ToolFailure } from '../agent/tool.ts';
import { decodePath, displayPath, type RepoPath } from '../change/path.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { BlamedLine, Commit, History, ShownCommit } from '../tools/history.ts';
import { awayFromFiles } from './away-from-files.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Every option that configuration could bend or that would run a program, fixed: git-log(1), git-config(1). */
const LOG = [
  ...['log', '-z', '-s', '--no-show-signature', '--no-notes', '--no-mailmap', '--no-decorate', '--no-color'],
  ...['--no-ext-diff', '--no-textconv', '--encoding=UTF-8', '-M50%', '-l400'],
];
/** The lists of commits that the configuration has it pass over are taken back by the empty name. */
const BLAME = [
  ...['-c', 'mailmap.file=', '-c', 'mailmap.blob=', '-c', 'diff.algorithm=myers'],
  ...['blame', '--porcelain', '--ignore-revs-file=', '--no-textconv', '--no-progress', '--encoding=UTF-8'],
];
const NUMSTAT = [
  ...['diff-tree', '-r', '-z', '--numstat', '--no-renames', '--no-ext-diff', '--no-textconv'],
  ...['--no-color', '--no-relative', '--ignore-submodules=none'],
];

/**
 * What a commit and its ancestors say. Only they: another branch or a stash is not part of what is reviewed. Names of
 * people are left out.
 */
export function createHistory(repository: Repository, reader: ObjectReader, head: string): History {
  const run = (args: readonly string[], signal: AbortSignal) =>
    runGit(args, { ...awayFromFiles(repository), signal });

  return {
    async log(path, most, signal) {
      const output = await run(
        [...LOG, '--follow', `--max-count=${most}`, FORMAT, head, '--', `:(top,literal)${argument(path)}`],
        signal,
      );
      return parseCommits(output);
    },
    async blame(path, from, to, signal) {
      const args = [...BLAME, `-L${from},${to}`, head, '--', argument(path)];
      // Where the user stands: it opens those lists before it passes over them, and their names may be relative.
      const output = await runGit(args, { ...repository.call, signal }).catch((error: unknown) => {
        throw missing(error, path) ?? error;
      });
      return parseBlame(output.toString());
    },
    async show(id, signal) {
      const found = await reader.info(`${id}^{commit}`);
      const elsewhere =
        found === null ||
        (await run(['rev-list', '--max-count=1', found.oid, '--not', head], signal)).length > 0;
      if (elsewhere) throw new ToolFailure(`There is no commit ${id} before this change.`);
      const parent = await reader.info(`${found.oid}^1`);
      const [commit, message, stat] = await Promise.all([
        run([...LOG, '--max-count=1', FORMAT, found.oid, '--'], signal),
        run([...LOG, '--max-count=1', '--format=%B', found.oid, '--'], signal),
        run([...NUMSTAT, parent?.oid ?? repository.emptyTree, found.oid, '--'], signal),
      ]);
      const [named] = parseCommits(commit);
      if (named === undefined) throw new RangeError('git log: no commit');
      return { ...named, message: message.toString().replace(/[\0\n]+$/, ''), files: parseNumstat(stat) };
    },
  };
}

/** An argument of a program cannot hold bytes that are no UTF-8. */
function argument(path: RepoPath): string {
  if (path.isWellFormed()) return path;
  throw new ToolFailure(`The name ${displayPath(path)} is no UTF-8: its history cannot be asked for.`);
}

/** What git says of a path or a line that is not there, in English (LC_ALL=C). */
function missing(error: unknown, path: RepoPath): ToolFailure | null {
  if (!(error instanceof CodeAgentError)) return null;
  if (/fatal: no such path /.test(error.message))
    return new ToolFailure(`There is no file ${displayPath(path)} before this change.`);
  if (/fatal: could not open object name list/.test(error.message))
    return new ToolFailure('There is no blame here: blame.ignoreRevsFile names a file that is not there.');
  const [, count] = /fatal: file .* has only (\d+) lines?/s.exec(error.message) ?? [];
  return count === undefined
    ? null
    : new ToolFailure(`${displayPath(path)} has only ${count} lines before this change.`);
}

/** The whole message: git's own subject folds a paragraph into a line, in which a secret of several is not recognised. */
const FORMAT = '--format=%H%x00%as%x00%B';

/** Three fields for each commit, each ended by a NUL. */
function parseCommits(output: Buffer): Commit[] {
  const fields = output.toString().split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + 3 < fields.length; at += 3) {
    const [id = '', date = '', message = ''] = fields.slice(at, at + 3);
    commits.push({ id, date, subject: message.trimStart().split('\n')[0] ?? '' });
  }
  return commits;
}

/** git-blame(1), "The porcelain format": a commit is described where it comes first. */
function parseBlame(output: string): BlamedLine[] {
  const commits = new Map<string, Commit>();
  const lines: BlamedLine[] = [];
  let current = { id: '', number: 0, fields: new Map<string, string>() };
  for (const row of output.split('\n')) {
    const [, id, number] = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(row) ?? [];
    if (row.startsWith('\t')) {
      const commit = commits.get(current.id) ?? {
        id: current.id,
        date: dayOf(Number(current.fields.get('author-time'))),
        subject: current.fields.get('summary') ?? '',
      };
      commits.set(current.id, commit);
      lines.push({ number: current.number, text: row.slice(1).replace(/\r$/, ''), commit });
    } else if (id !== undefined) current = { id, number: Number(number), fields: new Map() };
    else {
      const cut = row.indexOf(' ');
      current.fields.set(row.slice(0, cut), row.slice(cut + 1));
    }
  }
  return lines;
}

/** A commit may claim a time that no calendar has. */
function dayOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'undated' : (date.toISOString().split('T')[0] ?? '');
}

/** git-diff-tree(1), `--numstat -z`, without renames: `<added>\t<removed>\t<path>\0`, repeated. */
function parseNumstat(output: Buffer): ShownCommit['files'] {
  const files: ShownCommit['files'][number][] = [];
  for (let at = 0; at < output.length; ) {
    const first = output.indexOf(9, at);
    const second = output.indexOf(9, first + 1);
    const end = output.indexOf(0, second);
    if (first < 0 || second < 0 || end < 0) throw new RangeError('numstat: not a record');
    files.push({
      path: decodePath(output.subarray(second + 1, end)),
      added: countOf(output.toString('latin1', at, first)),
      removed: countOf(output.toString('latin1', first + 1, second)),
    });
    at = end + 1;
  }
  return files;
}

/** `-` for what git takes for binary. */
const countOf = (text: string): number | null => (text === '-' ? null : Number(text));
