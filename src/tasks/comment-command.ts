import { nearest } from '../config/nearest.ts';
import { escapeHidden } from '../review/escape-hidden.ts';
import { commentLines } from './comment-lines.ts';

/** What can be asked for. `ask` is a question in free text. */
export const COMMENT_VERBS = [
  'review',
  'review full',
  'summary',
  'explain',
  'dismiss',
  'resolve',
  'pause',
  'resume',
  'ignore',
  'config',
  'cost',
  'help',
  'ask',
] as const;
export type CommentVerb = (typeof COMMENT_VERBS)[number];

/** What begins work, or speaks of work that was begun. */
export const TASK_VERBS = [
  'plan',
  'fix',
  'implement',
  'test',
  'docs',
  'refactor',
  'stop',
  'retry',
  'status',
  'approve',
  'answer',
  'undo',
] as const;
export type TaskVerb = (typeof TASK_VERBS)[number];

/** What a comment asks of us: a fixed verb and free text, which is data and is never read for options or configuration. */
export type CommentCommand =
  | {
      readonly verb: CommentVerb;
      /** At most {@link MOST_TEXT} characters; '' when there is none. Not sanitised, and with whatever mentions it has. */
      readonly text: string;
      /** So many characters of the text were left out. To be said in the answer. */
      readonly cut: number;
    }
  | { readonly verb: 'task'; readonly named: TaskVerb; readonly text: string; readonly cut: number }
  /** To be answered with help. `named` is what was written, at most 40 characters; `meant` the nearest verb. */
  | { readonly verb: 'unknown'; readonly named: string; readonly meant: string | null }
  /** To be answered with `because`: sentences for a person, with nothing of the comment in them. */
  | { readonly verb: 'refused'; readonly why: Refusal; readonly because: string };

export type Refusal = keyof typeof REFUSALS;

const REFUSALS = {
  several: 'One command a comment: this one has several, and none of them was run.',
  hidden:
    'The command has characters that cannot be seen, and was not run. Type it anew instead of pasting it.',
  option:
    'A command is one word and free text: it takes no options, and nothing in it can change the configuration. It was not run. Code in the text goes between backticks.',
} as const;

/** Characters (UTF-16) of free text that are kept. */
export const MOST_TEXT = 4_000;
const MOST_NAMED = 40;

/**
 * Whether the comment can hold a command at all: only then is it worth a job. Cheap; true is no promise, false is one.
 * `slug`: the App's, as in `@slug` and `slug[bot]`.
 */
export function mayBeCommand(body: string, slug: string): boolean {
  const text = withoutHidden(body).toLowerCase();
  return text.includes('/agent') || text.includes(`@${slug.toLowerCase()}`);
}

/**
 * The command of a comment; null when it holds none, and is not answered.
 *
 * A command is a line that begins, behind at most three spaces, with `/agent <verb>` or with `@slug <verb>` (also
 * `@slug[bot]`), in upper or lower case, with or without punctuation behind each. `/agent` with a word that is none is
 * `unknown`; without one it is `help`. A mention without a verb is a question (`ask`), or `help` when nothing follows,
 * where the author's own words begin with it: anywhere else it only names us.
 *
 * What is quoted, in code, folded away or hidden gives no command ({@link commentLines}). The free text is the rest
 * of the line and all lines behind it. Refused are: more than one command, a command line with characters that are not
 * seen, and one with what looks like an option. That is, directly behind the verb or in its place, a word that begins
 * with a dash of any kind or with `__`, or that has a `=` behind a name; and anywhere in the line, outside of code, a
 * word that begins with two dashes.
 */
