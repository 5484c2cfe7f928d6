import { loadPersonas } from '../agent/load-personas.ts';
import { PERMISSIONS } from '../agent/policy.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { parseDuration } from '../config/units.ts';
import { askModels, choosing } from '../local/ask-models.ts';
import { personasFolder } from '../local/personas-folder.ts';
import { configAt, type Door, openGit } from '../local/prepare-review.ts';
import { headOf, runTask } from '../local/run-task.ts';
import { taskProgress } from '../local/task-progress.ts';
import { terminalPerson } from '../local/terminal-person.ts';
import { runEndText } from '../report/task.ts';
import { isBranchName } from '../tasks/branch-name.ts';
import { guessType, TASK_TYPES } from '../tasks/task-type.ts';
import { workerPersona } from '../tasks/worker-persona.ts';
import { flagNumber, flagRefusal, flagText, oneOfFlag } from './flags.ts';
import { untilSignal } from './until-signal.ts';

/** `code-agent run <task>`. */
export async function run(text: string, flags: Record<string, unknown>, door: Door): Promise<number> {
  const branch = flagText(flags, 'branch') ?? null;
  if (branch !== null && !isBranchName(branch))
    throw flagRefusal('branch', `is the name of a branch; got ${JSON.stringify(branch)}`);
  const type = chosen(flags, 'type', TASK_TYPES) ?? guessType(text);
  const permission = chosen(flags, 'permission', PERMISSIONS) ?? 'supervised';
  const yes = flags['yes'] === true || permission === 'autonomous';
  const planOnly = flags['planOnly'] === true;
  const json = flags['json'] === true;
  if (!yes && !planOnly && process.stdin.isTTY !== true)
    throw new CodeAgentError('nobody is at a terminal to agree to the plan', {
      exitCode: EXIT.usage,
      advice: '--yes agrees to it, --plan-only shows it.',
    });
  if (text.trim() === '') throw new CodeAgentError('the task says nothing', { exitCode: EXIT.usage });

  const persona = flagText(flags, 'persona') ?? null;
  if (persona !== null) workerPersona(persona, loadPersonas(personasFolder(door)));

  let code: number = EXIT.incomplete;
  const began = process.uptime();
  const progress = taskProgress(process.stderr);
  await untilSignal(async (signal) => {
    const here = { ...door, signal };
    const git = await openGit(here);
    try {
      const { config } = await configAt(git, here, await headOf(git));
      const asking = await askModels(
        here,
        choosing(config, { model: flagText(flags, 'model'), asked: true }),
        {
          ...{ door: 'cli', withinBy: '--timeout', message: null },
          within: durationFlag(flags) ?? config.tasks.timeout,
          maxCost: flagNumber(flags, 'budget') ?? config.tasks.maxCost,
        },
      );
      if (asking === undefined)
        throw new CodeAgentError('no model is configured: nobody could do the task', {
          exitCode: EXIT.usage,
          advice: 'Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server (docs/models.md).',
        });
      if ('failure' in asking) throw asking.failure;
      progress.spentBy(asking.budget);
      const done = await runTask(git, here, {
        request: {
          ...{ text, type, permission, planOnly, persona },
          tests: flagText(flags, 'test') ?? config.tasks.tests,
        },
        ...{ branch, ask: asking, told: progress.tell },
        person: terminalPerson(
          { input: process.stdin, output: process.stderr, clear: progress.clear },
          { yes },
        ),
      });
      progress.end();
      const { report, task } = done;
      const end = {
        ...done,
        taskId: task.id,
        spent: asking.budget.spent(),
        ms: (process.uptime() - began) * 1000,
      };
      process.stdout.write(json ? `${JSON.stringify(end, null, 2)}\n` : runEndText(end));
      code =
        report.outcome === 'planned' || (report.outcome === 'completed' && report.red.length === 0)
          ? EXIT.pass
          : report.outcome === 'completed'
            ? EXIT.findings
            : EXIT.incomplete;
    } finally {
      progress.end();
      git.close();
    }
  });
  return code;
}

function chosen<T extends string>(
  flags: Record<string, unknown>,
  name: string,
  values: readonly T[],
): T | null {
  return flagText(flags, name) === undefined ? null : oneOfFlag(flags, name, values);
}

function durationFlag(flags: Record<string, unknown>): number | null {
  const text = flagText(flags, 'timeout');
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms === null) throw flagRefusal('timeout', `is a duration such as 20m; got ${JSON.stringify(text)}`);
  return ms;
}
