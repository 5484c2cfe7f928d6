import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import { changeFiles, type FileChanges, workPath } from './change-files.ts';
import { checkEditable } from './check-editable.ts';
import { patchedText } from './patch/patched-text.ts';
import { type FilePatch, readPatch } from './patch/read-patch.ts';
import { shownPath } from './shown-path.ts';
import { textInput } from './text-input.ts';
import { WorkFileError } from './work-file-error.ts';
import type { WorkFiles } from './work-files.ts';

const input = z.strictObject({
  patch: textInput(
    'A unified diff: "--- a/src/x.ts", "+++ b/src/x.ts", then hunks: "@@ @@", and lines with a space, - or + in front. "--- /dev/null" for a new file, "+++ /dev/null" for a deleted one. A rename has "diff --git a/old b/new", "rename from old", "rename to new" first.',
    1,
  ),
});

export interface PatchChanges extends FileChanges {
  /**
   * Whether a patch may delete files: then the policy decides about the tool as one that deletes. Without it, it is one that
   * writes, and a patch that deletes a file is refused. Default: false.
   */
  readonly deletes?: boolean;
}

/** Applies a patch to several files: to all of them, or to none. */
export function createApplyPatch(changes: PatchChanges): Tool<z.infer<typeof input>> {
  const { deletes = false } = changes;
  return {
    name: 'apply_patch',
    description: `Changes several files at once with a unified diff: adds, changes and renames files${deletes ? ', and deletes them' : ''}. A hunk goes where its lines stand, whatever numbers it has: they must stand there once, character for character, so give enough lines around the change. Where one hunk does not fit, nothing is changed.`,
    input,
    effect: deletes ? 'delete' : 'write',
    paths: ({ patch }) => pathsOf(patch),
    run: ({ patch }, { signal }) =>
      changeFiles(changes, signal, async (files) => {
        const patches = readPatch(patch).map(withWorkPaths);
        checkPaths(patches, deletes);
        const steps: PlannedStep[] = [];
        for (const filePatch of patches) steps.push(await plan(files, filePatch));
        await takeAll(files, steps);
        return {
          content: steps.map(({ said }) => said).join('\n'),
          details: { paths: patches.map(({ from, to }) => to ?? from) },
        };
      }),
  };
}

/** What is no patch names no paths: it is refused when it is read. */
function pathsOf(patch: string): string[] {
  try {
    return readPatch(patch).flatMap(({ from, to }) =>
      [from, to].filter((path) => path !== null && path !== undefined),
    );
  } catch (error) {
    if (error instanceof ToolFailure) return [];
    throw error;
  }
}

const withWorkPaths = ({ from, to, ...rest }: FilePatch): FilePatch => ({
  from: from === null ? null : workPath(from),
  to: to === null ? null : workPath(to),
  ...rest,
});

function checkPaths(patches: readonly FilePatch[], deletes: boolean): void {
  const named = new Set<RepoPath>();
  for (const { from, to } of patches) {
    for (const path of new Set([from, to])) {
      if (path === null) continue;
      if (named.has(path))
        throw new ToolFailure(
          `The patch names ${shownPath(path)} twice: put all its hunks behind one "---" and "+++". Nothing was changed.`,
        );
      named.add(path);
    }
    if (to === null && from !== null && !deletes)
      throw new ToolFailure(
        `The patch deletes ${shownPath(from)}: use delete_file for that. Nothing was changed.`,
      );
  }
}

/** One change of one file, and what it takes to undo it. */
interface Step {
  take(files: WorkFiles): Promise<void>;
  undo(files: WorkFiles): Promise<void>;
}

interface PlannedStep {
  readonly path: RepoPath;
  readonly steps: readonly Step[];
  /** For the model, when it is done. */
  readonly said: string;
}

