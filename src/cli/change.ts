import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXIT } from '../code-agent-error.ts';
import { readChange } from '../git/read-change.ts';
import { keepHeapSmall } from '../local/keep-heap-small.ts';
import { compare, configAt, type Door, openGit } from '../local/prepare-review.ts';
import { renderChange } from '../report/change-json.ts';
import { flagText, oneOfFlag } from './flags.ts';

/** `code-agent change [range]`. */
export async function change(
  range: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  oneOfFlag(flags, 'format', ['json']);
  const output = flagText(flags, 'output');
  const git = await openGit(door);
  try {
    const comparison = await compare(git, door, range);
    const { config } = await configAt(git, door, comparison.base);
    const found = await readChange(git.repository, git.reader, comparison, config.limits);
    keepHeapSmall(found);
    const target = output === undefined ? process.stdout : createWriteStream(output);
    await pipeline(Readable.from(renderChange(found)), target, { end: output !== undefined });
    return found.files.some((file) => file.unread !== null) ? EXIT.incomplete : EXIT.pass;
  } finally {
    git.close();
  }
}
