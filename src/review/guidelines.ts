import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Redact } from './redact.ts';

/** What a repository tells those who work on it, and for which of its files. */
export interface Guideline {
  readonly path: RepoPath;
  /** It is about the files in this folder; '' is all. */
  readonly folder: RepoPath;
  /** Secrets replaced. */
  readonly text: string;
  /** So many characters at its end are left out of `text`. */
  readonly cut: number;
}

/** What the configuration tells a reviewer of some files. */
export interface PathInstructions {
  readonly files: (path: RepoPath) => boolean;
  readonly instructions: string;
}

export interface Guidelines {
  /** From the top of the repository inwards: of two that disagree, the later one is nearer to the code. */
  readonly guidelines: readonly Guideline[];
  /** What was found and not read, or not as a whole: one line each. */
  readonly notes: readonly string[];
}

const ANYWHERE = ['AGENTS.md', 'CLAUDE.md', 'REVIEW.md'];
const AT_TOP = [...ANYWHERE, '.cursorrules'];
const COPILOT = { folder: '.github', name: 'copilot-instructions.md' };

/** Characters of one file. The longest that people write are about as long. */
const LONGEST = 16_000;
/** Characters of all that one unit is told. */
const LONGEST_TOGETHER = 32_000;

/**
 * Reads the guidelines that concern the paths, at the base of a change: never from the change itself, which could
 * otherwise set the rules that it is judged by. No symbolic link is followed: it may point at anything. What the
 * configuration has ignored is not sent, as no ignored file is.
 */
export async function readGuidelines(
  base: Snapshot,
  paths: readonly RepoPath[],
  redact: Redact,
  isIgnored: (path: RepoPath) => boolean,
): Promise<Guidelines> {
  const found = await Promise.all(foldersOf(paths).map((folder) => filesIn(base, folder)));
  const guidelines: Guideline[] = [];
  const notes: string[] = [];
  for (const { path, folder } of found.flat()) {
    if (isIgnored(path)) continue;
    const text = await readText(base, path, redact);
    if ('unread' in text) notes.push(`${path} was not read as a guideline: ${text.unread}`);
    // A path that holds a secret is not told either.
    else if ((await redact(path)) === path && !repeats(text.text, folder, guidelines)) {
      const guideline = { path, folder, ...shortened(text.text, LONGEST) };
      guidelines.push(guideline);
      if (guideline.cut > 0)
        notes.push(`${path} is long: its last ${guideline.cut} characters were left out`);
    }
  }
  return { guidelines, notes };
}

/** Those that concern one of the paths. What is over the limit for all of them is cut from the end. */
export function guidelinesFor(guidelines: readonly Guideline[], paths: readonly RepoPath[]): Guideline[] {
  let left = LONGEST_TOGETHER;
  return guidelines
    .filter(({ folder }) => folder === '' || paths.some((path) => path.startsWith(`${folder}/`)))
    .map((guideline) => {
      const { text, cut } = shortened(guideline.text, left);
      left -= text.length;
      return { ...guideline, text, cut: guideline.cut + cut };
    });
}

/** The folders that the paths lie in and those around them, outer ones first. */
function foldersOf(paths: readonly RepoPath[]): RepoPath[] {
  const folders = new Set<RepoPath>(['']);
  for (const path of paths) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      if (folders.has(path.slice(0, cut))) break;
      folders.add(path.slice(0, cut));
    }
  }
  const depth = (folder: RepoPath) => (folder === '' ? 0 : folder.split('/').length);
  return [...folders].sort((one, other) => depth(one) - depth(other) || (one < other ? -1 : 1));
}

async function filesIn(
  base: Snapshot,
  folder: RepoPath,
): Promise<{ readonly path: RepoPath; readonly folder: RepoPath }[]> {
  const filesOf = async (of: RepoPath, names: readonly string[]) => {
    const files = (await base.list(of)).filter(({ kind }) => kind === 'file').map(({ name }) => name);
    return names.filter((name) => files.includes(name)).map((name) => (of === '' ? name : `${of}/${name}`));
  };
  const own = await filesOf(folder, folder === '' ? AT_TOP : ANYWHERE);
  const copilot = folder === '' ? await filesOf(COPILOT.folder, [COPILOT.name]) : [];
  return [...own, ...copilot].map((path) => ({ path, folder }));
}

async function readText(
  base: Snapshot,
  path: RepoPath,
  redact: Redact,
): Promise<{ readonly text: string } | { readonly unread: string }> {
  try {
    const bytes = await base.read(path);
    if (bytes === null || bytes.includes(0)) return { unread: 'it is no text' };
    const text = bytes
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .replaceAll('\r\n', '\n')
      .trim();
    return { text: await redact(text) };
  } catch (error) {
    if (error instanceof CodeAgentError) return { unread: error.message };
    throw error;
  }
}

/** It is empty, only names another of the files (`@AGENTS.md`), or says what one for the same files says already. */
function repeats(text: string, folder: RepoPath, known: readonly Guideline[]): boolean {
  const imports = text.split('\n').every((line) => {
    const [, name = ''] = /^@(?:\.\/)?([\w.-]+)$/.exec(line.trim()) ?? [];
    return line.trim() === '' || ANYWHERE.includes(name);
  });
  const { text: start } = shortened(text, LONGEST);
  return (
    imports ||
    known.some(
      (one) => (one.folder === '' || `${folder}/`.startsWith(`${one.folder}/`)) && one.text === start,
    )
  );
}

/** Its beginning, up to the last line that fits. */
function shortened(text: string, longest: number): { readonly text: string; readonly cut: number } {
  if (text.length <= longest) return { text, cut: 0 };
  const end = text.lastIndexOf('\n', longest);
  const start = text.slice(0, end < 0 ? longest : end);
  return { text: start, cut: text.length - start.length };
}
