import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runningReviews } from '../../src/sessions/running-reviews.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';
import { type Ran, type TempRepository, tempRepository } from '../support/temp-repository.ts';

const BEFORE = 'export async function upload(file) {\n  return put(file);\n}\n';
const AFTER = 'export async function upload(file) {\n  backoff(1);\n  return put(file);\n}\n';

const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'A retry.' } }] };
const problem = {
  path: 'src/upload.js',
  quote: '  backoff(1);',
  line_hint: 2,
  severity: 'error',
  category: 'correctness',
  title: 'Nothing waits for the backoff',
  body: 'It returns a promise.',
  confidence: 0.9,
};
const reports = (severity: 'error' | 'info'): ScriptedTurn => ({
  calls: [{ name: 'report_finding', input: { ...problem, severity } }],
});
const holds: ScriptedTurn = {
  calls: [{ name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 2 awaits nothing.' } }],
};
/** The hook gives up on this one. */
const never: Step = { ...finish, delayMs: 20_000 };
const slowly = (ms: number, turn: ScriptedTurn): Step => ({ ...turn, delayMs: ms });

/** A repository whose first commit is at its origin, with a change that is staged and a model that is too slow. */
interface Slow {
  readonly repository: TempRepository;
  readonly server: ModelServer;
  /** Runs git with its hooks, which ask the model. */
  git(...args: string[]): Promise<Ran>;
  /** The short id of HEAD. */
  head(): string;
  /** What `status` says. */
  status(): Promise<string>;
  statusJson(): Promise<Record<string, unknown>>;
}

async function slowModel(...steps: Step[]): Promise<Slow> {
  const repository = tempRepository();
  repository.git('remote', 'add', 'origin', tempRepository('--bare').path);
  repository.commit({ 'src/upload.js': BEFORE, '.code-agent.yml': 'hook: { budget: 1200ms }\n' });
  repository.git('push', '--quiet', 'origin', 'main');
  repository.write({ 'src/upload.js': AFTER });
  repository.git('add', '--all');
  for (const hook of ['pre-commit', 'pre-push']) repository.hook(hook);
  const server = await startAnthropicServer(steps);
  const env = {
    ...repository.env,
    ANTHROPIC_API_KEY: 'sk-test-key-of-the-server',
    ANTHROPIC_BASE_URL: server.baseUrl,
  };
  const status = async (...args: string[]) =>
    (await repository.codeAgent(['status', ...args], { env })).stdout;
  return {
    repository,
    server,
    git: (...args) => repository.tryGit(args, { env }),
    head: () => repository.git('rev-parse', 'HEAD').slice(0, 7),
    status,
    statusJson: async () => JSON.parse(await status('--json')),
  };
}

/** Commits with git's own command, which the model holds up for as long as it may. */
async function commit(slow: Slow, ...args: string[]): Promise<void> {
  const { code, stderr } = await slow.git('commit', ...args);
  expect(stderr).toContain('The model goes on in the background');
  expect(code).toBe(0);
}

/** Until no review is going on. */
const idle = (slow: Slow): Promise<void> =>
  vi.waitFor(async () => expect((await slow.statusJson())['reviews']).toEqual([]), 10_000);

describe('a model that is too slow for the hook', () => {
  it('what a model had answered the hook is not asked again behind it', async () => {
    const look: ScriptedTurn = {
      calls: [{ id: 'look', name: 'read_file', input: { path: 'src/upload.js' } }],
    };
    const { git, server, repository } = await slowModel(look, never, finish);
    await git('commit', '--message=x');
    await vi.waitFor(() => expect(server.requests).toHaveLength(3), { timeout: 15_000 });
    const [, cut, again] = server.requests;
    expect(again?.raw).toBe(cut?.raw);
    await vi.waitFor(async () => {
      const list = (await repository.codeAgent(['sessions', 'list'])).stdout;
      expect(list.split('\n')).toHaveLength(2);
      expect(list).toMatch(/ {2}hook {2}pass {2}/);
    });
  });

  it('goes on behind the commit; status shows it, and the push waits for it and needs no model', async () => {
    const slow = await slowModel(never, slowly(3_000, finish));
    await commit(slow, '--message=retry');
    await vi.waitFor(async () => expect(await slow.status()).toContain(`of ${slow.head()} goes on`), 5_000);
    const { code, stderr } = await slow.git('push', 'origin', 'main');
    expect(stderr).toContain(`waiting for the review of ${slow.head()}`);
    expect(stderr).toContain('1 commit, reviewed when made');
    expect(code).toBe(0);
    expect(await slow.statusJson()).toMatchObject({ reviews: [] });
  });

  it('starts nothing in CI', async () => {
    const { repository, server } = await slowModel(never);
    const { stderr } = await repository.tryGit(['commit', '--message=retry'], {
      env: {
        ...repository.env,
        ANTHROPIC_API_KEY: 'sk-test-key-of-the-server',
        ANTHROPIC_BASE_URL: server.baseUrl,
        CI: 'true',
      },
    });
    expect(stderr).not.toContain('in the background');
  });

  it('goes on behind an amended commit', async () => {
    const slow = await slowModel(never, slowly(2_000, finish));
    slow.repository.git('stash', '--quiet');
    slow.repository.commit({ 'src/other.js': BEFORE });
    slow.repository.git('stash', 'pop', '--quiet', '--index');
    await commit(slow, '--amend', '--no-edit');
    await vi.waitFor(async () => expect(await slow.status()).toContain(`of ${slow.head()} goes on`), 5_000);
    const { code, stderr } = await slow.git('push', 'origin', 'main');
    expect(stderr).toContain('1 commit, reviewed when made');
    expect(code).toBe(0);
  });

  it('goes on behind an amended first commit', async () => {
    const slow = await slowModel(never, slowly(2_000, finish));
    await commit(slow, '--amend', '--no-edit');
    await vi.waitFor(async () => expect(await slow.status()).toContain(`of ${slow.head()} goes on`), 5_000);
    const { code, stderr } = await slow.git('push', '--force', 'origin', 'main');
    expect(stderr).toContain('1 commit, reviewed when made');
    expect(code).toBe(0);
  });

  it('a commit that was given up and begun again is awaited by one process, and reviewed once', async () => {
    const slow = await slowModel(never, never, never, slowly(1_000, finish));
    slow.repository.git('config', 'core.editor', ':');
    for (const _ of [1, 2]) {
      const { code, stderr } = await slow.git('commit');
      expect(stderr).toContain('The model goes on in the background');
      expect(stderr).toContain('empty commit message');
      expect(code).toBe(1);
    }
    await vi.waitFor(async () => expect((await slow.statusJson())['reviews']).toHaveLength(1), 5_000);
    await commit(slow, '--message=retry');
    const { stderr } = await slow.git('push', 'origin', 'main');
    expect(stderr).toContain('1 commit, reviewed when made');
    expect(await slow.statusJson()).toMatchObject({ reviews: [] });
    expect(slow.server.requests).toHaveLength(4);
  });

  it('is known to a push from the moment that the commit is made', async () => {
    const slow = await slowModel(never, slowly(1_000, finish));
    await commit(slow, '--message=retry');
    const base = slow.repository.git('rev-parse', 'HEAD^');
    expect(runningReviews(join(slow.repository.path, '.git'))).toMatchObject([{ base }]);
    const { code, stderr } = await slow.git('push', 'origin', 'main');
    expect(stderr).toContain(`waiting for the review of ${slow.head()}`);
    expect(stderr).toContain('1 commit, reviewed when made');
    expect(code).toBe(0);
  });

  it('what it finds below the fail level waits in status until a push has told it, once', async () => {
    const slow = await slowModel(never, reports('info'), finish);
    await commit(slow, '--message=retry');
    await idle(slow);
    const told = `code-agent  ${slow.head()} was reviewed after the commit:\n\ninfo  correctness  src/upload.js:2`;
    expect(await slow.status()).toContain(told);
    expect(await slow.statusJson()).toMatchObject({
      unread: [{ commit: slow.repository.git('rev-parse', 'HEAD'), outcome: 'pass' }],
    });
    const first = await slow.git('push', '--dry-run', 'origin', 'main');
    expect(first.stderr).toContain(told);
    expect(first.stderr).toContain('1 commit, reviewed when made');
    expect(await slow.statusJson()).toMatchObject({ unread: [] });
    const second = await slow.git('push', 'origin', 'main');
    expect(second.stderr).not.toContain('after the commit');
    expect(second.stderr).toContain('1 commit, reviewed when made');
    expect(second.code).toBe(0);
  });

  it('a review that finds nothing leaves nothing to read', async () => {
    const slow = await slowModel(never, finish);
    await commit(slow, '--message=retry');
    await idle(slow);
    expect(await slow.statusJson()).toMatchObject({ unread: [] });
  });

  it('one that could not look at everything says so', async () => {
    const slow = await slowModel(never, { fault: 'status', status: 401 });
    await commit(slow, '--message=retry');
    await idle(slow);
    expect(await slow.status()).toMatch(/was reviewed after the commit:\ncode-agent {2}incomplete: /);
    expect(await slow.statusJson()).toMatchObject({ unread: [{ outcome: 'incomplete' }] });
  });

  it('a commit that did not pass is said so at the push, and stops it for no more money', async () => {
    const slow = await slowModel(never, reports('error'), finish, holds);
    await commit(slow, '--message=retry');
    for (const _ of ['at the first push', 'and at the next']) {
      const { code, stderr } = await slow.git('push', 'origin', 'main');
      expect(stderr).toContain(
        `code-agent  main: 1 commit did not pass when it was reviewed: ${slow.head()}\n`,
      );
      expect(stderr).not.toContain('not reviewed before');
      expect(stderr.match(/error {2}correctness {2}src\/upload\.js:2/g)).toHaveLength(1);
      expect(code).toBe(1);
    }
    const { unread } = await slow.statusJson();
    expect(unread).toMatchObject([{ outcome: 'fail' }]);
    const [, id = ''] = /\[([0-9a-f]+)\]/.exec(await slow.status()) ?? [];
    await slow.repository.codeAgent(['findings', 'dismiss', id, '--because', 'a sample']);
    expect(await slow.git('push', 'origin', 'main')).toMatchObject({ code: 0 });
    expect(await slow.statusJson()).toMatchObject({ unread: [] });
  });

  it('what was found is told at the push also when no model is there to say it again', async () => {
    const slow = await slowModel(never, reports('error'), finish, holds);
    await commit(slow, '--message=retry');
    await idle(slow);
    const { code, stderr } = await slow.repository.tryGit(['push', 'origin', 'main']);
    expect(stderr).toContain('1 commit did not pass when it was reviewed');
    expect(stderr).toContain('error  correctness  src/upload.js:2');
    expect(code).toBe(0);
  });

  it('what was found in one of several commits is told beside the review of all', async () => {
    const slow = await slowModel(never, reports('error'), finish, holds, finish, finish);
    await commit(slow, '--message=retry');
    await idle(slow);
    const failed = slow.head();
    slow.repository.write({ 'src/other.js': BEFORE });
    slow.repository.git('add', '--all');
    expect(await slow.git('commit', '--message=other')).toMatchObject({ code: 0 });
    const { code, stderr } = await slow.git('push', 'origin', 'main');
    expect(stderr).toContain(`1 commit did not pass when it was reviewed: ${failed}\n`);
    expect(stderr).toContain(`code-agent  ${failed} was reviewed after the commit:\n\nerror`);
    expect(stderr).toContain('2 files reviewed · no findings');
    expect(code).toBe(0);
    expect(await slow.statusJson()).toMatchObject({ unread: [] });
  });

  it('what was found in a commit that was thrown away is no news', async () => {
    const slow = await slowModel(never, reports('error'), finish, holds);
    await commit(slow, '--message=retry');
    await idle(slow);
    expect((await slow.statusJson())['unread']).toHaveLength(1);
    slow.repository.git('commit', '--quiet', '--no-verify', '--amend', '--message=other');
    expect(await slow.statusJson()).toMatchObject({ unread: [] });
  });
});
