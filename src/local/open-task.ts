import { loadPersonas } from '../agent/load-personas.ts';
import type { Permission, Door as PolicyDoor } from '../agent/policy.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { pathRules } from '../config/path-rules.ts';
import type { BaseTree } from '../git/read-change.ts';
import { runGit } from '../git/run-git.ts';
import { createSnapshot } from '../git/snapshot.ts';
import type { Author, Worktree } from '../git/worktree.ts';
import { readGuidelines } from '../review/guidelines.ts';
import type { Redact } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Surroundings } from '../tasks/render-task.ts';
import type { TaskEvent } from '../tasks/task.ts';
import type { Person, TaskDoor } from '../tasks/task-door.ts';
import type { DependencyFolder } from './dependency-folders.ts';
import type { ModelAsk } from './model-reviewer.ts';
import { openWork } from './open-work.ts';
import { personasFolder } from './personas-folder.ts';
import { type Door, type OpenRepository, prepareReview } from './prepare-review.ts';
import type { TaskSession } from './task-session.ts';

export interface OpenTaskOptions {
  readonly door: Door;
  readonly policyDoor: Exclude<PolicyDoor, 'hook'>;
  readonly permission: Permission;
  readonly worktree: Worktree;
  /** The commit that the worktree was made of. */
  readonly base: string;
  /** Of the task's own: the worktree is in it. */
  readonly folder: string;
  readonly config: Config;
  /** Where the configuration and the guidelines were read. */
  readonly policyAt: BaseTree;
  /** A text says why there is none. */
  readonly sandbox: Sandbox | string;
  readonly author: Author;
  readonly dependencies: readonly DependencyFolder[];
  readonly ask: ModelAsk;
  readonly session: TaskSession;
  readonly redact: Redact;
  readonly person: Person;
  readonly told: (event: TaskEvent) => void;
}

/** Puts together what a task works with, at either door. Rejects with exit code 2 for a persona that is none. */
export async function openTask(git: OpenRepository, options: OpenTaskOptions): Promise<TaskDoor> {
  const { door, worktree, base, config, policyAt, ask, session, redact, folder, sandbox, author } = options;
  const models = ask.models.map(session.recorded);
  const [first] = models;
  if (first === undefined) throw new CodeAgentError('no model is configured', { exitCode: EXIT.usage });
  const tree = await worktree.reader.info(`${base}^{tree}`);
  if (tree === null) throw new CodeAgentError(`the commit ${base} is missing`, { exitCode: EXIT.incomplete });
  const baseTree = tree.oid;
  return {
    ...{ door: options.policyDoor, permission: options.permission, budget: ask.budget, redact },
    ...{ record: session.record, nonce: session.nonce, signal: door.signal },
    ...{ person: options.person, told: options.told },
    work: await openWork({
      worktree,
      config,
      redact,
      beside: folder,
      baseTree,
      sandbox,
      author,
      deletes: options.permission !== 'human-required',
      dependencies: options.dependencies,
    }),
    personas: loadPersonas(personasFolder(door)),
    modelFor: ({ model }) => models.find(({ id }) => id === model) ?? first,
    around: await surroundings(worktree, config, policyAt.tree, baseTree, redact),
    review: (changed) =>
      selfReview(git, { ...options, baseTree, ask: { ...ask, session: session.review } }, changed),
  };
}

const SUBJECTS = 15;

async function surroundings(
  { repository, reader, base }: Worktree,
  config: Config,
  policyTree: string,
  baseTree: string,
  redact: Redact,
): Promise<Surroundings> {
  const [policy, now] = [policyTree, baseTree].map((tree) => createSnapshot(reader, tree, config.limits));
  if (policy === undefined || now === undefined) throw new RangeError('two trees have two snapshots');
  const rules = await pathRules(config);
  const isIgnored = (path: string): boolean => rules.ignoredBy(path) !== null;
  const top = (await now.list('')).filter(({ name }) => !isIgnored(name));
  const { guidelines } = await readGuidelines(
    policy,
    top.map(({ name }) => name),
    redact,
    isIgnored,
  );
  const log = await runGit(
    ['log', '--no-show-signature', '--no-merges', '-z', `-${SUBJECTS}`, '--format=%s', base],
    repository.call,
  );
  return {
    guidelines,
    subjects: await Promise.all(log.toString().split('\0').filter(Boolean).map(redact)),
    top: await Promise.all(top.map(({ name, kind }) => redact(kind === 'folder' ? `${name}/` : name))),
  };
}

/** The change is looked at as every change is; what is known of it is the repository's. */
async function selfReview(
  { repository }: OpenRepository,
  {
    door,
    config,
    worktree,
    base,
    baseTree,
    policyAt,
    ask,
  }: Pick<OpenTaskOptions, 'door' | 'config' | 'worktree' | 'base' | 'policyAt' | 'ask'> & {
    readonly baseTree: string;
  },
  tree: string,
): Promise<Review> {
  const open: OpenRepository = {
    repository: { ...worktree.repository, commonDir: repository.commonDir },
    reader: worktree.reader,
    openedAt: process.uptime(),
    close() {},
  };
  const comparison = {
    base: { commit: base, tree: baseTree },
    head: { commit: null, tree },
    otherParents: [],
  };
  return reviewChange(await prepareReview(open, door, comparison, config, door.signal, { ask, policyAt }));
}
