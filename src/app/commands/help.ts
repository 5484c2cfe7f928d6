import type { CommandCall } from './command-call.ts';

const LINES: readonly (readonly [verb: string, does: string])[] = [
  ['review', 'reviews the head as it is'],
  ['review full', 'the same, and asks anew what was answered before'],
  ['summary', 'says what the last review came to'],
  ['explain', 'says why a finding is one: in its thread, or with its id'],
  ['dismiss', 'a finding no longer counts: in its thread, or with its id; then why'],
  ['resolve', 'resolves the thread, or all threads of findings'],
  ['pause', 'what is pushed is not reviewed, until `resume`'],
  ['resume', 'takes back `pause` and `ignore`'],
  ['ignore', 'reviews nothing here any more, also when asked'],
  ['config', 'shows what is in effect here, and where it comes from'],
  ['cost', 'shows what was used, and what may be used'],
  ['help', 'shows this'],
];

/** `/agent help` */
export const help = async ({ door }: Pick<CommandCall, 'door'>): Promise<string> => {
  const { slug } = await door.github.identity();
  return [
    '| | |',
    '|---|---|',
    ...LINES.map(([verb, does]) => `| \`/agent ${verb}\` | ${does} |`),
    '',
    `A comment that begins with \`@${slug}\` and is none of these is a question, and is answered. Commands are for people who may write to this repository; a 👎 of theirs on a finding dismisses it.`,
  ].join('\n');
};
