import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import type { BaseTree } from '../git/read-change.ts';
import { configAt, type OpenRepository } from '../local/prepare-review.ts';
import type { AppDoor } from './app-door.ts';
import { operatorConfig } from './operator-config.ts';

/** The policy that is in effect for a pull request: that of the tip of its base branch, which its author has no say in. */
export interface PolicyAt {
  readonly at: BaseTree;
  readonly config: Config;
}

/**
 * Answers what is wrong with the configuration of the repository, for a person, when it cannot be used. Rejects when that of the
 * operator cannot: see `operatorConfig`.
 */
export async function readPolicyAt(
  { env }: AppDoor,
  git: OpenRepository,
  commit: string,
  signal: AbortSignal,
): Promise<PolicyAt | { readonly problem: string }> {
  const tree = await git.reader.info(`${commit}^{tree}`);
  if (tree === null)
    throw new CodeAgentError(`the base commit ${commit} is not in the mirror`, {
      exitCode: EXIT.incomplete,
      retryable: true,
    });
  const at = { commit, tree: tree.oid };
  await operatorConfig({ env });
  try {
    const { config } = await configAt(git, { cwd: git.repository.gitDir, env, signal }, at);
    return { at, config };
  } catch (error) {
    if (!(error instanceof CodeAgentError) || error.exitCode !== EXIT.usage) throw error;
    return { problem: error.message };
  }
}
