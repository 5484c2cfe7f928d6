import { EXIT } from '../code-agent-error.ts';
import { type Door, openGit } from '../local/prepare-review.ts';
import { writeBaseline } from '../local/write-baseline.ts';
import { plural } from '../report/summary.ts';
import { flagText } from './flags.ts';
import { refuseUnwritable } from './output.ts';

/** `code-agent baseline [range]`. */
export async function baseline(
  range: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  const output = flagText(flags, 'output');
  if (output !== undefined) await refuseUnwritable(output);
  const git = await openGit(door);
  try {
    const { file, entries, complete } = await writeBaseline(git, door, range, output);
    process.stdout.write(
      `${file}: ${plural(entries, 'finding')} accepted. It counts once it is committed.\n`,
    );
    return complete ? EXIT.pass : EXIT.incomplete;
  } finally {
    git.close();
  }
}
