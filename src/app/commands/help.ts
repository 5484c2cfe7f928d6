import type { CommandAnswer } from './command-call.ts';

const LINES: readonly (readonly [string, string])[] = [
  ['review', 'looks at the head as it is'],
  ['review full', 'the same, and asks anew what was answered before'],
  ['summary', 'where the summary is, and what it says'],
  ['explain', 'in the thread of a finding, or with its id: why it is one'],
  ['dismiss [reason]', 'in the thread of a finding, or with its id: it no longer counts'],
  ['resolve', 'resolves the thread, or all of ours'],
  ['pause', 'stops reviewing what is pushed'],
  ['resume', 'goes on'],
  ['ignore', 'never looks at this pull request again'],
  ['config', 'what is in effect, and where it comes from'],
  ['cost', 'what was used, and what may be used'],
  ['help', 'this'],
];

/** `/agent help` */
export const help: CommandAnswer = async () =>
  [
    '| | |',
    '|---|---|',
    ...LINES.map(([verb, does]) => `| \`/agent ${verb}\` | ${does} |`),
    '',
    'Anything else that begins with a mention of us is a question, answered in the thread. Commands are for those who may write to this repository. A 👎 at a finding dismisses it, too.',
  ].join('\n');
