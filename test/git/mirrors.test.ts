import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { createMirrors, type MirroredPullRequest } from '../../src/git/mirrors.ts';
import { openRepository } from '../../src/git/repository.ts';
import { remoteIdentity, repositoryIdentity } from '../../src/git/repository-identity.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { importCommits } from './import-commits.ts';
import { KEY, mirroredRepository, placeOf as place, randomText, unfinished } from './mirrored-repository.ts';
import { openGit } from './open-git.ts';

const asIs = async (mirror: MirroredPullRequest) => mirror;

/** The paths that a mirrored pull request changes, by our own code. */
async function changed(mirror: MirroredPullRequest): Promise<string[]> {
  const opened = await openGit({ path: mirror.gitDir, env: mirror.env });
  return (await opened.range(mirror.range)).files.map(({ path }) => path);
}

describe('a mirror', () => {
  it('has both sides of a pull request, and what it changed since they parted', async () => {
    const { mirrors, wanted, server, head, base, fork } = await mirroredRepository();
    const mirror = await mirrors.withPullRequest(wanted(), asIs);
    expect(mirror).toMatchObject({ head, base, mergeBase: fork, range: `${fork}..${head}` });
    const opened = await openRepository(mirror.gitDir, mirror.env);
    expect(opened).toMatchObject({ topLevel: null, gitDir: mirror.gitDir, shallow: false });
    expect(await repositoryIdentity(opened)).toBe(remoteIdentity(server.url));
    expect(await changed(mirror)).toEqual(['a.ts']);
  });

  it("is no other user's to look into, also where the folder was open", async () => {
    const { settings, wanted, folder } = await mirroredRepository();
    const made = join(folder, 'state', 'mirrors');
    chmodSync(folder, 0o755);
    for (const root of [made, folder]) {
      await createMirrors(settings({ folder: root })).withPullRequest(wanted(), asIs);
      expect(statSync(root).mode & 0o777).toBe(0o700);
    }
  });

  it('asks the server for nothing when everything is here', async () => {
    const { mirrors, wanted, server } = await mirroredRepository();
    await mirrors.withPullRequest(wanted(), asIs);
    const before = server.requests.length;
    await mirrors.withPullRequest(wanted(), asIs);
    expect(server.requests).toHaveLength(before);
  });

  it('fetches only what is new', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withPullRequest(at.wanted(), asIs);
    const head = at.source.commit({ 'c.ts': 'new\n' });
    at.push(head, 'refs/pull/7/head');
    const mirror = await at.mirrors.withPullRequest(at.wanted({ head }), asIs);
    expect(await changed(mirror)).toEqual(['a.ts', 'c.ts']);
    const packs = readdirSync(join(place(at), 'repository.git/objects/pack')).filter((n) =>
      n.endsWith('.idx'),
    );
    const counts = packs.map((pack) =>
      readFileSync(join(place(at), 'repository.git/objects/pack', pack)).readUInt32BE(8 + 255 * 4),
    );
    expect(counts.sort()).toEqual([3, 8]);
  });

  it('stays when the repository is renamed', async () => {
    const { mirrors, wanted, folder } = await mirroredRepository();
    await mirrors.withPullRequest(wanted(), asIs);
    await mirrors.withPullRequest(wanted({ key: { ...KEY, identity: 'github.com/other/title' } }), asIs);
    expect(readdirSync(join(folder, 'github.com'))).toEqual(['4711']);
  });

  it('has a sha256 repository too', async () => {
    const { mirrors, wanted, fork } = await mirroredRepository('--object-format=sha256');
    const mirror = await mirrors.withPullRequest(wanted(), asIs);
    expect(mirror.mergeBase).toBe(fork);
    expect(fork).toHaveLength(64);
    expect(await changed(mirror)).toEqual(['a.ts']);
  });

  it('a change of 3,000 files and a million lines comes whole', async () => {
    const { mirrors, wanted, push, source } = await mirroredRepository();
    const lines = Array.from({ length: 167 }, (_, line) => line * 104_729);
    const tree = (name: string) => {
      const content = (file: number) => lines.map((line) => `let ${name} = ${line + file};\n`).join('');
      const files = Array.from({ length: 3000 }, (_, file) => {
        const path = `src/${file % 50}/${file}.ts`;
        return [path, { mode: '100644', content: Buffer.from(content(file)) }] as const;
      });
      return new Map(files);
    };
    const [base = '', head = ''] = importCommits(source, [tree('one'), tree('two')]);
    push(base, 'refs/heads/main');
    push(head, 'refs/pull/7/head');
    await mirrors.withPullRequest(wanted({ head, base: { ref: 'main', sha: base } }), async (mirror) => {
      const opened = await openGit({ path: mirror.gitDir, env: mirror.env });
      const { files } = await opened.range(mirror.range);
      const hunks = files.flatMap((file) => file.hunks ?? []);
      const changed = hunks.reduce((sum, { oldCount, newCount }) => sum + oldCount + newCount, 0);
      expect([files.length, changed]).toEqual([3000, 1_002_000]);
    });
  }, 60_000);

  it('takes of several merge bases the one that git diff takes', async () => {
    const { mirrors, wanted, push, source, fork } = await mirroredRepository();
    const commit = (tree: string, ...parents: string[]): string =>
      source.git('commit-tree', `${tree}^{tree}`, '-m', tree, ...parents.flatMap((parent) => ['-p', parent]));
    const [x, y] = [commit('main', fork), commit('topic', fork)];
    const [base, head] = [commit('main', x, y), commit('topic', y, x)];
    push(base, 'refs/heads/main');
    push(head, 'refs/pull/7/head');
    expect(source.git('merge-base', '--all', base, head).split('\n').sort()).toEqual([x, y].sort());
    const mirror = await mirrors.withPullRequest(wanted({ head, base: { ref: 'main', sha: base } }), asIs);
    const own = source.git('diff', '--raw', '--no-renames', '--full-index', `${base}...${head}`);
    expect(source.git('diff', '--raw', '--no-renames', '--full-index', mirror.range)).toBe(own);
  });

  it('compares unrelated histories with the base, and says so', async () => {
    const { mirrors, wanted, push, source, base } = await mirroredRepository();
    source.git('checkout', '--quiet', '--orphan', 'other');
    const head = source.commit({ 'z.ts': 'z\n' });
    push(head, 'refs/pull/7/head');
    const mirror = await mirrors.withPullRequest(wanted({ head }), asIs);
    expect(mirror).toMatchObject({ mergeBase: null, range: `${base}..${head}` });
    expect(await changed(mirror)).toEqual(['a.ts', 'b.ts', 'z.ts']);
  });
});

