import { placeAt, type SyntaxFailure } from './syntax-failure.ts';

/** Strict JSON. A byte order mark is let through: Node's `require`, npm and TypeScript skip it. */
export function parseJson(_path: string, text: string): SyntaxFailure | null {
  return parsesAsJson(text) ? null : (scanJson(text, false) ?? { message: 'Not valid JSON', place: null });
}

/** JSON in which comments and trailing commas are the convention. An empty file is one without settings. */
export function parseJsonc(_path: string, text: string): SyntaxFailure | null {
  return parsesAsJson(text) || text.trim() === '' ? null : scanJson(text, true);
}

function parsesAsJson(text: string): boolean {
  try {
    JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
    return true;
  } catch {
    return false;
  }
}

const BYTE_ORDER_MARK = '\ufeff';
const SPACE = /[ \t\r\n]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SEPARATOR = /[\s,:[\]{}]|$/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * The first place where the text is not JSON: V8's own messages quote the text and, in Node 20, often give no
 * position. Keeps its own stack, so that no nesting is too deep for it.
 */
function scanJson(text: string, relaxed: boolean): SyntaxFailure | null {
  const open: ('{' | '[')[] = [];
  let at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  let expected: 'value' | 'key' | 'colon' | 'comma' | 'end' = 'value';
  /** A closing bracket may stand here: right after the opening one or, when relaxed, after a comma. */
  let mayClose = false;

  const stop = (message: string): SyntaxFailure => ({ message, place: placeAt(text, at) });
  const afterValue = () => (open.length === 0 ? 'end' : 'comma');
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0].length ?? 0;
  };

  for (;;) {
    at += match(SPACE);
    const next = text[at];
    if (relaxed && next === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = text[at + 1] === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2) + 2;
      if (end === 1) return stop('Comment without an end');
      at = end === -1 ? text.length : end;
      continue;
    }
    if (next === undefined) {
      if (expected === 'end') return null;
      return stop(open.length === 0 ? 'Expected a value' : `Expected ${open.at(-1) === '{' ? '}' : ']'}`);
    }
    if (expected === 'end') return stop('Expected nothing more');

    const closes = next === '}' || next === ']';
    if (closes && (expected === 'comma' || mayClose)) {
      if (open.pop() !== (next === '}' ? '{' : '[')) return stop(`Unexpected ${next}`);
      mayClose = false;
      expected = afterValue();
      at += 1;
    } else if (expected === 'comma') {
      if (next !== ',') return stop(`Expected , or ${open.at(-1) === '{' ? '}' : ']'}`);
      expected = open.at(-1) === '{' ? 'key' : 'value';
      mayClose = relaxed;
      at += 1;
    } else if (expected === 'colon') {
      if (next !== ':') return stop('Expected :');
      expected = 'value';
      at += 1;
    } else if (next === '"') {
      for (at += 1; text[at] !== '"'; ) {
        const code = text.charCodeAt(at);
        if (Number.isNaN(code)) return stop('String without an end');
        if (code < 0x20) return stop('Line break or control character in a string');
        const length = text[at] === '\\' ? match(ESCAPE) : 1;
        if (length === 0) return stop('Bad escape in a string');
        at += length;
      }
      at += 1;
      expected = expected === 'key' ? 'colon' : afterValue();
      mayClose = false;
    } else if (expected === 'key') {
      return stop(closes ? 'Comma before a closing bracket' : 'Expected a property name in double quotes');
    } else if (next === '{' || next === '[') {
      open.push(next);
      expected = next === '{' ? 'key' : 'value';
      mayClose = true;
      at += 1;
    } else {
      const length = match(LITERAL);
      if (length === 0) return stop(closes ? 'Comma before a closing bracket' : 'Expected a value');
      at += length;
      SEPARATOR.lastIndex = at;
      if (!SEPARATOR.test(text) && !(relaxed && text[at] === '/')) return stop('Expected a value');
      expected = afterValue();
      mayClose = false;
    }
  }
}
