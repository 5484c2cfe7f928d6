import type { FileChange } from '../change/change-set.ts';
import type { Check, CheckContext, ReviewedFile } from './check.ts';
import type { Problem } from './finding.ts';
import type { PlannedFile } from './plan.ts';
import { createRoom, openReviewedFile, type ReadBlob } from './reviewed-file.ts';

/** A problem and the check that found it. */
export interface CheckProblem {
  readonly check: Check;
  readonly problem: Problem;
}

export interface CheckRun {
  readonly problems: readonly CheckProblem[];
  /** One line for every check that failed. */
  readonly failures: readonly string[];
  /** The files that were not looked at by every check because time ran out. */
  readonly outOfTime: ReadonlySet<PlannedFile>;
}

/** So many bytes of patches are decoded at a time. */
const SLICE_BYTES = 4_000_000;
/** Checks run side by side over less than this: what each of them decodes is in memory together. */
const TOGETHER_BYTES = 3_000_000;

/**
 * Runs every check over the files that it looks into. A check that throws is a failure, and the others go on.
 * Between two pieces of work it asks whether `signal` says that time is up.
 */
export async function runChecks(
  planned: readonly PlannedFile[],
  checks: readonly Check[],
  context: CheckContext,
  readBlob: ReadBlob,
  signal: AbortSignal,
): Promise<CheckRun> {
  const problems = new Map<Check, CheckProblem[]>(checks.map((check) => [check, []]));
  const failures = new Map<Check, string>();
  const outOfTime = new Set<PlannedFile>();

  async function run(check: Check, files: readonly ReviewedFile[]): Promise<void> {
    const shown = check.generatedToo ? files : files.filter((file) => !file.generated);
    if (shown.length === 0 || failures.has(check)) return;
    try {
      for await (const problem of await check.run(shown, context))
        problems.get(check)?.push({ check, problem });
    } catch (error) {
      failures.set(
        check,
        `the check ${check.id} failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  async function runAll(scope: Check['scope'], part: readonly PlannedFile[]): Promise<void> {
    // Checks of the whole change read the text of few files, and most of them one after the other.
    const room = scope === 'change' ? createRoom() : undefined;
    const files = await Promise.all(
      part.map(({ change, generated, others }) =>
        openReviewedFile(change, generated, readBlob, others, room),
      ),
    );
    const own = checks.filter((check) => check.scope === scope);
    const bytes = part.reduce((sum, { change }) => sum + patchBytes(change), 0);
    const waiting: Promise<void>[] = [];
    for (const check of [...own.filter(({ waits }) => waits), ...own.filter(({ waits }) => !waits)]) {
      if (signal.aborted) for (const file of part) outOfTime.add(file);
      else if (check.waits && bytes < TOGETHER_BYTES) waiting.push(run(check, files));
      else await run(check, files);
      // Lets those that wait go on, and the clock of the budget.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(waiting);
  }

  for (const slice of slices(planned)) await runAll('files', slice);
  await runAll('change', planned);
  return { problems: [...problems.values()].flat(), failures: [...failures.values()], outOfTime };
}

const patchBytes = ({ hunks }: FileChange): number =>
  (hunks ?? []).reduce((sum, hunk) => sum + hunk.body.length, 0);

function* slices(planned: readonly PlannedFile[]): Generator<PlannedFile[]> {
  let slice: PlannedFile[] = [];
  let bytes = 0;
  for (const file of planned) {
    const size = patchBytes(file.change);
    if (slice.length > 0 && bytes + size > SLICE_BYTES) {
      yield slice;
      [slice, bytes] = [[], 0];
    }
    slice.push(file);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}
