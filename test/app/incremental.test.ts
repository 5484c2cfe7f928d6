import { describe, expect, it } from 'vitest';
import {
  checksOn,
  configure,
  findings,
  lines,
  openReviewed,
  REPOSITORY,
  replies,
  summaries,
  useDatabases,
} from './faults-setup.ts';

describe('a pull request that is pushed to', () => {
  useDatabases();
  const base = { 'src/a.ts': lines(40), 'lib/b.ts': lines(40), 'docs/x.md': 'x\n' };
  const changed = {
    'src/a.ts': `${lines(20)}BUG_one();\n${lines(20, 21)}`,
    'lib/b.ts': `${lines(20)}BUG_two();\n${lines(20, 21)}`,
  };

  it('a rebase and a merge of the base cost no call and post nothing but the check run of the new head', async () => {
    const world = await openReviewed({ base, files: changed });
    const { github, number, model } = world;
    const before = world.seen();
    expect(findings(before).sort()).toEqual(['one fails', 'two fails']);
    expect(checksOn(before)).toEqual(['failure']);
    const calls = model.calls();
    expect(calls.reviews).toBeGreaterThan(0);
    // The base moves the lines of what was reviewed, far from them.
    await github.push(REPOSITORY, 'main', {
      files: { 'src/a.ts': `${lines(3, 100)}${lines(40)}`, 'docs/y.md': 'y\n' },
    });
    await github.rebase(REPOSITORY, number);
    await world.idle();
    const rebased = world.seen();
    expect(rebased.headSha).not.toBe(before.headSha);
    await github.push(REPOSITORY, 'main', { files: { 'lib/b.ts': `${lines(2, 200)}${lines(40)}` } });
    await github.mergeBaseInto(REPOSITORY, number);
    await world.idle();
    const merged = world.seen();
    expect(model.calls()).toEqual(calls);
    for (const after of [rebased, merged]) {
      expect(after.reviewComments.map(({ id }) => id)).toEqual(before.reviewComments.map(({ id }) => id));
      expect(after.reviews).toHaveLength(before.reviews.length);
      expect(after.issueComments.map(({ id }) => id)).toEqual(before.issueComments.map(({ id }) => id));
      expect(checksOn(after)).toEqual(['failure']);
    }
    expect(summaries(merged)[0]).toContain(
      'Since the last review: 0 fixed, 2 still open, 0 new. 2 files unchanged',
    );
  });

  it('an amend pays only for the part that it changes, and a finding keeps its thread when its line moves', async () => {
    const config = { '.code-agent.yml': 'review:\n  unitTokens: 1600\n  validate: never\n' };
    const large = {
      'src/a.ts': `${changed['src/a.ts']}${lines(60, 500)}`,
      'lib/b.ts': `${changed['lib/b.ts']}${lines(60, 500)}`,
    };
    const world = await openReviewed({ base: { ...base, ...config }, files: large });
    const { github, model } = world;
    const before = world.seen();
    expect(model.calls()).toEqual({ reviews: 2, judgements: 0 });
    // Amended: `one` moves down, and a new one comes; `lib/b.ts` stays as it was.
    const amended = { ...large, 'src/a.ts': `NOTE_new();\nBUG_three();\n${large['src/a.ts']}` };
    await github.forcePush(REPOSITORY, 'topic', { files: amended, onto: 'main' });
    await world.idle();
    expect(model.calls()).toEqual({ reviews: 3, judgements: 0 });
    const after = world.seen();
    expect(findings(after).sort()).toEqual(['one fails', 'three fails', 'two fails']);
    const one = (pull: typeof after) =>
      pull.threads.find(({ comments: [first] }) => first?.body.includes('one fails'));
    expect(one(after)?.comments.map(({ id }) => id)).toEqual(one(before)?.comments.map(({ id }) => id));
    expect([one(before)?.line, one(after)?.line]).toEqual([21, 23]);
    expect(replies(after)).toEqual([]);
    expect(summaries(after)).toHaveLength(1);
    expect(summaries(after)[0]).toContain(
      'Since the last review: 0 fixed, 2 still open, 1 new. 1 file unchanged',
    );
    expect(checksOn(after)).toEqual(['failure']);
  });

  it.each([false, true])(
    'a finding that is gone is said to be fixed once; it comes back: it is told anew once (resolveThreads %s)',
    async (isResolved) => {
      const world = await openReviewed({
        base,
        files: changed,
        before: (app) => configure(app, `app:\n  resolveThreads: ${isResolved}\n`),
      });
      const threadOf = (title: string) =>
        world.seen().threads.filter(({ comments: [first] }) => first?.body.includes(title));
      await world.push({ 'src/a.ts': `${lines(20)}BUG_four();\n${lines(20, 21)}` });
      const [one] = threadOf('one fails');
      const said = `Fixed in \`${world.seen().headSha.slice(0, 7)}\`.`;
      expect(replies(world.seen())).toEqual(isResolved ? [] : [said]);
      expect(one?.isResolved).toBe(isResolved);
      expect(summaries(world.seen())[0]).toContain('Since the last review: 1 fixed, 1 still open, 1 new');
      // Nothing more to say of it.
      await world.push({ 'docs/x.md': 'y\n' });
      expect(replies(world.seen())).toEqual(isResolved ? [] : [said]);
      expect(summaries(world.seen())[0]).toContain('Since the last review: 0 fixed, 2 still open, 0 new');
      await world.push(changed);
      await world.push({ 'docs/x.md': 'z\n' });
      expect(threadOf('one fails').map(({ isResolved, comments }) => [isResolved, comments.length])).toEqual([
        [isResolved, isResolved ? 1 : 2],
        [false, 1],
      ]);
      expect(threadOf('two fails').map(({ comments }) => comments.length)).toEqual([1]);
    },
  );

  it('nothing is said to be fixed by a head that was not looked at', async () => {
    const world = await openReviewed({ base, files: changed });
    world.model.fail(true);
    await world.push({ 'src/a.ts': lines(41), 'lib/b.ts': lines(41) });
    expect(replies(world.seen())).toEqual([]);
    expect(world.seen().threads.map(({ isResolved }) => isResolved)).toEqual([false, false]);
    expect(checksOn(world.seen())).toEqual(['neutral']);
    expect(summaries(world.seen())[0]).toMatch(/^\*\*code-agent: incomplete\.\*\*/);
    world.model.fail(false);
    await world.push({ 'src/a.ts': lines(42) });
    expect(replies(world.seen())).toHaveLength(2);
    expect(checksOn(world.seen())).toEqual(['success']);
  });

  it('the same head again is nothing to do', async () => {
    const world = await openReviewed({ base, files: changed });
    const { github, number } = world;
    const before = { ...world.seen(), labels: [] };
    const writes = github.requests.filter(({ method }) => method !== 'GET').length;
    await github.editPullRequest(REPOSITORY, number, { labels: ['bug'] });
    await world.idle();
    await github.close(REPOSITORY, number);
    await world.idle();
    await github.reopen(REPOSITORY, number);
    await world.idle();
    expect({ ...world.seen(), labels: [] }).toEqual(before);
    const since = github.requests.filter(({ method }) => method !== 'GET').slice(writes);
    expect(since.filter(({ operation }) => !/^(apps|git)\//.test(operation ?? ''))).toEqual([]);
  });

  it.each([
    ['a title', { title: 'WIP: later' }, { title: 'Ready' }],
    ['a label', { labels: ['no-review'] }, { labels: [] }],
  ])(
    '%s that the policy spares has a skipped check run that says so; later it is reviewed',
    async (_, spared, wanted) => {
      const policy = 'pullRequests:\n  ignoreTitles: ["WIP*"]\n  ignoreLabels: [no-review]\n';
      const world = await openReviewed({
        base: { ...base, '.code-agent.yml': policy },
        files: changed,
        ...spared,
      });
      const { github, number, model } = world;
      expect(checksOn(world.seen())).toEqual(['skipped']);
      expect(world.seen().checkRuns[0]?.summary).toMatch(/^Not reviewed: it/);
      expect([world.seen().reviews, world.seen().issueComments, model.calls().reviews]).toEqual([[], [], 0]);
      await github.editPullRequest(REPOSITORY, number, wanted);
      await world.idle();
      expect(checksOn(world.seen())).toEqual(['skipped', 'failure']);
      expect(findings(world.seen())).toHaveLength(2);
      // What was found is not hidden by sparing it afterwards: the newest check run of a name is what counts.
      await github.editPullRequest(REPOSITORY, number, spared);
      await world.idle();
      expect(checksOn(world.seen())).toEqual(['skipped', 'failure']);
    },
  );

  it('a draft has no check run that would let it through when it is ready; then it is reviewed', async () => {
    const world = await openReviewed({ base, files: changed, draft: true });
    expect([world.seen().checkRuns, world.seen().reviews, world.seen().issueComments]).toEqual([[], [], []]);
    await world.github.editPullRequest(REPOSITORY, world.number, { draft: false });
    await world.idle();
    expect(checksOn(world.seen())).toEqual(['failure']);
  });
});
