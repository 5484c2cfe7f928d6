import { randomBytes } from 'node:crypto';
import type { Budget } from '../agent/budget.ts';
import type { Persona } from '../agent/load-personas.ts';
import type { Model } from '../agent/model.ts';
import type { Door as PolicyDoor } from '../agent/policy.ts';
import type { AnyTool } from '../agent/tool-registry.ts';
import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import type { Config } from '../config/config.ts';
import { compileGlob } from '../config/glob.ts';
import { pathRules } from '../config/path-rules.ts';
import { createHistory } from '../git/history.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import type { Repository } from '../git/repository.ts';
import { createLineFinder } from '../git/search-tree.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { parseFile } from '../review/checks/syntax.ts';
import { type PathInstructions, readGuidelines } from '../review/guidelines.ts';
import { type Redact, redactSecrets } from '../review/redact.ts';
import { redactedSnapshot } from '../review/redacted-snapshot.ts';
import { NO_REVIEWER, type Reviewer } from '../review/review-change.ts';
import { openReviewedFile } from '../review/reviewed-file.ts';
import { createReviewer, type DryRun, planRequests } from '../review/reviewer.ts';
import type { LookSetup, ReviewerProgress, ReviewerSetup } from '../review/reviewer-setup.ts';
import { createUnitResults } from '../sessions/unit-results.ts';
import { createFileDiff } from '../tools/file-diff.ts';
import { createHistoryTool } from '../tools/history.ts';
import { createListFiles } from '../tools/list-files.ts';
import { createReadFile } from '../tools/read-file.ts';
import { createSearch } from '../tools/search.ts';
import { loadReviewer } from './load-reviewer.ts';
import { personasFolder } from './personas-folder.ts';
import type { Door } from './prepare-review.ts';
import { readForModel } from './read-for-model.ts';
import { redactedHistory } from './redacted-history.ts';
import { beginSession, type ReviewSession } from './review-session.ts';
import { shownPlaces } from './shown-places.ts';

/** With which models a review is made, and within what. */
export interface ModelAsk {
  readonly models: readonly Model[];
  /** The user's own. */
  readonly tools: readonly AnyTool[];
  readonly budget: Budget;
  /** How long they may take, for a person: `20 s (hook.budget)`. */
  readonly patience: string;
  /** Worth saying of the models. */
  readonly notes: readonly string[];
  readonly door: PolicyDoor;
  /** What this review and others follow each other on: see `local/review-events`. */
  readonly line?: string;
  /** What was answered before is asked again. */
  readonly isAnew?: boolean;
  /** Keys and the like that this process holds: no model is ever told them. */
  readonly knownValues: readonly string[];
  /** What the commit says of itself; null before it is made. */
  readonly message: string | null;
  /** One to go on with; else a new one is begun. */
  readonly session?: ReviewSession;
  /** Run again as it was, and keep nothing: with that nonce. */
  readonly replayOf?: { readonly nonce: string };
  readonly onProgress?: (progress: ReviewerProgress) => void;
  /** Is given what would be sent, and nothing is sent. */
  readonly dryRun?: (planned: DryRun) => void;
}

export interface ReviewedRepository {
  readonly repository: Repository;
  readonly reader: ObjectReader;
  readonly change: ChangeSet;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Where guidelines are read: the base of the change. */
  readonly base: Snapshot;
  /** The tree that the change ends in; null: the index. */
  readonly tree: string | null;
  readonly config: Config;
}

/** Files with more than this, in estimated tokens, are left out, and said to be. */
const FILE_TOKENS = 80_000;

/**
 * The reviewer of one change of a local repository: the program's, or a person's own. Nothing but the models is reached over the
 * network. Rejects with exit code 2 when their own is none.
 */
export async function createModelReviewer(
  of: ReviewedRepository,
  ask: ModelAsk,
  door: Pick<Door, 'env'>,
): Promise<Reviewer> {
  const persona = loadReviewer(personasFolder(door));
  const setup = reviewedBy(persona, await lookSetup(of, ask), ask);
  const { dryRun } = ask;
  if (dryRun !== undefined)
    return async (files) => {
      dryRun(await planRequests(setup, files));
      return NO_REVIEWER;
    };
  if (ask.replayOf !== undefined) {
    const results = { read: () => null, write() {} };
    return createReviewer({ ...setup, nonce: ask.replayOf.nonce, results });
  }
  return async (files, signal) => {
    if (files.length === 0) return createReviewer(setup)(files, signal);
    const asking = { ...ask, models: setup.models };
    const session = ask.session ?? beginSession(of.repository, of.change, asking, setup.redact);
    const { id, nonce, sink, end } = session;
    const models = setup.models.map(session.record);
    const run = await createReviewer({ ...setup, models, nonce, sink })(files, signal);
    return { ...run, session: { id, end } };
  };
}

