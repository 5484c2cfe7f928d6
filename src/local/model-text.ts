import { CodeAgentError } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { type Environment, type ModelEnvironment, readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { readUserFile } from '../config/user-file.ts';
import { sanitizeLine } from '../report/sanitize.ts';

/** The models that the user has, as `install` and `status` say it. What a repository's file says is of each review. */
export async function modelText(env: NodeJS.ProcessEnv): Promise<string> {
  const environment = readEnvironment(env);
  try {
    const { models, review } = await userConfig(environment);
    if (!review.model) return 'none asked: your own configuration says review.model: false';
    return sanitizeLine(models.length > 0 ? namesOf(models) : offeredBy(environment.models));
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    return sanitizeLine(`not known: ${error.message}`);
  }
}

/** What is in effect where a repository says nothing. */
async function userConfig(env: Environment): Promise<Config> {
  const userFile = readUserFile(env.userConfigPath);
  const { config } = await loadConfig({ readAtBase: async () => null, base: null, userFile, env, flags: {} });
  return config;
}

const namesOf = (models: Config['models']): string =>
  models.map(({ id, baseUrl }) => (baseUrl === undefined ? id : `${id} at ${baseUrl}`)).join(', else ');

function offeredBy({ anthropicKey, openaiBaseUrl }: ModelEnvironment): string {
  const offered = [
    ...(openaiBaseUrl === null ? [] : ['the server at OPENAI_BASE_URL']),
    ...(anthropicKey === null ? [] : ['Claude (ANTHROPIC_API_KEY)']),
  ];
  return offered.length > 0
    ? offered.join(', else ')
    : 'none configured: checks only. Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server';
}
