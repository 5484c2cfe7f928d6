import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { askModels, choosing, type NoModels } from '../local/ask-models.ts';
import { commitMessage } from '../local/commit-message.ts';
import { readExternalFindings } from '../local/external-reports.ts';
import { keepReview } from '../local/keep-review.ts';
import type { ModelAsk } from '../local/model-reviewer.ts';
import { compare, configAt, type Door, openGit, prepareReview } from '../local/prepare-review.ts';
import { showProgress } from '../local/show-progress.ts';
import { recordShown } from '../local/staged-review.ts';
import { type Outgoing, renderDryRun, renderDryRunJson } from '../report/dry-run.ts';
import { reviewChange } from '../review/review-change.ts';
import type { DryRun } from '../review/reviewer.ts';
import { exitCodeOf } from '../review/verdict.ts';
import { flagNumber, flagText, flagTexts, oneOfFlag } from './flags.ts';
import { refuseUnwritable, writeOutput } from './output.ts';
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
  const dryRun = flags['dryRun'] === true;
  if (dryRun && format !== 'terminal' && format !== 'json')
    throw new CodeAgentError(`--dry-run has no format ${format}`, {
      exitCode: EXIT.usage,
      advice: 'It prints text, or with --format json an object.',
    });
  const budget = flagText(flags, 'budget');
  const maxCost = flagNumber(flags, 'maxCost');
  if (output !== undefined) await refuseUnwritable(output);
  const git = await openGit(door);
  const progress = showProgress(process.stderr);
  try {
    const comparison = await compare(git, door, range);
    const { config } = await configAt(git, door, comparison.base, {
      failOn: flagText(flags, 'failOn'),
      budget,
    });
    const chosen = choosing(config, {
      model: flagText(flags, 'model'),
      ...(flags['offline'] === true && { asked: false }),
    });
    const time =
      budget === undefined ? new AbortController().signal : AbortSignal.timeout(config.hook.budget);
    const asking = askModels(door, chosen, {
      door: 'cli',
      within: budget === undefined ? config.review.timeout : config.hook.budget,
      withinBy: budget === undefined ? 'review.timeout' : '--budget',
      maxCost,
      message: await commitMessage(git.reader, comparison),
      dryRun,
      onProgress: progress.show,
    });
    let planned: DryRun = { requests: [], known: 0, leftOut: [] };
    const plan = (one: DryRun): void => {
      planned = one;
    };
    const input = await prepareReview(git, door, comparison, config, time, {
      ask: dryRun ? asking?.then((models) => ({ ...models, dryRun: plan })) : asking,
    });
    const external = await readExternalFindings(flagTexts(flags, 'sarif'), git.repository);
    const reviewed = await reviewChange({ ...input, external });
    progress.end();
    const asked = await asking;
    // A model that is named and cannot be asked is wrong usage here. In a hook it keeps nobody from committing.
    if (asked !== undefined && 'failure' in asked && asked.failure.exitCode === EXIT.usage)
      throw asked.failure;
    if (dryRun) {
      const outgoing = { ...planned, ...recipients(asked) };
      await writeOutput(format === 'json' ? renderDryRunJson(outgoing) : renderDryRun(outgoing), output);
      return EXIT.pass;
    }
    const result = keepReview(git.repository, reviewed, 'cli');
    recordShown(git.repository.commonDir, result);
    const text = await renderReview(result, format, {
      env: door.env,
      stream: output === undefined ? process.stdout : null,
      verbose: flags['verbose'] === true,
    });
    await writeOutput(text, output);
    if (asked === undefined && format === 'terminal' && chosen.review.model) process.stderr.write(NO_MODEL);
    if (readEnvironment(door.env).databaseUrl !== null)
      await (await import('./move-and-warn.ts')).moveAndWarn(git, door);
    return exitCodeOf(result.verdict);
  } finally {
    progress.end();
    git.close();
  }
}

/** Whom a dry run speaks of. */
function recipients(asked: ModelAsk | NoModels | undefined): Pick<Outgoing, 'models' | 'failure'> {
  if (asked === undefined) return { models: [], failure: null };
  if ('failure' in asked) return { models: [], failure: asked.failure.message };
  return { models: asked.models.map(({ id }) => id), failure: null };
}
