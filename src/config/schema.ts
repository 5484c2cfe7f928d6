import * as z from 'zod/mini';
import { PERMISSIONS } from '../agent/policy.ts';
import { CHECK_IDS, type CheckId } from '../review/check-id.ts';
import {
  CHECK_LEVELS,
  type DayLimits,
  DEFAULTS,
  FAIL_LEVELS,
  HOOK_ANSWERS,
  INCOMPLETE_CONCLUSIONS,
  REVIEW_OCCASIONS,
  TOO_LARGE_ANSWERS,
} from './config.ts';
import { globProblem, outsideProblem } from './glob.ts';
import { patternProblem } from './plain-pattern.ts';
import {
  DURATION_PATTERN,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  SIZE_PATTERN,
} from './units.ts';

// `zod/mini` loads in a third of the time of `zod`, and the hook waits for it. Each `error` completes "expected …".

const refuse = (problemOf: (text: string) => string | null) =>
  z.check<string>((context) => {
    const problem = problemOf(context.value);
    if (problem === null) return;
    const { value } = context;
    const message = `${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)} ${problem}`;
    context.issues.push({ code: 'custom', message, input: context.value });
  });

const glob = z.string().check(refuse(globProblem));
const checkLevel = z.enum(CHECK_LEVELS);

const size = (description: string, fallback: number) => {
  const error = 'a size such as 512kB, 5MB or 1MiB, or a number of bytes';
  const bytes = z.int({ error }).check(z.gte(1, { error }));
  const text = z.string({ error }).check(z.regex(SIZE_PATTERN, { error }));
  return z.exactOptional(
    z.pipe(
      z.union([bytes, text], { error }).check(z.meta({ description, default: formatSize(fallback) })),
      z.transform((value: number | string) =>
        typeof value === 'number' ? value : (parseSize(value) ?? fallback),
      ),
    ),
  );
};

const duration = (description: string, fallback: number) => {
  const error = 'a duration such as 500ms, 20s or 2m';
  return z.exactOptional(
    z.pipe(
      z
        .string({ error })
        .check(
          z.regex(DURATION_PATTERN, { error }),
          z.meta({ description, default: formatDuration(fallback) }),
        ),
      z.transform((value: string) => parseDuration(value) ?? fallback),
    ),
  );
};

const hookAnswer = (description: string, fallback: string) =>
  z.exactOptional(z.enum(HOOK_ANSWERS).check(z.meta({ description, default: fallback })));

const checkShape = () =>
  Object.fromEntries(
    CHECK_IDS.map((id) => [
      id,
      z.exactOptional(checkLevel.check(z.describe(`Severity of what the check "${id}" finds, or off.`))),
    ]),
  ) as Record<CheckId, z.ZodMiniExactOptional<typeof checkLevel>>;

const checks = z.strictObject(checkShape());

const limits = z.strictObject({
  fileBytes: size(
    'A file with more bytes is skipped, and the review is incomplete.',
    DEFAULTS.limits.fileBytes,
  ),
  largeFileBytes: size(
    'The check "large-file" finds files with more bytes than this.',
    DEFAULTS.limits.largeFileBytes,
  ),
  changeBytes: size(
    'A change with more bytes in all its files together is not looked at.',
    DEFAULTS.limits.changeBytes,
  ),
});

const hook = z.strictObject({
  budget: duration('How long a commit may wait for the review.', DEFAULTS.hook.budget),
  onIncomplete: hookAnswer(
    'What to do with a commit when something of it could not be looked at.',
    DEFAULTS.hook.onIncomplete,
  ),
  onTimeout: hookAnswer('What to do with a commit when the budget ran out.', DEFAULTS.hook.onTimeout),
});

const prePush = z.strictObject({
  commits: z.exactOptional(
    z.int({ error: 'a whole number from 1 on' }).check(
      z.gte(1, { error: 'a whole number from 1 on' }),
      z.meta({
        description:
          'How many commits of a push are looked at one by one. With more, the push is one change.',
        default: DEFAULTS.prePush.commits,
      }),
    ),
  ),
});

const positive = (description: string, fallback: number | null, error = 'a number above 0') =>
  z.exactOptional(
    z
      .number({ error })
      .check(z.gt(0, { error }), z.meta({ description, ...(fallback !== null && { default: fallback }) })),
  );

const whole = (description: string, fallback: number | null) => {
  const error = 'a whole number from 1 on';
  return z.exactOptional(
    z
      .int({ error })
      .check(z.gte(1, { error }), z.meta({ description, ...(fallback !== null && { default: fallback }) })),
  );
};

const flag = (description: string, fallback: boolean) =>
  z.exactOptional(z.boolean().check(z.meta({ description, default: fallback })));

