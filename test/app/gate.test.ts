import { describe, expect, it } from 'vitest';
import type { SeenPullRequest } from '../support/github/loopback-github.ts';
import { configure, lines, openReviewed, REPOSITORY, useDatabases } from './faults-setup.ts';

useDatabases();

const conclusions = ({ checkRuns }: SeenPullRequest, head: string): (string | null)[] =>
  checkRuns.filter(({ headSha }) => headSha === head).map(({ conclusion }) => conclusion);
const bad = { 'src/a.ts': `${lines(40)}debugger;\n` };
const settings = (text: string) => ({ 'src/a.ts': lines(40), '.code-agent.yml': text });

describe('the check run lets nothing through that a review has stopped', () => {
  it.each([
    ['a draft', { draft: true }],
    ['a title that is spared', { title: 'WIP: the same' }],
  ])('not by the same commit in %s', async (_, more) => {
    const world = await openReviewed({
      base: settings('pullRequests:\n  ignoreTitles: ["WIP*"]\n'),
      files: bad,
    });
    const { headSha } = world.seen();
    const another = await world.github.openPullRequest(REPOSITORY, {
      head: 'other',
      push: { from: world.github.barePath(REPOSITORY), ref: headSha },
      ...more,
    });
    await world.idle();
    const seen = world.github.pullRequest(REPOSITORY, another);
    expect(seen.headSha).toBe(headSha);
    expect(conclusions(seen, headSha).at(-1) ?? 'failure').toBe('failure');
    expect(conclusions(world.seen(), headSha).at(-1)).toBe('failure');
  });

  it('not by asking again behind a limit, nor by a limit of an author where incomplete is a failure', async () => {
    const world = await openReviewed({
      base: settings('pullRequests:\n  incomplete: failure\n'),
      files: bad,
      before: (before) => configure(before, 'app:\n  limits:\n    person: { reviewsPerDay: 1 }\n'),
    });
    const first = world.seen().headSha;
    await world.github.comment(REPOSITORY, world.number, '/agent review full');
    await world.idle();
    expect(conclusions(world.seen(), first).at(-1)).toBe('failure');
    await world.push({ 'src/b.ts': 'debugger;\n' });
    expect(conclusions(world.seen(), world.seen().headSha)).toEqual(['failure']);
    expect(world.seen().checkRuns.at(-1)?.title).toContain('limit');
  });

  it('not by a right that is missing to tidy up', async () => {
    const world = await openReviewed({
      files: { 'src/a.ts': `${lines(40)}debugger;\n`, 'src/b.ts': 'debugger;\n' },
      github: {
        permissions: { contents: 'read', pull_requests: 'write', checks: 'write', metadata: 'read' },
        mayRefuse: true,
      },
      before: (before) => configure(before, 'app: { resolveThreads: true }\n'),
    });
    await world.push({ 'src/b.ts': 'export {};\n' });
    expect(conclusions(world.seen(), world.seen().headSha)).toEqual(['failure']);
    const answers = world.seen().reviewComments.filter(({ inReplyTo }) => inReplyTo !== null);
    expect(answers.map(({ body }) => body.split('\n')[0])).toEqual([expect.stringMatching(/^Fixed in `/)]);
  });

  it('not by choosing a base branch with a weaker policy first', async () => {
    const world = await openReviewed({ files: { 'README.md': 'The shop.\n' } });
    const { github } = world;
    await github.push(REPOSITORY, 'weak', { files: { '.code-agent.yml': 'ignore: ["**"]\n' } });
    const number = await github.openPullRequest(REPOSITORY, {
      head: 'sly',
      base: 'weak',
      push: { files: bad },
    });
    await world.idle();
    const seen = () => github.pullRequest(REPOSITORY, number);
    expect(conclusions(seen(), seen().headSha)).toEqual(['success']);
    await github.editPullRequest(REPOSITORY, number, { base: 'main' });
    await world.idle();
    expect(conclusions(seen(), seen().headSha)).toEqual(['success', 'failure']);
  });
});

describe('a look that was begun comes to an end', () => {
  it.each([
    ['the pull request is closed', (world: World) => world.github.close(REPOSITORY, world.number)],
    ['reviews are paused', (world: World) => world.github.comment(REPOSITORY, world.number, '/agent pause')],
  ])('when %s while it waits behind a limit', async (_, act) => {
    const world = await openReviewed({
      files: bad,
      wait: false,
      before: ({ github }) =>
        github.inject({
          operation: 'pulls/create-review',
          fault: 'secondary-limit',
          times: 9,
          retryAfterSeconds: 3600,
        }),
    });
    await world.idle();
    expect(world.seen().checkRuns.map(({ status }) => status)).toEqual(['in_progress']);
    await act(world);
    await world.idle();
    // A push where reviews are paused finds out, too.
    if (world.seen().state === 'open') await world.push({ 'src/b.ts': 'export {};\n' });
    expect(world.seen().checkRuns.map(({ conclusion }) => conclusion)).toEqual(['cancelled']);
    const [open] = await world.door().sql`
      select count(*)::int as count from code_agent.pull_request_runs where ended_at is null`;
    expect(open?.['count']).toBe(0);
  });

  it('what somebody asked for is not lost to a push that nobody asked for', async () => {
    const world = await openReviewed({
      base: settings('pullRequests:\n  review: on-command\n'),
      files: bad,
      before: ({ github }) =>
        github.inject({
          operation: 'checks/create',
          fault: 'secondary-limit',
          after: 1,
          retryAfterSeconds: 1,
        }),
    });
    await world.github.comment(REPOSITORY, world.number, '/agent review');
    await world.github.editPullRequest(REPOSITORY, world.number, { title: 'Another name' });
    await world.idle();
    await expect.poll(() => world.seen().reviewComments.length, { timeout: 20_000 }).toBe(1);
  });
});

type World = Awaited<ReturnType<typeof openReviewed>>;
