import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMirrors, type MirroredBranches, type WantedBranches } from '../../src/git/mirrors.ts';
import { openRepository } from '../../src/git/repository.ts';
import { runGit } from '../../src/git/run-git.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { tempFolder } from '../support/temp-repository.ts';
import {
  KEY,
  type MirroredRepository,
  mirroredRepository,
  placeOf,
  randomText,
  unfinished,
} from './mirrored-repository.ts';

const asIs = async (mirror: MirroredBranches) => mirror;
const TOKEN = ['ghs', '4711', 'Qx7'.repeat(40)].join('_');

function wanted(
  { server }: MirroredRepository,
  branches: readonly string[],
  over: Partial<WantedBranches> = {},
): WantedBranches {
  const signal = new AbortController().signal;
  return { key: KEY, url: server.url, token: null, signal, branches, ...over };
}

/** The refs of the mirror, and what they are at. */
const refsIn = async ({ gitDir, env }: MirroredBranches): Promise<string[]> =>
  (await runGit(['for-each-ref', '--format=%(objectname) %(refname)'], { cwd: gitDir, env }))
    .toString()
    .split('\n')
    .filter((line) => line !== '');

const requestsOf = ({ server }: MirroredRepository): string[] => server.requests.map(({ line }) => line);

describe('branches in a mirror', () => {
  it('are what they are on the server; one that is not there is left out', async () => {
    const at = await mirroredRepository();
    at.push(at.head, 'refs/heads/code-agent/7-retry');
    const mirror = await at.mirrors.withBranches(
      wanted(at, ['main', 'code-agent/7-retry', 'code-agent/8']),
      asIs,
    );
    expect([...mirror.heads]).toEqual([
      ['main', at.base],
      ['code-agent/7-retry', at.head],
    ]);
    const refs = await refsIn(mirror);
    expect(refs.map((line) => line.replace(/[0-9a-f]{64}$/, '…')).sort()).toEqual(
      [`${at.base} refs/code-agent/branch/…`, `${at.head} refs/code-agent/branch/…`].sort(),
    );
  });

  it('can be worked with: a worktree of one is made from there', async () => {
    const at = await mirroredRepository();
    const head = await at.mirrors.withBranches(wanted(at, ['main']), async ({ gitDir, env, heads }) => {
      const folder = join(tempFolder(), 'worktree');
      const main = heads.get('main') ?? '';
      const worktree = await createWorktree(await openRepository(gitDir, env), main, folder);
      writeFileSync(join(folder, 'c.ts'), 'new\n');
      const by = { name: 'A', email: 'a@example.com' };
      const commit = await worktree.commit(await worktree.tree(), 'work', by, new Date());
      worktree.close();
      return commit;
    });
    expect(head).toMatch(/^[0-9a-f]{40}$/);
  });

  it('are looked at each time, and fetched only when they have moved', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    const first = at.server.requests.length;
    await at.mirrors.withBranches(wanted(at, ['main', 'main']), asIs);
    expect(requestsOf(at).slice(first)).toEqual([
      'GET /owner/name/info/refs?service=git-upload-pack',
      'POST /owner/name/git-upload-pack',
    ]);
    const head = at.source.commit({ 'd.ts': 'new\n' });
    at.push(head, 'refs/heads/main');
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect(heads.get('main')).toBe(head);
  });

  it('that were set back or deleted are so here too', async () => {
    const at = await mirroredRepository();
    at.push(at.head, 'refs/heads/topic');
    await at.mirrors.withBranches(wanted(at, ['main', 'topic']), asIs);
    at.push(at.fork, 'refs/heads/topic');
    const back = await at.mirrors.withBranches(wanted(at, ['topic']), asIs);
    expect([...back.heads]).toEqual([['topic', at.fork]]);
    at.server.git('update-ref', '-d', 'refs/heads/topic');
    const gone = await at.mirrors.withBranches(wanted(at, ['topic']), asIs);
    expect([...gone.heads]).toEqual([]);
    expect(await refsIn(gone)).toHaveLength(1);
  });

  it('whose names could not be there at once do not get in the way of each other', async () => {
    const at = await mirroredRepository();
    at.push(at.base, 'refs/heads/a');
    await at.mirrors.withBranches(wanted(at, ['a']), asIs);
    at.server.git('update-ref', '-d', 'refs/heads/a');
    at.push(at.head, 'refs/heads/a/b');
    const { heads } = await at.mirrors.withBranches(wanted(at, ['a', 'a/b']), asIs);
    expect([...heads]).toEqual([['a/b', at.head]]);
  });

  it('are those of the repository: nothing else that ends so, and nothing that is no branch', async () => {
    const at = await mirroredRepository();
    at.push(at.head, 'refs/heads/x/refs/heads/topic');
    at.push(at.head, 'refs/tags/topic');
    const { heads } = await at.mirrors.withBranches(wanted(at, ['topic', 'refs/heads/main', '7']), asIs);
    expect([...heads]).toEqual([]);
  });

  it.each(['--upload-pack=touch canary', '-x', 'ä/…', 'a$(id)', "a'b"])(
    'I12 can be called %s',
    async (name) => {
      const at = await mirroredRepository();
      const branch = name.replaceAll(' ', '_');
      at.push(at.head, `refs/heads/${branch}`);
      const { heads } = await at.mirrors.withBranches(wanted(at, [branch]), asIs);
      expect(heads.get(branch)).toBe(at.head);
    },
  );

  it('I12 cannot have other names, and other addresses are not asked', async () => {
    const at = await mirroredRepository();
    for (const branch of ['a b', 'a:refs/heads/b', '*', 'a\nb', '^a', '', 'a..b', 'a[b', 'a\\b'])
      await expect(at.mirrors.withBranches(wanted(at, [branch]), asIs), branch).rejects.toMatchObject({
        exitCode: 2,
      });
    for (const url of ['http://github.com/a/b', 'https://me:x@github.com/a/b', 'ext::sh -c id', '/etc', '-x'])
      await expect(at.mirrors.withBranches(wanted(at, ['main'], { url }), asIs), url).rejects.toMatchObject({
        exitCode: 2,
      });
    await expect(
      at.mirrors.withBranches(wanted(at, ['main'], { key: { identity: '..', id: 1 } }), asIs),
    ).rejects.toMatchObject({ exitCode: 2 });
    expect(at.server.requests).toEqual([]);
    expect(await at.mirrors.list()).toEqual([]);
  });

  it('none of a repository that has none, and none when none are asked for', async () => {
    const at = await mirroredRepository();
    at.server.git('update-ref', '-d', 'refs/heads/main');
    for (const branches of [['main'], []]) {
      const mirror = await at.mirrors.withBranches(wanted(at, branches), asIs);
      expect([...mirror.heads]).toEqual([]);
      expect(await refsIn(mirror)).toEqual([]);
    }
  });

  it('of a sha256 repository too, beside a pull request of it', async () => {
    const at = await mirroredRepository('--object-format=sha256');
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect(heads.get('main')).toBe(at.base);
    expect(at.base).toHaveLength(64);
    const { mergeBase } = await at.mirrors.withPullRequest(at.wanted(), async (mirror) => mirror);
    expect(mergeBase).toBe(at.fork);
    at.server.git('update-ref', '-d', 'refs/heads/main');
    const gone = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect([...gone.heads]).toEqual([]);
    expect((await openRepository(gone.gitDir, gone.env)).objectFormat).toBe('sha256');
  });

  it('share what is there with the pull requests', async () => {
    const at = await mirroredRepository();
    at.push(at.head, 'refs/heads/topic');
    await at.mirrors.withPullRequest(at.wanted(), async () => undefined);
    const { heads, gitDir } = await at.mirrors.withBranches(wanted(at, ['main', 'topic']), asIs);
    expect(heads.get('topic')).toBe(at.head);
    const packs = readdirSync(join(gitDir, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    expect(packs).toHaveLength(1);
  });
});

describe('branches that move while they are fetched', () => {
  /** Does something once, before the answer to the request of that number. */
  function atRequest(at: MirroredRepository, request: number, change: () => void): void {
    const from = at.server.requests.length;
    at.server.intercept = () => {
      if (at.server.requests.length - from === request) change();
      return false;
    };
  }

  it('are what was fetched', async () => {
    const at = await mirroredRepository();
    const later = at.source.commit({ 'd.ts': 'new\n' });
    atRequest(at, 3, () => at.push(later, 'refs/heads/main'));
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect(heads.get('main')).toBe(later);
  });

  it('and are deleted are not there; the others are', async () => {
    const at = await mirroredRepository();
    at.push(at.head, 'refs/heads/topic');
    at.push(at.head, 'refs/heads/other');
    atRequest(at, 3, () => at.server.git('update-ref', '-d', 'refs/heads/topic'));
    const { heads } = await at.mirrors.withBranches(wanted(at, ['topic', 'main', 'other']), asIs);
    expect([...heads]).toEqual([
      ['main', at.base],
      ['other', at.head],
    ]);
  });
});

describe('a mirror of branches is kept as one of pull requests is', () => {
  it.each([
    [301, 'moved', false],
    [403, 'forbidden', false],
    [404, 'gone', false],
    [429, 'rate-limited', true],
    [502, 'unreachable', true],
  ] as const)(
    '36 an answer of %i is %s, to the question and to the fetch',
    async (status, kind, retryable) => {
      for (const from of [1, 3]) {
        const at = await mirroredRepository();
        at.server.intercept = (_, response) => {
          if (at.server.requests.length < from) return false;
          response.writeHead(status, { location: 'http://127.0.0.1:1/owner/other' }).end('no');
          return true;
        };
        await expect(at.mirrors.withBranches(wanted(at, ['main']), asIs)).rejects.toMatchObject({
          kind,
          retryable,
        });
      }
    },
  );

  it('40 a token that has run out is asked for once more; one that is refused again is told, not the token', async () => {
    const at = await mirroredRepository();
    at.server.token = TOKEN;
    const asked: boolean[] = [];
    const token = async (refused: boolean) => {
      asked.push(refused);
      return refused ? TOKEN : 'old';
    };
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main'], { token }), asIs);
    expect(heads.get('main')).toBe(at.base);
    expect(asked).toEqual([false, true, false, true]);
    at.server.token = 'another';
    const refused = at.mirrors.withBranches(wanted(at, ['main'], { token }), asIs);
    await expect(refused).rejects.toMatchObject({ kind: 'unauthorised' });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(TOKEN) });
    const failure = new Error('no installation');
    const none = wanted(at, ['main'], { token: () => Promise.reject(failure) });
    await expect(at.mirrors.withBranches(none, asIs)).rejects.toBe(failure);
  });

  it('one that grows over its limit is stopped, and removed', async () => {
    const at = await mirroredRepository();
    at.push(at.source.commit({ big: randomText(3_000_000) }), 'refs/heads/main');
    const mirrors = createMirrors(at.settings({ maxBytes: 500_000 }));
    await expect(mirrors.withBranches(wanted(at, ['main']), asIs)).rejects.toMatchObject({
      kind: 'too-large',
    });
    expect(await mirrors.list()).toEqual([]);
  });

  it('a connection that is cut leaves nothing behind, and the next try goes through', async () => {
    const at = await mirroredRepository();
    const head = at.source.commit({ big: randomText(300_000) });
    at.push(head, 'refs/heads/main');
    at.server.cutAfter = 60_000;
    await expect(at.mirrors.withBranches(wanted(at, ['main']), asIs)).rejects.toMatchObject({
      kind: 'unreachable',
    });
    expect(unfinished(at)).toEqual([]);
    at.server.cutAfter = Number.POSITIVE_INFINITY;
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect(heads.get('main')).toBe(head);
  });

  it('one that is damaged is made anew', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    const packs = join(placeOf(at), 'repository.git/objects/pack');
    for (const name of readdirSync(packs)) {
      rmSync(join(packs, name), { force: true });
      writeFileSync(join(packs, name), 'no pack');
    }
    const { heads } = await at.mirrors.withBranches(wanted(at, ['main']), asIs);
    expect(heads.get('main')).toBe(at.base);
  });

  it('48 it is not removed while it is worked with, and goes with its last user', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withBranches(wanted(at, ['main']), async ({ gitDir }) => {
      expect(await at.mirrors.remove(KEY)).toBe(false);
      expect(await at.mirrors.prune({ maxTotalBytes: 0, olderThanMs: 0 })).toEqual([]);
      expect(existsSync(gitDir)).toBe(true);
    });
    expect(await at.mirrors.list()).toEqual([]);
  });

  it('any number work with it side by side', async () => {
    const at = await mirroredRepository();
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((done) => setTimeout(done, 300));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => at.mirrors.withBranches(wanted(at, ['main']), work)));
    expect(most).toBeGreaterThan(1);
    expect((await at.mirrors.list())[0]).toMatchObject({ inUse: false });
  });

  it('what is asked is stopped when the job is', async () => {
    const at = await mirroredRepository();
    const stop = new AbortController();
    at.server.intercept = () => {
      stop.abort();
      return new Promise(() => undefined);
    };
    await expect(
      at.mirrors.withBranches(wanted(at, ['main'], { signal: stop.signal }), asIs),
    ).rejects.toMatchObject({ exitCode: 4, retryable: true });
  });
});
