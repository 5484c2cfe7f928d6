import { describe, expect, it } from 'vitest';
import { openRepository } from '../../src/git/repository.ts';
import { remoteIdentity, repositoryIdentity } from '../../src/git/repository-identity.ts';
import { tempRepository } from '../support/temp-repository.ts';

describe('repository identity', () => {
  it.each([
    ['git@github.com:Owner/name.git', 'github.com/owner/name'],
    ['github.com:owner/name', 'github.com/owner/name'],
    ['https://github.com/owner/name', 'github.com/owner/name'],
    ['https://someone:password@github.com/owner/name.git/', 'github.com/owner/name'],
    ['ssh://git@github.com:22/owner/name.git', 'github.com/owner/name'],
    ['ssh://git@GIT.example.com/~team/name.git', 'git.example.com/~team/name'],
    ['git@example.com:/srv/git/name.git', 'example.com/srv/git/name'],
    ['https://gitlab.com/group/sub/name.git', 'gitlab.com/group/sub/name'],
    ['file:///srv/git/name.git', null],
    ['/srv/git/name.git', null],
    ['../name', null],
    ['C:\\git\\name', null],
    ['C:/git/name', null],
    ['', null],
    ['https://me:p@ss:w@host/owner/name.git', 'host/owner/name'],
    ['https://host/owner/name.git?private_token=abc', 'host/owner/name'],
    ['p@ss@host:owner/name', 'host/owner/name'],
  ])('%s is %s', (url, identity) => expect(remoteIdentity(url)).toBe(identity));

  it('is that of origin, else of the first remote, else the first commit, else none', async () => {
    const repository = tempRepository();
    const identity = async () => repositoryIdentity(await openRepository(repository.path, repository.env));
    expect(await identity()).toBeNull();
    const first = repository.commit({ a: '1' });
    repository.commit({ a: '2' });
    expect(await identity()).toBe(`commit:${first}`);
    repository.git('remote', 'add', 'copy', '/srv/git/copy');
    expect(await identity()).toBe(`commit:${first}`);
    repository.git('remote', 'add', 'fork', 'git@github.com:me/name.git');
    expect(await identity()).toBe('github.com/me/name');
    repository.git('remote', 'add', 'origin', 'https://token@github.com/owner/name.git');
    expect(await identity()).toBe('github.com/owner/name');
    repository.git('remote', 'set-url', 'origin', 'gh:owner/other');
    repository.git('config', 'url.git@github.com:.insteadOf', 'gh:');
    expect(await identity()).toBe('github.com/owner/other');
  });
});
