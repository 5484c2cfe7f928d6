import type { FileChange } from '../../change/change-set.ts';
import { isDotGit } from '../../change/dot-git.ts';
import { displayPath, type RepoPath } from '../../change/path.ts';
import type { Snapshot } from '../../change/snapshot.ts';
import type { Check, CheckContext } from '../check.ts';
import type { Problem, Severity } from '../finding.ts';

/** Names, paths and the like that a file system of another machine cannot hold or takes for one another. */
export const portablePath: Check = {
  id: 'portable-path',
  summary: 'Paths that collide or cannot exist on another operating system',
  severity: 'warning',
  generatedToo: true,
  scope: 'change',
  async *run(files, context) {
    const names = folderNames(context.after);
    const arriving = files.filter(({ path, change }) => arrives(path, change)).map(({ path }) => path);
    // Together: one by one, each folder would wait for git.
    await Promise.all([...new Set(arriving.flatMap(foldersOf))].map(names));
    const judged = new Set<RepoPath>();
    /** Each of two colliding names would say the same. */
    const told = new Set<string>();
    for (const path of arriving) {
      if (path.length > MAX_PATH) {
        yield problem(path, `Path of ${path.length} characters`, 'Windows stops at 260 by default.', 'info');
      }
      for (let start = 0; start <= path.length; ) {
        const slash = path.indexOf('/', start);
        const end = slash === -1 ? path.length : slash;
        const part = path.slice(0, end);
        if (!judged.has(part)) {
          judged.add(part);
          const found = [
            ...nameProblems(path, path.slice(start, end)),
            ...(await collisions(path, start, end, names)),
          ];
          if (found.length > 0 && !(await existed(part, start, context))) {
            yield* found.filter(({ title }) => !told.has(title));
            for (const { title } of found) told.add(title);
          }
        }
        start = end + 1;
      }
    }
  },
};

/** The path was not there before. */
const arrives = (path: RepoPath, { before, after, oldPath }: FileChange): boolean =>
  after !== null && (before === null || path !== oldPath);

/** The folders that a path lies in, with the top. */
const foldersOf = (path: RepoPath): RepoPath[] =>
  path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'));

const MAX_PATH = 260;
/** Of a name, in bytes: NAME_MAX of Linux. */
const MAX_NAME = 255;

const problem = (path: RepoPath, title: string, body: string, severity: Severity): Problem => ({
  path,
  place: null,
  title,
  body,
  severity,
});

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file, and git's is_valid_win32_path, compat/mingw.c */
const RESERVED =
  /^(?:con|prn|aux|nul|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3]|conin\$|conout\$) {0,255}(?:$|[.:])/i;
const FORBIDDEN = /[<>:"|?*\\]/;
const ENDS_BADLY = /[. ]$/;
const NOT_UTF8 = /[\udc80-\udcff]/;
/** Controls, line separators, what changes direction and what is not seen. Joiners and selectors make emoji. */
const DECEITFUL =
  /[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/u;

function* nameProblems(path: RepoPath, name: string): Generator<Problem> {
  const shown = displayPath(name.length > 80 ? `${name.slice(0, 80)}\u2026` : name);
  const tell = (what: string, why: string, severity: Severity = 'warning') =>
    problem(path, `${shown} ${what}`, `${why} Rename it.`, severity);
  if (isDotGit(name)) {
    yield tell(
      'is .git in disguise',
      'On macOS or Windows it overwrites the repository itself (CVE-2014-9390).',
      'error',
    );
    return;
  }
  const character = FORBIDDEN.exec(name)?.[0];
  if (!name.isWellFormed() && NOT_UTF8.test(name)) {
    yield tell('is not UTF-8', 'It has another name on every system, and none on macOS.');
  } else if (DECEITFUL.test(name)) {
    yield tell(
      'has characters that are not seen',
      'Terminals and scripts show it as something that it is not.',
    );
  }
  if (RESERVED.test(name)) yield tell('is the name of a device on Windows', 'Nobody can check it out there.');
  else if (character !== undefined)
    yield tell(`has a ${character} in it`, 'Nobody can check it out on Windows.');
  else if (ENDS_BADLY.test(name)) {
    yield tell(
      `ends with a ${name.endsWith('.') ? 'dot' : 'space'}`,
      'Windows drops it, so nobody can check it out there.',
    );
  }
  if (name.length * 3 > MAX_NAME && Buffer.byteLength(name) > MAX_NAME) {
    yield tell(`is longer than ${MAX_NAME} bytes`, 'No usual file system holds so long a name.');
  }
}

/** Two names with the same key are one name where case or the form of accents does not count (macOS, Windows). */
const key = (name: string): string => name.normalize('NFD').toLowerCase().normalize('NFC');

type FolderNames = (folder: RepoPath) => Promise<ReadonlyMap<string, readonly string[]>>;

/** The names in each folder by their key. Each folder is asked for once. */
function folderNames(tree: Snapshot): FolderNames {
  const known = new Map<RepoPath, Promise<ReadonlyMap<string, readonly string[]>>>();
  const read = async (folder: RepoPath) => {
    const names = new Map<string, string[]>();
    for (const { name } of await tree.list(folder)) {
      const alike = names.get(key(name));
      if (alike === undefined) names.set(key(name), [name]);
      else alike.push(name);
    }
    return names;
  };
  return (folder) => {
    const names = known.get(folder) ?? read(folder);
    known.set(folder, names);
    return names;
  };
}

async function collisions(
  path: RepoPath,
  start: number,
  end: number,
  names: FolderNames,
): Promise<Problem[]> {
  const folder = path.slice(0, start);
  const name = path.slice(start, end);
  const alike = (await names(folder.slice(0, -1))).get(key(name)) ?? [];
  if (alike.length < 2 || !alike.includes(name)) return [];
  const forms = new Set(alike.map((one) => one.normalize('NFC')));
  const difference = forms.size < alike.length ? 'how an accent is written' : 'case';
  return [
    problem(
      path,
      `${alike.map((one) => displayPath(folder + one)).join(' and ')} are one name to macOS and Windows`,
      `They differ in ${difference} alone, so only one of them can be checked out there. Rename one.`,
      'error',
    ),
  ];
}

/** The part of the path up to a name was there before: whatever is wrong with it is not new. */
async function existed(part: RepoPath, start: number, { before }: CheckContext): Promise<boolean> {
  const name = part.slice(start);
  return (await before.list(part.slice(0, Math.max(0, start - 1)))).some((entry) => entry.name === name);
}
