import { assignedSecrets } from './assigned-secrets.ts';
import { librarySecrets, mayConcernLibrary } from './library.ts';
import { privateKeys } from './private-keys.ts';
import type { SecretSpan } from './secret-span.ts';
import { mayHoldToken, tokens } from './tokens.ts';
import { urlCredentials } from './url-credentials.ts';

/** Every secret in the text, in order, none overlapping another. Takes time in proportion to the text's length. */
export const findSecrets = async (text: string): Promise<SecretSpan[]> =>
  withoutOverlaps(await findOverlappingSecrets(text));

/** All that any detector takes for a secret, in no order: what is taken out must be taken out as a whole. */
export async function findOverlappingSecrets(text: string): Promise<SecretSpan[]> {
  const ofTable: SecretSpan[][] = [];
  const ofLibrary: SecretSpan[][] = [];
  for (const { start, part } of parts(text)) {
    const mayBeToken = mayHoldToken(part);
    if (mayBeToken) ofTable.push(moved([...tokens(part)], start));
    if (mayBeToken || mayConcernLibrary(part)) ofLibrary.push(moved(await librarySecrets(part), start));
  }
  return [
    ...privateKeys(text),
    ...ofTable.flat(),
    ...urlCredentials(text),
    ...ofLibrary.flat(),
    ...assignedSecrets(text),
  ];
}

/** Whole lines at a time: no token is on two of them, and only those that may hold one are looked at closely. */
function* parts(text: string): Generator<{ start: number; part: string }> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start + 16_384);
    const end = newline === -1 ? text.length : newline + 1;
    yield { start, part: text.slice(start, end) };
    start = end;
  }
}

const moved = (spans: readonly SecretSpan[], by: number): SecretSpan[] =>
  spans.map((span) => ({ ...span, start: span.start + by, end: span.end + by }));

/** Of spans that overlap, the proven one; else the one that comes first in the list: the more specific. */
function withoutOverlaps(spans: readonly SecretSpan[]): SecretSpan[] {
  const ranked = spans.map((span, index) => ({
    span,
    rank: index + (span.certainty === 'proven' ? 0 : spans.length),
  }));
  ranked.sort((a, b) => a.span.start - b.span.start || a.rank - b.rank);
  const kept: typeof ranked = [];
  for (const candidate of ranked) {
    const last = kept.at(-1);
    if (last === undefined || last.span.end <= candidate.span.start) kept.push(candidate);
    else if (candidate.rank < last.rank) kept[kept.length - 1] = candidate;
  }
  return kept.map(({ span }) => span);
}
