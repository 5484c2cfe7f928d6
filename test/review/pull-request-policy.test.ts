import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, DEFAULTS } from '../../src/config/config.ts';
import { decidePullRequest, type PullRequestFacts } from '../../src/review/pull-request-policy.ts';

const PULL: PullRequestFacts = {
  ...{ draft: false, title: 'Retry uploads', labels: ['bug'], author: 'ann', base: 'main' },
  ...{ files: 3, lines: 40, commanded: false },
};
const decide = (policy: Partial<Config['pullRequests']>, pull: Partial<PullRequestFacts> = {}) =>
  decidePullRequest({ ...DEFAULTS.pullRequests, ...policy }, { ...PULL, ...pull });

type Case = readonly [
  policy: Partial<Config['pullRequests']>,
  pull: Partial<PullRequestFacts>,
  because: string | null,
];

/** What spares a review that nobody asked for. */
const SPARED: readonly Case[] = [
  [{ review: 'on-command' }, {}, 'only on command (pullRequests.review)'],
  [{}, { draft: true }, 'it is a draft (pullRequests.drafts)'],
  [{ ignoreTitles: ['WIP*'] }, { title: ' wip: x' }, 'its title is "WIP*" (pullRequests.ignoreTitles)'],
  [
    { ignoreTitles: ['*[skip review]*'] },
    { title: 'a [Skip Review] b' },
    'its title is "*[skip review]*" (pullRequests.ignoreTitles)',
  ],
  [
    { ignoreLabels: ['no-*'] },
    { labels: ['bug', 'No-Review'] },
    'it has the label "no-*" (pullRequests.ignoreLabels)',
  ],
  [{ requireLabels: ['ready'] }, {}, 'it has none of the labels of pullRequests.requireLabels'],
  [{ requireLabels: ['ready'] }, { labels: [] }, 'it has none of the labels of pullRequests.requireLabels'],
  [
    { ignoreAuthors: ['*[bot]'] },
    { author: 'Renovate[bot]' },
    'its author is one of "*[bot]" (pullRequests.ignoreAuthors)',
  ],
  [
    { baseBranches: ['main', 'release/*'] },
    { base: 'topic' },
    'its base branch is none of pullRequests.baseBranches',
  ],
  [{ baseBranches: ['main'] }, { base: 'Main' }, 'its base branch is none of pullRequests.baseBranches'],
];

const REVIEWED: readonly Case[] = [
  [{}, {}, null],
  [{ drafts: true }, { draft: true }, null],
  [{ ignoreTitles: ['WIP'] }, { title: 'WIP: x' }, null],
  [{ ignoreTitles: ['.*'] }, { title: 'anything' }, null],
  [{ requireLabels: ['ready', 'b*'] }, {}, null],
  [{ ignoreAuthors: ['bot'] }, { author: 'robot' }, null],
  [{ baseBranches: ['release/*'] }, { base: 'release/1.x' }, null],
  [{ maxFiles: 3, maxChangedLines: 40 }, {}, null],
];

describe('a pull request', () => {
  it.each(SPARED)('is spared: %j %j', (policy, pull, because) => {
    expect(decide(policy, pull)).toEqual({ review: 'none', because });
    expect(decide(policy, { ...pull, commanded: true })).toEqual({ review: 'full', because: null });
    expect(decide({ ...policy, review: 'off' }, { ...pull, commanded: true })).toEqual({
      ...{ review: 'none', because: 'reviews are turned off (pullRequests.review)' },
    });
  });

  it.each(REVIEWED)('is reviewed: %j %j', (policy, pull) => {
    expect(decide(policy, pull)).toEqual({ review: 'full', because: null });
  });

  it.each<Case>([
    [{ maxFiles: 2 }, {}, 'it has 3 files, more than 2 (pullRequests.maxFiles)'],
    [{ maxChangedLines: 39 }, {}, 'it has 40 changed lines, more than 39 (pullRequests.maxChangedLines)'],
  ])('is too large, also for who asks: %j', (policy, pull, because) => {
    for (const commanded of [false, true]) {
      expect(decide(policy, { ...pull, commanded })).toEqual({ review: 'checks', because });
      expect(decide({ ...policy, tooLarge: 'skip' }, { ...pull, commanded })).toEqual({
        ...{ review: 'none', because },
      });
    }
  });

  it('has no say in why it is not reviewed', () => {
    const text = fc.string({ minLength: 5, unit: 'binary' });
    const any = fc.constantFrom<readonly string[]>([], ['*']);
    fc.assert(
      fc.property(text, fc.array(text), text, any, any, any, (title, labels, author, one, two, three) => {
        const policy = { ignoreTitles: one, ignoreLabels: two, ignoreAuthors: three, baseBranches: ['main'] };
        for (const base of ['main', title]) {
          const { review, because } = decide(policy, { title, labels, author, base });
          expect(because === null).toBe(review === 'full');
          for (const theirs of [title, ...labels, author]) expect(because ?? '').not.toContain(theirs);
        }
      }),
    );
  });
});
