import { describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import {
  checksOn,
  failures,
  findings,
  hurried,
  lines,
  openReviewed,
  REPOSITORY,
  type Reviewed,
  summaries,
  useDatabases,
} from './faults-setup.ts';

const files = { 'src/a.ts': `${lines(20)}BUG_one();\n${lines(20, 21)}` };
const next = { 'src/a.ts': `${lines(20)}BUG_two();\n${lines(20, 21)}` };

/** Once, while a model is asked about the first head. */
function amid(world: Reviewed, act: () => Promise<unknown>): void {
  let isOver = false;
  world.model.onCall(async () => {
    if (isOver) return;
    isOver = true;
    await act();
  });
}

describe('what becomes of a pull request while it is reviewed', () => {
  useDatabases();

  /** Opened while the App was away: nothing has been looked at yet. */
  async function unreviewed(act: (world: Reviewed) => Promise<unknown>, more = {}) {
    const world = await openReviewed({ files: { 'src/a.ts': lines(41) }, draft: true, ...more });
    amid(world, () => act(world));
    return world;
  }
  async function pushed(world: Reviewed) {
    const { github, number } = world;
    await github.forcePush(REPOSITORY, 'topic', { files });
    await github.editPullRequest(REPOSITORY, number, { draft: false });
    await hurried(world);
    return world.seen();
  }

  it('35: its head moves: nothing is said on old lines, and the old check run is cancelled', async () => {
    const world = await unreviewed(({ github }) => github.push(REPOSITORY, 'topic', { files: next }));
    const pull = await pushed(world);
    expect(findings(pull)).toEqual(['two fails']);
    expect(pull.reviewComments.map(({ originalCommitId }) => originalCommitId)).toEqual([pull.headSha]);
    expect(summaries(pull)).toHaveLength(1);
    const [old, head] = pull.checkRuns;
    expect([old?.conclusion, head?.conclusion]).toEqual(['cancelled', 'failure']);
    expect(old?.headSha).not.toBe(pull.headSha);
  });

  it('35: its head moves between two writes: what is said is right, and said once', async () => {
    const world = await openReviewed({ files: { 'src/a.ts': lines(41) }, draft: true });
    const { github } = world;
    let isOver = false;
    const stop = github.afterEachWrite(({ operation }) => {
      if (operation !== 'pulls/create-review' || isOver) return;
      isOver = true;
      return void github.push(REPOSITORY, 'topic', { files: { 'src/a.ts': `\n${files['src/a.ts']}` } });
    });
    onTestFinished(stop);
    await pushed(world);
    await hurried(world);
    const pull = world.seen();
    expect(findings(pull)).toEqual(['one fails']);
    expect(pull.threads[0]?.line).toBe(22);
    expect(summaries(pull)).toHaveLength(1);
    expect(summaries(pull)[0]).toContain(pull.headSha.slice(0, 7));
    expect(checksOn(pull)).toEqual(['failure']);
    expect(pull.checkRuns.filter(({ status }) => status !== 'completed')).toEqual([]);
  });

  it('36: it is closed: nothing is posted, the check run is cancelled, and when it is reopened it is reviewed', async () => {
    const world = await unreviewed(({ github, number }) => github.close(REPOSITORY, number));
    const pull = await pushed(world);
    expect([pull.reviews, pull.issueComments]).toEqual([[], []]);
    expect(checksOn(pull)).toEqual(['cancelled']);
    await world.github.reopen(REPOSITORY, world.number);
    await world.idle();
    expect(findings(world.seen())).toEqual(['one fails']);
    expect(checksOn(world.seen())).toEqual(['cancelled', 'failure']);
  });

  it('36: it is force-pushed to another history', async () => {
    const world = await unreviewed(({ github }) => github.forcePush(REPOSITORY, 'topic', { files: next }));
    const pull = await pushed(world);
    expect(findings(pull)).toEqual(['two fails']);
    expect(checksOn(pull)).toEqual(['failure']);
  });

  it('36: its repository is renamed: it is reviewed under the new name', async () => {
    const world = await unreviewed(({ github }) => github.renameRepository(REPOSITORY, 'store'));
    const { github, number } = world;
    await github.forcePush(REPOSITORY, 'topic', { files });
    await github.editPullRequest(REPOSITORY, number, { draft: false });
    await hurried(world);
    const pull = github.pullRequest('acme/store', number);
    expect(findings(pull)).toEqual(['one fails']);
    expect(summaries(pull)).toHaveLength(1);
    expect(checksOn(pull)).toEqual(['failure']);
    await github.push('acme/store', 'topic', { files: { 'docs/x.md': 'x\n' } });
    await hurried(world);
    const after = github.pullRequest('acme/store', number);
    expect([findings(after), summaries(after).length]).toEqual([['one fails'], 1]);
  });

  it.each([
    ['deleteRepository', false],
    ['deleteRepository', true],
    ['uninstall', false],
  ] as const)(
    '36, 48: %s of its repository: the job ends, and nothing is left behind (tokens expired: %s)',
    async (gone, isExpired) => {
      // For a repository that is gone there is no token: a 422.
      const world = await unreviewed(
        async ({ github }) => {
          await github[gone](REPOSITORY);
          if (isExpired) github.expireTokens();
        },
        { github: { mayRefuse: true } },
      );
      const { github, number } = world;
      await github.forcePush(REPOSITORY, 'topic', { files });
      await github.editPullRequest(REPOSITORY, number, { draft: false });
      await hurried(world);
      expect(failures(world)).toEqual([]);
      expect(github.requests.filter(({ operation }) => operation === 'pulls/create-review')).toEqual([]);
      await withDatabase(world.databaseUrl, {}, async ({ sql }) => {
        const [row] = await sql`select removed_at is not null as removed from code_agent.github_repositories`;
        expect(row).toEqual({ removed: true });
        const [{ open } = { open: null }] = await sql`
          select count(*)::int as open from code_agent.pull_request_runs where ended_at is null`;
        expect(open).toBe(0);
      });
    },
  );
});
