import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { PushError } from '../../src/git/push-error.ts';
import { tokenFor } from '../support/github/connect.ts';
import type { Fault } from '../support/github/loopback-github.ts';
import { askGit, runGit } from '../support/github/run-git.ts';
import { BRANCH, SHOP, type TaskWorktree, taskWorktree } from './task-worktree.ts';

/** The PushError that it rejects with. */
async function failureOf(push: Promise<void>): Promise<PushError> {
  const error = await push.then(
    () => new Error('it was pushed'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PushError)) throw error;
  return error;
}

const pushes = ({ asked }: TaskWorktree): number =>
  asked().filter(({ method, path }) => method === 'POST' && path.endsWith('/git-receive-pack')).length;

describe('the branch of a task', () => {
  it('is made, and nothing else', async () => {
    const task = await taskWorktree();
    const before = await askGit(task.github.barePath(SHOP), ['for-each-ref']);
    await task.commit({ 'a.ts': 'two\n' });
    const head = await task.commit({ 'b.ts': 'new\n' });
    await task.push();
    expect(await task.at(BRANCH)).toBe(head);
    expect(await task.at('main')).toBe(task.main);
    const after = await askGit(task.github.barePath(SHOP), ['for-each-ref']);
    expect(after).toBe(`${head} commit\trefs/heads/${BRANCH}\n${before}`);
    expect(pushes(task)).toBe(1);
  });

  it('goes on', async () => {
    const task = await taskWorktree();
    const first = await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    const second = await task.commit({ 'a.ts': 'three\n' });
    await task.push({ expected: first });
    expect(await task.at(BRANCH)).toBe(second);
  });

  it('that has the commit already is left alone, whatever it was when the work began', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    for (const expected of [null, head, task.main]) await task.push({ expected });
    expect(pushes(task)).toBe(1);
  });

  it('that has something that the commit is built upon goes on, though it was not there when the work began', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    const head = await task.commit({ 'a.ts': 'three\n' });
    await task.push({ expected: null });
    expect(await task.at(BRANCH)).toBe(head);
  });

  it.each([
    ['was not there', false],
    ['was the same as ours', true],
  ])("that has another's commit by now, and %s, has moved: it is kept", async (_, wasThere) => {
    const task = await taskWorktree();
    const first = await task.commit({ 'a.ts': 'two\n' });
    if (wasThere) await task.push();
    const theirs = await task.github.push(SHOP, BRANCH, { files: { 'c.ts': 'theirs\n' } });
    await task.commit({ 'a.ts': 'three\n' });
    const error = await failureOf(task.push({ expected: wasThere ? first : null }));
    expect(error).toMatchObject({ kind: 'moved', retryable: false, exitCode: 3 });
    expect(error.message).toContain(theirs);
    expect(await task.at(BRANCH)).toBe(theirs);
    expect(pushes(task)).toBe(wasThere ? 1 : 0);
  });

  it('that was set to something else has moved, also when we know the commit', async () => {
    const task = await taskWorktree();
    const other = await task.commit({ 'a.ts': 'other\n' });
    await task.push();
    const { folder } = task.worktree;
    await runGit(`${folder}/.git`, ['update-ref', '--no-deref', 'HEAD', task.main]);
    await task.commit({ 'a.ts': 'two\n' });
    expect(await failureOf(task.push({ expected: other }))).toMatchObject({ kind: 'moved' });
    expect(await task.at(BRANCH)).toBe(other);
  });

  it('that was deleted has moved: it is not made again', async () => {
    const task = await taskWorktree();
    const first = await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    await task.github.deleteBranch(SHOP, BRANCH);
    await task.commit({ 'a.ts': 'three\n' });
    expect(await failureOf(task.push({ expected: first }))).toMatchObject({ kind: 'moved' });
    expect(await task.at(BRANCH)).toBeNull();
  });

  it('that moves after it was looked at has moved', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    let asked = 0;
    let theirs = '';
    // The second time it is for the push itself, which is told then what there is.
    const token = async () => {
      if (++asked === 2) theirs = await task.github.push(SHOP, BRANCH, { files: { 'c.ts': 'theirs\n' } });
      return task.token();
    };
    expect(await failureOf(task.push({ token }))).toMatchObject({ kind: 'moved' });
    expect(asked).toBe(2);
    expect(await task.at(BRANCH)).toBe(theirs);
  });

  it('that moves while the commits are on their way has moved', async () => {
    const task = await taskWorktree();
    const first = await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    await task.commit({ 'a.ts': 'three\n' });
    let theirs = '';
    task.github.beforeEachWrite(async ({ operation }) => {
      if (operation !== 'git/receive-pack') return;
      theirs = await task.github.push(SHOP, BRANCH, { files: { 'c.ts': 'theirs\n' } });
    });
    expect(await failureOf(task.push({ expected: first }))).toMatchObject({ kind: 'moved' });
    expect(await task.at(BRANCH)).toBe(theirs);
  });

  it('that somebody else makes while the commits are on their way has moved', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    task.github.beforeEachWrite(async ({ operation }) => {
      if (operation === 'git/receive-pack') await task.github.push(SHOP, BRANCH, { files: { c: 'c\n' } });
    });
    expect(await failureOf(task.push())).toMatchObject({ kind: 'moved' });
  });

  it('is an object format of its own too', async () => {
    const task = await taskWorktree();
    const error = await failureOf(task.push({ commit: 'a'.repeat(64) }));
    expect(error).toMatchObject({ kind: 'refused' });
  });
});

