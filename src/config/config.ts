import type { Permission } from '../agent/policy.ts';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { CheckId } from '../review/check-id.ts';
import { SEVERITIES, type Severity } from '../review/finding.ts';
import type { FailOn } from '../review/review.ts';
import { didYouMean } from './nearest.ts';

/** What `failOn` may be. */
export const FAIL_LEVELS = [...SEVERITIES, 'never'] as const satisfies readonly FailOn[];

/** What a check may be set to. */
export const CHECK_LEVELS = ['off', ...SEVERITIES] as const;
export type CheckLevel = Severity | 'off';
/** Only the checks that something is said about; every other one keeps its own severity. */
export type CheckLevels = Readonly<Partial<Record<CheckId, CheckLevel>>>;

/** What happens to the commit when the hook could not look at everything. */
export const HOOK_ANSWERS = ['block', 'warn'] as const;
export type HookAnswer = (typeof HOOK_ANSWERS)[number];

/** When the App reviews a pull request. `on-command`: only when a person who may write asks for it. */
export const REVIEW_OCCASIONS = ['automatic', 'on-command', 'off'] as const;
export type ReviewOccasion = (typeof REVIEW_OCCASIONS)[number];

/** What happens to a pull request that is larger than the configuration allows: the checks alone, or nothing. */
export const TOO_LARGE_ANSWERS = ['checks', 'skip'] as const;
export type TooLargeAnswer = (typeof TOO_LARGE_ANSWERS)[number];

/** How the check run of a review ends that could not look at everything: `neutral` lets the merge through. */
export const INCOMPLETE_CONCLUSIONS = ['neutral', 'failure'] as const;
export type IncompleteConclusion = (typeof INCOMPLETE_CONCLUSIONS)[number];

/** The most that may be done in a day, which ends at midnight UTC. */
export interface DayLimits {
  readonly reviewsPerDay: number;
  /** Of all requests to models and their answers. */
  readonly tokensPerDay: number;
  /** US dollars. */
  readonly costPerDay: number;
}

/** What is in effect, complete: sizes in bytes, durations in milliseconds. */
export interface Config {
  readonly failOn: FailOn;
  /** Globs of files that are never looked at. */
  readonly ignore: readonly string[];
  readonly checks: CheckLevels;
  /** For some files only. Of two that speak of the same thing, the later one counts. */
  readonly paths: readonly PathRule[];
  readonly limits: {
    /** A file with more bytes is skipped, and said to be. */
    readonly fileBytes: number;
    /** From here on the check `large-file` finds a file large. */
    readonly largeFileBytes: number;
    /** With more bytes in all its files, a change is not looked at. */
    readonly changeBytes: number;
  };
  readonly hook: {
    /** Milliseconds. */
    readonly budget: number;
    readonly onIncomplete: HookAnswer;
    readonly onTimeout: HookAnswer;
  };
  readonly prePush: {
    /** With more commits than this, a push is looked at as one change. */
    readonly commits: number;
  };
  readonly review: {
    /** False: no model is asked. */
    readonly model: boolean;
    /** A model's finding of this severity or a higher one is looked at a second time. */
    readonly validate: Severity | 'never';
    /** US dollars of one review; null: no limit. */
    readonly maxCost: number | null;
    /** Tokens of one review; null: no limit. */
    readonly maxTokens: number | null;
    /** Tokens of patch and context that one unit may have. */
    readonly unitTokens: number;
    /** So many units are reviewed side by side. */
    readonly parallel: number;
    /** Milliseconds that `code-agent review` waits for the model; a hook has its own budget. */
    readonly timeout: number;
  };
  readonly tasks: {
    /** US dollars of one task; null: no limit. */
    readonly maxCost: number | null;
    /** Milliseconds that a task may take, without what it waits for people. */
    readonly timeout: number;
    /** How far a task goes by itself that was asked for on GitHub. */
    readonly permission: Permission;
    /** How the tests are run; null: found out. */
    readonly tests: string | null;
  };
  /** What commands of tasks may have of the network. Only the user's own file may say it. */
  readonly sandbox: {
    /** With a port, `npm.example.com:8443`, or without. Reached by what installs packages alone. Empty: nothing is installed. */
    readonly hosts: readonly string[];
    /** Null: the commands of `ECOSYSTEMS`. */
    readonly install: readonly InstallRule[] | null;
  };
  /** Which pull requests the App reviews, and what it posts. Patterns: see `matchesPattern`. */
  readonly pullRequests: {
    readonly review: ReviewOccasion;
    /** Whether drafts are reviewed too. */
    readonly drafts: boolean;
    /** Patterns of titles that are not reviewed. */
    readonly ignoreTitles: readonly string[];
    /** Patterns of labels: a pull request with one of them is not reviewed. */
    readonly ignoreLabels: readonly string[];
    /** Patterns of labels: without one of them, a pull request is not reviewed. Empty: no label is needed. */
    readonly requireLabels: readonly string[];
    /** Patterns of logins whose pull requests are not reviewed. */
    readonly ignoreAuthors: readonly string[];
    /** Patterns of the branches whose pull requests are reviewed. */
    readonly baseBranches: readonly string[];
    /** With more files, a pull request is too large; null: no limit. */
    readonly maxFiles: number | null;
    /** With more added and removed lines, a pull request is too large; null: no limit. */
    readonly maxChangedLines: number | null;
    readonly tooLarge: TooLargeAnswer;
    /** Inline comments that one review may post. The rest stands in its summary. */
    readonly comments: number;
    /** Whether comments hold suggestions that can be committed. */
    readonly suggestions: boolean;
    /** Whether a summary of the pull request is posted and kept current. */
    readonly summary: boolean;
    readonly incomplete: IncompleteConclusion;
  };
  /** Of the person who runs the App. Only the user's own file may say it. */
  readonly app: {
    /** For each repository and for each person. */
    readonly limits: { readonly repository: DayLimits; readonly person: DayLimits };
    /** GitHub's numeric user ids of bots whose commands are taken. */
    readonly trustedBots: readonly number[];
    /** True: a thread whose finding is fixed is resolved, with a token that may write contents. False: it is answered. */
    readonly resolveThreads: boolean;
    /** Hosts, beside GitHub's own, that a link in a comment of ours may lead to. */
    readonly linkHosts: readonly string[];
    /** Bytes that the copies of repositories may take on one machine. */
    readonly mirrors: { readonly bytesPerRepository: number; readonly bytesTotal: number };
  };
  /** In the order in which they are asked. Empty: what the environment offers. Only the user's own file may say it. */
  readonly models: readonly ModelChoice[];
  /** Absolute paths of files that add tools. Only the user's own file may say it. */
  readonly tools: readonly string[];
  readonly baseline: RepoPath;
}

