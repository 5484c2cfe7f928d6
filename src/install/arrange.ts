import { basename, dirname, join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { FileEntry, Files } from './file-entry.ts';
import { isExecutable } from './file-entry.ts';
import { configHookName } from './git-settings.ts';
import type { HookName } from './hook-name.ts';
import {
  fallbackScript,
  hookCommand,
  hookLine,
  insertHookLine,
  isShellScript,
  ownScript,
  removeHookLine,
  wrapperScript,
} from './hook-script.ts';
import { isOurLefthookLocal, lefthookLocal } from './lefthook-local.ts';
import { type Placement, placeHook, type Via } from './place-hook.ts';
import { addToPackage, packageSnippet, removeFromPackage } from './simple-git-hooks.ts';
import {
  isShared,
  keptName,
  LEFTHOOK_LOCAL,
  RECORD,
  recordFile,
  type Surroundings,
  scriptPaths,
} from './surroundings.ts';

/** How a repository is to be: its files, and our hooks in its configuration (their commands). */
export interface Arrangement {
  readonly files: Files;
  readonly configHooks: ReadonlyMap<HookName, string>;
  readonly placements: ReadonlyMap<HookName, Placement>;
}

/**
 * The repository with `hooks` in it and nothing else of ours, whatever was there before: arranging twice is
 * arranging once. Lines in files that others share stay unless they are rewritten here. Nothing is written.
 */
export function arrange(
  around: Surroundings,
  hooks: readonly HookName[],
  via: Via,
  node: string,
): Arrangement {
  const placements = new Map(hooks.map((hook) => [hook, placeHook(around, hook, via)] as const));
  const isPresent = new Set(
    [...placements.values()].flatMap((at) => (at.way === 'present' ? [at.path] : [])),
  );
  const files = withoutHooks(around, (path) => !isShared(around, path) && !isPresent.has(path));
  const configHooks = new Map<HookName, string>();
  for (const [hook, placement] of placements) {
    if (placement.way === 'config') {
      configHooks.set(hook, hookCommand(around.hooksFolder, hook));
      const script = fallbackScript(around.hooksFolder, hook, configHookName(hook));
      if (placement.fallback !== null) files.set(placement.fallback, program(script));
    }
    if (placement.way === 'script') addScript(files, hook, placement);
  }
  addPackageCommands(files, placements);
  addLefthookCommands(files, placements, around.hooksFolder);
  const record = Buffer.from(`${node}\n${hooks.join(' ')}\n`);
  files.set(recordFile(around.settings), { kind: 'file', content: record, mode: 0o644 });
  return { files, configHooks, placements };
}

/** The repository's files as they were before us, wherever `where` holds; all other files as they are. */
export function withoutHooks(around: Surroundings, where: (path: string) => boolean): Map<string, FileEntry> {
  const files = new Map(around.files);
  for (const path of ourPaths(around)) {
    const entry = around.files.get(path);
    if (entry?.kind !== 'file' || !where(path)) continue;
    const content = withoutUs(path, entry.content);
    if (content?.equals(entry.content)) continue;
    const kept = join(dirname(path), keptName(basename(path)));
    const original = content === null ? around.files.get(kept) : { ...entry, content };
    if (original === undefined) files.delete(path);
    else files.set(path, original);
    if (content === null) files.delete(kept);
  }
  return files;
}

/** Every file that may have a part of ours in it. */
function ourPaths({ settings, huskyFolder }: Surroundings): string[] {
  const inTree = ['package.json', LEFTHOOK_LOCAL].map((name) => join(settings.topLevel, name));
  return [...scriptPaths(settings, huskyFolder), ...inTree, recordFile(settings)];
}

/** The content without our part, null when the file is ours. */
function withoutUs(path: string, content: Buffer): Buffer | null {
  switch (basename(path)) {
    case 'package.json':
      return removeFromPackage(content);
    case LEFTHOOK_LOCAL:
      return isOurLefthookLocal(content) ? null : content;
    case RECORD:
      return null;
    default:
      return removeHookLine(content);
  }
}

function addScript(
  files: Map<string, FileEntry>,
  hook: HookName,
  { path, folder, interpreter }: Placement & { way: 'script' },
): void {
  const there = files.get(path);
  // A script that git does not run stays so: ours takes its place, and does not run it either.
  const isRun = there !== undefined && (interpreter !== '' || isExecutable(there));
  if (there === undefined) {
    files.set(path, program(ownScript(hookLine(folder, hook))));
  } else if (isRun && there.kind === 'file' && (interpreter !== '' || isShellScript(there.content))) {
    const content = removeHookLine(there.content) ?? Buffer.alloc(0);
    files.set(path, { ...there, content: insertHookLine(content, { folder, hook, interpreter }) });
  } else {
    const kept = keptName(basename(path));
    files.set(join(dirname(path), kept), there);
    const script = isRun ? wrapperScript(folder, hook, kept) : ownScript(hookLine(folder, hook));
    files.set(path, program(script));
  }
}

function addPackageCommands(
  files: Map<string, FileEntry>,
  placements: ReadonlyMap<HookName, Placement>,
): void {
  const inPackage = [...placements].flatMap(([hook, at]) => (at.way === 'package' ? [{ hook, ...at }] : []));
  const [first] = inPackage;
  const there = first && files.get(first.path);
  if (first === undefined || there?.kind !== 'file') return;
  const hooks = inPackage.map(({ hook }) => hook);
  const content = addToPackage(removeFromPackage(there.content), first.folder, hooks);
  if (content === null) {
    throw new CodeAgentError('package.json is formatted in a way that would not survive being written', {
      exitCode: EXIT.usage,
      advice: [
        'Add this to "simple-git-hooks" in it, and run `npx simple-git-hooks`:',
        ...hooks.map((hook) => `  ${packageSnippet(first.folder, hook)}`),
      ].join('\n'),
    });
  }
  files.set(first.path, { ...there, content });
  // simple-git-hooks writes these the next time that it runs. Until then, the line is put there too.
  for (const { hook, script, folder } of inPackage) {
    addScript(files, hook, { way: 'script', path: script, folder, interpreter: '' });
  }
}

function addLefthookCommands(
  files: Map<string, FileEntry>,
  placements: ReadonlyMap<HookName, Placement>,
  hooksFolder: string,
): void {
  const inLefthook = [...placements].flatMap(([hook, at]) =>
    at.way === 'lefthook' ? [{ hook, ...at }] : [],
  );
  const [first] = inLefthook;
  if (first === undefined) return;
  const hooks = inLefthook.map(({ hook }) => hook);
  files.set(first.path, {
    kind: 'file',
    content: lefthookLocal(hooksFolder, hooks, first.config),
    mode: 0o644,
  });
}

function program(content: Buffer): FileEntry {
  return { kind: 'file', content, mode: 0o755 };
}
