import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, isolatedEnvironment, type Ran, run, tempFolder } from '../support/temp-repository.ts';
import {
  checksOn,
  configure,
  findings,
  lines,
  openReviewed,
  REPOSITORY,
  type Reviewed,
  type ReviewedOptions,
  replies,
  summaries,
  useDatabases,
} from './faults-setup.ts';

/** What a check finds, and so also where no model is. */
const changed = { 'src/a.ts': `${lines(20)}debugger;\n${lines(20, 21)}` };
const moved = { 'src/a.ts': `${lines(5, 100)}${changed['src/a.ts']}` };

/** A clone on somebody's machine, whose sessions go to the same database. */
function cloneOf({ github, databaseUrl }: Reviewed) {
  const folder = tempFolder();
  const env = isolatedEnvironment(folder);
  const path = join(folder, 'clone');
  const git = (...args: string[]) => execFileSync('git', args, { env, stdio: 'pipe' }).toString().trim();
  git('clone', '--quiet', '--branch', 'topic', github.barePath(REPOSITORY), path);
  git('-C', path, 'remote', 'set-url', 'origin', `${github.url}/${REPOSITORY}.git`);
  return (...args: string[]): Promise<Ran> =>
    run(process.execPath, [CLI, ...args], { cwd: path, env: { ...env, DATABASE_URL: databaseUrl } });
}

