import type { HookName } from './hook-name.ts';

/**
 * Our part of a hook script: whole lines that end in this mark, and nothing else in the file is ever changed.
 * Scripts are bytes in any encoding, so they are edited as latin1, which keeps every byte.
 */
const MARK = '# code-agent install';

/** A script that is ours altogether. What is left of it without our line tells that it can go. */
const OWN_SCRIPT = `#!/bin/sh\n# Written by code-agent. \`code-agent uninstall\` removes it.\n`;

/** Where a script finds `hooks/` of this package: absolute, or relative to the top level when others share the script. */
export type HooksFolder = string;

/** The command that runs our hook, for a shell. Needs no PATH: POSIX has no fixed place for sh, every system has this one. */
export function hookCommand(folder: HooksFolder, hook: HookName): string {
  return `/bin/sh ${quote(`${folder}/${hook}`)}`;
}

/** The line that runs our hook and stops the script when it fails. Nothing can undo a commit that is made. */
export function hookLine(folder: HooksFolder, hook: HookName): string {
  return `${hookCommand(folder, hook)} "$@" || ${hook.startsWith('post-') ? ':' : 'exit $?'} ${MARK}`;
}

/**
 * The line for a pre-push script of somebody else. Both must read the refs that git gives once, on stdin, so
 * `hooks/chain` reads them and runs this script again with them; then this line passes by.
 */
function chainLine(folder: HooksFolder, hook: HookName, interpreter: string): string {
  const chain = `/bin/sh ${quote(`${folder}/chain`)} ${hook} ${quote(interpreter)} "$0" "$@"`;
  const again = `{ export CODE_AGENT_CHAINED=1; exec ${chain}; }`;
  return `[ "\${CODE_AGENT_CHAINED-}" ] && unset CODE_AGENT_CHAINED || ${again} ${MARK}`;
}

/** The line that runs our hook, then the program `kept`, which lies beside the script. */
function keptLine(folder: HooksFolder, hook: HookName, kept: string): string {
  return `exec /bin/sh ${quote(`${folder}/chain`)} ${hook} '' "\${0%/*}/"${quote(kept)} "$@" ${MARK}`;
}

/** A script that runs our hook and nothing else. */
export function ownScript(line: string, note = ''): Buffer {
  return Buffer.from(`${OWN_SCRIPT}${note}${line}\n`);
}

/** True for a script that {@link ownScript} wrote. */
export function isOwnScript(content: Buffer): boolean {
  return content.toString('latin1').startsWith(OWN_SCRIPT);
}

/** True for a script that {@link fallbackScript} wrote. */
export function isFallbackScript(content: Buffer): boolean {
  return isOwnScript(content) && content.includes('$(git hook list ');
}

/** A script in the place of a program that is kept beside it under the name `kept`. */
export function wrapperScript(folder: HooksFolder, hook: HookName, kept: string): Buffer {
  return ownScript(keptLine(folder, hook, kept));
}

/**
 * A script in the hooks folder for a git that runs no config hooks. A newer one lists ours and is left to run it.
 * git puts its own folder first in PATH (git(1)), so the git that is asked is the one that is running.
 */
export function fallbackScript(folder: HooksFolder, hook: HookName, configName: string): Buffer {
  const isNew = `case $(git hook list ${hook} 2>/dev/null) in *${configName}*) exit 0 ;; esac ${MARK}\n`;
  return ownScript(hookLine(folder, hook), isNew);
}

/** True when a line for sh can be added: it names a shell that reads POSIX, or nothing at all, which git runs by sh. */
export function isShellScript(content: Buffer): boolean {
  if (content.subarray(0, 8192).includes(0)) return false;
  const first = content.subarray(0, 256).toString('latin1').split('\n', 1)[0] ?? '';
  if (!first.startsWith('#!')) return true;
  return /[/ \t](?:sh|bash|dash|ash|ksh|mksh|zsh)(?:\.exe)?(?:[ \t]|\r?$)/.test(first);
}

/**
 * Adds our line to a shell script, after the comment that it begins with and before anything that could end it.
 * `interpreter` is what the script must be run with when it is run again; empty when it can be executed.
 */
export function insertHookLine(
  content: Buffer,
  { folder, hook, interpreter }: { folder: HooksFolder; hook: HookName; interpreter: string },
): Buffer {
  const line = hook === 'pre-push' ? chainLine(folder, hook, interpreter) : hookLine(folder, hook);
  const added = Buffer.from(line).toString('latin1');
  const script = content.toString('latin1');
  const head = /^(?:#[^\n]*\n)*/.exec(script)?.[0] ?? '';
  const rest = script.slice(head.length);
  const onlyComment = rest.startsWith('#');
  return Buffer.from(onlyComment ? `${script}\n${added}` : `${head}${added}\n${rest}`, 'latin1');
}

/** The script without our lines: what {@link insertHookLine} was given. Null when nothing of it is anybody else's. */
export function removeHookLine(content: Buffer): Buffer | null {
  const script = content.toString('latin1');
  const lines = script.split('\n');
  const others = lines.filter((line) => !isOurs(line));
  if (others.length === lines.length) return content;
  if (others.length === 0 || others.join('\n') === OWN_SCRIPT) return null;
  return Buffer.from(others.join('\n'), 'latin1');
}

/** True when a line of ours is in the script. */
export function hasHookLine(content: Buffer): boolean {
  return content.toString('latin1').split('\n').some(isOurs);
}

function isOurs(line: string): boolean {
  return line.endsWith(MARK) || line.endsWith(`${MARK}\r`);
}

/** Where our hook is run from a script: the line's number from 1, and `hooks/` as the line names it. */
export interface HookLine {
  readonly number: number;
  readonly folder: HooksFolder | null;
  /** The number of a line above it that always ends the script, or null. */
  readonly endedBefore: number | null;
}

/** Finds the first line that runs our hook: one of ours, or one that a person wrote. */
export function findHookLine(content: Buffer): HookLine | null {
  const lines = content.toString('utf8').split('\n');
  const index = lines.findIndex((line) => RUNS_US.test(line) && !/^[ \t]*#/.test(line));
  if (index < 0) return null;
  const ending = lines.slice(0, index).findIndex((line) => ENDS_SCRIPT.test(line));
  return {
    number: index + 1,
    folder: folderIn(lines[index] ?? ''),
    endedBefore: ending < 0 ? null : ending + 1,
  };
}

const RUNS_US = /code-agent hook |\/bin\/sh .*# code-agent install\r?$/;
/** At the left margin, so not inside of a condition. `exec 2>&1` goes on with the script. */
const ENDS_SCRIPT = /^(?:exit\b|exec [^<>&0-9])/;

/** The `hooks/` that a command of ours names, null when it names none. */
export function folderIn(line: string): HooksFolder | null {
  const [, quoted, plain] = /\/bin\/sh (?:'((?:[^']|'\\'')*)'|([^ ]+))/.exec(line) ?? [];
  const file = quoted?.replaceAll("'\\''", "'") ?? plain;
  return file === undefined ? null : file.slice(0, file.lastIndexOf('/'));
}

/** As one word of sh. A path of nothing but plain characters stays as it is, for it is read by people. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
