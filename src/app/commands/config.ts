import { readEnvironment } from '../../config/environment.ts';
import { renderConfig } from '../../config/render-config.ts';
import { configAt, openGit } from '../../local/prepare-review.ts';
import { fenced } from '../../report/pull-request/code-text.ts';
import { allChecks } from '../../review/all-checks.ts';
import { withMirror } from '../mirror-of.ts';
import { readPolicyAt } from '../read-policy-at.ts';
import type { CommandAnswer } from './command-call.ts';

/** What belongs to the operator alone and is nobody's business here, and what has a meaning in hooks only. */
const NOT_SHOWN = /^(?:app|models|tools|(?:review|tasks)\.max(?:Cost|Tokens)|hook|prePush)\b/;

/** `/agent config`: what is in effect for this pull request, with where each value came from. */
export const config: CommandAnswer = async ({ door, subject, signal }) =>
  withMirror(door, subject, signal, async (mirror) => {
    const git = await openGit({ cwd: mirror.gitDir, env: mirror.env, signal });
    try {
      const policy = await readPolicyAt(door, git, mirror.base, signal);
      if ('problem' in policy) return `The configuration is wrong:\n\n${fenced(policy.problem)}`;
      const resolved = await configAt(git, { cwd: mirror.gitDir, env: door.env, signal }, policy.at);
      const { userConfigPath } = readEnvironment(door.env);
      const origins = [...resolved.origins].map(([key, origin]) => {
        const isOperators = origin.startsWith(`${userConfigPath}`) || origin === 'CODE_AGENT_FAIL_ON';
        return [key, isOperators ? 'who runs this App' : origin] as const;
      });
      const lines = renderConfig({ ...resolved, origins: new Map(origins) }, allChecks)
        .split('\n')
        .filter((line) => line !== '' && !NOT_SHOWN.test(line));
      return `Read at \`${mirror.base.slice(0, 7)}\`, the tip of the base branch:\n\n${fenced(lines.join('\n'))}`;
    } finally {
      git.close();
    }
  });
