import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { evaluate } from '../local/evaluate.ts';
import type { Door } from '../local/prepare-review.ts';
import { showProgress } from '../local/show-progress.ts';
import { renderEvaluation, renderEvaluationJson } from '../report/evaluation.ts';
import { flagNumber, flagText, oneOfFlag } from './flags.ts';
import { refuseUnwritable, writeOutput } from './output.ts';

/** `code-agent eval <dir>`. */
export async function evaluation(
  folder: string,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  const format = oneOfFlag(flags, 'format', ['terminal', 'json']);
  const output = flagText(flags, 'output');
  const options = {
    model: flagText(flags, 'model'),
    script: flagText(flags, 'script'),
    maxCost: flagNumber(flags, 'maxCost'),
    parallel: flagCount(flags, 'parallel'),
    runs: flagCount(flags, 'runs'),
  };
  if (options.model !== undefined && options.script !== undefined)
    throw usage('--model and --script exclude each other: a script is what is asked instead of a model');
  if (output !== undefined) await refuseUnwritable(output);
  const progress = showProgress(process.stderr);
  try {
    const result = await evaluate(folder, { ...options, onProgress: progress.show }, door);
    progress.end();
    const { color } = readEnvironment(door.env);
    const onTerminal = output === undefined && process.stdout.isTTY === true;
    const text =
      format === 'json'
        ? renderEvaluationJson(result)
        : renderEvaluation(result, { color: color === 'always' || (color === 'auto' && onTerminal) });
    await writeOutput(text, output);
    const whole = result.cases.every(({ runs }) => runs.every(({ score }) => score !== null));
    return whole ? EXIT.pass : EXIT.incomplete;
  } finally {
    progress.end();
  }
}

/** The value of a flag that is a whole number from 1 on; 1 without it. */
function flagCount(flags: Record<string, unknown>, name: string): number {
  const value = flagNumber(flags, name) ?? 1;
  if (!Number.isSafeInteger(value)) throw usage(`--${name} is a whole number; got ${value}`);
  return value;
}

const usage = (message: string) => new CodeAgentError(message, { exitCode: EXIT.usage });