const wholeUpTo = (most: number, description: string, fallback: number) => {
  const error = `a whole number from 1 to ${most}`;
  return z.exactOptional(
    z
      .int({ error })
      .check(z.gte(1, { error }), z.lte(most, { error }), z.meta({ description, default: fallback })),
  );
};

const review = z.strictObject({
  model: flag(
    'Whether a model is asked, if there is one. Without, the checks alone run.',
    DEFAULTS.review.model,
  ),
  validate: z.exactOptional(
    z.enum(FAIL_LEVELS).check(
      z.meta({
        description:
          "From this severity on, a model's finding is looked at a second time before it is shown.",
        default: DEFAULTS.review.validate,
      }),
    ),
  ),
  maxCost: positive(
    'US dollars that one review may cost. Only in your own configuration.',
    DEFAULTS.review.maxCost,
  ),
  maxTokens: whole('Tokens that one review may use. Only in your own configuration.', null),
  unitTokens: whole(
    'Tokens of patch and context that a model is given at a time.',
    DEFAULTS.review.unitTokens,
  ),
  parallel: whole('So many parts of a change are reviewed side by side.', DEFAULTS.review.parallel),
  timeout: duration('How long `code-agent review` waits for a model.', DEFAULTS.review.timeout),
});

const command = (description: string) =>
  z
    .string()
    .check(
      z.minLength(1, { error: 'a command' }),
      z.maxLength(500, { error: 'at most 500 characters' }),
      z.describe(description),
    );

const tasks = z.strictObject({
  maxCost: positive(
    'US dollars that one task may cost. Only in your own configuration.',
    DEFAULTS.tasks.maxCost,
  ),
  timeout: duration('How long a task may take, without what it waits for people.', DEFAULTS.tasks.timeout),
  permission: z.exactOptional(
    z.enum(PERMISSIONS).check(
      z.meta({
        description: 'How far a task goes by itself that was asked for on GitHub.',
        default: DEFAULTS.tasks.permission,
      }),
    ),
  ),
  tests: z.exactOptional(
    command('The command that runs the tests, for sh at the top of the repository. It is run in a sandbox.'),
  ),
});

const HOST = /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?){0,8}$/;
const HOST_AND_PORT = new RegExp(`${HOST.source.slice(0, -1)}(:[1-9][0-9]{0,4})?$`);

const installRule = z.strictObject({
  when: z
    .string()
    .check(
      refuse(outsideProblem),
      z.describe('A file, from the top of the repository: where it is there, the command is run.'),
    ),
  run: command('The command that installs, for sh at the top of the repository. It is run in a sandbox.'),
});

const sandbox = z.strictObject({
  hosts: z.exactOptional(
    z
      .array(
        z.string().check(
          z.regex(HOST_AND_PORT, {
            error: 'a host such as registry.npmjs.org or npm.example.com:8443, in small letters',
          }),
        ),
      )
      .check(
        z.meta({
          description:
            'Hosts that the commands which install packages may reach, and nothing else may. Without any, nothing is installed.',
          default: DEFAULTS.sandbox.hosts,
        }),
      ),
  ),
  install: z.exactOptional(
    z
      .array(installRule)
      .check(z.describe('How packages are installed, in place of what is known by lock files.')),
  ),
});

const pattern = z.string().check(refuse(patternProblem));

const patterns = (description: string, fallback: readonly string[]) => {
  const error = 'at most 100 patterns';
  return z.exactOptional(
    z.array(pattern).check(z.maxLength(100, { error }), z.meta({ description, default: fallback })),
  );
};

