import { encodePath, type RepoPath } from '../change/path.ts';
import { type Wildmatch, wildmatch } from '../change/wildmatch.ts';

/** A line of a `.gitattributes` file. */
export interface AttributeRule {
  /** What it is about: paths, relative to the folder of the file, or (`[attr]`) a name for several attributes. */
  readonly of: { readonly matches: Wildmatch } | { readonly macro: string };
  readonly states: readonly AttributeState[];
}

interface AttributeState {
  readonly name: string;
  /** True: set. False: unset. Null: as if nothing had been said. */
  readonly value: string | boolean | null;
}

/** What github-linguist's attributes say of a file. */
export interface LinguistAttributes {
  readonly generated: boolean;
  readonly vendored: boolean;
}

/** attr.h: git ignores longer lines. */
const LONGEST_LINE = 2048;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/** The rules of a `.gitattributes` file, from its bytes, in its order. What git ignores is left out. */
export function parseAttributes(content: Uint8Array): AttributeRule[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  return text
    .slice(text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0)
    .split('\n')
    .flatMap((line) => parseRule(line) ?? []);
}

function parseRule(line: string): AttributeRule | null {
  const trimmed = line.replace(/^[ \t\r]+/, '');
  if (trimmed === '' || trimmed.startsWith('#') || line.length >= LONGEST_LINE) return null;
  const { head, rest } = splitHead(trimmed);
  const states = rest.split(/[ \t\r]+/).flatMap((word) => (word === '' ? [] : [parseState(word)]));
  if (!states.every((state) => state !== null)) return null;
  if (head.startsWith('[attr]') && head.length > '[attr]'.length) {
    const macro = /^[ \t\r]*([^ \t\r]*)/.exec(head.slice('[attr]'.length))?.[1] ?? '';
    return isAttributeName(macro) ? { of: { macro }, states } : null;
  }
  if (head.startsWith('!')) return null;
  return { of: { matches: pathPattern(head) }, states };
}

/** The first word, which may be quoted as in C, and what follows it. */
function splitHead(line: string): { head: string; rest: string } {
  const quoted = /^"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"/.exec(line);
  if (quoted === null) {
    const head = /^[^ \t\r]*/.exec(line)?.[0] ?? '';
    return { head, rest: line.slice(head.length) };
  }
  const head = (quoted[1] ?? '').replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (CONTROL_CHARACTERS[code] ?? code),
  );
  return { head, rest: line.slice(quoted[0].length) };
}

const CONTROL_CHARACTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function parseState(word: string): AttributeState | null {
  const equals = word.indexOf('=');
  const sign = word[0] === '-' || word[0] === '!' ? word[0] : '';
  const name = word.slice(sign.length, equals === -1 ? undefined : equals);
  if (!isAttributeName(name)) return null;
  if (sign !== '') return { name, value: sign === '-' ? false : null };
  return { name, value: equals === -1 ? true : word.slice(equals + 1) };
}

const isAttributeName = (name: string) => /^[A-Za-z0-9_.][-A-Za-z0-9_.]*$/.test(name);

/** gitattributes(5): as in .gitignore, but nothing is negated, and a pattern for folders matches no file. */
function pathPattern(pattern: string): Wildmatch {
  if (pattern.endsWith('/')) return () => false;
  if (pattern.includes('/')) return wildmatch(pattern.startsWith('/') ? pattern.slice(1) : pattern);
  const matches = wildmatch(pattern);
  return (path) => matches(path.slice(path.lastIndexOf('/') + 1));
}

/** What the files of a tree say of a path. `rulesByFolder`: the rules of each folder's file; '' is the top. */
export function attributesOf(
  path: RepoPath,
  rulesByFolder: ReadonlyMap<RepoPath, readonly AttributeRule[]>,
): LinguistAttributes {
  const macros = macrosOf(rulesByFolder.get('') ?? []);
  const values = new Map<string, AttributeState['value']>();
  const decide = (states: readonly AttributeState[]) => {
    for (const { name, value } of states.toReversed()) {
      if (values.has(name)) continue;
      values.set(name, value);
      if (value === true) decide(macros.get(name) ?? []);
    }
  };
  for (const folder of foldersAround(path)) {
    const rules = rulesByFolder.get(folder) ?? [];
    if (rules.length === 0) continue;
    const inside = encodePath(folder === '' ? path : path.slice(folder.length + 1)).toString('latin1');
    for (const { of, states } of rules.toReversed()) {
      if ('macro' in of || !states.some(({ name }) => LINGUIST.has(name) || macros.has(name))) continue;
      if (of.matches(inside)) decide(states);
    }
  }
  return {
    generated: isTrue(values.get('linguist-generated')),
    vendored: isTrue(values.get('linguist-vendored')),
  };
}

const LINGUIST: ReadonlySet<string> = new Set(['linguist-generated', 'linguist-vendored']);

/** As github-linguist's lib/linguist/lazy_blob.rb has it: any value but `false` is true. */
const isTrue = (value: AttributeState['value'] | undefined) =>
  typeof value === 'string' ? value !== 'false' : value === true;

/** Only the file at the top may define macros; of two definitions, the later one counts. */
function macrosOf(rules: readonly AttributeRule[]): Map<string, readonly AttributeState[]> {
  const macros = new Map<string, readonly AttributeState[]>();
  for (const { of, states } of rules) if ('macro' in of) macros.set(of.macro, states);
  return macros;
}

/** The folders that a path is in, the nearest first, '' last. */
function foldersAround(path: RepoPath): RepoPath[] {
  const folders: RepoPath[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    folders.push(path.slice(0, at));
  }
  return [...folders, ''];
}