describe('a finding that was dismissed', () => {
  useDatabases();

  /** Our comment, its thread, and what is to be so from then on. */
  async function opened(github?: ReviewedOptions['github']) {
    const world = await openReviewed({ files: changed, ...(github !== undefined && { github }) });
    expect(checksOn(world.seen())).toEqual(['failure']);
    const [thread] = world.seen().threads;
    const id = thread?.comments[0]?.id ?? 0;
    expect(world.seen().threads).toHaveLength(1);
    return { world, id, title: findings(world.seen()) };
  }
  async function staysAway(world: Reviewed, said: readonly string[]) {
    await world.push(moved);
    await world.push({ 'docs/x.md': 'x\n' });
    const pull = world.seen();
    expect(checksOn(pull)).toEqual(['success']);
    expect(pull.threads).toHaveLength(1);
    expect(replies(pull)).toEqual(said);
    expect(summaries(pull)[0]).toContain('no findings');
  }

  it('by a 👎 of somebody who may write never comes back; one of a reader says nothing', async () => {
    const { world, id } = await opened();
    const { github } = world;
    github.setPermission(REPOSITORY, 'reader', 'read');
    github.react(REPOSITORY, id, '-1', { by: 'reader' });
    await world.push({ 'docs/y.md': 'y\n' });
    expect(checksOn(world.seen())).toEqual(['failure']);
    github.react(REPOSITORY, id, '-1');
    await staysAway(world, []);
  });

  it('by resolving its thread with a reason never comes back, and not by resolving it without one', async () => {
    const { world, id } = await opened();
    const { github, number } = world;
    await github.resolveThread(REPOSITORY, number, id);
    await world.idle();
    await world.push({ 'docs/y.md': 'y\n' });
    expect(checksOn(world.seen())).toEqual(['failure']);
    expect(world.seen().threads).toHaveLength(1);
    await github.unresolveThread(REPOSITORY, number, id);
    await github.replyInThread(REPOSITORY, number, id, 'It is a fixture.');
    await github.resolveThread(REPOSITORY, number, id);
    await world.idle();
    expect(checksOn(world.seen())).toEqual(['failure', 'success']);
    await staysAway(world, ['It is a fixture.']);
  });

  it('by /agent dismiss never comes back, and not in the hooks of this machine either', async () => {
    const { world, id } = await opened();
    const { github, number } = world;
    const codeAgent = cloneOf(world);
    const before = await codeAgent('review', 'origin/main...HEAD', '--format', 'json');
    expect([before.code, JSON.parse(before.stdout).findings.length]).toEqual([1, 1]);
    await github.replyInThread(REPOSITORY, number, id, '/agent dismiss a fixture');
    await world.idle();
    expect(checksOn(world.seen())).toEqual(['failure', 'success']);
    // It asks the database behind a review, so that no commit waits for it.
    await codeAgent('review', 'origin/main...HEAD');
    const after = await codeAgent('review', 'origin/main...HEAD', '--format', 'json');
    const [finding] = JSON.parse(after.stdout).findings;
    expect([after.code, finding.suppressed]).toMatchObject([0, { by: 'dismissed' }]);
    await staysAway(world, ['/agent dismiss a fixture', expect.stringMatching(/^Dismissed/)]);
  });

  it('has its thread resolved once, where the operator wants that, and is counted then', async () => {
    const { world, id } = await opened();
    const { github, number } = world;
    configure(world, 'app: {resolveThreads: true}\n');
    await github.replyInThread(REPOSITORY, number, id, '/agent dismiss a fixture');
    await world.idle();
    const resolutions = () =>
      github.requests.filter(({ operation }) => operation === 'graphql/ResolveReviewThread').length;
    expect(world.seen().threads.map(({ isResolved }) => isResolved)).toEqual([true]);
    expect(summaries(world.seen())[0]).toContain('Since the last review: 0 fixed, 1 dismissed, 0 still open');
    const answer = expect.stringMatching(/no longer counts, here and in the hooks of this repository\.$/);
    await staysAway(world, ['/agent dismiss a fixture', answer]);
    expect(resolutions()).toBe(1);
  });

  it('keeps its thread where the installation does not let us resolve it', async () => {
    const { world, id } = await opened({
      permissions: { contents: 'read', pull_requests: 'write', checks: 'write', metadata: 'read' },
      mayRefuse: true,
    });
    const { github } = world;
    configure(world, 'app: {resolveThreads: true}\n');
    github.react(REPOSITORY, id, '-1');
    await staysAway(world, []);
    expect(world.seen().threads[0]?.isResolved).toBe(false);
  });

  it('by a 👎 is dismissed also when another comment goes between two looks at it', async () => {
    const world = await openReviewed({ files: { ...changed, 'src/b.ts': 'debugger;\n' } });
    const { github } = world;
    for (const { comments } of world.seen().threads) github.react(REPOSITORY, comments[0]?.id ?? 0, '-1');
    github.inject({
      operation: 'reactions/list-for-pull-request-review-comment',
      fault: { status: 404 },
    });
    await world.push({ 'docs/y.md': 'y\n' });
    expect(summaries(world.seen())[0]).toContain('1 dismissed, 1 still open');
  });

  it('by `code-agent findings dismiss` on somebody’s machine never comes back', async () => {
    const { world } = await opened();
    const codeAgent = cloneOf(world);
    const shown = await codeAgent('review', 'origin/main...HEAD', '--format', 'json');
    const [{ id: shortId, fingerprint }] = JSON.parse(shown.stdout).findings;
    expect(world.told()).toEqual([fingerprint]);
    const dismissed = await codeAgent('findings', 'dismiss', shortId, '--because', 'a fixture');
    expect(dismissed).toMatchObject({ code: 0 });
    await staysAway(world, []);
  });
});

describe('a pull request where people want nothing of us', () => {
  useDatabases();

  it.each(['pause', 'ignore'])('/agent %s: a push is not looked at', async (verb) => {
    const world = await openReviewed({ files: { 'src/a.ts': lines(41) } });
    const { github, number } = world;
    expect(checksOn(world.seen())).toEqual(['success']);
    await github.comment(REPOSITORY, number, `/agent ${verb}`);
    await world.idle();
    const before = world.seen();
    await world.push(changed);
    expect(world.seen().reviews).toEqual(before.reviews);
    expect(world.seen().issueComments).toEqual(before.issueComments);
    expect(checksOn(world.seen())).toEqual([]);
    await github.comment(REPOSITORY, number, '/agent review');
    await world.idle();
    expect(findings(world.seen())).toHaveLength(verb === 'pause' ? 1 : 0);
    if (verb === 'ignore') return;
    await github.comment(REPOSITORY, number, '/agent resume');
    await world.idle();
    await world.push(moved);
    expect(checksOn(world.seen())).toEqual(['failure']);
  });
});
