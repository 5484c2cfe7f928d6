import { copyFileSync, mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../../src/git/repository.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { openGit } from './open-git.ts';

/** A repository with `staged` in its index, in the folder `sub` too. */
function stagedRepository(...options: string[]): TempRepository {
  const repository = tempRepository(...options);
  repository.commit({ 'sub/a': 'one\n', b: 'one\n' });
  repository.write({ 'sub/a': 'staged\n' });
  repository.git('add', '--all');
  return repository;
}

async function stagedPaths(
  at: Pick<TempRepository, 'path' | 'env'>,
  env: NodeJS.ProcessEnv = {},
): Promise<readonly string[]> {
  return (await (await openGit(at, env)).staged()).files.map(({ path }) => path);
}

describe('the repository is found', () => {
  it('from its top level and from a folder', async () => {
    const repository = stagedRepository();
    for (const folder of ['', 'sub']) {
      const opened = await openRepository(join(repository.path, folder), repository.env);
      expect(opened).toMatchObject({
        topLevel: repository.path,
        gitDir: join(repository.path, '.git'),
        commonDir: join(repository.path, '.git'),
        indexFile: join(repository.path, '.git/index'),
        objectFormat: 'sha1',
        shallow: false,
        emptyTree: repository.git('hash-object', '-t', 'tree', '/dev/null'),
      });
      expect(await stagedPaths({ ...repository, path: join(repository.path, folder) })).toEqual(['sub/a']);
    }
  });

  it('in a sha256 repository', async () => {
    const repository = stagedRepository('--object-format=sha256');
    const { objectFormat, emptyTree } = await openRepository(repository.path, repository.env);
    expect(objectFormat).toBe('sha256');
    expect(emptyTree).toBe(repository.git('hash-object', '-t', 'tree', '/dev/null'));
    expect(await stagedPaths(repository)).toEqual(['sub/a']);
  });

  it('in a linked worktree, from a folder too, and with the GIT_DIR that a hook has there', async () => {
    const repository = stagedRepository();
    const path = join(tempFolder(), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'linked', path);
    writeFileSync(join(path, 'sub/a'), 'linked\n');
    writeFileSync(join(path, 'sub/new'), 'linked\n');
    repository.git('-C', path, 'add', '--all');
    const gitDir = join(repository.path, '.git/worktrees/linked');
    for (const folder of ['', 'sub']) {
      const opened = await openRepository(join(path, folder), repository.env);
      expect(opened).toMatchObject({
        topLevel: path,
        gitDir,
        commonDir: join(repository.path, '.git'),
        indexFile: join(gitDir, 'index'),
      });
      expect(await stagedPaths({ ...repository, path: join(path, folder) })).toEqual(['sub/a', 'sub/new']);
    }
    expect(await stagedPaths({ ...repository, path }, { GIT_DIR: gitDir })).toEqual(['sub/a', 'sub/new']);
    expect(await stagedPaths(repository)).toEqual(['sub/a']);
  });

  it('in the working tree of a submodule', async () => {
    const library = stagedRepository();
    const repository = tempRepository();
    repository.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      library.path,
      'vendor/lib',
    );
    const path = join(repository.path, 'vendor/lib');
    writeFileSync(join(path, 'b'), 'two\n');
    repository.git('-C', path, 'add', '--all');
    const opened = await openRepository(join(path, 'sub'), repository.env);
    expect(opened).toMatchObject({
      topLevel: path,
      gitDir: join(repository.path, '.git/modules/vendor/lib'),
    });
    expect(await stagedPaths({ ...repository, path })).toEqual(['b']);
    expect(await stagedPaths(repository)).toEqual(['.gitmodules', 'vendor/lib']);
  });

  it('behind a link to a folder of it', async () => {
    const repository = stagedRepository();
    const link = join(tempFolder(), 'link');
    symlinkSync(join(repository.path, 'sub'), link);
    const { topLevel } = await openRepository(link, repository.env);
    expect(topLevel && realpathSync(topLevel)).toBe(realpathSync(repository.path));
    expect(await stagedPaths({ ...repository, path: link })).toEqual(['sub/a']);
  });

  it.each([
    ['absolute', (path: string) => ({ GIT_DIR: join(path, '.git'), GIT_WORK_TREE: path })],
    ['relative to the folder', () => ({ GIT_DIR: '../.git', GIT_WORK_TREE: '..' })],
  ])('by GIT_DIR and GIT_WORK_TREE, %s', async (_, variables) => {
    const repository = stagedRepository();
    const path = join(repository.path, 'sub');
    const env = variables(repository.path);
    const opened = await openRepository(path, { ...repository.env, ...env });
    expect(opened).toMatchObject({ topLevel: repository.path, gitDir: join(repository.path, '.git') });
    expect(await stagedPaths({ ...repository, path }, env)).toEqual(['sub/a']);
  });

  it('by GIT_DIR and GIT_WORK_TREE from outside', async () => {
    const repository = stagedRepository();
    const env = { GIT_DIR: join(repository.path, '.git'), GIT_WORK_TREE: repository.path };
    const elsewhere = { ...repository, path: tempFolder() };
    expect(await stagedPaths(elsewhere, env)).toEqual(['sub/a']);
  });
});

