import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import type { Comparison } from '../../src/git/read-change.ts';
import { resolveRange, resolveStaged } from '../../src/git/resolve-range.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { openGit } from './open-git.ts';

async function range(at: Pick<TempRepository, 'path' | 'env'>, name: string, env?: NodeJS.ProcessEnv) {
  const { repository, reader } = await openGit(at, env);
  return resolveRange(repository, reader, name);
}

async function staged(at: Pick<TempRepository, 'path' | 'env'>, env: NodeJS.ProcessEnv = {}) {
  const { repository, reader } = await openGit(at, env);
  return resolveStaged(repository, reader, { ...at.env, ...env });
}

/** A comparison by its commits; checks that every tree is its commit's. */
function commits({ git }: TempRepository, { base, head, otherParents }: Comparison) {
  const empty = git('hash-object', '-t', 'tree', '/dev/null');
  for (const { commit, tree } of [base, ...(head ? [head] : []), ...otherParents]) {
    expect(tree).toBe(commit === null ? empty : git('rev-parse', `${commit}^{tree}`));
  }
  return {
    base: base.commit,
    head: head?.commit ?? null,
    ...(otherParents.length > 0 && { otherParents: otherParents.map(({ commit }) => commit) }),
  };
}

/** `main`: root — one — merge of `side`, whose own commit comes from root. Tags and odd names point at them. */
function history(...options: string[]): TempRepository & { readonly oid: (name: string) => string } {
  const repository = tempRepository(...options);
  const { path, env, git } = repository;
  const commit = (mark: number, branch: string, name: string, ...parents: readonly string[]) =>
    `commit refs/heads/${branch}
mark :${mark}
committer C <c@example.com> ${1.7e9 + mark} +0000
data ${name.length}
${name}
${parents.map((parent) => `${parent}\n`).join('')}M 100644 inline ${name}
data ${name.length}
${name}
`;
  const input = [
    commit(1, 'main', 'root'),
    commit(2, 'side', 'side', 'from :1'),
    commit(3, 'main', 'one', 'from :1'),
    commit(4, 'main', 'merge', 'from :3', 'merge :2'),
    'reset refs/tags/root\nfrom :1\n',
    'tag one\nfrom :3\ntagger C <c@example.com> 1700000000 +0000\ndata 0\n',
    ...['--output=x', 'a.b'].map((branch) => `reset refs/heads/${branch}\nfrom :2\n`),
  ];
  execFileSync('git', ['-c', 'core.fsync=none', 'fast-import', '--quiet'], {
    cwd: path,
    env,
    input: input.join('\n'),
  });
  git('reset', '--quiet', '--hard');
  return { ...repository, oid: (name) => git('rev-parse', `${name}^{commit}`) };
}