/** The model that the persona prefers is asked first, where it is one of those that are asked. */
function reviewedBy(persona: Persona, look: LookSetup, { tools: own }: ModelAsk): ReviewerSetup {
  const isPreferred = ({ id }: Model): boolean => id === persona.model;
  const { models, tools } = look;
  return {
    ...look,
    models: [...models.filter(isPreferred), ...models.filter((model) => !isPreferred(model))],
    persona,
    personaTools: tools.filter((tool) => persona.tools.includes(tool.name) || own.includes(tool)),
  };
}

/** All that a model is told and may look at, with secrets taken out. */
export async function lookSetup(of: ReviewedRepository, ask: ModelAsk): Promise<LookSetup> {
  const { repository, reader, change, config } = of;
  const redact = (text: string) => redactSecrets(text, findOverlappingSecrets, ask.knownValues);
  const paths = change.files.map(({ path }) => path);
  const rules = await pathRules(config);
  const isIgnored = (path: RepoPath) => rules.ignoredBy(path) !== null;
  const { guidelines, notes } = await readGuidelines(of.base, paths, redact, isIgnored);
  const shown = (side: Snapshot) => redactedSnapshot(side, redact, isIgnored);
  const [before, after] = [shown(of.before), shown(of.after)];
  const history =
    change.base.commit === null
      ? null
      : redactedHistory(createHistory(repository, reader, change.base.commit), before, redact, isIgnored);
  // Not even the names of ignored files leave.
  const told = {
    ...change,
    files: change.files.filter(({ path, oldPath }) => !isIgnored(path) && !isIgnored(oldPath)),
  };
  const tools: AnyTool[] = [
    createReadFile(after),
    createListFiles(after),
    createSearch(after, shownPlaces(createLineFinder(repository, of.tree), of.after, after, isIgnored)),
    createHistoryTool(history, told),
    createFileDiff(told, before, after),
    ...ask.tools,
  ];
  const context = Math.min(...ask.models.map(({ limits }) => limits.context));
  return {
    change,
    open: ({ change: file, generated, others }) =>
      openReviewedFile(file, generated, (oid) => reader.read(oid), others),
    models: ask.models,
    tools,
    context: {
      guidelines,
      instructions: await pathInstructions(config, redact),
      message: ask.message === null ? null : await redact(ask.message),
    },
    notes: [...ask.notes, ...notes],
    patience: ask.patience,
    budget: ask.budget,
    door: ask.door,
    limits: {
      // Room for the answers of tools.
      unitTokens: Math.min(config.review.unitTokens, Math.floor(context / 3)),
      fileTokens: FILE_TOKENS,
      parallel: config.review.parallel,
      validate: config.review.validate,
    },
    redact,
    parse: parseFile,
    textOf: textOf(of),
    nonce: randomBytes(16).toString('hex'),
    results: resultsOf(repository.commonDir, ask),
    ...(ask.onProgress && { onProgress: ask.onProgress }),
  };
}

function resultsOf(commonDir: string, { isAnew }: ModelAsk): LookSetup['results'] {
  const results = createUnitResults(commonDir);
  return isAnew ? { ...results, read: () => null } : results;
}

async function pathInstructions({ paths }: Config, redact: Redact): Promise<PathInstructions[]> {
  const told = paths.flatMap(({ files, instructions }) =>
    instructions === undefined ? [] : [{ files, instructions }],
  );
  return Promise.all(
    told.map(async ({ files, instructions }) => {
      const globs = files.map((glob) => compileGlob(glob));
      return {
        files: (path: string) => globs.some((matches) => matches(path)),
        instructions: await redact(instructions),
      };
    }),
  );
}

/** The whole text of a file on one side, as the repository has it. */
function textOf({ change, before, after }: ReviewedRepository): LookSetup['textOf'] {
  return async (path, side) => {
    const file = change.files.find((one) => one.path === path);
    const name = side === 'new' ? path : (file?.oldPath ?? path);
    const text = await readForModel(side === 'new' ? after : before, name);
    return text?.includes('\0') ? null : text;
  };
}
