/**
 * Whether two titles say the same of one place: two thirds of the words that they have are in both. Words without
 * weight do not count, forms of a word are one word, and so are the ways to say that something is not there.
 * Two thirds is the least that joins none of the pairs in `test/review/merge-findings.test.ts` that mean different
 * things: a finding that is shown twice does less harm than one that is lost.
 */
export function sayTheSame(one: string, other: string): boolean {
  const [some, others] = [wordsOf(one), wordsOf(other)];
  const shared = [...some].filter((word) => others.has(word)).length;
  return shared > 0 && 3 * shared >= 2 * (some.size + others.size - shared);
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const WEIGHTLESS = words(
  'a an and are as at be been by can could does do for from has have here if in into is it its may might of on or ' +
    'possible possibly potential potentially should so that the then there this through to via was when which will ' +
    'with would',
);
const NOT = words('absent cannot doesnt dont isnt lack lacks missing never no not unhandled without wont');

function wordsOf(title: string): ReadonlySet<string> {
  const plain = title.normalize('NFKC').toLowerCase().replace(/['’]/g, '');
  const weighty = (plain.match(/[\p{L}\p{M}\p{N}_$]+/gu) ?? []).filter((word) => !WEIGHTLESS.has(word));
  return new Set(weighty.map((word) => (NOT.has(word) ? 'not' : stem(word))));
}

/** Without the ending of a plural, a participle or a third person. */
const stem = (word: string): string => (word.length > 4 ? word.replace(/(?:ing|ed|es|e|s)$/, '') : word);
