import { inSummary, type PostPlan } from './plan-posts.ts';

/** What to send next: so many comments in one review, or one comment at a file. By fingerprint, in the plan's order. */
export interface PostBatch {
  readonly kind: 'review' | 'file';
  readonly fingerprints: readonly string[];
}

/**
 * How far the comments of a plan are posted, when GitHub may refuse some (422): a review with one bad comment is refused as
 * a whole, and which one it was is not said. Plain data.
 */
export interface Retreat {
  /** Still to be tried in a review. */
  readonly inline: readonly string[];
  /** Still to be tried at their files. */
  readonly file: readonly string[];
  /** So many go into the next review. */
  readonly size: number;
  readonly settled: ReadonlyMap<string, 'inline' | 'file' | 'summary'>;
  /** Answers of GitHub up to now. */
  readonly steps: number;
}

/** Begins with one review of all that is inline. */
export function beginRetreat({ inline, file }: Pick<PostPlan, 'inline' | 'file'>): Retreat {
  return {
    inline: inline.map(({ finding }) => finding.fingerprint),
    file: file.map(({ finding }) => finding.fingerprint),
    size: Math.max(inline.length, 1),
    settled: new Map(),
    steps: 0,
  };
}

/** Null when every finding has its place. */
export function nextBatch({ inline, file, size }: Retreat): PostBatch | null {
  if (inline.length > 0) return { kind: 'review', fingerprints: inline.slice(0, size) };
  return file.length > 0 ? { kind: 'file', fingerprints: file.slice(0, 1) } : null;
}

/** GitHub took the batch: twice as many are tried next. Throws RangeError when it is not the next one. */
export function accepted(retreat: Retreat, batch: PostBatch): Retreat {
  const { kind, fingerprints, rest } = takeNext(retreat, batch);
  const place = kind === 'review' ? 'inline' : 'file';
  return {
    ...rest,
    size: kind === 'review' ? retreat.size * 2 : retreat.size,
    settled: new Map([...rest.settled, ...fingerprints.map((one) => [one, place] as const)]),
  };
}

/**
 * GitHub refused the batch (422): half as many are tried next. One that is alone becomes a comment at its file, and one that is
 * refused there becomes text of the summary. Doubling and halving keeps it at `2n + log2(n) + 2` answers for n comments, also when
 * all of them are bad. Throws RangeError when it is not the next one.
 */
export function refused(retreat: Retreat, batch: PostBatch): Retreat {
  const { kind, fingerprints, rest } = takeNext(retreat, batch);
  const [first = ''] = fingerprints;
  if (fingerprints.length > 1)
    return { ...retreat, size: Math.ceil(fingerprints.length / 2), steps: rest.steps };
  if (kind === 'review') return { ...rest, size: 1, file: [...rest.file, first] };
  return { ...rest, settled: new Map([...rest.settled, [first, 'summary']]) };
}

function takeNext(retreat: Retreat, batch: PostBatch): PostBatch & { readonly rest: Retreat } {
  const next = nextBatch(retreat);
  if (next === null || next.kind !== batch.kind || next.fingerprints.join() !== batch.fingerprints.join())
    throw new RangeError('the batch is not the one that was to be sent next');
  const count = next.fingerprints.length;
  const [inline, file] =
    next.kind === 'review'
      ? [retreat.inline.slice(count), retreat.file]
      : [retreat.inline, retreat.file.slice(count)];
  return { ...next, rest: { ...retreat, inline, file, steps: retreat.steps + 1 } };
}

/** The plan with every post where the retreat has settled it; what is not settled stays where it was planned. */
export function retreatedPlan(plan: PostPlan, { settled }: Pick<Retreat, 'settled'>): PostPlan {
  const placeOf = (post: PostPlan['inline' | 'file'][number]) =>
    settled.get(post.finding.fingerprint) ?? post.kind;
  const posts = [...plan.inline, ...plan.file];
  return {
    ...plan,
    inline: plan.inline.filter((post) => placeOf(post) === 'inline'),
    file: posts
      .filter((post) => placeOf(post) === 'file')
      .map(({ finding, also, again }) => ({ kind: 'file', finding, also, again })),
    summary: [
      ...posts.filter((post) => placeOf(post) === 'summary').map((post) => inSummary(post, 'refused')),
      ...plan.summary,
    ],
  };
}
