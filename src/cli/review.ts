import { writeFile } from 'node:fs/promises';
import type { ModelRequest } from '../agent/model.ts';
import { EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { askModels } from '../local/ask-models.ts';
import { readExternalFindings } from '../local/external-reports.ts';
import { compare, configAt, type Door, openGit, prepareReview } from '../local/prepare-review.ts';
import { showProgress } from '../local/show-progress.ts';
import { recordShown } from '../local/staged-review.ts';
import { renderRequests } from '../report/requests.ts';
import { reviewChange } from '../review/review-change.ts';
import { exitCodeOf } from '../review/verdict.ts';
import { flagNumber, flagText, flagTexts, oneOfFlag } from './flags.ts';
import { FORMATS, renderReview } from './render-review.ts';

const NO_MODEL =
  'No model is configured: the checks alone ran. Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server.\n';

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
  const progress = showProgress(process.stderr);
  try {
    const comparison = await compare(git, door, range);
    const { config } = await configAt(git, door, comparison.base, {
      failOn: flagText(flags, 'failOn'),
      budget,
    });
    const time =
      budget === undefined ? new AbortController().signal : AbortSignal.timeout(config.hook.budget);
    const ask = await askModels(door, wanted(config, flags), {
      door: 'cli',
      within: budget === undefined ? config.review.timeout : config.hook.budget,
      maxCost: flagNumber(flags, 'maxCost'),
      message: await messageOf(git, comparison),
      onProgress: progress.show,
    });
    const requests: ModelRequest[] = [];
    const dryRun = flags['dryRun'] === true;
    const input = await prepareReview(git, door, comparison, config, time, {
      ask: dryRun && ask !== undefined ? { ...ask, dryRun: (first) => requests.push(...first) } : ask,
    });
    const external = await readExternalFindings(flagTexts(flags, 'sarif'), git.repository);
    const result = await reviewChange({ ...input, external });
    progress.end();
    if (dryRun) {
      process.stdout.write(renderRequests(ask !== undefined && 'models' in ask ? ask.models : [], requests));
      return EXIT.pass;
    }
    recordShown(git.repository.commonDir, result);
    const text = await renderReview(result, format, {
      env: door.env,
      stream: output === undefined ? process.stdout : null,
      verbose: flags['verbose'] === true,
    });
    if (output === undefined) process.stdout.write(text);
    else await writeFile(output, text);
    if (ask === undefined && format === 'terminal' && wanted(config, flags).review.model)
      process.stderr.write(NO_MODEL);
    return exitCodeOf(result.verdict);
  } finally {
    progress.end();
    git.close();
  }
}

/** With what the flags say of models: `--offline`, `--model`. */
function wanted(config: Config, flags: Record<string, unknown>): Config {
  const [offline, model] = [flags['offline'] === true, flagText(flags, 'model')];
  const known = config.models.filter(({ id }) => id === model);
  return {
    ...config,
    ...(model !== undefined && { models: known.length > 0 ? known : [{ id: model }] }),
    review: { ...config.review, model: config.review.model && !offline },
  };
}

/** What the author of the last commit of a change says of it. Null for what is only staged. */
async function messageOf(
  { reader }: Awaited<ReturnType<typeof openGit>>,
  { head }: Awaited<ReturnType<typeof compare>>,
): Promise<string | null> {
  if (head === null || head.commit === null) return null;
  const object = (await reader.read(head.commit)).toString();
  return object.slice(object.indexOf('\n\n') + 2);
}
