import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a text of ours is, by which it is found again. */
export type MarkerKind = 'finding' | 'summary' | 'answer' | 'notice' | 'review';

export interface Marker {
  readonly kind: MarkerKind;
  /** Of a finding, its fingerprint; of a review, the head; … */
  readonly key: string;
}

export interface Markers {
  /** The last line of the body. Throws RangeError for a key that is not of letters, digits, `.`, `_` and `-`, at most 128. */
  write(kind: MarkerKind, key: string): string;
  /**
   * What the body's last line says it is, when we wrote that for this pull request. Null otherwise, and when there is
   * anything like a second marker in it. That we wrote the body, only its author can say.
   */
  read(body: string): Marker | null;
}

const OPENING = '<!-- code-agent:';
const KINDS: ReadonlySet<string> = new Set<MarkerKind>(['finding', 'summary', 'answer', 'notice', 'review']);
const isKind = (text: string): text is MarkerKind => KINDS.has(text);
const KEY = /^[\w.-]{1,128}$/;
const LINE = /^<!-- code-agent:([a-z]+):([\w.-]{1,128}):([0-9a-f]{32}) -->$/;

/** Markers of one pull request: `repositoryId` is GitHub's. The secret is no part of what they write. */
export function createMarkers(secret: string | Uint8Array, repositoryId: number, number: number): Markers {
  const sign = (kind: string, key: string): string =>
    createHmac('sha256', secret)
      .update(`${repositoryId}/${number}/${kind}/${key}`)
      .digest('hex')
      .slice(0, 32);
  return {
    write(kind, key) {
      if (!KEY.test(key)) throw new RangeError(`no key of a marker: ${JSON.stringify(key.slice(0, 200))}`);
      return `${OPENING}${kind}:${key}:${sign(kind, key)} -->`;
    },
    read(body) {
      const start = body.lastIndexOf(OPENING);
      if (start < 0 || body.indexOf(OPENING) !== start || (start > 0 && body[start - 1] !== '\n'))
        return null;
      const [, kind = '', key = '', signature = ''] = LINE.exec(body.slice(start).trimEnd()) ?? [];
      if (!isKind(kind) || !timingSafeEqual(Buffer.from(signature), Buffer.from(sign(kind, key))))
        return null;
      return { kind, key };
    },
  };
}

/** Whether a text would make the body that holds it one with two markers. */
export const looksLikeMarker = (text: string): boolean => text.includes(OPENING);

/** The text with what looks like a marker made into what does not. */
export const withoutMarkers = (text: string): string => text.replaceAll(OPENING, '<!-- code-agent :');
