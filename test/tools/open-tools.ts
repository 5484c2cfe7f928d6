import type { ToolSpec } from '../../src/agent/model.ts';
import { decide, REVIEWER_EFFECTS } from '../../src/agent/policy.ts';
import { type AnyTool, createToolRegistry, type ToolAnswer } from '../../src/agent/tool-registry.ts';
import type { Snapshot } from '../../src/change/snapshot.ts';
import { createHistory } from '../../src/git/history.ts';
import { readChange } from '../../src/git/read-change.ts';
import { resolveRange, resolveStaged } from '../../src/git/resolve-range.ts';
import { createLineFinder } from '../../src/git/search-tree.ts';
import { createSnapshot } from '../../src/git/snapshot.ts';
import { redactedSnapshot } from '../../src/review/redacted-snapshot.ts';
import { createFileDiff } from '../../src/tools/file-diff.ts';
import { createHistoryTool } from '../../src/tools/history.ts';
import { createListFiles } from '../../src/tools/list-files.ts';
import { createReadFile } from '../../src/tools/read-file.ts';
import { createSearch } from '../../src/tools/search.ts';
import { NO_LIMITS, openGit } from '../git/open-git.ts';
import type { TempRepository } from '../support/temp-repository.ts';

export interface OpenTools {
  readonly specs: readonly ToolSpec[];
  /** What the model is told. Errors have `error: ` in front. */
  use(tool: string, input: unknown): Promise<string>;
  answer(tool: string, input: unknown): Promise<ToolAnswer>;
}

export interface OpenOptions {
  /** Without one, what is staged. */
  readonly range?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly fileBytes?: number;
  /** Milliseconds of a search. */
  readonly searchTime?: number;
  /** Takes secrets out of what snapshots have. */
  readonly redact?: (text: string) => Promise<string>;
  /** With `redact`: files that snapshots keep to themselves. */
  readonly ignores?: (path: string) => boolean;
}

/** The tools that a reviewer has on a change of a real repository, behind the registry and the policy. */
export async function openTools(temp: TempRepository, options: OpenOptions = {}): Promise<OpenTools> {
  const { range, env = {}, fileBytes = 1e6, searchTime = 10_000, redact, ignores = () => false } = options;
  const redacted = (snapshot: Snapshot) => (redact ? redactedSnapshot(snapshot, redact, ignores) : snapshot);
  const { repository, reader } = await openGit(temp, env);
  const comparison =
    range === undefined
      ? await resolveStaged(repository, reader, { ...temp.env, ...env })
      : await resolveRange(repository, reader, range);
  const { base, head } = comparison;
  const change = await readChange(repository, reader, comparison, { ...NO_LIMITS, fileBytes });
  const after =
    head === null
      ? createSnapshot(reader, base.tree, { fileBytes }, change.files)
      : createSnapshot(reader, head.tree, { fileBytes });
  const tools: AnyTool[] = [
    createReadFile(redacted(after)),
    createListFiles(redacted(after)),
    createSearch(redacted(after), createLineFinder(repository, head?.tree ?? null, searchTime)),
    createHistoryTool(base.commit === null ? null : createHistory(repository, reader, base.commit), change),
    createFileDiff(change, redacted(createSnapshot(reader, base.tree, { fileBytes })), redacted(after)),
  ];
  const persona = { name: 'reviewer', tools: tools.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  const toolbox = createToolRegistry(tools, { decide: (use) => decide(use, { persona, door: 'hook' }) });
  const { signal } = new AbortController();
  const answer = (name: string, input: unknown) =>
    toolbox.call({ type: 'tool-call', id: 'call', name, input }, signal);
  return {
    specs: toolbox.specs,
    answer,
    async use(name, input) {
      const { result } = await answer(name, input);
      return `${result.isError ? 'error: ' : ''}${result.content}`;
    },
  };
}