/** Looks whether a file can be changed so, and how. Changes nothing. Throws a ToolFailure when it cannot. */
async function plan(files: WorkFiles, { from, to, executable, hunks }: FilePatch): Promise<PlannedStep> {
  const path = to ?? from ?? '';
  const name = shownPath(path);
  const fail = (why: string): ToolFailure => new ToolFailure(`${name}: ${why}. Nothing was changed.`);
  const before = from === null ? null : await files.read(from);
  if (from !== null && before === null) throw fail(`there is no file ${shownPath(from)}`);
  if (to !== null && to !== from && (await files.read(to)) !== null) throw fail('it is there already');
  const wasExecutable = from !== null && (await files.isExecutable(from));
  const after = patched(before ?? Buffer.alloc(0), shownPath(from ?? path), hunks);
  const left = after.bytes.length;
  if (to === null && left > 0) throw fail(`it is deleted, but ${left} bytes of it are not in the hunks`);
  if (left > files.maxBytes) throw fail(`it would have more than ${files.maxBytes} bytes`);
  if (to === null)
    return {
      path,
      steps: [deletion(path, before ?? Buffer.alloc(0), wasExecutable)],
      said: `${name}: deleted`,
    };
  const mode = executable === null ? {} : { executable };
  if (from === null || before === null)
    return { path, steps: [addition(path, after.bytes, mode)], said: `${name}: new` };
  const written = hunks.length > 0 || executable !== null;
  const steps = [
    ...(from === to ? [] : [renaming(from, to)]),
    ...(written ? [rewriting(path, before, wasExecutable, after.bytes, mode)] : []),
  ];
  const renamed = from === to ? '' : `, was ${shownPath(from)}`;
  const places = after.lines.length === 0 ? '' : `, hunks at ${numbered(after.lines)} of the old file`;
  return { path, steps, said: `${name}: changed${renamed}${places}` };
}

const numbered = (lines: readonly number[]): string =>
  `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`;

function patched(before: Buffer, name: string, hunks: FilePatch['hunks']) {
  if (hunks.length === 0) return { bytes: before, lines: [] };
  checkEditable(name, before);
  const result = patchedText(before, hunks);
  if ('bytes' in result) return result;
  const { header } = hunks[result.hunk] ?? { header: '' };
  throw new ToolFailure(
    `Nothing was changed. ${name}, hunk ${result.hunk + 1} of ${hunks.length} (${header.slice(0, 100)}): ${result.problem}`,
  );
}

const deletion = (path: RepoPath, before: Buffer, executable: boolean): Step => ({
  take: (files) => files.remove(path),
  undo: (files) => files.write(path, before, { executable }),
});

const addition = (path: RepoPath, bytes: Buffer, mode: { readonly executable?: boolean }): Step => ({
  take: (files) => files.write(path, bytes, mode),
  undo: (files) => files.remove(path),
});

const renaming = (from: RepoPath, to: RepoPath): Step => ({
  take: (files) => files.move(from, to),
  undo: (files) => files.move(to, from),
});

const rewriting = (
  path: RepoPath,
  before: Buffer,
  executable: boolean,
  bytes: Buffer,
  mode: { readonly executable?: boolean },
): Step => ({
  take: (files) => files.write(path, bytes, mode),
  undo: (files) => files.write(path, before, { executable }),
});

/** Takes all steps; when one fails, what was done before it is undone. */
async function takeAll(files: WorkFiles, planned: readonly PlannedStep[]): Promise<void> {
  const done: { readonly path: RepoPath; readonly step: Step }[] = [];
  try {
    for (const { path, steps } of planned) {
      for (const step of steps) {
        await step.take(files);
        done.push({ path, step });
      }
    }
  } catch (error) {
    const changed: RepoPath[] = [];
    for (const { path, step } of done.reverse())
      await step.undo(files).catch(() => {
        changed.push(path);
      });
    if (!(error instanceof WorkFileError)) throw error;
    const left =
      changed.length === 0
        ? 'Nothing was changed.'
        : `It could not be undone in ${changed.map(shownPath).join(', ')}: look at them.`;
    throw new ToolFailure(`${error.message} ${left}`);
  }
}