const pullRequests = z.strictObject({
  review: z.exactOptional(
    z.enum(REVIEW_OCCASIONS).check(
      z.meta({
        description: 'When a pull request is reviewed: by itself, only when a person asks for it, or never.',
        default: DEFAULTS.pullRequests.review,
      }),
    ),
  ),
  drafts: flag('Whether drafts are reviewed too.', DEFAULTS.pullRequests.drafts),
  ignoreTitles: patterns(
    'Titles of pull requests that are not reviewed: "WIP*". "*" stands for anything, capitals are not told from small letters.',
    DEFAULTS.pullRequests.ignoreTitles,
  ),
  ignoreLabels: patterns(
    'A pull request with one of these labels is not reviewed. "*" stands for anything.',
    DEFAULTS.pullRequests.ignoreLabels,
  ),
  requireLabels: patterns(
    'A pull request without one of these labels is not reviewed. "*" stands for anything.',
    DEFAULTS.pullRequests.requireLabels,
  ),
  ignoreAuthors: patterns(
    'Logins whose pull requests are not reviewed: "*[bot]". "*" stands for anything.',
    DEFAULTS.pullRequests.ignoreAuthors,
  ),
  baseBranches: patterns(
    'The branches whose pull requests are reviewed: "main", "release/*". "*" stands for anything.',
    DEFAULTS.pullRequests.baseBranches,
  ),
  maxFiles: whole(
    'A pull request with more files is too large: see "tooLarge".',
    DEFAULTS.pullRequests.maxFiles,
  ),
  maxChangedLines: whole(
    'A pull request with more added and removed lines is too large: see "tooLarge".',
    DEFAULTS.pullRequests.maxChangedLines,
  ),
  tooLarge: z.exactOptional(
    z.enum(TOO_LARGE_ANSWERS).check(
      z.meta({
        description: 'What happens to a pull request that is too large: the checks alone, or nothing.',
        default: DEFAULTS.pullRequests.tooLarge,
      }),
    ),
  ),
  comments: wholeUpTo(
    50,
    'Inline comments that one review may post. What is left stands in its summary.',
    DEFAULTS.pullRequests.comments,
  ),
  suggestions: flag(
    'Whether comments hold suggestions that can be committed.',
    DEFAULTS.pullRequests.suggestions,
  ),
  summary: flag(
    'Whether a summary of the pull request is posted and kept current. Without, the check run tells what has no comment.',
    DEFAULTS.pullRequests.summary,
  ),
  incomplete: z.exactOptional(
    z.enum(INCOMPLETE_CONCLUSIONS).check(
      z.meta({
        description: 'How the check run ends when something could not be looked at: neutral does not block.',
        default: DEFAULTS.pullRequests.incomplete,
      }),
    ),
  ),
});

const dayLimits = (whose: string, fallback: DayLimits) =>
  z.strictObject({
    reviewsPerDay: whole(`Reviews and questions of ${whose} in a day (UTC).`, fallback.reviewsPerDay),
    tokensPerDay: whole(`Tokens of models for ${whose} in a day (UTC).`, fallback.tokensPerDay),
    costPerDay: positive(`US dollars for ${whose} in a day (UTC).`, fallback.costPerDay),
  });

const repositoryLimits = dayLimits('a repository', DEFAULTS.app.limits.repository);
const personLimits = dayLimits('a person', DEFAULTS.app.limits.person);
const appLimits = z.strictObject({
  repository: z.exactOptional(repositoryLimits.check(z.describe('For each repository.'))),
  person: z.exactOptional(personLimits.check(z.describe('For each person who opens, pushes or asks.'))),
});

const mirrors = z.strictObject({
  bytesPerRepository: size(
    'A repository whose copy has more bytes is not reviewed.',
    DEFAULTS.app.mirrors.bytesPerRepository,
  ),
  bytesTotal: size(
    'When all copies together have more bytes, those that were not used for longest are thrown away.',
    DEFAULTS.app.mirrors.bytesTotal,
  ),
});

const app = z.strictObject({
  limits: z.exactOptional(appLimits.check(z.describe('The most that may be done in a day.'))),
  trustedBots: z.exactOptional(
    z.array(z.int().check(z.gte(1, { error: 'a number from 1 on' }))).check(
      z.meta({
        description:
          "GitHub's numeric user ids of bots whose commands are taken. A bot that is not named gives none.",
        default: DEFAULTS.app.trustedBots,
      }),
    ),
  ),
  resolveThreads: flag(
    'Whether threads of what is fixed or dismissed are resolved. It takes a token that may write contents; without, they are answered.',
    DEFAULTS.app.resolveThreads,
  ),
  linkHosts: z.exactOptional(
    z
      .array(z.string().check(z.regex(HOST, { error: 'a host such as docs.example.org, in small letters' })))
      .check(
        z.meta({
          description: "Hosts beside GitHub's own that links in comments may lead to.",
          default: DEFAULTS.app.linkHosts,
        }),
      ),
  ),
  mirrors: z.exactOptional(mirrors.check(z.describe('The copies of repositories on a machine.'))),
});

const dollars = (of: string) =>
  z.number().check(z.gte(0), z.describe(`US dollars for a million tokens ${of}.`));

const price = z.strictObject({
  input: dollars('of input'),
  output: dollars('of output'),
  cacheRead: z.exactOptional(dollars('that were read from a cache')),
  cacheWrite: z.exactOptional(dollars('that were written to a cache')),
});

const modelChoice = z.strictObject({
  id: z
    .string()
    .check(
      z.minLength(1, { error: 'the name of a model' }),
      z.describe('As the provider names it: "claude-sonnet-5-5", "qwen3-coder:30b".'),
    ),
  baseUrl: z.exactOptional(
    z
      .string()
      .check(
        z.regex(/^https?:\/\/\S+$/, { error: 'a URL such as http://localhost:1234/v1' }),
        z.describe('The OpenAI-compatible server that has it. Without, a "claude-…" is Anthropic\'s.'),
      ),
  ),
  context: whole('Tokens of a request and its answer together, where they are not known.', null),
  output: whole('Tokens of an answer, where they are not known.', null),
  price: z.exactOptional(
    price.check(z.describe('What it costs, where it is not known or another price holds.')),
  ),
});