describe('the index that is committed', () => {
  it.each([
    ['absolute', (path: string) => join(path, '.git/other')],
    ['relative to the top level, as in a hook', () => '.git/other'],
  ])('is the one of GIT_INDEX_FILE, %s', async (_, file) => {
    const repository = stagedRepository();
    const index = join(repository.path, '.git/other');
    repository.git('update-index', '--index-version=4');
    const other = { ...repository.env, GIT_INDEX_FILE: index };
    await repository.tryGit(['read-tree', 'HEAD'], { env: other });
    await repository.tryGit(['rm', '--quiet', '--cached', 'b'], { env: other });
    const env = { GIT_INDEX_FILE: file(repository.path) };
    expect((await openGit(repository, env)).repository.indexFile).toBe(index);
    expect(await stagedPaths(repository, env)).toEqual(['b']);
    expect(await stagedPaths({ ...repository, path: join(repository.path, 'sub') }, env)).toEqual(['b']);
  });

  it('may be the one that is locked, as during "commit --all"', async () => {
    const repository = stagedRepository();
    repository.git('update-index', '--force-remove', 'b');
    const lock = join(repository.path, '.git/index.lock');
    copyFileSync(join(repository.path, '.git/index'), lock);
    expect(await stagedPaths(repository, { GIT_INDEX_FILE: lock })).toEqual(['b', 'sub/a']);
  });

  it('may not be there: then all is deleted', async () => {
    const repository = stagedRepository();
    expect(await stagedPaths(repository, { GIT_INDEX_FILE: '.git/none' })).toEqual(['b', 'sub/a']);
  });
});

describe('there is none', () => {
  it('outside of a repository: exit 2', async () => {
    const { env } = tempRepository();
    await expect(openRepository(tempFolder(), env)).rejects.toMatchObject({
      exitCode: 2,
      message: 'this is not a git repository',
    });
  });

  it('inside of a git directory: exit 2', async () => {
    const repository = tempRepository();
    await expect(openRepository(join(repository.path, '.git'), repository.env)).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it('in a folder that is not there', async () => {
    const repository = tempRepository();
    await expect(openRepository(join(repository.path, 'none'), repository.env)).rejects.toMatchObject({
      exitCode: 3,
    });
  });

  it('when its path holds a newline: exit 2, not another repository', async () => {
    const repository = tempRepository();
    const path = join(repository.path, 'a\nb');
    mkdirSync(path);
    repository.git('init', '--quiet', path);
    await expect(openRepository(path, repository.env)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('when git is not: exit 3, and what to do', async () => {
    const { path, env } = tempRepository();
    await expect(openRepository(path, { ...env, PATH: tempFolder() })).rejects.toMatchObject({
      exitCode: 3,
      advice: 'Is git installed, and is it in PATH?',
    });
  });

  it('when it was stopped: exit 4, retryable', async () => {
    const { path, env } = tempRepository();
    await expect(openRepository(path, env, AbortSignal.abort())).rejects.toMatchObject({
      exitCode: 4,
      retryable: true,
    });
  });
});

describe('in a hook of a commit, git need not be asked', () => {
  const shapes: Readonly<Record<string, (at: TempRepository) => string>> = {
    plain: ({ path }) => path,
    'a shallow clone': ({ path, git }) => {
      const clone = join(tempFolder(), 'clone');
      git('clone', '--quiet', '--depth=1', `file://${path}`, clone);
      return clone;
    },
    'a linked worktree': ({ git }) => {
      const linked = join(tempFolder(), 'linked');
      git('worktree', 'add', '--quiet', '-b', 'linked', linked);
      return linked;
    },
    'a git directory elsewhere': ({ path, git }) => {
      git('init', '--quiet', '--separate-git-dir', join(tempFolder(), 'elsewhere'));
      return path;
    },
    'a link to the git directory': ({ path }) => {
      const elsewhere = join(tempFolder(), 'elsewhere');
      renameSync(join(path, '.git'), elsewhere);
      symlinkSync(elsewhere, join(path, '.git'));
      return path;
    },
    'core.worktree': ({ path, git }) => {
      const tree = join(tempFolder(), 'tree');
      mkdirSync(tree);
      git('config', 'core.worktree', tree);
      return path;
    },
    'settings of each worktree': ({ path, git }) => {
      git('config', 'extensions.worktreeConfig', 'true');
      return path;
    },
    'included settings': ({ path, git }) => {
      const tree = join(tempFolder(), 'tree');
      mkdirSync(tree);
      writeFileSync(join(path, '.git/more'), `[core]\n\tworktree = ${tree}\n`);
      git('config', 'include.path', 'more');
      return path;
    },
    'a link to the folder': ({ path }) => {
      const link = join(tempFolder(), 'link');
      symlinkSync(path, link);
      return link;
    },
  };
  it.each(Object.entries(shapes))('%s: all is as git says it', async (_, make) => {
    const repository = stagedRepository();
    const path = make(repository);
    const { call, indexFile, ...asked } = await openRepository(path, repository.env);
    const hook = { ...repository.env, GIT_INDEX_FILE: indexFile };
    const { call: callInHook, ...known } = await openRepository(path, hook);
    expect(known).toEqual({ ...asked, indexFile });
    expect(callInHook.cwd).toBe(call.cwd);
  });

  it('and is not: it works without git, which a linked worktree does not', async () => {
    const repository = stagedRepository();
    const linked = join(tempFolder(), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'linked', linked);
    const env = {
      ...repository.env,
      GIT_INDEX_FILE: join(repository.path, '.git/index'),
      PATH: tempFolder(),
    };
    expect(await openRepository(repository.path, env)).toMatchObject({ topLevel: repository.path });
    await expect(openRepository(linked, env)).rejects.toThrow('git could not be started');
  });
});