export function parseCommentCommand(body: string, slug: string): CommentCommand | null {
  if (!mayBeCommand(body, slug)) return null;
  const lines = commentLines(body);
  const begin = lines.findIndex(({ kind }) => kind === 'own');
  const commands = lines.flatMap(({ kind, text }, index) => {
    const spoken = kind === 'own' ? spokenTo(text, slug) : null;
    return spoken !== null && (spoken.by === 'slash' || spoken.verb !== null || index === begin)
      ? [{ ...spoken, line: text, index }]
      : [];
  });
  const [command, another] = commands;
  if (command === undefined) return null;
  if (another !== undefined) return refused('several');
  const { by, verb, line, index } = command;
  if (hasHidden(line)) return refused('hidden');
  if (hasOption(command.rest) || (verb !== null && hasOption(verb.rest))) return refused('option');
  const following = lines.slice(index + 1).map(({ text }) => text);
  if (verb !== null) return commandOf(verb.name, [verb.rest, ...following]);
  if (by === 'mention') return commandOf('ask', [command.rest, ...following]);
  if (command.rest === '') return commandOf('help', []);
  const [named = ''] = command.rest.split(/\s/, 1);
  return {
    verb: 'unknown',
    named: whole(named, MOST_NAMED),
    meant: nearest(named.slice(0, MOST_NAMED), [...COMMENT_VERBS, ...TASK_VERBS]),
  };
}

const refused = (why: Refusal): CommentCommand => ({ verb: 'refused', why, because: REFUSALS[why] });

/** What joins two emoji into one is seen: https://unicode.org/reports/tr51/#Emoji_ZWJ_Sequences */
function hasHidden(line: string): boolean {
  const seen = line.replace(
    /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu,
    '',
  );
  return escapeHidden(seen) !== seen;
}

/** Without what {@link escapeHidden} would write out. */
const withoutHidden = (text: string): string =>
  escapeHidden(text) === text
    ? text
    : text.replace(/(?![\r\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '');

interface Spoken {
  readonly by: 'slash' | 'mention';
  /** What follows the address. */
  readonly rest: string;
  /** The verb that it begins with, and what follows that. */
  readonly verb: { readonly name: CommentVerb | TaskVerb; readonly rest: string } | null;
}

/** What a line says to us; null when it is not spoken to us. */
function spokenTo(line: string, slug: string): Spoken | null {
  const text = withoutHidden(line).trim();
  for (const [address, by] of [
    ['/agent', 'slash'],
    [`@${slug}[bot]`, 'mention'],
    [`@${slug}`, 'mention'],
  ] as const) {
    if (text.slice(0, address.length).toLowerCase() !== address.toLowerCase()) continue;
    // Not `/agents`, `/agent/run.ts`, `@slug-two` or `@slug/team`.
    const behind = /^[.,:;!?]*(?:\s+|$)/.exec(text.slice(address.length));
    if (behind === null) continue;
    const rest = text.slice(address.length + behind[0].length);
    return { by, rest, verb: verbOf(rest) };
  }
  return null;
}

function verbOf(text: string): Spoken['verb'] {
  const [word, rest] = firstWord(text);
  const name = [...COMMENT_VERBS, ...TASK_VERBS].find((verb) => verb === word);
  if (name === undefined) return null;
  const [second, behind] = firstWord(rest);
  return name === 'review' && second === 'full' ? { name: 'review full', rest: behind } : { name, rest };
}

function firstWord(text: string): [word: string, rest: string] {
  const [word = ''] = text.split(/\s/, 1);
  return [word.toLowerCase().replace(/[.,:;!?]+$/, ''), text.slice(word.length).trimStart()];
}

/** Whether it begins with what looks like an option, or has a long one somewhere outside of code. */
function hasOption(text: string): boolean {
  const said = text.normalize('NFKC').replace(/`[^`]*`/g, '`');
  const [first = '', ...more] = said.split(/\s+/);
  return (
    /^(?:[\p{Pd}\u2212]|__)\S/u.test(first) ||
    /^[\p{L}\p{N}_.:[\]\p{Pd}]+=/u.test(first) ||
    more.some((word) => /^[\p{Pd}\u2212]{2,}[\p{L}\p{N}_]/u.test(word))
  );
}

function commandOf(name: CommentVerb | TaskVerb, lines: readonly string[]): CommentCommand {
  const all = lines.join('\n').trim();
  const text = whole(all, MOST_TEXT);
  const cut = all.length - text.length;
  const later = TASK_VERBS.find((verb) => verb === name);
  if (later !== undefined) return { verb: 'task', named: later, text, cut };
  const verb = COMMENT_VERBS.find((one) => one === name);
  return verb === undefined || (verb === 'ask' && text === '')
    ? { verb: 'help', text: '', cut: 0 }
    : { verb, text, cut };
}

/** The beginning, and no half of a character at its end. */
const whole = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
