import { createInterface } from 'node:readline/promises';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { askModels, choosing } from '../local/ask-models.ts';
import { configAt, type Door, openGit } from '../local/prepare-review.ts';
import { runInteractive } from '../local/run-interactive.ts';
import { headOf } from '../local/run-task.ts';
import { terminalPerson } from '../local/terminal-person.ts';
import { sanitize } from '../report/sanitize.ts';
import { spentTexts } from '../report/summary.ts';
import { flagNumber, flagText } from './flags.ts';
import { untilSignal } from './until-signal.ts';

const BUDGET = 2;
/** A person thinks for longer than a model. */
const WITHIN = 8 * 3_600_000;

/** `code-agent interactive [idea]`. */
export async function interactive(
  idea: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  if (process.stdin.isTTY !== true)
    throw new CodeAgentError('a conversation needs a terminal', { exitCode: EXIT.usage });
  let code: number = EXIT.incomplete;
  await untilSignal(async (signal) => {
    const here = { ...door, signal };
    const git = await openGit(here);
    try {
      const wanted = idea ?? (await say('What do you have in mind?\n> ', signal));
      if (wanted.trim() === '') throw new CodeAgentError('nothing was said', { exitCode: EXIT.usage });
      const { config } = await configAt(git, here, await headOf(git));
      const asking = await askModels(
        here,
        choosing(config, { model: flagText(flags, 'model'), asked: true }),
        {
          ...{ door: 'cli', within: WITHIN, withinBy: '--timeout', message: null },
          maxCost: flagNumber(flags, 'budget') ?? BUDGET,
        },
      );
      if (asking === undefined)
        throw new CodeAgentError('no model is configured: nobody would answer', {
          exitCode: EXIT.usage,
          advice: 'Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server (docs/models.md).',
        });
      if ('failure' in asking) throw asking.failure;
      const { input, output } = { input: process.stdin, output: process.stderr };
      const end = await runInteractive(git, here, {
        ...{
          idea: wanted,
          ask: asking,
          person: terminalPerson({ input, output, clear() {} }, { yes: false }),
        },
        async show({ topic, markdown }, until) {
          process.stderr.write(`\n${sanitize(markdown)}\n\n`);
          const answer = await say(
            `Commit it as docs/${topic}-design.md? [y, or what is to be changed] `,
            until,
          );
          return /^y(?:es)?$/i.test(answer) ? null : answer;
        },
      });
      const spent = spentTexts(asking.budget.spent()).join(' · ');
      process.stdout.write(
        end.branch === null
          ? `No design: ${end.reason}. ${spent}\n`
          : `docs/${end.design?.topic}-design.md is on branch ${end.branch}.\nTake: git merge ${end.branch}    Throw away: code-agent tasks undo ${end.task.id}\n${spent}\n`,
      );
      code = end.branch === null ? EXIT.incomplete : EXIT.pass;
    } finally {
      git.close();
    }
  });
  return code;
}

async function say(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return (await lines.question(question, { signal })).trim();
  } finally {
    lines.close();
  }
}
