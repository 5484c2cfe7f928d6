import { describe, expect, it } from 'vitest';
import { parsePushedRefs, pushedCommits } from '../../src/git/pushed-commits.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';
import { openGit } from './open-git.ts';

const ZERO = '0'.repeat(40);
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

describe('the lines of pre-push', () => {
  it.each([
    ['nothing', '', []],
    ['a branch', `refs/heads/a ${ONE} refs/heads/b ${TWO}\n`, [['refs/heads/a', ONE, 'refs/heads/b', TWO]]],
    [
      'several, without the deleted ones',
      `a ${ONE} a ${ZERO}\n(delete) ${ZERO} b ${TWO}\nc ${TWO} c ${ONE}\n`,
      [
        ['a', ONE, 'a', ZERO],
        ['c', TWO, 'c', ONE],
      ],
    ],
    ['sha256', `(delete) ${'0'.repeat(64)} a ${'1'.repeat(64)}\n`, []],
  ])('%s', (_, stdin, refs) => {
    const fields = parsePushedRefs(stdin).map((ref) => [
      ref.localRef,
      ref.localOid,
      ref.remoteRef,
      ref.remoteOid,
    ]);
    expect(fields).toEqual(refs);
  });

  it.each(['a\n', `a ${ONE} b\n`, `a ${ONE} b ${TWO} c\n`, ' a b c d\n'])('%j is refused', (stdin) => {
    expect(() => parsePushedRefs(stdin)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('what a push brings', () => {
  /** Commits one — two — three; what the remote `origin` was last seen to have is set by `fetched`. */
  function history() {
    const repository = tempRepository();
    const [one = '', two = '', three = ''] = ['1', '2', '3'].map((content) =>
      repository.commit({ a: content }),
    );
    const fetched = (branch: string, oid: string) =>
      repository.git('update-ref', `refs/remotes/${branch}`, oid);
    return { repository, one, two, three, fetched };
  }

  async function pushed(repository: TempRepository, localOid: string, remoteOid: string, remote = 'origin') {
    const git = await openGit(repository);
    const ref = { localRef: 'refs/heads/main', localOid, remoteRef: 'refs/heads/main', remoteOid };
    const { commits, base } = await pushedCommits(git.repository, git.reader, ref, remote);
    const empty = git.repository.emptyTree;
    expect(base.tree).toBe(
      base.commit === null ? empty : repository.git('rev-parse', `${base.commit}^{tree}`),
    );
    return { commits, base: base.commit };
  }

  it('all, oldest first, to a remote that has nothing', async () => {
    const { repository, one, two, three } = history();
    expect(await pushed(repository, three, ZERO)).toEqual({ commits: [one, two, three], base: null });
  });

  it('what is behind the commit that the remote is at', async () => {
    const { repository, one, two, three } = history();
    expect(await pushed(repository, three, one)).toEqual({ commits: [two, three], base: one });
  });

  it('to a new branch, what is in none of the branches of that remote', async () => {
    const { repository, two, three, fetched } = history();
    fetched('origin/main', two);
    fetched('other/main', three);
    expect(await pushed(repository, three, ZERO)).toEqual({ commits: [three], base: two });
  });

  it('to a remote that is at a commit which is not here, likewise', async () => {
    const { repository, two, three, fetched } = history();
    fetched('origin/main', two);
    expect(await pushed(repository, three, ONE)).toEqual({ commits: [three], base: two });
  });

  it('to an address without a name, all that it is not at', async () => {
    const { repository, one, two, three, fetched } = history();
    fetched('origin/main', three);
    expect(await pushed(repository, three, one, 'https://example.com/x.git')).toEqual({
      commits: [two, three],
      base: one,
    });
  });

  it('nothing, when it has all', async () => {
    const { repository, one, three } = history();
    expect((await pushed(repository, three, three)).commits).toEqual([]);
    expect((await pushed(repository, one, three)).commits).toEqual([]);
  });

  it('what was rewritten, against what it is built upon', async () => {
    const { repository, one, three } = history();
    repository.git('reset', '--quiet', '--hard', one);
    const other = repository.commit({ a: 'other' });
    expect(await pushed(repository, other, three)).toEqual({ commits: [other], base: one });
  });

  it('a merge of what the remote has: against the newest of it', async () => {
    const { repository, one, three, fetched } = history();
    repository.git('checkout', '--quiet', '-b', 'side', one);
    const side = repository.commit({ side: 'x' });
    fetched('origin/side', one);
    fetched('origin/main', three);
    repository.git('merge', '--quiet', '--no-edit', 'main');
    const merge = repository.git('rev-parse', 'HEAD');
    expect(await pushed(repository, merge, one)).toEqual({ commits: [side, merge], base: three });
  });

  it('of a tag, the commits of its commit; of a tag of a blob, none', async () => {
    const { repository, one, two, three } = history();
    repository.git('tag', '--annotate', '--message=x', 'v1');
    repository.git('tag', '--annotate', '--message=x', 'blob', 'HEAD:a');
    expect((await pushed(repository, repository.git('rev-parse', 'v1'), one)).commits).toEqual([two, three]);
    expect(await pushed(repository, repository.git('rev-parse', 'blob'), ZERO)).toEqual({
      commits: [],
      base: null,
    });
  });
});
