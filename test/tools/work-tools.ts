import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AnyTool, createToolRegistry, type ToolAnswer } from '../../src/agent/tool-registry.ts';
import { createApplyPatch } from '../../src/tools/apply-patch.ts';
import { createDeleteFile } from '../../src/tools/delete-file.ts';
import { createEditFile } from '../../src/tools/edit-file.ts';
import { createMoveFile } from '../../src/tools/move-file.ts';
import { createTurns } from '../../src/tools/take-turns.ts';
import { createWriteFile } from '../../src/tools/write-file.ts';
import { openWorkFiles } from '../../src/worktree/work-files.ts';
import { tempFolder } from '../support/temp-repository.ts';

export interface WorkTools {
  readonly folder: string;
  /** How often it was said that something has changed. */
  readonly changes: () => number;
  /** What the model is told. Errors have `error: ` in front. */
  use(tool: string, input: Record<string, unknown>): Promise<string>;
  answer(tool: string, input: Record<string, unknown>): Promise<ToolAnswer>;
  put(files: Readonly<Record<string, string | Uint8Array>>): void;
  makeExecutable(path: string): void;
  isExecutable(path: string): boolean;
  read(path: string): string;
  bytes(path: string): Buffer;
}

/** The tools that change files, behind the registry, on a folder with these files. */
export async function openWorkTools(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  options: { readonly maxBytes?: number; readonly deletes?: boolean } = {},
): Promise<WorkTools> {
  const top = tempFolder();
  const folder = join(top, 'work');
  mkdirSync(folder);
  const put: WorkTools['put'] = (contents) => {
    for (const [name, content] of Object.entries(contents)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  };
  put(files);
  let changes = 0;
  const given = {
    files: await openWorkFiles({ folder, backup: join(top, 'backup'), maxBytes: options.maxBytes ?? 1e6 }),
    turns: createTurns(),
    changed: () => {
      changes += 1;
    },
  };
  const tools: AnyTool[] = [
    ...[createEditFile(given), createWriteFile(given), createMoveFile(given), createDeleteFile(given)],
    createApplyPatch({ ...given, deletes: options.deletes ?? true }),
  ];
  const toolbox = createToolRegistry(tools, {
    decide: () => ({ decision: 'allow', reason: 'it is a test' }),
  });
  const { signal } = new AbortController();
  const answer: WorkTools['answer'] = (name, input) =>
    toolbox.call({ type: 'tool-call', id: 'call', name, input }, signal);
  return {
    ...{ folder, put, answer, changes: () => changes },
    async use(name, input) {
      const { result } = await answer(name, input);
      return `${result.isError ? 'error: ' : ''}${result.content}`;
    },
    makeExecutable: (path) => chmodSync(join(folder, path), 0o755),
    isExecutable: (path) => (statSync(join(folder, path)).mode & 0o100) !== 0,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    bytes: (path) => readFileSync(join(folder, path)),
  };
}
