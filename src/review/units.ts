import type { RepoPath } from '../change/path.ts';
import { isTestPath } from './checks/test-path.ts';
import { escapeHidden } from './escape-hidden.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { CoverageEntry } from './review.ts';
import {
  LONGEST_SECTION,
  SECRET_PATH,
  type ShownFile,
  type ShownHunk,
  type ShownLine,
  type Withheld,
} from './shown-file.ts';

/** What a model is shown at a time. */
export interface ReviewUnit {
  readonly files: readonly UnitFile[];
}

export interface UnitFile {
  readonly file: ShownFile;
  /** Those of its hunks, or pieces of them, that belong to the unit. None of a file that is only named. */
  readonly hunks: readonly ShownHunk[];
  /** Null when the file is whole. */
  readonly part: { readonly number: number; readonly of: number } | null;
}

export interface UnitLimits {
  /** Estimated tokens of a unit, without what else a model is told. */
  readonly unitTokens: number;
  /** A file whose change has more is left out. */
  readonly fileTokens: number;
}

export interface UnitPlan {
  readonly units: readonly ReviewUnit[];
  /** The files whose change no unit shows, with the reason. Where they lie among others they are named there. */
  readonly leftOut: readonly CoverageEntry[];
}

/**
 * Groups a change into what a model is shown at a time. Every changed line is in exactly one unit, or its file is left
 * out with a reason. Where a cut falls between files depends on their names alone; their sizes only say whether there
 * is one. So an edit to one file leaves the other units as they are, and what was answered about those holds.
 */
export function planUnits(files: readonly ShownFile[], limits: UnitLimits): UnitPlan {
  const leftOut: CoverageEntry[] = [];
  const packed: FileItem[] = [];
  const alone: Placed[] = [];
  for (const file of files) {
    const place = placeOf(file.path);
    const lines = lineItems(file.hunks);
    const head = headCost(file);
    const cost = head + costOf(lines);
    const withheld = file.withheld ?? reasonToLeaveOut(file, lines, head, limits);
    if (withheld !== null) {
      leftOut.push({ path: file.path, ...withheld });
      if (withheld.reason === SECRET_PATH) continue;
      packed.push({
        place,
        cost: head,
        files: [{ file: { ...file, withheld }, hunks: [], part: null }],
      });
    } else if (cost <= limits.unitTokens) {
      packed.push({ place, cost, files: [{ file, hunks: file.hunks, part: null }] });
    } else {
      const parts = partsOf(file, lines, limits.unitTokens - head);
      alone.push(...parts.map((part) => ({ place, files: [part] })));
    }
  }
  const together = cutToFit(packed.sort(byPlace).map(fileItem), limits.unitTokens).map(
    ([first, ...more]) => ({
      place: first.place,
      files: [first, ...more].flatMap((item) => item.files),
    }),
  );
  const units = [...together, ...alone]
    .filter((unit) => unit.files.some(({ hunks }) => hunks.length > 0))
    .sort(byPlace)
    .map((unit) => ({ files: unit.files }));
  return { units, leftOut };
}

function reasonToLeaveOut(
  { path }: ShownFile,
  lines: readonly LineItem[],
  head: number,
  { unitTokens, fileTokens }: UnitLimits,
): Withheld | null {
  const cost = head + costOf(lines);
  if (!changes(lines)) return { outcome: 'excluded', reason: 'no line of it changed' };
  if (cost > unitTokens && lockedBy(path) !== undefined) {
    return { outcome: 'excluded', reason: `a lock file of about ${cost} tokens` };
  }
  if (cost > fileTokens) {
    return { outcome: 'skipped', reason: `its change has about ${cost} tokens, more than ${fileTokens}` };
  }
  const long = lines.find((line) => line.cost + head > unitTokens);
  return long === undefined
    ? null
    : { outcome: 'skipped', reason: `a line of it alone has about ${long.cost} tokens, more than fit` };
}

/** Something in a row that may be cut into pieces. */
interface Item {
  readonly cost: number;
  /** How much belongs together what a cut in front of it would part. */
  readonly bond: number;
  /** Decides between cuts that part as little. */
  readonly rank: number;
}

const costOf = (items: readonly { readonly cost: number }[]): number =>
  items.reduce((sum, item) => sum + item.cost, 0);

/**
 * The items in pieces of at most `limit`, a single item that has more excepted. A piece that is too large is cut where
 * it parts least within its middle half, and so on: the place does not depend on what the items cost.
 */
function cutToFit<T extends Item>(items: readonly T[], limit: number): [T, ...T[]][] {
  const [first, ...more] = items;
  if (first === undefined) return [];
  if (more.length === 0 || costOf(items) <= limit) return [[first, ...more]];
  const cut = bestCut(items);
  return [...cutToFit(items.slice(0, cut), limit), ...cutToFit(items.slice(cut), limit)];
}

/** Where the items are parted least; of places that are alike, the nearest to the middle. */
function bestCut(items: readonly Item[]): number {
  const middle = Math.floor(items.length / 2);
  const reach = Math.floor(items.length / 4);
  let [cut, best] = [middle, items[middle]];
  for (let offset = 1; offset <= reach; offset += 1) {
    for (const at of [middle - offset, middle + offset]) {
      const item = items[at];
      if (item === undefined || best === undefined || at === 0) continue;
      if (item.bond < best.bond || (item.bond === best.bond && item.rank < best.rank))
        [cut, best] = [at, item];
    }
  }
  return cut;
}

/** Files of a unit, and where they stand among the others. */
interface Placed {
  readonly place: Place;
  readonly files: readonly UnitFile[];
}

