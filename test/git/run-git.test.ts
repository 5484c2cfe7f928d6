import { describe, expect, it } from 'vitest';
import { gitEnvironment, runGit } from '../../src/git/run-git.ts';
import { tempRepository } from '../support/temp-repository.ts';

describe('a command that fails', () => {
  const MISSING = '1'.repeat(40);

  it.each<[string, string[], object]>([
    ['an object is missing', ['cat-file', 'blob', MISSING], { exitCode: 3 }],
    [
      'a tree is missing',
      ['diff-tree', '-r', '--raw', MISSING, MISSING],
      { message: `the object ${MISSING} is missing or damaged`, advice: expect.stringContaining('git fsck') },
    ],
    [
      'it is not known',
      ['no-such-command'],
      { message: expect.stringContaining('git no-such-command failed: ') },
    ],
    [
      'an option is not known',
      ['rev-list', '--no-such-option', 'HEAD'],
      { message: expect.stringMatching(/^git rev-list failed: (?:fatal|error|usage): /) },
    ],
  ])('%s: exit 3, in words of git', async (_, command, expected) => {
    const { path, env } = tempRepository();
    await expect(runGit(command, { cwd: path, env: gitEnvironment(env) })).rejects.toMatchObject({
      exitCode: 3,
      ...expected,
    });
  });

  it.each(['GIT_TRACE', 'GIT_TRACE2', 'GIT_TRACE_SETUP'])('with %s it says the same', async (name) => {
    const { path, env } = tempRepository();
    const message = (more: NodeJS.ProcessEnv) =>
      runGit(['rev-list', '--no-such-option', 'HEAD'], {
        cwd: path,
        env: gitEnvironment({ ...env, ...more }),
      }).then(
        () => expect.unreachable('it did not fail'),
        (error: Error) => error.message,
      );
    expect(await message({ [name]: '1' })).toBe(await message({}));
  });

  it('when its time is up: exit 4, retryable', async () => {
    const { path, env } = tempRepository();
    const signal = AbortSignal.timeout(50);
    const call = { cwd: path, env: gitEnvironment(env), signal };
    // It waits for the rest of its input, which never comes.
    await expect(runGit(['-c', 'alias.wait=!sleep 20', 'wait'], call)).rejects.toMatchObject({
      exitCode: 4,
      retryable: true,
    });
  });

  it('when it closes its input before all was written: by its exit code', async () => {
    const { path, env } = tempRepository();
    const call = { cwd: path, env: gitEnvironment(env), stdin: 'x\n'.repeat(1_000_000) };
    await expect(runGit(['no-such-command'], call)).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('gitEnvironment', () => {
  it('keeps which index and repository it is, and takes out what bends', () => {
    const kept = {
      GIT_INDEX_FILE: 'i',
      GIT_DIR: 'd',
      GIT_WORK_TREE: 'w',
      GIT_OBJECT_DIRECTORY: 'o',
      HOME: '/',
    };
    const bending = {
      GIT_EXTERNAL_DIFF: 'x',
      GIT_DIFF_OPTS: '-u0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_PREFIX: 'a/',
    };
    const env = gitEnvironment({ ...kept, ...bending, LC_ALL: 'de_DE', GIT_OPTIONAL_LOCKS: '1' });
    expect(env).toMatchObject({ ...kept, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' });
    for (const name of Object.keys(bending)) expect(env).not.toHaveProperty(name);
  });
});
