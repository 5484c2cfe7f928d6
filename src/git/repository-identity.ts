import { askGit } from './ask-git.ts';
import type { Repository } from './repository.ts';

/**
 * What is the same for all clones of a repository: host and path of its remote `origin`, or of the first there is, without
 * who goes there and how; without a remote, the first commit of its history. Null when it has neither yet.
 */
export async function repositoryIdentity({ call }: Repository): Promise<string | null> {
  const asked = { cwd: call.cwd, env: call.env };
  const listed = await askGit(
    ['config', '--null', '--get-regexp', String.raw`^remote\..*\.url$`],
    asked,
    [1],
  );
  const remotes = (listed ?? '').split('\0').flatMap((entry) => {
    const [name = '', url = ''] = entry.split('\n');
    return url === '' ? [] : [name.replace(/^remote\.(.*)\.url$/s, '$1')];
  });
  const first = (name: string) => (name === 'origin' ? 0 : 1);
  for (const name of remotes.sort((one, other) => first(one) - first(other))) {
    // As `url.<base>.insteadOf` of the user makes it (git-config(1)).
    const url = await askGit(['ls-remote', '--get-url', '--', name], asked);
    const identity = remoteIdentity(url?.trim() ?? '');
    if (identity !== null) return identity;
  }
  const roots = await askGit(['rev-list', '--max-parents=0', 'HEAD'], asked, [128]);
  const root = roots?.trim().split('\n').at(-1);
  return root ? `commit:${root}` : null;
}

/**
 * `git@host:owner/name.git`, `ssh://git@host:22/owner/name` and `https://token@host/owner/name.git/` (git-fetch(1), GIT URLS)
 * are all `host/owner/name`. Nothing of a password or of a query is in it, however it is written. Null for a folder of this machine.
 */
export function remoteIdentity(url: string): string | null {
  const [, host, path] =
    /^(?!file:)[a-z][a-z0-9+.-]*:\/\/(?:[^/]*@)?([^@/:]+)(?::\d+)?\/+([^?#]+)/i.exec(url) ??
    /^(?:[^/:]*@)?([^@/:]{2,}):(?!\/\/)\/*(.+)$/.exec(url) ??
    [];
  if (host === undefined || path === undefined) return null;
  return `${host}/${path.replace(/\/+$/, '').replace(/\.git$/, '')}`.toLowerCase();
}
