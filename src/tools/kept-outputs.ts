import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import { lineInput } from './path-input.ts';
import { shownLine } from './text-lines.ts';

/** What commands have said, for as long as the work goes on. */
export interface KeptOutputs {
  /** Answers the id by which it is shown. */
  keep(output: string): string;
  find(id: string): string | null;
}

/** Characters of all outputs together: the oldest go first. */
const ROOM = 32_000_000;

export function createKeptOutputs(): KeptOutputs {
  const kept = new Map<string, string>();
  let [count, characters] = [0, 0];
  return {
    keep(output) {
      count += 1;
      const id = `out-${count}`;
      kept.set(id, output);
      characters += output.length;
      for (const [oldest, { length }] of kept) {
        if (characters <= ROOM || oldest === id) break;
        kept.delete(oldest);
        characters -= length;
      }
      return id;
    },
    find: (id) => kept.get(id) ?? null,
  };
}

const input = z.strictObject({
  id: z.string().check(z.describe('Of the output, as the command was answered: "out-3".')),
  start_line: z.optional(lineInput('The first line to show. Default: 1.')),
  containing: z.optional(
    z.string().check(z.minLength(1), z.maxLength(200), z.describe('Only lines that hold this text.')),
  ),
});

const MOST_LINES = 300;

/** Shows what was left out of an output. */
export function createShowOutput(outputs: KeptOutputs): Tool<z.infer<typeof input>> {
  return {
    name: 'show_output',
    description: 'Shows the whole output of a command that was too long to be shown, by lines.',
    input,
    effect: 'read',
    async run({ id, start_line: start = 1, containing }) {
      const output = outputs.find(id);
      if (output === null) throw new ToolFailure(`There is no output ${JSON.stringify(id)} any more.`);
      const lines = output.split('\n').map((line, index) => ({ line, number: index + 1 }));
      const wanted = lines.filter(
        ({ line, number }) => number >= start && (containing === undefined || line.includes(containing)),
      );
      const shown = wanted.slice(0, MOST_LINES);
      const last = shown.at(-1);
      if (last === undefined) return { content: `No such line: it has ${lines.length}.` };
      return {
        content: [
          `${id}: ${shown.length} of ${lines.length} lines`,
          ...shown.map(({ line, number }) => `${number}\t${shownLine(line)}`),
          ...(wanted.length > shown.length ? [`[To read on: start_line ${last.number + 1}]`] : []),
        ].join('\n'),
        more: 'To read on: start_line.',
      };
    },
  };
}
