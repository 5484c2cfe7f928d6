import type { HookName } from './hook-name.ts';
import { hookCommand } from './hook-script.ts';

const HEAD =
  '# Written by code-agent. `code-agent uninstall` removes it. Not to be committed: the paths are of this machine.\n';

/**
 * `lefthook-local.yml`, which lefthook merges into the repository's configuration (seen with 2.2.2). lefthook skips
 * a command when it finds no files of its own to give it, in pre-push even when another branch than the current one
 * is pushed. `{files}`, filled with a file that is always there, keeps it from that.
 */
export function lefthookLocal(hooksFolder: string, hooks: readonly HookName[], config: string): Buffer {
  return Buffer.from(HEAD + hooks.map((hook) => lefthookCommand(hooksFolder, hook, config)).join(''));
}

/** The part for one hook, which a person can also put into a `lefthook-local.yml` of their own. */
export function lefthookCommand(hooksFolder: string, hook: HookName, config: string): string {
  return [
    `${hook}:`,
    '  commands:',
    '    code-agent:',
    `      files: echo ${config}`,
    ...(hook === 'pre-push' ? ['      use_stdin: true'] : []),
    '      run: |-',
    `        ${hookCommand(hooksFolder, hook)}${ARGUMENTS[hook]} # {files}`,
    '',
  ].join('\n');
}

/** True when the file is ours altogether. */
export function isOurLefthookLocal(content: Buffer): boolean {
  return content.toString('utf8').startsWith(HEAD);
}

/** True when the section for the hook, in YAML, runs us. */
export function lefthookRunsUs(text: string, hook: HookName): boolean {
  const start = new RegExp(`^${hook}:`, 'm').exec(text)?.index;
  if (start === undefined) return false;
  const [own = '', ...more] = text.slice(start).split('\n');
  const end = more.findIndex((line) => /^[^\s#]/.test(line));
  return [own, ...(end < 0 ? more : more.slice(0, end))].some((line) => RUNS_US.test(line));
}

const RUNS_US = /code-agent hook |code-agent\/hooks\/|^ {8}\/bin\/sh .*# \{files\}$/;

/** githooks(5). lefthook numbers them from 1. */
const ARGUMENTS: Readonly<Record<HookName, string>> = {
  'pre-commit': '',
  'pre-merge-commit': '',
  'commit-msg': " '{1}'",
  'pre-push': " '{1}' '{2}'",
  'post-commit': '',
};
