import { assignedSecrets } from './assigned-secrets.ts';
import { librarySecrets } from './library.ts';
import { privateKeys } from './private-keys.ts';
import type { SecretSpan } from './secret-span.ts';
import { tokens } from './tokens.ts';
import { urlCredentials } from './url-credentials.ts';

/** Every secret in the text, in order, none overlapping another. Takes time in proportion to the text's length. */
export async function findSecrets(text: string): Promise<SecretSpan[]> {
  return withoutOverlaps([
    ...privateKeys(text),
    ...tokens(text),
    ...urlCredentials(text),
    ...(await librarySecrets(text)),
    ...assignedSecrets(text),
  ]);
}

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
