/**
 * Matches git's patterns as wildmatch.c does (with WM_PATHNAME), on bytes: both texts are Latin-1, one
 * character a byte. Never backtracks: the time is at most the product of both lengths, for any pattern.
 */
export type Wildmatch = (text: string) => boolean;

type Token =
  | { readonly kind: 'byte'; readonly char: string; readonly code: number }
  | { readonly kind: 'set'; accepts(byte: number): boolean }
  /** Any number of bytes; across `/` when `deep`. */
  | { readonly kind: 'many'; readonly deep: boolean }
  /** The two tokens that follow, `**` and `/`, may be left out. */
  | { readonly kind: 'optional' };

const SLASH = 47;
const never: Wildmatch = () => false;

/** Compiles a pattern. One that is malformed matches nothing, as in git. */
export function wildmatch(pattern: string): Wildmatch {
  const literal = /^[^*?[\\]*/.exec(pattern)?.[0] ?? '';
  if (literal === pattern) return (text) => text === pattern;
  const suffix = pattern.slice(1);
  if (literal === '' && /^\*[^*?[\\/]*$/.test(pattern))
    return (text) => text.endsWith(suffix) && !text.slice(0, text.length - suffix.length).includes('/');
  // git compares what stands before the first wildcard by itself, and a `**` there counts as one at the start.
  const tokens = tokenize(pattern.slice(literal.length));
  if (tokens === null) return never;
  const needed = longestLiteral(tokens);
  return (text) => text.startsWith(literal) && text.includes(needed) && accepts(tokens, text, literal.length);
}

function tokenize(pattern: string): Token[] | null {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at];
    if (char === '*') {
      let end = at;
      while (pattern[end] === '*') end += 1;
      const bounded =
        (at === 0 || pattern[at - 1] === '/') &&
        (end === pattern.length || pattern[end] === '/' || pattern.startsWith('\\/', end));
      const deep = end - at > 1 && bounded;
      if (deep && pattern[end] === '/') tokens.push({ kind: 'optional' });
      tokens.push({ kind: 'many', deep });
      at = end;
    } else if (char === '?') {
      tokens.push({ kind: 'set', accepts: (byte) => byte !== SLASH });
      at += 1;
    } else if (char === '[') {
      const set = parseSet(pattern, at);
      if (set === null) return null;
      tokens.push({ kind: 'set', accepts: set.accepts });
      at = set.end;
    } else {
      const escaped = char === '\\' ? 1 : 0;
      if (at + escaped >= pattern.length) return null;
      const literal = pattern.charAt(at + escaped);
      tokens.push({ kind: 'byte', char: literal, code: literal.charCodeAt(0) });
      at += 1 + escaped;
    }
  }
  return tokens;
}

/** A text that is in everything that matches: to see soon that most paths do not. */
function longestLiteral(tokens: readonly Token[]): string {
  let [longest, run] = ['', ''];
  tokens.forEach((token, at) => {
    const optional = tokens[at - 2]?.kind === 'optional';
    run = token.kind === 'byte' && !optional ? run + token.char : '';
    if (run.length > longest.length) longest = run;
  });
  return longest;
}

/** Bytes of `[:name:]`, as git's own ctype has them: only ASCII, and only four kinds of space. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the class is.
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** The set that begins at the `[` at `start`. Null when it does not end or names no class. */
function parseSet(
  pattern: string,
  start: number,
): { accepts: (byte: number) => boolean; end: number } | null {
  const members = new Uint8Array(256);
  let at = start + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  let previous = 0;
  for (let first = true; first || pattern[at] !== ']'; first = false) {
    if (at >= pattern.length) return null;
    const next = pattern[at + 1];
    if (pattern[at] === '-' && previous > 0 && next !== undefined && next !== ']') {
      at += next === '\\' ? 2 : 1;
      if (at >= pattern.length) return null;
      members.fill(1, previous, pattern.charCodeAt(at) + 1);
      previous = 0;
      at += 1;
      continue;
    }
    if (pattern[at] === '[' && next === ':') {
      const close = pattern.indexOf(']', at + 2);
      if (close === -1) return null;
      if (close > at + 2 && pattern[close - 1] === ':') {
        const named = CLASSES[pattern.slice(at + 2, close - 1)];
        if (named === undefined) return null;
        for (let byte = 0; byte < 256; byte += 1)
          if (named.test(String.fromCharCode(byte))) members[byte] = 1;
        previous = 0;
        at = close + 1;
        continue;
      }
    }
    if (pattern[at] === '\\') at += 1;
    if (at >= pattern.length) return null;
    previous = pattern.charCodeAt(at);
    members[previous] = 1;
    at += 1;
  }
  const wanted = negated ? 0 : 1;
  return { accepts: (byte) => byte !== SLASH && members[byte] === wanted, end: at + 1 };
}

function accepts(tokens: readonly Token[], text: string, from: number): boolean {
  const end = tokens.length;
  let states = new Uint8Array(end + 1);
  let next = new Uint8Array(end + 1);
  states[0] = 1;
  follow(tokens, states);
  for (let at = from; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    next.fill(0);
    let alive = false;
    for (let state = 0; state < end; state += 1) {
      const token = tokens[state];
      if (states[state] === 0 || token === undefined || !takes(token, byte)) continue;
      next[token.kind === 'many' ? state : state + 1] = 1;
      alive = true;
    }
    if (!alive) return false;
    follow(tokens, next);
    [states, next] = [next, states];
  }
  return states[end] === 1;
}

function takes(token: Token, byte: number): boolean {
  if (token.kind === 'byte') return token.code === byte;
  if (token.kind === 'set') return token.accepts(byte);
  return token.kind === 'many' && (token.deep || byte !== SLASH);
}

/** Adds the states that are reached without a byte. */
function follow(tokens: readonly Token[], states: Uint8Array): void {
  tokens.forEach((token, state) => {
    if (states[state] === 0 || token.kind === 'byte' || token.kind === 'set') return;
    states[state + 1] = 1;
    if (token.kind === 'optional') states[state + 3] = 1;
  });
}
