import { writeFile } from 'node:fs/promises';
import { readExternalFindings } from '../local/external-reports.ts';
import { compare, configAt, type Door, openGit, prepareReview } from '../local/prepare-review.ts';
import { recordShown } from '../local/staged-review.ts';
import { reviewChange } from '../review/review-change.ts';
import { exitCodeOf } from '../review/verdict.ts';
import { flagText, flagTexts, oneOfFlag } from './flags.ts';
import { FORMATS, renderReview } from './render-review.ts';

/** `code-agent review [range]`. */
export async function review(
  range: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  const format = oneOfFlag(flags, 'format', FORMATS);
  const output = flagText(flags, 'output');
  const budget = flagText(flags, 'budget');
  const git = await openGit(door);
  try {
    const comparison = await compare(git, door, range);
    const { config } = await configAt(git, door, comparison.base, {
      failOn: flagText(flags, 'failOn'),
      budget,
    });
    const time = budget === undefined ? null : AbortSignal.timeout(config.hook.budget);
    const input = await prepareReview(git, door, comparison, config, time ?? new AbortController().signal);
    const external = await readExternalFindings(flagTexts(flags, 'sarif'), git.repository);
    const result = await reviewChange({ ...input, external });
    recordShown(git.repository.commonDir, result);
    const text = await renderReview(result, format, {
      env: door.env,
      stream: output === undefined ? process.stdout : null,
      verbose: flags['verbose'] === true,
    });
    if (output === undefined) process.stdout.write(text);
    else await writeFile(output, text);
    return exitCodeOf(result.verdict);
  } finally {
    git.close();
  }
}
