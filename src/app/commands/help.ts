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

const WORK: readonly (readonly [verb: string, does: string])[] = [
  ['fix …', 'mends a bug: a failing test first, then the fix, in a pull request'],
  ['implement …', 'builds something, in a pull request'],
  ['test …', 'writes tests, in a pull request'],
  ['docs …', 'writes documentation, in a pull request'],
  ['refactor …', 'changes code and not what it does, in a pull request'],
  ['plan …', 'only says how it would be done'],
  ['status', 'says how far the work is'],
  ['answer …', 'answers a question, by its id'],
  ['approve …', 'says yes to exactly what is shown, by its id'],
  ['stop', 'ends the work: nothing is pushed from then on'],
  ['retry', 'tries it again'],
  ['undo', 'closes the pull request that came of it'],
];

/** The same in an issue. */
export const helpOnIssue = async ({ github }: CommandCall['door']): Promise<string> => {
  const { slug } = await github.identity();
  return [
    ...['| | |', '|---|---|'],
    ...WORK.map(([verb, does]) => `| \`/agent ${verb}\` | ${does} |`),
    '',
    `\`@${slug}\` stands for \`/agent\`. Commands are for people who may write to this repository. Without words behind it a command is about the issue as it stands.`,
  ].join('\n');
};

/** `/agent help` */
export const help = async ({ door }: Pick<CommandCall, 'door'>): Promise<string> => {
  const { slug } = await door.github.identity();
  return [
    '| | |',
    '|---|---|',
    ...LINES.map(([verb, does]) => `| \`/agent ${verb}\` | ${does} |`),
    '',
    `A comment that begins with \`@${slug}\` and is none of these is a question, and is answered. Work (\`/agent fix …\`, \`implement\`, \`test\`, \`docs\`, \`refactor\`) is asked for in issues, and on pull requests that I have opened. Commands are for people who may write to this repository; a 👎 of theirs on a finding dismisses it.`,
  ].join('\n');
};
