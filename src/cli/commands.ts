import { type CAC, cac } from 'cac';
import packageJson from '../../package.json' with { type: 'json' };
import { EXIT } from '../code-agent-error.ts';
import type { Door } from '../local/prepare-review.ts';
import { baseline } from './baseline.ts';
import { change } from './change.ts';
import { config } from './config.ts';
import { endWhenUnwritable } from './end-when-unwritable.ts';
import { hook } from './hook.ts';
import { readArguments } from './read-arguments.ts';
import { review } from './review.ts';

/** Runs the command that `argv` (as in `process.argv`) names. Resolves to its exit code. */
export async function runCommand(argv: readonly string[], door: Door): Promise<number> {
  endWhenUnwritable();
  const cli = cac('code-agent');
  cli.option('--verbose', 'Show more: suppressed findings, excluded files, the cause of an error');
  cli.help();
  cli.version(packageJson.version);
  defineCommands(cli, door);
  readArguments(cli, argv);
  if (cli.options['version'] === true) {
    cli.outputVersion();
    return EXIT.pass;
  }
  if (cli.options['help'] === true || cli.matchedCommand === undefined) {
    cli.outputHelp();
    return cli.options['help'] === true ? EXIT.pass : EXIT.usage;
  }
  return (await cli.runMatchedCommand()) as number;
}

