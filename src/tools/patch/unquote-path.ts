import { decodePath, type RepoPath } from '../../change/path.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' },
  ...{ '"': '"', '\\': '\\' },
};

/** A path as git has it in a patch when it holds what is not plain: git's `unquote_c_style`, quote.c. Null: it is none. */
export function unquotePath(text: string): RepoPath | null {
  const inner = /^"((?:[^"\\]|\\[abtnvfr"\\]|\\[0-3][0-7]{2})*)"$/.exec(text)?.[1];
  if (inner === undefined) return null;
  // A character for each byte, as the escapes have it.
  const bytes = Buffer.from(inner).toString('latin1');
  const plain = bytes.replace(/\\([0-3][0-7]{2}|[^0-9])/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
  return decodePath(Buffer.from(plain, 'latin1'));
}
