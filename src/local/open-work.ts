import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ToolFailure } from '../agent/tool.ts';
import type { AnyTool } from '../agent/tool-registry.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { pathRules } from '../config/path-rules.ts';
import { createHistory } from '../git/history.ts';
import { readChange } from '../git/read-change.ts';
import { runGit } from '../git/run-git.ts';
import { createLineFinder } from '../git/search-tree.ts';
import { type Author, createWorktree, type Worktree } from '../git/worktree.ts';
import type { Redact } from '../review/redact.ts';
import { redactedSnapshot } from '../review/redacted-snapshot.ts';
import type { Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';
import type { ChangedFile, Work } from '../tasks/task-door.ts';
import type { KeptWork } from '../tasks/task-record.ts';
import { createApplyPatch } from '../tools/apply-patch.ts';
import { createDeleteFile } from '../tools/delete-file.ts';
import { createEditFile } from '../tools/edit-file.ts';
import { createHistoryTool } from '../tools/history.ts';
import { createListFiles } from '../tools/list-files.ts';
import { createMoveFile } from '../tools/move-file.ts';
import { createReadFile } from '../tools/read-file.ts';
import type { RunCommand } from '../tools/run-command.ts';
import { createSearch } from '../tools/search.ts';
import { createTurns } from '../tools/take-turns.ts';
import { createWriteFile } from '../tools/write-file.ts';
import { openWorkFiles } from '../worktree/work-files.ts';
import { type DependencyFolder, linkDependencies } from './dependency-folders.ts';
import { installDependencies, type Packages } from './install-dependencies.ts';
import { redactedHistory } from './redacted-history.ts';
import { shownPlaces } from './shown-places.ts';

export interface WorkOptions {
  readonly worktree: Worktree;
  /** A folder beside it, for what is overwritten and for checkouts that live for one command. */
  readonly beside: string;
  /** A text says why there is none. */
  readonly sandbox: Sandbox | string;
  readonly config: Config;
  readonly redact: Redact;
  readonly author: Author;
  /** Of the tree of the base. */
  readonly baseTree: string;
  /** What is installed beside it, and may be read by commands. None: they are installed, where the operator lets it. */
  readonly dependencies: readonly DependencyFolder[];
  /** Whether a patch may delete files, without being asked about as a deletion. */
  readonly deletes: boolean;
}

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const MEGABYTE = 1_000_000;

/** Of one command; its time is its own. */
const LIMITS: Omit<SandboxLimits, 'wallMs' | 'cpuSeconds'> = {
  memoryBytes: 4_000 * MEGABYTE,
  processes: 512,
  fileBytes: 1_000 * MEGABYTE,
  openFiles: 4_096,
  outputBytes: 8 * MEGABYTE,
  diskBytes: 4_000 * MEGABYTE,
};

/** The largest file that a model may write. */
const FILE_BYTES = 2 * MEGABYTE;

/** A worktree as a task works with it: what a model is shown is without secrets, what it writes stays inside. */
export async function openWork({
  worktree,
  beside,
  sandbox,
  config,
  redact,
  author,
  baseTree,
  deletes,
  dependencies,
}: WorkOptions): Promise<Work> {
  const { repository, reader, folder, base: baseCommit, objectFolders } = worktree;
  const { limits } = config;
  let links = linkDependencies(folder, dependencies);
  await worktree.leaveOut(links.map(({ path }) => path));
  let packages: Packages | null = null;
  const turns = createTurns();
  const rules = await pathRules(config);
  const isIgnored = (path: RepoPath) => rules.ignoredBy(path) !== null;
  let known: Promise<string> | null = null;
  const changed = (): void => {
    known = null;
  };
  let toRestore: KeptWork | null = null;
  let lastKept = baseTree;
  const settle = async (): Promise<void> => {
    const kept = toRestore;
    if (kept === null) return;
    toRestore = null;
    changed();
    const tree = await worktree.restore(await unzip(Buffer.from(kept.patch, 'base64')));
    if (tree !== kept.tree)
      throw new CodeAgentError('what was kept of the worktree does not lead to what it held', {
        exitCode: EXIT.incomplete,
      });
    lastKept = tree;
  };
  const treeNow = async (): Promise<string> => {
    await settle();
    known ??= worktree.tree().catch(asFailure);
    // What could not be kept is looked at again.
    known.catch(changed);
    return known;
  };
  /** What it holds when it is asked. */
  const live: Snapshot = {
    read: async (path) => worktree.snapshot(await turns(treeNow), limits).read(path),
    list: async (at) => worktree.snapshot(await turns(treeNow), limits).list(at),
  };
  const base = worktree.snapshot(baseTree, limits);
  const shown = redactedSnapshot(live, redact, isIgnored);
  const submodules = await worktree.submodules();
  const files = await openWorkFiles({
    folder,
    backup: join(beside, 'backup'),
    maxBytes: FILE_BYTES,
    submodules,
  });
  const writing = { files, turns, changed };
  const history = createHistory(repository, reader, baseCommit);
  const nothing = { base: { commit: baseCommit, tree: baseTree }, head: { commit: null }, files: [], id: '' };
  const tools: AnyTool[] = [
    createReadFile(shown),
    createListFiles(shown),
    createSearch(
      shown,
      shownPlaces(
        async (query, signal) => createLineFinder(repository, await turns(treeNow))(query, signal),
        live,
        shown,
        isIgnored,
      ),
    ),
    createHistoryTool(
      redactedHistory(history, redactedSnapshot(base, redact, isIgnored), redact, isIgnored),
      nothing,
    ),
    ...[createEditFile(writing), createWriteFile(writing), createMoveFile(writing)],
    ...[createDeleteFile(writing), createApplyPatch({ ...writing, deletes })],
  ];
  const commandIn =
    (box: Sandbox, place: string): RunCommand =>
    async (script, { seconds, signal }) => {
      const ran = await box.run(
        {
          script: withEnvironment(links, script),
          folder: place,
          readable: [...objectFolders, ...links.map(({ target }) => target)],
          variables: VARIABLES,
          limits: { ...LIMITS, wallMs: seconds * 1000, cpuSeconds: seconds * 8 },
        },
        signal,
      );
      return { ...ran, output: ran.output.toString('utf8') };
    };
  const diff = (args: readonly string[]): Promise<Buffer> =>
    runGit(['diff-tree', '-r', '--no-ext-diff', '--no-textconv', '--no-color', ...args], repository.call);
  return {
    ...{ base, tools, turns, changed },
    async aside(run) {
      // What is there before is part of it.
      await treeNow();
      try {
        return await run();
      } finally {
        changed();
        await worktree.leaveOut();
      }
    },
    async install({ told, signal }) {
      if (typeof sandbox === 'string' || dependencies.length > 0) return null;
      packages = await installDependencies({
        ...{
          repository,
          base: baseCommit,
          tree: base,
          beside,
          sandbox,
          limits: LIMITS,
          variables: VARIABLES,
        },
        ...{ config: config.sandbox, told, signal },
      });
      const { folders, problem } = packages;
      if (folders.length > 0)
        await turns(async () => {
          // What is new and no part of it is what is put there now.
          await treeNow();
          links = linkDependencies(folder, folders);
          await worktree.leaveOut(links.map(({ path }) => path));
        });
      return problem === null ? null : redact(problem);
    },
    close: () => packages?.remove(),
    run: typeof sandbox === 'string' ? sandbox : commandIn(sandbox, folder),
    async runWithout(kept, script, options) {
      if (typeof sandbox === 'string') throw new ToolFailure(sandbox);
      const tree = await turns(treeNow);
      const other = await createWorktree(repository, baseCommit, join(beside, 'without'));
      try {
        linkDependencies(other.folder, links);
        const there = await openWorkFiles({
          folder: other.folder,
          backup: join(beside, 'unused'),
          maxBytes: limits.fileBytes,
        });
        for (const path of kept) {
          const bytes = await worktree.snapshot(tree, limits).read(path);
          if (bytes === null) await there.remove(path);
          else await there.write(path, bytes);
        }
        return await commandIn(sandbox, other.folder)(script, options);
      } finally {
        other.remove();
      }
    },
    write: (path, text) =>
      turns(async () => {
        await files.write(path, Buffer.from(text));
        changed();
      }),
    tree: () => turns(treeNow),
    read: (tree) => worktree.snapshot(tree, limits),
    async changedFiles(tree) {
      const comparison = {
        base: { commit: baseCommit, tree: baseTree },
        head: { commit: null, tree },
        otherParents: [],
      };
      const change = await readChange(repository, reader, comparison, limits);
      return change.files.flatMap(({ path, oldPath, status }): ChangedFile[] => {
        if (status === 'renamed')
          return [
            { path, status: 'added' },
            { path: oldPath, status: 'deleted' },
          ];
        return [{ path, status: status === 'type-changed' ? 'modified' : status }];
      });
    },
    async changes(patch) {
      const tree = await treeNow();
      const how = patch ? ['-p', '-M'] : ['--stat=120', '-M'];
      return (await diff([...how, baseTree, tree])).toString();
    },
    async commit(message, at) {
      const tree = await treeNow();
      const [parent = '', last] = (await runGit(['rev-parse', 'HEAD', 'HEAD^{tree}'], repository.call))
        .toString()
        .split('\n');
      return tree === last ? null : worktree.commit(tree, message, author, await at(`${tree} on ${parent}`));
    },
    head: worktree.head,
    keep: () =>
      turns(async () => {
        const tree = await treeNow();
        if (tree === lastKept) return null;
        lastKept = tree;
        return { tree, patch: (await zip(await worktree.patch(tree))).toString('base64') };
      }),
    restore(kept) {
      toRestore = kept;
    },
    settled: () => turns(settle),
  };
}

/** What a command has left there can keep git from looking: the one who works there can mend it. */
function asFailure(error: unknown): never {
  if (error instanceof CodeAgentError || (error instanceof Error && 'errno' in error))
    throw new ToolFailure(`The checkout cannot be read: ${error.message}`);
  throw error;
}

/** Where a virtual environment is installed at the top, `python3` is the one of that. */
function withEnvironment(installed: readonly DependencyFolder[], script: string): string {
  const found = ['.venv', 'venv'].find((name) => installed.some(({ path }) => path === name));
  return found === undefined ? script : `PATH="/work/${found}/bin:$PATH"; export PATH\n${script}`;
}

/** git in the sandbox is another user than the one whose folder it is. */
const VARIABLES = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};
