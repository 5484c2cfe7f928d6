import { looksRandom } from './randomness.ts';
import type { SecretSpan } from './secret-span.ts';

/** RFC 7468 §2 and what OpenSSL, OpenSSH, GnuPG and SSH2 write: "BEGIN", perhaps the kind, "PRIVATE KEY". */
const BEGIN = /-----? ?BEGIN ([A-Z0-9 ]{0,30}?) ?PRIVATE KEY(?: BLOCK)? ?-----?/g;
const END = /^-----? ?END [A-Z0-9 ]{0,50} ?-----?/;

/** RSA keys of 16,384 bits have some 12,800 characters. */
const LONGEST_BODY = 32_768;

/** What may stand before a key's first line: `Proc-Type:`, `DEK-Info:`, `Version:`, quotes that end BEGIN's line. */
const HEADER = /^[^A-Za-z0-9]*(?:[A-Za-z-]+:|$)/;

/** Line ends of every kind: real ones, and those written as escapes in a string on one line. */
const LINE_END = /\r?\n|\\{1,4}[rnt]/;

const KIND_NAMES: Readonly<Record<string, string>> = {
  '': 'Private key',
  RSA: 'RSA private key',
  DSA: 'DSA private key',
  EC: 'EC private key',
  PGP: 'PGP private key',
  OPENSSH: 'OpenSSH private key',
  ENCRYPTED: 'Encrypted private key',
  'SSH2 ENCRYPTED': 'SSH private key',
};

/** The private keys in the text, from BEGIN to END, or to where the text stops being a key when no END comes. */
export function* privateKeys(text: string): Generator<SecretSpan> {
  if (!text.includes('PRIVATE KEY')) return;
  for (const begin of text.matchAll(BEGIN)) {
    const bodyStart = begin.index + begin[0].length;
    const next = text.indexOf('----', bodyStart);
    const limit = Math.min(next === -1 ? text.length : next, bodyStart + LONGEST_BODY);
    const [body = ''] = text.slice(bodyStart, limit).split('\0', 1);
    const length = keyLength(body);
    if (length === 0) continue;
    const bodyEnd = bodyStart + body.length;
    const end = END.exec(text.slice(bodyEnd, bodyEnd + 100));
    yield {
      start: begin.index,
      end: end === null ? bodyStart + length : bodyEnd + end[0].length,
      name: KIND_NAMES[begin[1] ?? ''] ?? 'Private key',
      certainty: 'proven',
    };
  }
}

/**
 * How much of a body belongs to the key: up to the last line that has a run of base 64. 0 when there is no key: a
 * placeholder, or code that only speaks of one. The smallest key, Ed25519 in PKCS #8, has 64 characters.
 */
function keyLength(body: string): number {
  let length = 0;
  let material = '';
  let at = 0;
  for (const line of body.split(LINE_END)) {
    const start = body.indexOf(line, at);
    at = start + line.length;
    if (line.trim() === '') continue;
    // Quotes, plus signs, comment signs and indentation stand around a line of a key that is kept in code.
    const run = /[A-Za-z0-9+/]{12,}={0,2}/.exec(line);
    if (run !== null) {
      material += run[0];
      length = start + run.index + run[0].length;
    } else if (material !== '' || !HEADER.test(line)) break;
  }
  const sample = material.slice(0, 2000);
  const isKey = material.length >= 60 && /[a-z]/.test(sample) && /[A-Z]/.test(sample) && looksRandom(sample);
  return isKey ? length : 0;
}
