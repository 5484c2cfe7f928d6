import { EXIT } from '../code-agent-error.ts';
import { readChange } from '../git/read-change.ts';
import { keepHeapSmall } from '../local/keep-heap-small.ts';
import { compare, configAt, type Door, openGit } from '../local/prepare-review.ts';
import { renderChange } from '../report/change-json.ts';
import { flagText, oneOfFlag } from './flags.ts';
import { refuseUnwritable, writeOutput } from './output.ts';

/** `code-agent change [range]`. */
export async function change(
  range: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  oneOfFlag(flags, 'format', ['json']);
  const output = flagText(flags, 'output');
  if (output !== undefined) await refuseUnwritable(output);
  const git = await openGit(door);
  try {
    const comparison = await compare(git, door, range);
    const { config } = await configAt(git, door, comparison.base);
    const found = await readChange(git.repository, git.reader, comparison, config.limits);
    keepHeapSmall(found);
    await writeOutput(renderChange(found), output);
    return found.files.some((file) => file.unread !== null) ? EXIT.incomplete : EXIT.pass;
  } finally {
    git.close();
  }
}