describe('a range', () => {
  it.each([
    ['root', null, 'root'],
    ['one', 'root', 'one'],
    ['main~1', 'root', 'one'],
    ['side', 'root', 'side'],
    ['refs/heads/--output=x', 'root', 'side'],
    ['root..side', 'root', 'side'],
    ['one..side', 'one', 'side'],
    ['one...side', 'root', 'side'],
    ['side...one', 'root', 'one'],
    ['root..one', 'root', 'one'],
    ['root..a.b', 'root', 'side'],
    ['a.b..root', 'side', 'root'],
    ['one..', 'one', 'main'],
    ['..one', 'main', 'one'],
    ['side...', 'side', 'main'],
    ['...side', 'side', 'side'],
    ['..', 'main', 'main'],
    ['HEAD^2..refs/heads/--output=x', 'side', 'side'],
    ['HEAD^{/one}', 'root', 'one'],
    ['@{0}..@', 'main', 'main'],
  ])('%s', async (name, base, head) => {
    const repository = history();
    const comparison = await range(repository, name);
    expect(commits(repository, comparison)).toEqual({
      base: base && repository.oid(base),
      head: repository.oid(head),
    });
  });

  it('a merge: against its first parent, with the others beside it', async () => {
    const repository = history();
    repository.git('checkout', '--quiet', '-b', 'third', 'root');
    repository.commit({ third: 'third\n' });
    repository.git('checkout', '--quiet', '-b', 'fourth', 'root');
    repository.commit({ fourth: 'fourth\n' });
    repository.git('checkout', '--quiet', 'main');
    const first = repository.oid('main');
    repository.git('merge', '--quiet', '--no-edit', 'third', 'fourth');
    expect(commits(repository, await range(repository, 'main'))).toEqual({
      base: first,
      head: repository.oid('main'),
      otherParents: [repository.oid('third'), repository.oid('fourth')],
    });
  });

  it.each([
    ['missing', 'Give a branch'],
    ['missing..main', 'Give a branch'],
    ['main..missing', 'Give a branch'],
    ['main...missing', 'Give a branch'],
    ['', 'Give a branch'],
    ['-x', 'begins with "-"'],
    ['--output=x', 'begins with "-"'],
    ['--output=x..main', 'begins with "-"'],
    ['main..--output=x', 'begins with "-"'],
    ['main...-x', 'begins with "-"'],
    ['main\nside', 'Give a branch'],
    ['main..side\n', 'Give a branch'],
    ['main\0', 'Give a branch'],
    ['main side', 'Give a branch'],
    ['main....side', 'Give a branch'],
    ['^main', 'Give a branch'],
    ['main^@', 'Give a branch'],
    ['main:root', 'Give a branch'],
    ['main^{tree}', 'Give a branch'],
    ['f'.repeat(40), 'Give a branch'],
  ])('%j is refused: exit 2', async (name, advice) => {
    const repository = tempRepository();
    repository.commit({ root: 'x\n' });
    for (const branch of ['side', '-x', '--output=x'])
      repository.git('update-ref', `refs/heads/${branch}`, 'HEAD');
    const error = await range(repository, name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CodeAgentError);
    expect(error).toMatchObject({ exitCode: 2, advice: expect.stringContaining(advice) });
  });

  it('writes no file, whatever its name asks for', async () => {
    const repository = history();
    const before = repository.git('status', '--porcelain', '--ignored');
    await range(repository, '--output=x').catch(() => undefined);
    await range(repository, 'refs/heads/--output=x');
    expect(repository.git('status', '--porcelain', '--ignored')).toBe(before);
  });

  it('of commits without a common one: two dots compare them, three are refused', async () => {
    const repository = history();
    repository.git('checkout', '--quiet', '--orphan', 'island');
    const island = repository.commit({ island: 'x\n' });
    expect(commits(repository, await range(repository, 'main..island'))).toEqual({
      base: repository.oid('main'),
      head: island,
    });
    await expect(range(repository, 'main...island')).rejects.toMatchObject({
      exitCode: 2,
      message: 'the two sides of main...island have no common commit',
      advice: 'Use two dots to compare them.',
    });
  });

  it('in a shallow clone: its last commit is a root, and a merge base beyond it says what to do', async () => {
    const origin = history();
    const path = join(tempFolder(), 'clone');
    origin.git('clone', '--quiet', '--depth=1', '--no-single-branch', `file://${origin.path}`, path);
    const clone = { path, env: origin.env };
    expect((await openGit(clone)).repository.shallow).toBe(true);
    expect(await range(clone, 'origin/side')).toMatchObject({ base: { commit: null } });
    await expect(range(clone, 'origin/side...origin/main')).rejects.toMatchObject({
      exitCode: 2,
      advice: 'The history is shallow: git fetch --unshallow',
    });
  });

  it('in a repository without a commit there is none', async () => {
    await expect(range(tempRepository(), 'HEAD')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('in a sha256 repository', async () => {
    const repository = history('--object-format=sha256');
    const comparison = await range(repository, 'root');
    expect(commits(repository, comparison)).toEqual({ base: null, head: repository.oid('root') });
    expect(comparison.base.tree).toHaveLength(64);
  });

  it('takes no replacement for a commit', async () => {
    const repository = history();
    const real = repository.git('rev-parse', 'main^{tree}');
    repository.git('replace', 'main', 'root');
    expect((await range(repository, 'main')).head?.tree).toBe(real);
  });
});

describe('what is staged', () => {
  it('is against HEAD', async () => {
    const repository = history();
    expect(commits(repository, await staged(repository))).toEqual({
      base: repository.oid('main'),
      head: null,
    });
  });

  it('is against nothing before the first commit', async () => {
    const repository = tempRepository();
    repository.write({ a: 'one\n' });
    repository.git('add', 'a');
    expect(commits(repository, await staged(repository))).toEqual({ base: null, head: null });
    const { files } = await (await openGit(repository)).staged();
    expect(files.map(({ path, status }) => [path, status])).toEqual([['a', 'added']]);
  });

  it('is against nothing on a branch without a commit, though others have some', async () => {
    const repository = history();
    repository.git('checkout', '--quiet', '--orphan', 'new');
    expect(commits(repository, await staged(repository))).toEqual({ base: null, head: null });
  });

  it('is against a detached HEAD', async () => {
    const repository = history();
    repository.git('checkout', '--quiet', '--detach', 'root');
    expect(commits(repository, await staged(repository))).toEqual({
      base: repository.oid('root'),
      head: null,
    });
  });

  it('has the merged commits beside it while a merge is concluded', async () => {
    const repository = history();
    repository.git('checkout', '--quiet', '-b', 'third', 'root');
    const third = repository.commit({ third: 'x\n' });
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--no-commit', '--no-ff', 'third');
    const expected = { base: repository.oid('main'), head: null, otherParents: [third] };
    expect(commits(repository, await staged(repository))).toEqual(expected);
  });

  it('has them from the environment of pre-merge-commit, where there is no MERGE_HEAD yet', async () => {
    const repository = history();
    const side = repository.oid('side');
    const comparison = await staged(repository, { [`GITHEAD_${side}`]: 'side', GITHEAD_x: 'not an id' });
    expect(commits(repository, comparison)).toEqual({
      base: repository.oid('main'),
      head: null,
      otherParents: [side],
    });
  });

  it.each([
    [
      'the commit',
      (repository: TempRepository) => repository.git('rev-parse', 'HEAD'),
      'the commit that HEAD names',
    ],
    [
      'its tree',
      (repository: TempRepository) => repository.git('rev-parse', 'HEAD^{tree}'),
      'the tree of commit',
    ],
  ])('%s of HEAD is missing: exit 3, never "all is new"', async (_, which, message) => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    const oid = which(repository);
    rmSync(join(repository.path, '.git/objects', oid.slice(0, 2), oid.slice(2)));
    await expect(staged(repository)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(message),
    });
  });

  it('is nothing in a bare repository: exit 2; a range is there', async () => {
    const origin = history();
    const path = join(tempFolder(), 'bare');
    origin.git('clone', '--quiet', '--bare', origin.path, path);
    const bare = { path, env: origin.env };
    await expect(staged(bare)).rejects.toMatchObject({
      exitCode: 2,
      advice: 'Name a range: code-agent review main~1..main',
    });
    const git = await openGit(bare);
    expect(git.repository.topLevel).toBeNull();
    const { files } = await git.range('root..side');
    expect(files.map((file) => [file.path, file.hunks?.length])).toEqual([['side', 1]]);
    expect((await git.range('main', { fileBytes: 1, changeBytes: 1 })).files).toHaveLength(1);
  });
});