describe('a push whose answer is lost', () => {
  it.each<Fault>(['stored-then-502', 'stored-then-reset'])('%s: pushed is pushed', async (fault) => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    task.github.inject({ operation: 'git/receive-pack', fault });
    await task.push();
    expect(await task.at(BRANCH)).toBe(head);
  });

  it.each<Fault>(['502', 'reset', { status: 429 }, { status: 503 }])(
    '%j, and nothing was pushed: unreachable, and the next try goes through',
    async (fault) => {
      const task = await taskWorktree();
      const head = await task.commit({ 'a.ts': 'two\n' });
      // curl sends once more what a connection broke off under.
      task.github.inject({ operation: 'git/receive-pack:post', fault, times: fault === 'reset' ? 2 : 1 });
      expect(await failureOf(task.push())).toMatchObject({ kind: 'unreachable', retryable: true });
      expect(await task.at(BRANCH)).toBeNull();
      await task.push();
      expect(await task.at(BRANCH)).toBe(head);
    },
  );

  it('and that cannot be looked at either may have been pushed; the next try sees it', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    task.github.inject({ operation: 'git/receive-pack', fault: 'stored-then-502' });
    task.github.beforeEachWrite(() => task.github.inject({ operation: 'git/upload-pack', fault: '502' }));
    const error = await failureOf(task.push());
    expect(error).toMatchObject({ kind: 'unreachable', retryable: true });
    expect(error.message).toContain('may have been pushed');
    await task.push();
    expect(await task.at(BRANCH)).toBe(head);
    expect(pushes(task)).toBe(1);
  });

  it('and that moved on since has moved', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    task.github.inject({ operation: 'git/receive-pack', fault: 'stored-then-502' });
    task.github.afterEachWrite(async ({ operation }) => {
      if (operation === 'git/receive-pack') await task.github.push(SHOP, BRANCH, { files: { c: 'c\n' } });
    });
    expect(await failureOf(task.push())).toMatchObject({ kind: 'moved' });
  });

  it('a server that is not there is unreachable', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    expect(await failureOf(task.push({ url: 'http://127.0.0.1:1/acme/shop' }))).toMatchObject({
      kind: 'unreachable',
      retryable: true,
    });
  });

  it('36 a repository that was renamed is at another address, which is not followed', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const held = await task.token();
    await task.github.renameRepository(SHOP, 'store');
    const error = await failureOf(task.push({ token: async () => held }));
    expect(error).toMatchObject({ kind: 'unreachable', retryable: true });
    expect(error.message).toContain('another address (301)');
  });
});

describe('what the server does not take', () => {
  it.each([
    ['branch-protection', 'GH006'],
    ['ruleset', 'GH013'],
  ] as const)('a branch under a %s is protected', async (by, code) => {
    const task = await taskWorktree();
    task.github.protectBranch(SHOP, BRANCH, by);
    await task.commit({ 'a.ts': 'two\n' });
    const error = await failureOf(task.push());
    expect(error).toMatchObject({ kind: 'protected', retryable: false });
    expect(error.message).toContain(code);
    expect(error.message).toContain('Changes must be made through a pull request');
    expect(await task.at(BRANCH)).toBeNull();
  });

  it('what a hook of it refuses is refused, in its words', async () => {
    const task = await taskWorktree();
    task.github.refusePushes(SHOP, 'GH001: Large files detected.\nFile big is 101 MB\x1b[31m');
    await task.commit({ 'a.ts': 'two\n' });
    const error = await failureOf(task.push());
    expect(error).toMatchObject({ kind: 'refused', retryable: false });
    expect(error.message).toContain(
      'pre-receive hook declined; GH001: Large files detected.; File big is 101 MB',
    );
    expect(error.message).not.toContain('\x1b');
  });

  it('what its push protection finds is refused, though it is a rule of the repository too', async () => {
    const task = await taskWorktree();
    task.github.refusePushes(
      SHOP,
      'GH013: Repository rule violations found\n- GITHUB PUSH PROTECTION\n- Push cannot contain secrets',
    );
    await task.commit({ 'a.ts': 'two\n' });
    expect(await failureOf(task.push())).toMatchObject({ kind: 'refused' });
  });

  it('a workflow is refused, which one is told; one that main has comes along', async () => {
    const path = '.github/workflows/ci.yml';
    const task = await taskWorktree({ files: { [path]: 'on: push\n' } });
    const first = await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    await task.commit({ [path]: 'on: [push, pull_request]\n' });
    const error = await failureOf(task.push({ expected: first }));
    expect(error).toMatchObject({ kind: 'refused', retryable: false });
    expect(error.message).toContain(`create or update workflow \`${path}\` without \`workflows\` permission`);
    expect(await task.at(BRANCH)).toBe(first);
  });

  it('a branch below one that is there is refused', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    await task.push();
    const error = await failureOf(task.push({ branch: `${BRANCH}/more` }));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(await task.at(`${BRANCH}/more`)).toBeNull();
  });

  it('a server that cannot do all or nothing is not pushed to', async () => {
    const task = await taskWorktree();
    await runGit(task.github.barePath(SHOP), ['config', 'receive.advertiseAtomic', 'false']);
    await task.commit({ 'a.ts': 'two\n' });
    const error = await failureOf(task.push());
    expect(error).toMatchObject({ kind: 'refused', retryable: false });
    expect(error.message).toContain('does not support --atomic');
    expect(await task.at(BRANCH)).toBeNull();
  });

  it('a commit that is not here is refused before the server is told of it', async () => {
    const task = await taskWorktree();
    expect(await failureOf(task.push({ commit: '1'.repeat(40) }))).toMatchObject({ kind: 'refused' });
    expect(pushes(task)).toBe(0);
  });
});

