import { parseArgs } from 'node:util';
import type { CAC, Command } from 'cac';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { flagRefusal, spelledFlag } from './flags.ts';

type Options = Command['options'];

/** What begins as a flag does, and is no number below zero. */
const LOOKS_LIKE_FLAG = /^-(?!\.?\d)/;

/**
 * Gives `cli` the command that `argv` (as in `process.argv`) names, if it names one, with its arguments and flags: each
 * value as it was typed, those of a flag in a list. In place of `cli.parse`, which makes a number of what looks like one.
 * Throws (exit code 2) for a command or a flag that there is not, and for a value that is missing or not asked for.
 */
export function readArguments(cli: CAC, argv: readonly string[]): void {
  const optionsOf = (command: Command): Options => [...cli.globalCommand.options, ...command.options];
  const read = (options: Options) => splitArguments(argv.slice(2), options);
  const command = cli.commands.find((one) => one.isMatched(read(optionsOf(one)).positionals[0] ?? ''));
  const options = optionsOf(command ?? cli.globalCommand);
  const { positionals, given } = read(options);
  if (command !== undefined) cli.matchedCommand = command;
  else if (positionals[0] !== undefined) throw unknown(`command ${JSON.stringify(positionals[0])}`);
  cli.args = positionals.slice(1);

  const switches = new Map<string, true>();
  const texts = new Map<string, string[]>();
  for (const { name: spelled, rawName, value, inlineValue } of given) {
    const option = options.find(({ name }) => spelledFlag(name) === spelled);
    if (option === undefined) throw unknown(`flag ${rawName}`, command);
    const { name, isBoolean } = option;
    if (isBoolean === true) {
      if (value !== undefined) throw flagRefusal(name, 'takes no value');
      switches.set(name, true);
    } else {
      if (!value) throw flagRefusal(name, 'needs a value');
      if (inlineValue === false && LOOKS_LIKE_FLAG.test(value))
        throw flagRefusal(name, `needs a value (${rawName}=${value} if that is it)`);
      texts.set(name, [...(texts.get(name) ?? []), value]);
    }
  }
  const defaults = options.map(({ name, config }) => [name, config.default] as const);
  cli.options = Object.fromEntries([...defaults, ...switches, ...texts]);
}

function splitArguments(args: string[], options: Options) {
  const described = options.map(({ name, names, isBoolean }) => {
    const type = isBoolean === true ? ('boolean' as const) : ('string' as const);
    const short = names.find((one) => one.length === 1);
    return [spelledFlag(name), { type, ...(short !== undefined && { short }) }] as const;
  });
  const { tokens, positionals } = parseArgs({
    args,
    options: Object.fromEntries(described),
    strict: false,
    tokens: true,
  });
  return { positionals, given: tokens.filter((token) => token.kind === 'option') };
}

const unknown = (what: string, command?: Command) =>
  new CodeAgentError(`there is no ${what}`, {
    exitCode: EXIT.usage,
    advice: `code-agent ${command === undefined ? '' : `${command.name} `}--help lists them.`,
  });
