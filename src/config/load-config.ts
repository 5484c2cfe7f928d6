import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type ConfigValues, type Layer, parseFailOn, type ResolvedConfig, resolveConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { parseDuration } from './units.ts';
import type { UserFile } from './user-file.ts';

/** What the repository's file may be called, at its top level. */
export const CONFIG_FILES: readonly RepoPath[] = ['.code-agent.yml', '.code-agent.yaml'];

export interface ConfigSources {
  /** Reads a file of the commit that the change starts from. Null when there is no such file, or no such commit. */
  readAtBase(path: RepoPath): Promise<Buffer | null>;
  /** That commit as a person knows it, `4f1c2ab`. Null before the first commit. */
  readonly base: string | null;
  readonly userFile: UserFile | null;
  readonly env: Pick<Environment, 'failOn'>;
  readonly flags: ConfigFlags;
}

/** The flags that say what the configuration says too, as they were typed. */
export interface ConfigFlags {
  readonly failOn?: string | undefined;
  readonly budget?: string | undefined;
}

/**
 * What is in effect for a change: defaults < the user's file < the repository's file at the base of the change <
 * environment < flags. What the change itself does to the file is not in effect for it. Without a file,
 * neither zod nor YAML is loaded.
 */
export async function loadConfig(sources: ConfigSources): Promise<ResolvedConfig> {
  const repository = await repositoryFile(sources);
  const { userFile } = sources;
  return resolveConfig([
    ...(userFile === null ? [] : [await fileLayer(userFile.text, userFile.path, '')]),
    ...(repository === null ? [] : [await repositoryLayer(repository, sources.base)]),
    environmentLayer(sources.env),
    flagLayer(sources.flags),
  ]);
}

interface RepositoryFile {
  readonly name: RepoPath;
  readonly content: Buffer;
}

async function repositoryFile({ readAtBase, base }: ConfigSources): Promise<RepositoryFile | null> {
  const candidates = await Promise.all(
    CONFIG_FILES.map(async (name) => ({ name, content: await readAtBase(name) })),
  );
  const found = candidates.flatMap(({ name, content }) => (content === null ? [] : [{ name, content }]));
  if (found.length > 1) {
    throw new CodeAgentError(`${CONFIG_FILES.join(' and ')} are both there${atBase(base)}.`, {
      exitCode: EXIT.usage,
      advice: `Keep one of them. ${howToCorrect(base)}`,
    });
  }
  return found[0] ?? null;
}

async function repositoryLayer({ name, content }: RepositoryFile, base: string | null): Promise<Layer> {
  try {
    const layer = await fileLayer(decodeText(content, name), name, atBase(base));
    refuseUsersOwn(layer);
    return layer;
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    throw new CodeAgentError(error.message, {
      exitCode: error.exitCode,
      advice: howToCorrect(base),
      cause: error,
    });
  }
}

/**
 * Where code is sent, what it may cost, which programs are loaded, what a sandbox may reach and how the App is run is for the
 * person whose key and machine it is, never for a repository.
 */
function refuseUsersOwn({ values, sourceOf }: Layer): void {
  const own = [
    ...(['models', 'tools', 'sandbox', 'app'] as const).filter((key) => values[key] !== undefined),
    ...(['maxCost', 'maxTokens'] as const)
      .filter((key) => values.review?.[key] !== undefined)
      .map((key) => `review.${key}`),
    ...(values.tasks?.maxCost === undefined ? [] : ['tasks.maxCost']),
  ];
  const [key] = own;
  if (key === undefined) return;
  throw new CodeAgentError(`${sourceOf(key)}: "${key}" can only be set in your own configuration.`, {
    exitCode: EXIT.usage,
  });
}

async function fileLayer(text: string, name: string, at: string): Promise<Layer> {
  const { parseConfig } = await import('./parse-config.ts');
  const { values, lines } = parseConfig(text, name);
  return {
    values,
    sourceOf: (key) => {
      const line = lines.get(key) ?? lines.get(key.replace(/[.[][^.[]*$/, ''));
      return line === undefined ? `${name}${at}` : `${name}:${line}${at}`;
    },
  };
}

function environmentLayer({ failOn }: ConfigSources['env']): Layer {
  return { values: failOn === null ? {} : { failOn }, sourceOf: () => 'CODE_AGENT_FAIL_ON' };
}

function flagLayer({ failOn, budget }: ConfigFlags): Layer {
  const values: ConfigValues = {
    ...(failOn !== undefined && { failOn: parseFailOn(failOn, '--fail-on') }),
    ...(budget !== undefined && { hook: { budget: parseBudget(budget) } }),
  };
  return { values, sourceOf: (key) => (key === 'failOn' ? '--fail-on' : '--budget') };
}

function parseBudget(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new CodeAgentError(
    `--budget: expected a duration such as 500ms, 20s or 2m, got ${JSON.stringify(text)}.`,
    { exitCode: EXIT.usage },
  );
}

function decodeText(content: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new CodeAgentError(`${name}: not UTF-8 text.`, { exitCode: EXIT.usage, cause: error });
  }
}

const atBase = (base: string | null) => (base === null ? '' : ` at ${base}`);

/** The file of the base stays wrong until a commit corrects it, which the hook of that commit cannot know. */
const howToCorrect = (base: string | null) =>
  `The file is read${atBase(base)}, where the change starts: correct it and commit that with --no-verify.`;
