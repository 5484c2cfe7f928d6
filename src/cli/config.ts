import { EXIT } from '../code-agent-error.ts';
import { renderConfig, renderConfigJson } from '../config/render-config.ts';
import { compare, configAt, type Door, openGit } from '../local/prepare-review.ts';
import { allChecks } from '../review/all-checks.ts';

/** `code-agent config`: what is in effect for the next commit. */
export async function config(flags: Record<string, unknown>, door: Door): Promise<number> {
  const git = await openGit(door);
  try {
    const resolved = await configAt(git, door, (await compare(git, door)).base);
    const render = flags['json'] === true ? renderConfigJson : renderConfig;
    process.stdout.write(render(resolved, allChecks));
    return EXIT.pass;
  } finally {
    git.close();
  }
}