describe('a server that has something else by now', () => {
  it('35 a head that has moved on is told, with what it is', async () => {
    const { mirrors, wanted, push, source } = await mirroredRepository();
    const current = source.commit({ 'c.ts': 'new\n' });
    push(current, 'refs/pull/7/head');
    await expect(mirrors.withPullRequest(wanted(), asIs)).rejects.toMatchObject({
      kind: 'head-moved',
      current,
      retryable: true,
    });
  });

  it('36 so is one that was pushed away', async () => {
    const { mirrors, wanted, push, source, fork } = await mirroredRepository();
    source.git('checkout', '--quiet', '-B', 'again', fork);
    const current = source.commit({ 'a.ts': 'other\n' });
    push(current, 'refs/pull/7/head');
    await expect(mirrors.withPullRequest(wanted(), asIs)).rejects.toMatchObject({
      kind: 'head-moved',
      current,
    });
  });

  it('a ref that lags behind the API does not stop the review', async () => {
    const { mirrors, wanted, push, source } = await mirroredRepository();
    const head = source.commit({ 'c.ts': 'new\n' });
    push(head, 'refs/heads/hidden');
    expect((await mirrors.withPullRequest(wanted({ head }), asIs)).head).toBe(head);
  });

  it('46 the fork is deleted: refs/pull has it', async () => {
    const { mirrors, wanted, server, head } = await mirroredRepository();
    expect(server.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/pull/7/head');
    expect((await mirrors.withPullRequest(wanted(), asIs)).head).toBe(head);
  });

  it('the base branch is deleted: its commit is taken', async () => {
    const { mirrors, wanted, server, base, fork } = await mirroredRepository();
    server.git('update-ref', '-d', 'refs/heads/main');
    expect(await mirrors.withPullRequest(wanted(), asIs)).toMatchObject({ base, mergeBase: fork });
  });

  it('the base branch was set back or is further than the API said: the commit is taken that was told', async () => {
    const { mirrors, wanted, push, base, fork } = await mirroredRepository();
    push(fork, 'refs/heads/main');
    expect((await mirrors.withPullRequest(wanted(), asIs)).base).toBe(base);
    expect((await mirrors.withPullRequest(wanted({ base: { ref: 'main', sha: fork } }), asIs)).base).toBe(
      fork,
    );
  });

  it('the commit of the base is gone altogether: the branch is taken', async () => {
    const { mirrors, wanted, base } = await mirroredRepository();
    const sha = '1'.repeat(40);
    expect((await mirrors.withPullRequest(wanted({ base: { ref: 'main', sha } }), asIs)).base).toBe(base);
  });

  it('36 a pull request that is gone is told', async () => {
    const { mirrors, wanted } = await mirroredRepository();
    const gone = wanted({ number: 8, head: '2'.repeat(40) });
    await expect(mirrors.withPullRequest(gone, asIs)).rejects.toMatchObject({
      kind: 'gone',
      retryable: false,
    });
  });

  it.each([
    [301, 'moved', false],
    [403, 'forbidden', false],
    [404, 'gone', false],
    [429, 'rate-limited', true],
    [502, 'unreachable', true],
  ] as const)('36 an answer of %i is %s', async (status, kind, retryable) => {
    const { mirrors, wanted, server } = await mirroredRepository();
    server.intercept = (_, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/owner/other' }).end('no');
      return true;
    };
    await expect(mirrors.withPullRequest(wanted(), asIs)).rejects.toMatchObject({ kind, retryable });
  });

  it('one that does not answer is unreachable', async () => {
    const { mirrors, wanted } = await mirroredRepository();
    await expect(
      mirrors.withPullRequest(wanted({ url: 'http://127.0.0.1:1/owner/name' }), asIs),
    ).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('a connection that is cut leaves nothing behind, and the next try goes through', async () => {
    const at = await mirroredRepository();
    at.push(at.source.commit({ big: randomText(300_000) }), 'refs/heads/big');
    const head = at.source.git('rev-parse', 'HEAD');
    at.push(head, 'refs/pull/7/head');
    at.server.cutAfter = 60_000;
    await expect(at.mirrors.withPullRequest(at.wanted({ head }), asIs)).rejects.toMatchObject({
      kind: 'unreachable',
    });
    expect(unfinished(at)).toEqual([]);
    at.server.cutAfter = Number.POSITIVE_INFINITY;
    expect((await at.mirrors.withPullRequest(at.wanted({ head }), asIs)).head).toBe(head);
  });

  it('what it sends is stopped when the job is', async () => {
    const { mirrors, wanted, server } = await mirroredRepository();
    const stop = new AbortController();
    server.intercept = () => {
      stop.abort();
      return new Promise(() => undefined);
    };
    const failure = await mirrors
      .withPullRequest(wanted({ signal: stop.signal }), asIs)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CodeAgentError);
    expect(failure).toMatchObject({ exitCode: 4 });
  });
});

describe('a mirror is kept small', () => {
  it('one that grows over its limit is stopped, and removed', async () => {
    const at = await mirroredRepository();
    const head = at.source.commit({ big: randomText(3_000_000) });
    at.push(head, 'refs/pull/7/head');
    const mirrors = createMirrors(at.settings({ maxBytes: 500_000 }));
    at.server.part = () => sleep(20);
    await expect(mirrors.withPullRequest(at.wanted({ head }), asIs)).rejects.toMatchObject({
      kind: 'too-large',
    });
    expect(await mirrors.list()).toEqual([]);
  });

  it('one that grew over it by what is not needed is made anew', async () => {
    const at = await mirroredRepository();
    at.push(at.source.commit({ big: randomText(700_000) }), 'refs/pull/8/head');
    const big = at.source.git('rev-parse', 'HEAD');
    const mirrors = createMirrors(at.settings({ maxBytes: 800_000 }));
    await mirrors.withPullRequest(at.wanted({ number: 8, head: big }), asIs);
    at.source.git('checkout', '--quiet', '-B', 'second', at.fork);
    const head = at.source.commit({ big: randomText(300_000) });
    at.push(head, 'refs/pull/7/head');
    await mirrors.withPullRequest(at.wanted({ head }), asIs);
    const [state] = await mirrors.list();
    expect(state?.bytes).toBeLessThan(500_000);
  });

  it('prune takes what was not used for long, then what was used longest ago, never what is in use', async () => {
    const at = await mirroredRepository();
    const key = (id: number) => ({ ...KEY, id });
    for (const id of [1, 2, 3, 4]) await at.mirrors.withPullRequest(at.wanted({ key: key(id) }), asIs);
    const age = (id: number, seconds: number): void => {
      const then = new Date(Date.now() - seconds * 1000);
      utimesSync(join(at.folder, `github.com/${id}/used`), then, then);
    };
    for (const id of [1, 2, 3, 4]) age(id, 1000 * (5 - id));
    const [{ bytes } = { bytes: 0 }] = await at.mirrors.list();
    await at.mirrors.withPullRequest(at.wanted({ key: key(1) }), async () => {
      age(1, 4000);
      const limits = { maxTotalBytes: bytes * 2.5, olderThanMs: 2_500_000 };
      expect(await at.mirrors.prune(limits)).toEqual(['github.com/2', 'github.com/3']);
      expect(await at.mirrors.prune({ ...limits, maxTotalBytes: bytes * 1.5 })).toEqual(['github.com/4']);
    });
    expect((await at.mirrors.list()).map(({ name }) => name)).toEqual(['github.com/1']);
    expect(existsSync(join(at.folder, 'github.com/2'))).toBe(false);
  });

  it('48 remove takes it at once, or with its last user', async () => {
    const { mirrors, wanted, folder } = await mirroredRepository();
    await mirrors.withPullRequest(wanted(), async ({ gitDir }) => {
      expect(await mirrors.remove(KEY)).toBe(false);
      expect(existsSync(gitDir)).toBe(true);
    });
    expect(await mirrors.list()).toEqual([]);
    await mirrors.withPullRequest(wanted(), asIs);
    expect(await mirrors.remove(KEY)).toBe(true);
    expect(readdirSync(join(folder, 'github.com'))).toEqual([]);
    expect(await mirrors.remove(KEY)).toBe(true);
  });

  it('maintain puts packs together, and drops what was forgotten when nobody is at work', async () => {
    const at = await mirroredRepository();
    for (let number = 20; number < 32; number += 1) {
      const head = at.source.commit({ 'a.ts': `${number}\n` });
      at.push(head, `refs/pull/${number}/head`);
      await at.mirrors.withPullRequest(at.wanted({ number, head }), asIs);
    }
    const [before] = await at.mirrors.list();
    expect(before?.packs).toBe(12);
    const last = at.source.git('rev-parse', 'HEAD');
    const has = async (oid: string) =>
      (await (
        await openGit({ path: join(place(at), 'repository.git'), env: at.source.env })
      ).reader.info(oid)) !== null;
    await at.mirrors.withPullRequest(at.wanted(), async () => {
      for (let number = 20; number < 32; number += 1) await at.mirrors.forget(KEY, number);
      await at.mirrors.maintain(new AbortController().signal);
      expect((await at.mirrors.list())[0]?.packs).toBe(1);
      expect(await has(last)).toBe(true);
    });
    for (let number = 40; number < 50; number += 1) {
      const head = at.source.git('commit-tree', `${at.head}^{tree}`, '-p', at.head, '-m', `${number}`);
      at.push(head, `refs/pull/${number}/head`);
      await at.mirrors.withPullRequest(at.wanted({ number, head }), asIs);
    }
    await at.mirrors.maintain(new AbortController().signal);
    expect((await at.mirrors.list())[0]?.packs).toBe(1);
    expect(await has(last)).toBe(false);
    expect(await has(at.head)).toBe(true);
  });

  it('one that is damaged is made anew', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withPullRequest(at.wanted(), asIs);
    const packs = join(place(at), 'repository.git/objects/pack');
    for (const name of readdirSync(packs)) {
      rmSync(join(packs, name), { force: true });
      writeFileSync(join(packs, name), 'no pack');
    }
    const mirror = await at.mirrors.withPullRequest(at.wanted(), asIs);
    expect(await changed(mirror)).toEqual(['a.ts']);
  });

  it('git that cannot be started is told, and the mirror is free again', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withPullRequest(at.wanted(), asIs);
    const without = createMirrors(at.settings({ env: { PATH: at.folder } }));
    await expect(without.withPullRequest(at.wanted(), asIs)).rejects.toMatchObject({
      message: 'git could not be started',
    });
    const asked = at.server.requests.length;
    expect((await at.mirrors.withPullRequest(at.wanted(), asIs)).head).toBe(at.head);
    expect(at.server.requests).toHaveLength(asked);
  });

  it('there is none of what is no repository of a server', async () => {
    const { mirrors, wanted } = await mirroredRepository();
    for (const key of [
      { identity: '..', id: 1 },
      { identity: 'github.com/a/b', id: -1 },
      { identity: '', id: 1 },
    ])
      await expect(mirrors.withPullRequest(wanted({ key }), asIs)).rejects.toMatchObject({ exitCode: 2 });
    expect(await createMirrors({ folder: join(tempFolder(), 'none'), maxBytes: 1, env: {} }).list()).toEqual(
      [],
    );
  });
});
