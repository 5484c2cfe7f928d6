import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { attributesOf, parseAttributes } from '../config/attributes.ts';
import { parseBaseline } from '../config/baseline.ts';
import { type Config, DEFAULTS, type ResolvedConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { type ConfigFlags, loadConfig } from '../config/load-config.ts';
import { pathRules } from '../config/path-rules.ts';
import { readUserFile } from '../config/user-file.ts';
import { indexStamp } from '../git/index-stamp.ts';
import { createObjectReader, type ObjectReader } from '../git/object-reader.ts';
import {
  type BaseTree,
  type BegunChange,
  beginChange,
  type Comparison,
  changeId,
  readChange,
  readRawDiff,
} from '../git/read-change.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { resolveRange, resolveStaged } from '../git/resolve-range.ts';
import { gitEnvironment } from '../git/run-git.ts';
import { createSnapshot } from '../git/snapshot.ts';
import { allChecks } from '../review/all-checks.ts';
import { findSecrets } from '../review/checks/secret/find-secrets.ts';
import type { Policy } from '../review/policy.ts';
import { type Reviewer, type ReviewInput, unreviewed } from '../review/review-change.ts';
import type { NoModels } from './ask-models.ts';
import { dismissedList } from './dismiss-finding.ts';
import { keepHeapSmall } from './keep-heap-small.ts';
import type { ModelAsk, ReviewedRepository } from './model-reviewer.ts';

export interface Door {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the person interrupts or the time is up: ends git. */
  readonly signal: AbortSignal;
}

/** A repository with its objects open. Close it when done. */
export interface OpenRepository {
  readonly repository: Repository;
  readonly reader: ObjectReader;
  /** By `process.uptime()`. */
  readonly openedAt: number;
  close(): void;
}

/** Opens the repository that the door stands in. Rejects with exit code 2 when there is none. */
export async function openGit({ cwd, env, signal }: Door): Promise<OpenRepository> {
  const openedAt = process.uptime();
  const opening = openRepository(cwd, env, signal);
  // Beside it: both ask git, from the same place.
  const reader = createObjectReader({ cwd, env: gitEnvironment(env) });
  try {
    return { repository: await opening, reader, openedAt, close: () => reader.close() };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** What a range means here; without one, what is staged. */
export function compare(
  { repository, reader }: OpenRepository,
  door: Door,
  range?: string,
): Promise<Comparison> {
  return range === undefined
    ? resolveStaged(repository, reader, door.env)
    : resolveRange(repository, reader, range);
}

/** The configuration that is in effect at a commit: of a change, at its base. */
export async function configAt(
  { reader }: OpenRepository,
  door: Door,
  at: BaseTree,
  flags: ConfigFlags = {},
): Promise<ResolvedConfig> {
  const base = createSnapshot(reader, at.tree, { fileBytes: 1_000_000 });
  const environment = readEnvironment(door.env);
  return loadConfig({
    readAtBase: (path) => base.read(path),
    base: at.commit?.slice(0, 7) ?? null,
    userFile: readUserFile(environment.userConfigPath),
    env: environment,
    flags,
  });
}

/** A comparison that git is at work on, and the state of the index before. */
export interface Begun {
  readonly stamp: string | null;
  readonly change: BegunChange;
}

/** Has git begin on a comparison while the configuration, which is nearly always the default one, is read. */
export function begin({ repository }: OpenRepository, comparison: Comparison): Begun {
  const stamp = indexStamp(repository);
  return { stamp, change: beginChange(repository, comparison, DEFAULTS.limits.changeBytes) };
}

/**
 * Everything that the review of a comparison takes in, read from git and from the configuration at its base.
 * `time` is aborted when the budget is used up: reading the change is ended then, and rejects with exit code 4.
 * `policyAt`: where the policy is read; only a baseline, which judges a whole tree, takes another place than the base.
 * `begun`: what was begun of it already. `ask`: the models to ask; without, the checks alone look.
 */
export async function prepareReview(
  open: OpenRepository,
  door: Door,
  comparison: Comparison,
  config: Config,
  time: AbortSignal,
  {
    policyAt = comparison.base,
    begun,
    ask,
  }: { policyAt?: BaseTree; begun?: Begun; ask?: Asking | undefined } = {},
): Promise<ReviewInput> {
  const { reader } = open;
  const call = { ...open.repository.call, signal: AbortSignal.any([door.signal, time]) };
  const repository = { ...open.repository, call };
  if (begun !== undefined) time.addEventListener('abort', begun.change.stop, { once: true });
  const stamp = begun === undefined ? indexStamp(repository) : begun.stamp;
  const change = await readChange(repository, reader, comparison, config.limits, begun?.change);
  keepHeapSmall(change);
  const others = await Promise.all(
    comparison.otherParents.map((base) =>
      readChange(repository, reader, { ...comparison, base, otherParents: [] }, config.limits),
    ),
  );
  const before = createSnapshot(reader, comparison.base.tree, config.limits);
  const after =
    comparison.head === null
      ? createSnapshot(reader, comparison.base.tree, config.limits, change.files)
      : createSnapshot(reader, comparison.head.tree, config.limits);
  const base = createSnapshot(reader, policyAt.tree, config.limits);
  const tree = comparison.head?.tree ?? null;
  const reviewed = { repository, reader, change, before, after, base, tree, config };
  return {
    change,
    others,
    checks: allChecks,
    policy: await readPolicy(repository, base, change, config),
    before,
    after,
    readBlob: (oid) => reader.read(oid),
    findSecrets,
    reviewer: reviewerOf(reviewed, ask, door),
    external: [],
    notes:
      repository.shallow && comparison.base.commit === null
        ? ['the history is shallow: its oldest commit is taken for the first one']
        : [],
    confirm: () => confirmStaged(open.repository, comparison, change, stamp),
    startedAt: open.openedAt,
    signal: time,
  };
}

/** The models to ask, perhaps not known yet: git is at work while a server says what it has. */
export type Asking = ModelAsk | NoModels | Promise<ModelAsk | NoModels>;

/** Null without models. Loads what models need only when there are some. */
function reviewerOf(reviewed: ReviewedRepository, asking: Asking | undefined, door: Door): Reviewer | null {
  if (asking === undefined) return null;
  return async (files, signal) => {
    const ask = await asking;
    if ('failure' in ask) {
      const { message, advice } = ask.failure;
      return unreviewed(files, advice === undefined ? message : `${message}. ${advice}`);
    }
    const { createModelReviewer } = await import('./model-reviewer.ts');
    return (await createModelReviewer(reviewed, ask, door))(files, signal);
  };
}

async function readPolicy(
  repository: Repository,
  base: Snapshot,
  change: ChangeSet,
  config: Config,
): Promise<Policy> {
  const rules = await pathRules(config);
  const attributes = await readAttributes(base, change);
  const baseline = await base.read(config.baseline);
  const accepted = baseline === null ? [] : parseBaseline(baseline.toString(), config.baseline);
  const dismissed = dismissedList(repository.commonDir);
  return {
    failOn: config.failOn,
    ignoredBy: rules.ignoredBy,
    severityOf: rules.severityOf,
    generatedBy(path) {
      const { generated, vendored } = attributesOf(path, attributes);
      return generated ? 'generated' : vendored ? 'vendored' : null;
    },
    baseline: new Map(
      accepted.map(({ fingerprint, title }) => [fingerprint, { title, reason: config.baseline }]),
    ),
    dismissed: new Map(dismissed.map((one) => [one.fingerprint, one])),
    limits: config.limits,
  };
}

/** The rules of every `.gitattributes` at the base that may speak of a changed file. */
async function readAttributes(base: Snapshot, change: ChangeSet) {
  const folders = new Set<RepoPath>(['']);
  for (const { path } of change.files) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      if (folders.has(path.slice(0, cut))) break;
      folders.add(path.slice(0, cut));
    }
  }
  const read = [...folders].map(async (folder) => {
    const content = await base.read(folder === '' ? '.gitattributes' : `${folder}/.gitattributes`);
    return [folder, content === null ? [] : parseAttributes(content)] as const;
  });
  return new Map(await Promise.all(read));
}

/** git reads the index again after the hook (builtin/commit.c): what was added to it meanwhile was not reviewed. */
async function confirmStaged(
  repository: Repository,
  comparison: Comparison,
  change: ChangeSet,
  stamp: string | null,
): Promise<string | null> {
  if (comparison.head !== null || indexStamp(repository) === stamp) return null;
  const now = changeId(comparison.base.tree, await readRawDiff(repository, comparison));
  return now === change.id ? null : 'the index changed while it was being reviewed: run it again';
}
