import { createInterface } from 'node:readline/promises';
import { displayPath } from '../change/path.ts';
import { sanitize, sanitizeLine } from '../report/sanitize.ts';
import type { Person } from '../tasks/task-door.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  /** Called before a question is written: what lives on the last line has to go. */
  readonly clear: () => void;
}

/** The person at a terminal. `yes`: the plan is agreed to. Without a terminal nobody answers, and nothing is agreed to. */
export function terminalPerson(
  { input, output, clear }: Terminal,
  { yes }: { readonly yes: boolean },
): Person {
  const isThere = input.isTTY === true;
  async function answerTo(question: string, signal?: AbortSignal): Promise<string> {
    clear();
    const lines = createInterface({ input, output, terminal: false });
    try {
      return (await lines.question(question, signal === undefined ? {} : { signal })).trim();
    } finally {
      lines.close();
    }
  }
  const isYes = async (question: string, signal?: AbortSignal): Promise<boolean> =>
    isThere && /^y(?:es)?$/i.test(await answerTo(`${question} [y/N] `, signal));
  return {
    async agrees(plan) {
      if (yes) return true;
      for (const open of plan.questions) output.write(`Open   ${sanitizeLine(open)}\n`);
      return isYes('Do it?');
    },
    async ask({ text, choices }, signal) {
      if (!isThere) return null;
      const list = choices.map((choice, index) => `\n  ${index + 1}  ${sanitizeLine(choice)}`).join('');
      const answer = await answerTo(`\n? ${sanitize(text)}${list}\n> `, signal);
      return choices[Number(answer) - 1] ?? (answer === '' ? null : answer);
    },
    async approve({ tool, input: wanted, reason }, signal) {
      // To the letter: what is agreed to is what is shown.
      const shown = sanitize(JSON.stringify(wanted, null, 2));
      return isYes(`\n? ${tool} (${sanitizeLine(reason)})\n${shown}\nAllow it?`, signal);
    },
    async allows(changes) {
      const list = changes
        .map(({ path, why }) => `\n  ${sanitizeLine(displayPath(path))}: ${sanitizeLine(why)}`)
        .join('');
      return isYes(`\n? The change touches what needs your yes:${list}\nKeep it?`);
    },
  };
}