/** Every command is a file of its own. */
function defineCommands(cli: CAC, door: Door): void {
  cli
    .command('review [range]', 'Review what is staged, or <rev>, <a>..<b>, <a>...<b>')
    .option('--format <format>', 'terminal, json, sarif or github', { default: 'terminal' })
    .option('--output <file>', 'Write the report to a file')
    .option('--fail-on <level>', 'Exit with 1 from this severity on: error, warning, info or never')
    .option('--sarif <file>', "Take in another tool's findings on changed lines; may be given more than once")
    .option('--budget <time>', 'Stop after this long and say what was not looked at, such as 20s')
    .option('--model <id>', 'Ask this model, instead of those of the configuration')
    .option('--max-cost <dollars>', 'What the models may cost at most')
    .option('--offline', 'Open no connection: the checks alone')
    .option('--dry-run', 'Print what would be sent to a model, and send nothing')
    .example('  code-agent review                                what `git commit` would record')
    .example('  code-agent review HEAD                           the last commit')
    .example('  code-agent review main...topic --format github   a branch, in a workflow')
    .example('  code-agent review --dry-run                      what would leave this machine')
    .action((range, flags) => review(range, flags, door));
  cli
    .command('change [range]', 'Print the change as a review sees it: paths, modes, hunks, line maps')
    .option('--format <format>', 'json', { default: 'json' })
    .option('--output <file>', 'Write it to a file')
    .example('  code-agent change HEAD')
    .action((range, flags) => change(range, flags, door));
  cli
    .command('install', 'Let git run the review before each commit and push')
    .option('--hooks <names>', 'Which hooks, with commas between them')
    .option('--via <way>', "config: git's own configured hooks (2.54); file: hook files; auto", {
      default: 'auto',
    })
    .option('--json', 'Print what was done as JSON')
    .example('  code-agent install')
    .example('  code-agent install --hooks pre-commit,commit-msg,pre-push')
    .action(async (flags) => (await import('./install.ts')).install(flags, door));
  cli
    .command('uninstall', 'Take out what install put in')
    .option('--json', 'Print what was done as JSON')
    .action(async (flags) => (await import('./install.ts')).uninstall(flags, door));
  cli
    .command('status', 'Which hooks are in effect here')
    .option('--json', 'Print it as JSON')
    .action(async (flags) => (await import('./install.ts')).status(flags, door));
  cli
    .command('doctor', 'What is shadowed, missing or too old, and how to mend it')
    .option('--json', 'Print it as JSON')
    .action(async (flags) => (await import('./install.ts')).doctor(flags, door));
  cli
    .command('config', 'Each effective value and where it came from')
    .option('--json', 'Print it as JSON')
    .action((flags) => config(flags, door));
  cli
    .command(
      'baseline [range]',
      'Accept what is found in the last commit, or in a range: it no longer counts',
    )
    .option('--output <file>', 'Another file than the one that the configuration names')
    .example('  code-agent baseline                              all files of the last commit')
    .action(async (range, flags) => baseline(range, flags, door));
  cli
    .command('findings <verb> [id]', 'dismiss or reopen a finding, or list them')
    .option('--because <reason>', 'Why it is not a problem')
    .option('--state <state>', 'To list: dismissed, and with a database open, fixed or all', {
      default: 'dismissed',
    })
    .option('--limit <count>', 'To list: at most so many; 100')
    .option('--json', 'Print the list as JSON')
    .example('  code-agent findings dismiss a7f3 --because "a key that was never valid"')
    .action(async (verb, id, flags) => (await import('./findings.ts')).findings(verb, id, flags, door));
  cli
    .command(
      'sessions <verb> [id]',
      'What was reviewed, asked and found: list, show, export, resume, replay, move or prune',
    )
    .option('--limit <count>', 'To list: at most so many; 50')
    .option('--all', 'To list: of all repositories in the database')
    .option('--model <id>', 'To resume: the model that was asked before, when a flag named it')
    .option('--max-cost <dollars>', 'To resume: what it may cost at most, what was spent before included')
    .option('--format <format>', 'To export: json, markdown or html', { default: 'json' })
    .option('--output <file>', 'To export: to a file')
    .option('--older-than <days>', 'To prune: those that ended before, such as 90d')
    .option('--dry-run', 'To prune: say how many, and remove none')
    .option('--within <time>', 'To move: stop after this long, such as 20s')
    .option('--json', 'Print it as JSON')
    .example('  code-agent sessions list')
    .example('  code-agent sessions resume c0ffee12              go on where it was interrupted')
    .example('  code-agent sessions replay c0ffee12              would the same be asked today?')
    .action(async (verb, id, flags) => (await import('./sessions.ts')).sessions(verb, id, flags, door));
  cli
    .command('stats', 'What reviews took, by day and model: sessions, findings, tokens, money, time')
    .option('--since <days>', 'Of the last days, such as 90d', { default: '30d' })
    .option('--all', 'Of all repositories in the database')
    .option('--format <format>', 'table, json or csv', { default: 'table' })
    .option('--output <file>', 'Write it to a file')
    .example('  code-agent stats --since 7d')
    .example('  code-agent stats --all --format csv --output stats.csv')
    .action(async (flags) => (await import('./stats.ts')).stats(flags, door));
  cli
    .command('db <verb>', 'The database at DATABASE_URL: migrate, status or verify')
    .option('--head <link>', 'To verify: what the chain ended in once')
    .option('--json', 'Print it as JSON')
    .example('  code-agent db migrate                            make or update the tables')
    .example('  code-agent db verify                             has an event been changed or taken away?')
    .action(async (verb, flags) => (await import('./db.ts')).db(verb, flags, door));
  cli
    .command('run <task>', 'Do a task in a worktree of its own, and keep it as a branch')
    .option('--yes', 'Agree to the plan')
    .option('--plan-only', 'Show the plan, and do nothing')
    .option('--type <type>', 'plan, feature, bugfix, refactor, test, docs; by its words')
    .option('--test <command>', 'How the tests are run; found out where nothing is said')
    .option('--budget <dollars>', 'What the models may cost at most; 1')
    .option('--timeout <time>', 'How long it may take, such as 20m; 30m')
    .option('--persona <name>', 'Who does it; by its type. `code-agent personas` says who there is')
    .option('--branch <name>', 'Keep it there; code-agent/… by the words of the task')
    .option('--permission <level>', 'autonomous, supervised or human-required; supervised')
    .option('--model <id>', 'Ask this model, instead of those of the configuration')
    .option('--json', 'Print what it has come to as JSON')
    .example('  code-agent run "make the retry wait" --test "npm test"')
    .example('  code-agent run "say in the README what --budget does" --type docs --yes')
    .action(async (text, flags) => (await import('./run.ts')).run(text, flags, door));
  cli
    .command('personas [verb] [name]', 'Who reviews, plans and works: list them, or show the file of one')
    .option('--json', 'Print the list as JSON')
    .example('  code-agent personas')
    .example('  code-agent personas show writer > ~/.config/code-agent/personas/house-style.md')
    .example('  code-agent run "describe the cache" --persona house-style')
    .action(async (verb, name, flags) => (await import('./personas.ts')).personas(verb, name, flags, door));
  cli
    .command('interactive [idea]', 'Talk over what is to be built, and keep it as a design')
    .option('--budget <dollars>', 'What the models may cost at most; 2')
    .option('--model <id>', 'Ask this model, instead of those of the configuration')
    .example('  code-agent interactive "an inventory for the shop"')
    .action(async (idea, flags) => (await import('./interactive.ts')).interactive(idea, flags, door));
  cli
    .command(
      'tasks <verb> [id] [...more]',
      "Tasks of this machine: list, show, logs, cancel, undo; the App's: list, show, logs, cancel, retry, approve, answer, priority",
    )
    .option('--app', "To list: the App's, in the database at DATABASE_URL; their ids begin with app-")
    .option('--limit <count>', 'To list: at most so many; 50')
    .option('-f, --follow', 'Of logs: each new event too, until the task has ended')
    .option('--json', 'Print it as JSON; of logs a line for each event')
    .example('  code-agent tasks list')
    .example('  code-agent tasks logs 7 --follow                 watch what a task does')
    .example('  code-agent tasks cancel 7                        have it stop, as Ctrl-C does where it runs')
    .example('  code-agent tasks undo 7                          take the branch of a task away')
    .example("  code-agent tasks list --app                      the App's")
    .example('  code-agent tasks approve app-12 3f2a90c1         say yes to exactly what it asks')
    .example('  code-agent tasks answer app-12 9c01d2aa 2 s      answer a question')
    .example('  code-agent tasks retry app-12                    begin one again that failed')
    .example('  code-agent tasks priority app-12 high            before those that wait; normal, low')
    .action(async (verb, id, more, flags) => (await import('./tasks.ts')).tasks(verb, id, more, flags, door));
  cli
    .command('serve', 'The GitHub App: takes webhooks in, and reviews pull requests')
    .option('--port <port>', 'Listen there, instead of at PORT; 3000')
    .option('--host <host>', 'And on this address, instead of HOST; localhost')
    .option(
      '--concurrency <count>',
      'Reviews at a time; 4. With 0 it takes webhooks in, and `code-agent worker` does the rest',
    )
    .example('  code-agent serve --host 0.0.0.0 --port 8080')
    .action(async (flags) => (await import('./serve.ts')).serve(flags, door));
  cli
    .command('worker', 'Reviews for a `code-agent serve` with the same DATABASE_URL')
    .option('--concurrency <count>', 'Reviews at a time; 4')
    .action(async (flags) => (await import('./worker.ts')).worker(flags, door));
  cli
    .command('background <base>', 'What a hook leaves behind: reviews the commit that follows')
    .action(async (base: string) => {
      const { reviewInBackground } = await import('../local/background-review.ts');
      return reviewInBackground(base === 'none' ? null : base, door);
    });
  cli
    .command('eval <folder>', 'Measure the model review against cases whose problems are known')
    .option('--model <id>', 'Ask this model, instead of those of the configuration')
    .option('--max-cost <dollars>', 'What the models may cost at most, for all cases together')
    .option('--runs <count>', 'Review each case so often, and show the mean and the spread')
    .option('--parallel <count>', 'Review so many cases side by side')
    .option('--script <file>', 'Ask no model: the file has what one says')
    .option('--format <format>', 'terminal or json', { default: 'terminal' })
    .option('--output <file>', 'Write the report to a file')
    .example('  code-agent eval test/eval/cases --runs 3 --max-cost 2')
    .action(async (folder, flags) => (await import('./eval.ts')).evaluation(folder, flags, door));
  cli
    .command('hook <type> [...args]', 'What a git hook runs')
    .example('  code-agent hook pre-commit')
    .action((type, args) => hook(type, args, door));
}
