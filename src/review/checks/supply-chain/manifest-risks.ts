import { posix } from 'node:path';
import type { RepoPath } from '../../../change/path.ts';
import type { Line, ReviewedFile } from '../../check.ts';
import type { Problem } from '../../finding.ts';
import { DEPENDENCY_FIELDS, type PackageJson, parsePackageJson } from '../package-json.ts';
import type { Added } from './find-added.ts';
import { lookAlikeOf } from './look-alike-of.ts';
import { originOf } from './origin.ts';

/** What a change of a `package.json` makes everybody run or download who installs it. */
export async function* manifestRisks(file: ReviewedFile): AsyncGenerator<Problem> {
  const text = (await file.after()) ?? '';
  const after = parsePackageJson(text);
  if (after === null) return;
  const before = parsePackageJson((await file.before()) ?? '');
  const find = addedEntries(file, text);
  for (const problem of [
    ...installScripts(before, after, find),
    ...newDependencies(file.path, before, after, find),
  ]) {
    yield { path: file.path, ...problem };
  }
}

type Found = Omit<Problem, 'path'>;
type FindEntry = (key: string, value: string) => Added | null;

/** As `findAdded`, for any number of `"key": "value"`. */
function addedEntries(file: ReviewedFile, after: string): FindEntry {
  const added = entryLines(file.added);
  const all = entryLines(after.split('\n').map((text, index) => ({ number: index + 1, text })));
  return (key, value) => {
    const entry = `"${key}" "${value}"`;
    const line = added.get(entry);
    if (line !== undefined) return { place: { startLine: line, endLine: line } };
    return all.has(entry) ? null : { place: null };
  };
}

function entryLines(lines: readonly Line[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { number, text } of lines) {
    for (const [, key, value] of text.matchAll(/("[^"]{1,300}")\s{0,9}:\s{0,9}("[^"]*")/g)) {
      found.set(`${key} ${value}`, number);
    }
  }
  return found;
}

/** `prepare` is left out: npm runs it for the one who works on the package, not for those who install it. */
const LIFECYCLE = ['preinstall', 'install', 'postinstall'];

function* installScripts(before: PackageJson | null, after: PackageJson, find: FindEntry): Generator<Found> {
  for (const name of LIFECYCLE) {
    const [old, now] = [before?.scripts.get(name), after.scripts.get(name)];
    const added = now === undefined || now === old ? null : find(name, now);
    if (added === null) continue;
    yield {
      ...added,
      title: `Script ${name} ${old === undefined ? 'added' : 'changed'}: it runs at every installation`,
      body: 'It runs unasked on the machine of everybody who installs this, with all of their rights.',
    };
  }
}

function* newDependencies(
  path: RepoPath,
  before: PackageJson | null,
  after: PackageJson,
  find: FindEntry,
): Generator<Found> {
  const known = before === null ? new Map<string, string>() : ranges(before);
  const folder = posix.dirname(path);
  let compared = 0;
  for (const [name, range] of ranges(after)) {
    const old = known.get(name);
    const added = old === range ? null : find(name, range);
    if (added === null) continue;
    const source = foreignSource(range, folder);
    if (source !== null && (old === undefined || foreignSource(old, folder) !== source)) {
      yield {
        ...added,
        title: `${name} comes from ${source}, not from the registry`,
        body: 'What is there can be exchanged under the same name, and no registry keeps what was there before. Prefer a published version; else name a full commit.',
      };
    }
    // An honest manifest adds a few at a time. One made to keep us busy gets no more than this.
    if (old !== undefined || !PUBLISHED.test(range) || ++compared > 200) continue;
    const original = lookAlikeOf(name, known.keys());
    if (original === null) continue;
    yield {
      ...added,
      title: `${name} is one letter away from ${original}`,
      body: `Packages with such names are published to be installed by mistake. If ${name} is what you mean, ignore this.`,
    };
  }
}

/** A version, a range or a tag, and not a place. */
const PUBLISHED = /^(?:[\d^~<>=*v]|latest$|next$|$)/;

const ranges = ({ dependencies }: PackageJson): ReadonlyMap<string, string> =>
  new Map(DEPENDENCY_FIELDS.flatMap((field) => [...dependencies[field]]));

/** In words, where a dependency comes from that no registry has. Null for all else. */
function foreignSource(range: string, folder: string): string | null {
  const local = /^(?:file|link|portal):(.*)$/.exec(range)?.[1];
  if (local !== undefined) {
    const outside = posix.isAbsolute(local) || posix.join(folder, local).startsWith('../');
    return outside ? 'a folder outside of the repository' : null;
  }
  const hosted = /^(github|gitlab|bitbucket|gist):/.exec(range)?.[1];
  if (hosted !== undefined) return `a repository at ${hosted}`;
  // npm's documentation: `owner/name` is one at GitHub.
  if (/^[\w-][\w.-]*\/[\w.-]+(?:#|$)/.test(range)) return 'a repository at github';
  const origin = originOf(range);
  return origin === null ? null : `${origin.git ? 'a git repository at ' : ''}${origin.host}`;
}