/** A model to ask. */
export interface ModelChoice {
  readonly id: string;
  /** Of an OpenAI-compatible server, `http://localhost:1234/v1`. Without it, a `claude-…` is Anthropic's. */
  readonly baseUrl?: string;
  /** Tokens, where we do not know better. */
  readonly context?: number;
  readonly output?: number;
  /** US dollars for a million tokens. */
  readonly price?: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead?: number;
    readonly cacheWrite?: number;
  };
}

/** How the packages of a repository are installed. */
export interface InstallRule {
  /** A file, from the top: where it is there, the command is run. */
  readonly when: RepoPath;
  /** For sh, at the top. */
  readonly run: string;
}

export interface PathRule {
  readonly files: readonly string[];
  /** False takes the files back in that `ignore` or an earlier rule took out. */
  readonly ignore?: boolean;
  readonly checks?: CheckLevels;
  /** For a model that reviews these files. */
  readonly instructions?: string;
  readonly reason?: string;
}

/** What one source says: any part of {@link Config}. A list replaces the one of the source below. */
export interface ConfigValues extends Partial<Omit<Config, Section>> {
  readonly review?: Partial<Config['review']>;
  readonly limits?: Partial<Config['limits']>;
  readonly hook?: Partial<Config['hook']>;
  readonly prePush?: Partial<Config['prePush']>;
  readonly tasks?: Partial<Config['tasks']>;
  readonly sandbox?: Partial<Config['sandbox']>;
  readonly pullRequests?: Partial<Config['pullRequests']>;
  readonly app?: AppValues;
}

type Section = 'limits' | 'hook' | 'prePush' | 'review' | 'tasks' | 'sandbox' | 'pullRequests' | 'app';

interface AppValues extends Partial<Omit<Config['app'], 'limits' | 'mirrors'>> {
  readonly limits?: { readonly repository?: Partial<DayLimits>; readonly person?: Partial<DayLimits> };
  readonly mirrors?: Partial<Config['app']['mirrors']>;
}