interface FileItem extends Placed {
  readonly cost: number;
}

/** Where a file is sorted: beside those that it belongs to, wherever they lie. */
interface Place {
  /** The same for a source and its tests, for a manifest and its locks. */
  readonly topic: string;
  readonly path: RepoPath;
}

/** Sources before their tests, manifests before their locks. */
function byPlace({ place: one }: Placed, { place: other }: Placed): number {
  const keys = [one, other].map(({ topic, path }) => {
    const second = isTestPath(path) || lockedBy(path) !== undefined;
    return `${topic}\0${second ? 1 : 0}\0${path}`;
  });
  const [a = '', b = ''] = keys;
  return a < b ? -1 : a > b ? 1 : 0;
}

function fileItem(file: FileItem, index: number, all: readonly FileItem[]): FileItem & Item {
  const [here, before] = [file.place.topic.split('/'), all[index - 1]?.place.topic.split('/') ?? []];
  const shared = here.findIndex((part, depth) => part !== before[depth]);
  return { ...file, bond: shared < 0 ? here.length : shared, rank: hash(file.place.path) };
}

function placeOf(path: RepoPath): Place {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const folders = parts.filter((folder) => !SIDES.has(folder.toLowerCase()));
  return { topic: [...folders, topicOf(lockedBy(path) ?? name)].join('/'), path };
}

/** Folders that hold one side each of what belongs together. */
const SIDES = new Set('src lib main test tests __tests__ spec specs __snapshots__ e2e'.split(' '));

/** A file's name without its ending and without what makes it the test of another one. */
const topicOf = (name: string): string =>
  name
    .replace(/(?<=.)\.(?:snap|orig)$/, '')
    .replace(/(?<=.)\.[^.]+$/, '')
    .replace(/^test_|[._-](?:tests?|specs?|cy|e2e|bench)$|(?<=[a-z0-9])(?:Tests?|Spec)$/, '');

const MANIFESTS: Readonly<Record<string, string>> = {
  'package-lock.json': 'package.json',
  'npm-shrinkwrap.json': 'package.json',
  'yarn.lock': 'package.json',
  'pnpm-lock.yaml': 'package.json',
  'bun.lock': 'package.json',
  'Cargo.lock': 'Cargo.toml',
  'go.sum': 'go.mod',
  'poetry.lock': 'pyproject.toml',
  'uv.lock': 'pyproject.toml',
  'pdm.lock': 'pyproject.toml',
  'Pipfile.lock': 'Pipfile',
  'composer.lock': 'composer.json',
  'Gemfile.lock': 'Gemfile',
  'mix.lock': 'mix.exs',
  'pubspec.lock': 'pubspec.yaml',
};

/** The manifest that a lock file belongs to. Undefined when it is no lock file. */
function lockedBy(path: RepoPath): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return Object.hasOwn(MANIFESTS, name) ? MANIFESTS[name] : undefined;
}

/** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

interface LineItem extends Item {
  readonly line: ShownLine;
  /** The index of its hunk. */
  readonly hunk: number;
  /** What the line is in: the declaration above it. */
  readonly section: string;
}

/** For the status and mode of a file, and the section that a part of it begins in. */
const HEAD_TOKENS = 90;
/** For the numbers and the marker of a line. */
const LINE_TOKENS = 4;

const tokensOf = (text: string): number => estimateTokens(escapeHidden(text));

const headCost = ({ path, oldPath }: ShownFile): number =>
  HEAD_TOKENS + estimateTokens(path === oldPath ? path : path + oldPath);

function lineItems(hunks: readonly ShownHunk[]): LineItem[] {
  return hunks.flatMap(({ section: outer, lines }, hunk) => {
    let section = outer;
    return lines.map((line, index) => {
      const item = {
        ...{ line, hunk, section },
        cost: tokensOf(line.text) + LINE_TOKENS + (index === 0 ? tokensOf(outer) : 0),
        bond: bondOf(line, lines[index - 1]),
        rank: 0,
      };
      if (line.kind !== 'removed' && DECLARATION.test(line.text))
        section = line.text.slice(0, LONGEST_SECTION);
      return item;
    });
  });
}

/** What git takes for one where no language is set: a line that begins at its margin (xdiff/xemit.c, def_ff). */
const DECLARATION = /^[A-Za-z_$]/;

function bondOf(line: ShownLine, before: ShownLine | undefined): number {
  if (before === undefined) return 0;
  if (line.kind === 'added' && before.kind === 'removed') return 4;
  if (before.text.trim() !== '') return 3;
  return DECLARATION.test(line.text) ? 1 : 2;
}

const changes = (lines: readonly LineItem[]): boolean => lines.some(({ line }) => line.kind !== 'context');

/** The change of a file that is too large for one unit, in pieces. One that has only context is not shown. */
function partsOf(file: ShownFile, lines: readonly LineItem[], limit: number): UnitFile[] {
  const pieces = cutToFit(lines, limit).filter(changes);
  return pieces.map((piece, index) => ({
    file,
    hunks: hunksOf(piece),
    part: { number: index + 1, of: pieces.length },
  }));
}

function hunksOf(piece: readonly LineItem[]): ShownHunk[] {
  const byHunk = new Map<number, LineItem[]>();
  for (const item of piece) {
    const items = byHunk.get(item.hunk);
    if (items === undefined) byHunk.set(item.hunk, [item]);
    else items.push(item);
  }
  return [...byHunk.values()].map((items) => ({
    section: items[0]?.section ?? '',
    lines: items.map(({ line }) => line),
  }));
}
