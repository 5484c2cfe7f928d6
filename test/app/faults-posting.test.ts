import { describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { Fault, SeenPullRequest } from '../support/github/loopback-github.ts';
import { GitHubRefusal } from '../support/github/refusal.ts';
import {
  checksOn,
  configure,
  failures,
  findings,
  hurried,
  lines,
  openReviewed,
  REPOSITORY,
  type Reviewed,
  replies,
  summaries,
  useDatabases,
} from './faults-setup.ts';
import { until } from './intake-setup.ts';

const BUGS = ['one', 'two', 'three'];
const files = {
  'src/a.ts': `${lines(20)}${BUGS.map((name) => `BUG_${name}();\n`).join('')}${lines(20, 21)}`,
  'keys.jks': 'x\n',
};
const FOUND = ['Key store', 'one fails', 'three fails', 'two fails'];

/** What checks find, and one comment of it. */
const MANY = { 'src/a.ts': 'debugger;\n'.repeat(120) };
const MANY_BASE = { 'README.md': 'x\n', '.code-agent.yml': 'pullRequests:\n  comments: 1\n' };

/** A review of the second head: all that it may do it does. */
const OPERATIONS = [
  ...['checks/create', 'pulls/create-review', 'pulls/create-review-comment', 'issues/update-comment'],
  ...['pulls/create-reply-for-review-comment', 'checks/update'],
];
const STATUS: Readonly<Record<string, number>> = { '502': 502, 'stored-then-502': 502 };

describe('GitHub fails while a review is posted', () => {
  useDatabases();

  const untouched = (more = {}) =>
    openReviewed({ files: { 'src/a.ts': `${lines(40)}BUG_old();\n` }, ...more });
  const kinds = (pull: SeenPullRequest) => pull.threads.map(({ comments: [first] }) => first?.subject).sort();

  it.each<[string, number, string[], string]>([
    ['once: it is tried in parts', 1, ['file', 'line', 'line', 'line'], ''],
    ['each time: at their files', 50, ['file', 'file', 'file', 'file'], ''],
  ])('37: a review is refused %s', async (_, times, places) => {
    const world = await openReviewed({
      files,
      before: ({ github }) =>
        github.inject({
          operation: 'pulls/create-review',
          fault: {
            status: 422,
            body: { message: 'Unprocessable Entity', errors: ['Line could not be resolved'] },
          },
          times,
        }),
    });
    const pull = world.seen();
    expect(findings(pull).sort()).toEqual(FOUND);
    expect(kinds(pull)).toEqual(places);
    expect(failures(world)).toEqual([]);
    // Nor by the next head.
    await world.push({ 'docs/x.md': 'x\n' });
    expect(findings(world.seen()).sort()).toEqual(FOUND);
  });

  it('37: one comment is refused, wherever it is: the others stand inline, and it is told by the summary', async () => {
    const world = await openReviewed({
      files,
      github: { mayRefuse: true },
      before: ({ github }) => {
        const stop = github.beforeEachWrite(({ operation, body }) => {
          const isBad = operation.startsWith('pulls/create') && JSON.stringify(body).includes('two fails');
          if (isBad) throw new GitHubRefusal(422, 'Unprocessable Entity');
        });
        onTestFinished(stop);
      },
    });
    const pull = world.seen();
    expect(findings(pull).sort()).toEqual(['Key store', 'one fails', 'three fails']);
    expect(kinds(pull)).toEqual(['file', 'line', 'line']);
    expect(summaries(pull)[0]).toMatch(/\*\*two fails\*\*.*src\/a\.ts.*GitHub did not take the comment/s);
    expect(checksOn(pull)).toEqual(['failure']);
    expect(failures(world)).toEqual([]);
  });

  it.each<Fault & string>(['stored-then-502', 'stored-then-reset', '502', 'reset'])(
    '38: %s at every kind of write: each is there once',
    async (fault) => {
      const world = await untouched();
      const calls = world.model.calls();
      for (const operation of OPERATIONS) world.github.inject({ operation, fault });
      const before = world.github.requests.length;
      await world.github.push(REPOSITORY, 'topic', { files });
      await hurried(world);
      const hit = world.github.requests
        .slice(before)
        .filter(({ method, status }) => method !== 'GET' && status === (STATUS[fault] ?? 0));
      expect([...new Set(hit.map(({ operation }) => operation))].sort()).toEqual([...OPERATIONS].sort());
      expectOnce(world);
      // What models said by then is not asked for again.
      expect(world.model.calls()).toEqual({ reviews: calls.reviews + 1, judgements: calls.judgements + 3 });
    },
  );

  it('38: a summary, and annotations in several requests', async () => {
    const world = await openReviewed({
      base: MANY_BASE,
      files: MANY,
      before: ({ github }) => {
        github.inject({ operation: 'issues/create-comment', fault: 'stored-then-502' });
        github.inject({ operation: 'checks/update', fault: 'stored-then-502' });
        github.inject({ operation: 'checks/update', fault: 'stored-then-reset' });
      },
      wait: false,
    });
    await hurried(world);
    const pull = world.seen();
    expect(summaries(pull)).toHaveLength(1);
    expect(pull.checkRuns.map(({ conclusion, annotations }) => [conclusion, annotations.length])).toEqual([
      ['failure', 120],
    ]);
    expect(new Set(pull.checkRuns[0]?.annotations.map(({ startLine }) => startLine))).toHaveProperty(
      'size',
      120,
    );
  });

  it('44: 120 annotations are three requests, the conclusion with the last', async () => {
    const { github, ...world } = await openReviewed({ base: MANY_BASE, files: MANY });
    const sent = github.requests.flatMap(({ operation, body }) =>
      operation === 'checks/update'
        ? [body as { conclusion?: string; output: { annotations: unknown[] } }]
        : [],
    );
    expect(sent.map(({ conclusion, output }) => [output.annotations.length, conclusion])).toEqual([
      [50, undefined],
      [50, undefined],
      [20, 'failure'],
    ]);
    expect(world.seen().checkRuns[0]?.annotations).toHaveLength(120);
  });

  it.each<Fault>(['secondary-limit', 'primary-limit'])(
    '39: %s amid posting: the job waits in the queue, the worker is free, and nothing is lost',
    async (fault) => {
      const world = await untouched({ concurrency: 1 });
      const { github } = world;
      const calls = world.model.calls();
      github.inject({ operation: 'pulls/create-review-comment', fault, retryAfterSeconds: 45 });
      await github.push(REPOSITORY, 'topic', { files });
      await until(() => world.log.lines.some(({ message }) => message === 'a job is put off'));
      const [waiting] = await withDatabase(
        world.databaseUrl,
        {},
        ({ sql }) => sql`
        select extract(epoch from run_at - now())::int as seconds, attempts, locked_by as "lockedBy" from graphile_worker._private_jobs
        where run_at > now()`,
      );
      expect(waiting).toMatchObject({ attempts: 0, lockedBy: null });
      expect(waiting?.['seconds']).toBeGreaterThan(35);
      expect(checksOn(world.seen())).toEqual(['in_progress']);
      // Meanwhile the one worker does what is asked of it elsewhere.
      const other = await github.openPullRequest(REPOSITORY, {
        head: 'other',
        push: { files: { 'b.ts': 'debugger;\n' } },
      });
      await until(() => checksOn(github.pullRequest(REPOSITORY, other)).includes('failure'));
      expect(checksOn(world.seen())).toEqual(['in_progress']);
      await hurried(world);
      expectOnce(world);
      expect(world.model.calls().judgements).toBe(calls.judgements + 3);
      expect(failures(world)).toEqual([]);
    },
  );

  it('40: its tokens expire between any two writes: a new one is made once', async () => {
    const world = await untouched();
    const { github } = world;
    onTestFinished(github.afterEachWrite(() => github.expireTokens()));
    await world.push(files);
    expectOnce(world);
    expect(github.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(3);
    expect(failures(world)).toEqual([]);
  });

  it.each([
    ['what fails is not let through', files, 'failure'],
    ['nothing is said to be fine', { 'src/a.ts': lines(42) }, 'neutral'],
  ])(
    '41: it may not comment any more: nothing is posted, the check run says so, it is not tried again: %s',
    async (_, pushed, conclusion) => {
      const world = await untouched();
      const { github, model } = world;
      const before = world.seen();
      model.onCall(() =>
        github.setAppPermissions({
          contents: 'read',
          metadata: 'read',
          checks: 'write',
          pull_requests: 'read',
        }),
      );
      await world.push(pushed);
      const pull = world.seen();
      expect(pull.reviewComments).toEqual(
        before.reviewComments.map((one) => ({ ...one, ...commitOf(pull, one.id) })),
      );
      expect(pull.issueComments).toEqual(before.issueComments);
      expect(checksOn(pull)).toEqual([conclusion]);
      expect(pull.checkRuns.at(-1)?.summary).toContain('may not do that');
      expect(failures(world)).toEqual([]);
    },
  );

  it('41: it may do nothing any more, or is suspended: it waits for better times, and pays nothing twice', async () => {
    const world = await untouched();
    const { github, model } = world;
    const calls = model.calls();
    const suspended = { status: 403, body: { message: 'This installation has been suspended' } };
    let isSuspended = false;
    model.onCall(() => {
      if (isSuspended) return;
      isSuspended = true;
      github.expireTokens();
      github.inject({ operation: 'apps/create-installation-access-token', fault: suspended, times: 6 });
    });
    await github.push(REPOSITORY, 'topic', { files });
    await hurried(world);
    expectOnce(world);
    expect(model.calls().judgements).toBe(calls.judgements + 3);
  });

  it('a day’s limit counts a review once, however often it is begun', async () => {
    const world = await untouched({
      before: (app: Reviewed) => configure(app, 'app:\n  limits:\n    repository:\n      reviewsPerDay: 2\n'),
    });
    for (const operation of ['pulls/create-review', 'issues/update-comment'])
      world.github.inject({ operation, fault: '502' });
    await world.github.push(REPOSITORY, 'topic', { files });
    await hurried(world);
    expectOnce(world);
    await world.push({ 'docs/x.md': 'x\n' });
    expect(checksOn(world.seen())).toEqual(['neutral']);
    expect(
      world
        .seen()
        .issueComments.map(({ body }) => body)
        .join(),
    ).toContain('app.limits.repository.reviewsPerDay');
  });
});

const commitOf = ({ reviewComments }: SeenPullRequest, id: number) => {
  const now = reviewComments.find((one) => one.id === id);
  return now === undefined ? {} : { commitId: now.commitId, line: now.line, isOutdated: now.isOutdated };
};

/** The review of `files`, behind one with a finding that is fixed by it. */
function expectOnce(world: Reviewed): void {
  const pull = world.seen();
  expect(findings(pull).sort()).toEqual(['Key store', 'old fails', 'one fails', 'three fails', 'two fails']);
  expect(replies(pull)).toEqual([`Fixed in \`${pull.headSha.slice(0, 7)}\`.`]);
  expect(summaries(pull)).toHaveLength(1);
  expect(summaries(pull)[0]).toContain(pull.headSha.slice(0, 7));
  expect(checksOn(pull)).toEqual(['failure']);
  const annotations = pull.checkRuns.at(-1)?.annotations ?? [];
  expect(annotations).toHaveLength(4);
}