const pathRule = z.strictObject({
  files: z
    .array(glob)
    .check(
      z.minLength(1, { error: 'at least one glob' }),
      z.describe('Globs of the files that the rule is about, from the top of the repository: "docs/**".'),
    ),
  ignore: z.exactOptional(
    z
      .boolean()
      .check(z.describe('True: never look at these files. False: look, although "ignore" names them.')),
  ),
  checks: z.exactOptional(checks.check(z.describe('Severities of checks, or off, in these files.'))),
  instructions: z.exactOptional(
    z
      .string()
      .check(
        z.maxLength(10_000, { error: 'at most 10,000 characters' }),
        z.describe('What a model that reviews these files should know or look for.'),
      ),
  ),
  reason: z.exactOptional(z.string().check(z.describe('Why. For the people who read this file.'))),
});

/** The configuration file. Sizes and durations come out as bytes and milliseconds; nothing is filled in. */
export const configSchema = z.strictObject({
  failOn: z.exactOptional(
    z.enum(FAIL_LEVELS).check(
      z.meta({
        description: 'The least severity that stops a commit or fails a check.',
        default: DEFAULTS.failOn,
      }),
    ),
  ),
  ignore: z.exactOptional(
    z.array(glob).check(
      z.meta({
        description:
          'Globs of files that are never looked at, from the top of the repository: "vendor/**", "**/*.snap".',
        default: DEFAULTS.ignore,
      }),
    ),
  ),
  checks: z.exactOptional(checks.check(z.describe('Severities of checks, or off, everywhere.'))),
  paths: z.exactOptional(
    z.array(pathRule).check(
      z.meta({
        description: 'Rules for some files only. Of two that speak of the same thing, the later one counts.',
        default: DEFAULTS.paths,
      }),
    ),
  ),
  limits: z.exactOptional(limits.check(z.describe('How large a file or a change may be.'))),
  hook: z.exactOptional(hook.check(z.describe('How the pre-commit hook behaves.'))),
  prePush: z.exactOptional(prePush.check(z.describe('How the pre-push hook behaves.'))),
  review: z.exactOptional(review.check(z.describe('How a model reviews.'))),
  tasks: z.exactOptional(tasks.check(z.describe('How tasks are done.'))),
  sandbox: z.exactOptional(
    sandbox.check(
      z.describe('What commands of tasks may have of the network. Only in your own configuration.'),
    ),
  ),
  pullRequests: z.exactOptional(
    pullRequests.check(z.describe('Which pull requests the GitHub App reviews, and what it posts.')),
  ),
  app: z.exactOptional(
    app.check(z.describe('How the GitHub App is run. Only in the configuration of who runs it.')),
  ),
  models: z.exactOptional(
    z.array(modelChoice).check(
      z.meta({
        description:
          'The models to ask; a later one when an earlier one cannot be had. Only in your own configuration.',
        default: DEFAULTS.models,
      }),
    ),
  ),
  tools: z.exactOptional(
    z.array(z.string()).check(
      z.meta({
        description: 'Files that add tools for the reviewer. Only in your own configuration.',
        default: DEFAULTS.tools,
      }),
    ),
  ),
  baseline: z.exactOptional(
    z.string().check(
      refuse(outsideProblem),
      z.meta({
        description: 'The file of findings that are known and do not count, from the top of the repository.',
        default: DEFAULTS.baseline,
      }),
    ),
  ),
});

/** Every mapping of the file by its place, with `[]` for the items of a list. */
const MAPPINGS: Readonly<Record<string, { readonly shape: object }>> = {
  checks,
  limits,
  hook,
  prePush,
  review,
  tasks,
  sandbox,
  'sandbox.install.[]': installRule,
  pullRequests,
  app,
  'app.limits': appLimits,
  'app.limits.repository': repositoryLimits,
  'app.limits.person': personLimits,
  'app.mirrors': mirrors,
  'paths.[]': pathRule,
  'paths.[].checks': checks,
  'models.[]': modelChoice,
  'models.[].price': price,
};

/** The keys that the mapping at a place of the configuration may hold. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const place = path.map((step) => (typeof step === 'number' ? '[]' : String(step))).join('.');
  return Object.keys(((Object.hasOwn(MAPPINGS, place) ? MAPPINGS[place] : undefined) ?? configSchema).shape);
}

/** Where a key may stand that was written at the top: `hook.budget` for `budget`. Null when nowhere. */
export function sectionKey(key: string): string | null {
  const section = Object.entries(MAPPINGS).find(
    ([place, { shape }]) => !place.includes('[]') && Object.hasOwn(shape, key),
  );
  return section === undefined ? null : `${section[0]}.${key}`;
}