describe('a token', () => {
  it('40 that has run out is asked for once more', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    const old = await task.token();
    task.github.expireTokens();
    const asked: boolean[] = [];
    const token = async (refused: boolean) => {
      asked.push(refused);
      return refused ? task.token() : old;
    };
    await task.push({ token });
    // To look, and to push.
    expect(asked).toEqual([false, true, false, true]);
    expect(await task.at(BRANCH)).toBe(head);
  });

  it('that runs out while the commits are on their way is asked for once more', async () => {
    for (const status of [401, 403]) {
      const task = await taskWorktree();
      const head = await task.commit({ 'a.ts': 'two\n' });
      const asked: boolean[] = [];
      const token = async (refused: boolean) => {
        asked.push(refused);
        return task.token();
      };
      // git sends once more what was refused with a 401, with the same token.
      const times = status === 401 ? 2 : 1;
      task.github.inject({ operation: 'git/receive-pack:post', fault: { status }, times });
      await task.push({ token });
      expect(asked).toEqual([false, false, true]);
      expect(await task.at(BRANCH)).toBe(head);
    }
  });

  it('that may only read, or is no token, is told of', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const asked: boolean[] = [];
    const reading = async (refused: boolean) => {
      asked.push(refused);
      return tokenFor(task.github, SHOP, { contents: 'read', pull_requests: 'write' });
    };
    const error = await failureOf(task.push({ token: reading }));
    expect(error).toMatchObject({ kind: 'unauthorised', retryable: false });
    expect(error.message).toContain('Write access to repository not granted');
    expect(asked).toEqual([false, false, true]);
    const none = await failureOf(task.push({ token: async () => 'none' }));
    expect(none).toMatchObject({ kind: 'unauthorised' });
    expect(await task.at(BRANCH)).toBeNull();
    expect(pushes(task)).toBe(0);
  });

  it('of another repository does not push here', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    await task.github.addRepository('acme/bank', { private: true });
    const token = () => tokenFor(task.github, 'acme/bank', { contents: 'write' });
    expect(await failureOf(task.push({ token }))).toMatchObject({ kind: 'refused' });
    expect(await task.at(BRANCH)).toBeNull();
  });

  it('of an App that lost the permission does not push either', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const held = await task.token();
    task.github.setAppPermissions({ contents: 'read', metadata: 'read' });
    expect(await failureOf(task.push({ token: async () => held }))).toMatchObject({ kind: 'unauthorised' });
  });

  it('that cannot be had is the failure', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const failure = new Error('no installation');
    await expect(task.push({ token: () => Promise.reject(failure) })).rejects.toBe(failure);
  });
});

describe('a push that is stopped', () => {
  it('before it begins, and on its way: exit 4', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const early = task.push({ signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(await early).toBeInstanceOf(CodeAgentError);
    expect(await early).toMatchObject({ exitCode: 4, retryable: true });
    expect(pushes(task)).toBe(0);
    const stop = new AbortController();
    task.github.inject({ operation: 'git/receive-pack:post', fault: 'timeout' });
    const late = task.push({ signal: stop.signal }).catch((error: unknown) => error);
    while (pushes(task) === 0) await new Promise((done) => setTimeout(done, 20));
    stop.abort();
    expect(await late).toMatchObject({ exitCode: 4, retryable: true });
    await task.push();
    expect(await task.at(BRANCH)).toBe(await task.worktree.head());
  });
});