/** What holds where nothing else is said. */
export const DEFAULTS: Config = {
  failOn: 'error',
  ignore: [],
  checks: {},
  paths: [],
  limits: { fileBytes: 5_000_000, largeFileBytes: 1_000_000, changeBytes: 200_000_000 },
  hook: { budget: 20_000, onIncomplete: 'warn', onTimeout: 'warn' },
  prePush: { commits: 200 },
  review: {
    model: true,
    validate: 'warning',
    maxCost: 1,
    maxTokens: null,
    unitTokens: 12_000,
    parallel: 4,
    timeout: 300_000,
  },
  tasks: { maxCost: 1, timeout: 1_800_000, permission: 'autonomous', tests: null },
  sandbox: { hosts: [], install: null },
  pullRequests: {
    review: 'automatic',
    drafts: false,
    ignoreTitles: [],
    ignoreLabels: [],
    requireLabels: [],
    ignoreAuthors: [],
    baseBranches: ['*'],
    maxFiles: null,
    maxChangedLines: null,
    tooLarge: 'checks',
    comments: 30,
    suggestions: true,
    summary: true,
    incomplete: 'neutral',
  },
  app: {
    limits: {
      repository: { reviewsPerDay: 200, tokensPerDay: 20_000_000, costPerDay: 50 },
      person: { reviewsPerDay: 50, tokensPerDay: 5_000_000, costPerDay: 20 },
    },
    trustedBots: [],
    resolveThreads: false,
    linkHosts: [],
    mirrors: { bytesPerRepository: 5_000_000_000, bytesTotal: 50_000_000_000 },
  },
  models: [],
  tools: [],
  baseline: '.code-agent-baseline.json',
};

/** The values of one source, and where in it each of them stands, as a person would say it. */
export interface Layer {
  readonly values: ConfigValues;
  /** `.code-agent.yml:7 at 4f1c2ab`, `--fail-on`, … of a dotted key. */
  sourceOf(key: string): string;
}

export interface ResolvedConfig {
  readonly config: Config;
  /** Where the value of each key of {@link configEntries} came from; `default` where nothing was said. */
  readonly origins: ReadonlyMap<string, string>;
}

/** The defaults under the layers, of which a later one wins over an earlier one, key by key. */
export function resolveConfig(layers: readonly Layer[]): ResolvedConfig {
  let config = DEFAULTS;
  const sources = new Map<string, string>();
  for (const layer of layers) {
    const { values } = layer;
    config = {
      ...config,
      ...values,
      checks: { ...config.checks, ...values.checks },
      limits: { ...config.limits, ...values.limits },
      hook: { ...config.hook, ...values.hook },
      prePush: { ...config.prePush, ...values.prePush },
      review: { ...config.review, ...values.review },
      tasks: { ...config.tasks, ...values.tasks },
      sandbox: { ...config.sandbox, ...values.sandbox },
      pullRequests: { ...config.pullRequests, ...values.pullRequests },
      app: mergeApp(config.app, values.app),
    };
    for (const [key] of configEntries(values)) sources.set(key, layer.sourceOf(key));
  }
  const origins = configEntries(config).map(([key]) => [key, sources.get(key) ?? 'default'] as const);
  return { config, origins: new Map(origins) };
}

function mergeApp(below: Config['app'], values: AppValues = {}): Config['app'] {
  return {
    ...below,
    ...values,
    limits: {
      repository: { ...below.limits.repository, ...values.limits?.repository },
      person: { ...below.limits.person, ...values.limits?.person },
    },
    mirrors: { ...below.mirrors, ...values.mirrors },
  };
}

/** Every value under its dotted key. Lists are told item by item (`ignore[0]`), an empty one under its own key. */
export function configEntries(values: ConfigValues): [key: string, value: unknown][] {
  return Object.entries(values).flatMap(([key, value]) => entriesUnder([key], value));
}

function entriesUnder(path: readonly (string | number)[], value: unknown): [string, unknown][] {
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item, index) => [dottedKey([...path, index]), item]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[dottedKey(path), value]];
  return Object.entries(value).flatMap(([key, inner]) => entriesUnder([...path, key], inner));
}

/** `paths[0].checks.secret`. */
export function dottedKey(path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, step) => {
    if (typeof step === 'number') return `${key}[${step}]`;
    return key === '' ? String(step) : `${key}.${String(step)}`;
  }, '');
}

/** The fail level that a flag or a variable names. `source` is its name, for the refusal. */
export function parseFailOn(text: string, source: string): FailOn {
  const level = FAIL_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new CodeAgentError(
    `${source}: expected ${oneOf(FAIL_LEVELS)}, got ${JSON.stringify(text)}.${didYouMean(text, FAIL_LEVELS)}`,
    { exitCode: EXIT.usage },
  );
}

/** `a, b or c`. */
export function oneOf(values: readonly string[]): string {
  return values.length < 2
    ? values.join('')
    : `${values.slice(0, -1).join(', ')} or ${values[values.length - 1]}`;
}
