import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type Files, readFiles } from './file-entry.ts';
import { type GitSettings, readGitSettings } from './git-settings.ts';
import { HOOK_NAMES, type HookName } from './hook-name.ts';
import { hasHookLine } from './hook-script.ts';

/** All that decides where a hook of ours goes in one repository, read once. */
export interface Surroundings {
  readonly settings: GitSettings;
  readonly files: Files;
  /** Absolute: the `hooks/` of this package. */
  readonly hooksFolder: string;
  /**
   * The same, relative to the top level, for scripts that everybody who clones the repository gets. Null when the
   * package is no part of the repository's own dependencies, so that nobody else would have it.
   */
  readonly sharedFolder: string | null;
  /** Absolute: the folder of husky's user scripts, null without husky. */
  readonly huskyFolder: string | null;
}

/** Tools that own the hooks of a repository. */
export type HookManager = 'husky' | 'husky 4' | 'pre-commit' | 'prek' | 'lefthook' | 'simple-git-hooks';

/** Reads them. `packageFolder` is where this package lies: it has `hooks/` and `dist/`. */
export async function readSurroundings(
  cwd: string,
  packageFolder: string,
  env: NodeJS.ProcessEnv,
): Promise<Surroundings> {
  const settings = await readGitSettings(cwd, env);
  const { topLevel, hooksDir } = settings;
  // husky 9: core.hooksPath is `<folder>/_`, generated; the scripts that people write are one above.
  const huskyFolder = basename(hooksDir) === '_' && settings.hooksPath !== null ? dirname(hooksDir) : null;
  const shared = [topLevel, huskyFolder === null ? topLevel : dirname(huskyFolder)].map((folder) =>
    join(folder, 'node_modules', 'code-agent', 'hooks'),
  );
  const isPartOfTree =
    isInside(packageFolder, topLevel) && !packageFolder.split(sep).includes('node_modules');
  if (isPartOfTree) shared.push(join(packageFolder, 'hooks'));
  const files = await readFiles([
    ...scriptPaths(settings, huskyFolder),
    ...SETTINGS_FILES.map((name) => join(topLevel, name)),
    recordFile(settings),
    ...shared.map((folder) => join(folder, 'launch')),
  ]);
  const sharedFolder = shared.find((folder) => files.has(join(folder, 'launch')));
  // pnpm links node_modules/code-agent to a folder with the version in its name, which an update removes.
  const isLinked =
    sharedFolder !== undefined && (await realpath(dirname(sharedFolder))) === (await realpath(packageFolder));
  return {
    settings,
    files,
    hooksFolder: slashes(isLinked ? sharedFolder : join(packageFolder, 'hooks')),
    sharedFolder: sharedFolder === undefined ? null : slashes(relative(topLevel, sharedFolder)),
    huskyFolder,
  };
}

/** Every script that may have a line of ours in it, now or from an earlier arrangement. */
export function scriptPaths(
  settings: Pick<GitSettings, 'hooksDir' | 'commonDir'>,
  huskyFolder: string | null,
): string[] {
  const folders = new Set([settings.hooksDir, join(settings.commonDir, 'hooks')]);
  if (huskyFolder !== null) folders.add(huskyFolder);
  return [...folders].flatMap((folder) =>
    HOOK_NAMES.flatMap((hook) => [hook, `${hook}.legacy`, `${hook}.old`])
      .flatMap((name) => [name, keptName(name)])
      .map((name) => join(folder, name)),
  );
}

/** The name that a hook which cannot be edited is kept under, beside the script that takes its place. */
export function keptName(name: string): string {
  return `${name}.before-code-agent`;
}

/**
 * What was installed, for all worktrees: in the first line the node to start, which `hooks/launch` reads, in the
 * second the hooks.
 */
export function recordFile({ commonDir }: Pick<GitSettings, 'commonDir'>): string {
  return join(commonDir, 'code-agent', RECORD);
}

export const RECORD = 'installed';

/** What {@link recordFile} says, null when nothing was installed here. */
export function readRecord(around: Surroundings): { node: string; hooks: HookName[] } | null {
  const [node = '', hooks = ''] = textOf(around, recordFile(around.settings)).split('\n');
  if (node === '') return null;
  return { node, hooks: HOOK_NAMES.filter((hook) => hooks.split(' ').includes(hook)) };
}

/** The file that lefthook leaves to each user. Its own advice is to have git ignore it. */
export const LEFTHOOK_LOCAL = 'lefthook-local.yml';

