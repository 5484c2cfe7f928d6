import { mkdir } from 'node:fs/promises';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { gitEnvironment, runGit } from './run-git.ts';

/** An environment in which git knows nothing of this machine's settings, and of no repository but the one it is in. */
export function plainGitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(kept), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
}

/**
 * Makes a bare repository at `folder`, which is not there yet, of a bundle (git-bundle(1)): its objects and its refs.
 * Not a clone: the configuration is git's own, there are no hooks and no files, and no transport is opened.
 * `env`: from {@link plainGitEnvironment}. Rejects with exit code 2 when it is no bundle, is damaged, or needs commits
 * that are not in it.
 */
export async function unpackBundle(
  bundle: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const call = { cwd: folder, env: gitEnvironment(env), signal };
  await mkdir(folder);
  await runGit(
    ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--initial-branch=main'],
    call,
  );
  try {
    const listed = (await runGit(['bundle', 'unbundle', bundle], call)).toString();
    await runGit(['update-ref', '--stdin', '-z'], { ...call, stdin: refUpdates(listed) });
  } catch (error) {
    if (!(error instanceof CodeAgentError) || error.exitCode === EXIT.timeout) throw error;
    throw new CodeAgentError(`cannot be unpacked: ${error.message}`, {
      exitCode: EXIT.usage,
      advice: 'Make it with `git bundle create FILE BRANCH…`, with all commits that it needs.',
      cause: error,
    });
  }
}

/** `<oid> <name>` a line. What is not under refs/ is HEAD, and the like: git makes those by itself. */
function refUpdates(listed: string): string {
  return listed
    .split('\n')
    .flatMap((line) => {
      const [, oid, name] = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line) ?? [];
      return oid === undefined ? [] : [`create ${name}\0${oid}\0`];
    })
    .join('');
}