/** True for a file that is in the working tree, so that others get it with the next pull. */
export function isShared({ settings }: Surroundings, path: string): boolean {
  if (basename(path) === LEFTHOOK_LOCAL) return false;
  return isInside(path, settings.topLevel) && !isInside(path, settings.commonDir);
}

/** The tool that this hook belongs to, null when it is git's alone. */
export function managerOf(around: Surroundings, hook: HookName): HookManager | null {
  if (around.huskyFolder !== null) return 'husky';
  const script = textOf(around, join(around.settings.hooksDir, hook));
  if (script.includes('File generated by pre-commit')) return 'pre-commit';
  if (script.includes('File generated by prek')) return 'prek';
  if (/^# husky$|Hook created by Husky/m.test(script)) return 'husky 4';
  if (script.includes('call_lefthook') || configures(lefthookConfig(around)?.text ?? '', hook))
    return 'lefthook';
  if (script.includes('SKIP_SIMPLE_GIT_HOOKS') || usesSimpleGitHooks(around)) return 'simple-git-hooks';
  return null;
}

/** lefthook's configuration, null without. Its own order: lefthook `internal/config/loader.go`. */
export function lefthookConfig(around: Surroundings): { path: string; text: string } | null {
  const name = LEFTHOOK_FILES.find((file) => around.files.has(join(around.settings.topLevel, file)));
  if (name === undefined) return null;
  return { path: name, text: textOf(around, join(around.settings.topLevel, name)) };
}

/** The user's own file beside lefthook's configuration, null without. */
export function lefthookLocalConfig(around: Surroundings): { path: string; text: string } | null {
  const name = LEFTHOOK_LOCAL_FILES.find((file) => around.files.has(join(around.settings.topLevel, file)));
  if (name === undefined) return null;
  return { path: name, text: textOf(around, join(around.settings.topLevel, name)) };
}

/** The file that simple-git-hooks reads instead of package.json, null when there is none. */
export function simpleGitHooksFile(around: Surroundings): string | null {
  return (
    SIMPLE_GIT_HOOKS_FILES.find((file) => around.files.has(join(around.settings.topLevel, file))) ?? null
  );
}

/** The text at an absolute path; empty when nothing is there. */
export function textOf({ files }: Pick<Surroundings, 'files'>, path: string): string {
  const entry = files.get(path);
  return entry?.kind === 'file' ? entry.content.toString('utf8') : '';
}

/** True when a line of ours is in the script at an absolute path. */
export function hasOurLine({ files }: Pick<Surroundings, 'files'>, path: string): boolean {
  const entry = files.get(path);
  return entry?.kind === 'file' && hasHookLine(entry.content);
}

/** A path as it is told to a person: from the top level when it is inside. */
export function shownPath(topLevel: string, path: string): string {
  return isInside(path, topLevel) ? slashes(relative(topLevel, path)) : path;
}

function usesSimpleGitHooks(around: Surroundings): boolean {
  if (simpleGitHooksFile(around) !== null) return true;
  return /"simple-git-hooks"[ \t\r\n]*:[ \t\r\n]*[{"]/.test(simpleGitHooksPackage(around));
}

function simpleGitHooksPackage(around: Surroundings): string {
  return textOf(around, join(around.settings.topLevel, 'package.json'));
}

/** True when the hook is a section of a lefthook file in YAML, TOML or JSON. */
function configures(text: string, hook: HookName): boolean {
  return new RegExp(`^(?:${hook}:|\\[${hook}[\\].]|[ \\t]*"${hook}"[ \\t]*:)`, 'm').test(text);
}

function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** sh reads a backslash as an escape; Windows takes both. */
function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

const LEFTHOOK_ENDINGS = ['yml', 'yaml', 'json', 'jsonc', 'toml'];
const lefthookNames = (name: string) =>
  LEFTHOOK_ENDINGS.flatMap((end) => [`${name}.${end}`, `.${name}.${end}`, `.config/${name}.${end}`]);
const LEFTHOOK_FILES = lefthookNames('lefthook');
const LEFTHOOK_LOCAL_FILES = lefthookNames('lefthook-local');
const SIMPLE_GIT_HOOKS_FILES = ['cjs', 'js', 'mjs', 'json'].flatMap((end) => [
  `.simple-git-hooks.${end}`,
  `simple-git-hooks.${end}`,
]);
const SETTINGS_FILES = [
  'package.json',
  '.pre-commit-config.yaml',
  ...LEFTHOOK_FILES,
  ...LEFTHOOK_LOCAL_FILES,
  ...SIMPLE_GIT_HOOKS_FILES,
];
