import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { readUserFile } from '../config/user-file.ts';
import type { AppDoor } from './app-door.ts';

/**
 * What the operator has set for the App: no repository has a say in it. Read anew each time, so that a change needs no restart.
 * Where it is wrong is for the log, and for nobody on GitHub.
 */
export async function operatorConfig({ env }: Pick<AppDoor, 'env'>): Promise<Config['app']> {
  const environment = readEnvironment(env);
  try {
    const { config } = await loadConfig({
      readAtBase: async () => null,
      base: null,
      userFile: readUserFile(environment.userConfigPath),
      env: environment,
      flags: {},
    });
    return config.app;
  } catch (cause) {
    if (!(cause instanceof CodeAgentError)) throw cause;
    throw new CodeAgentError('the configuration of who runs this App is wrong: its log says where', {
      exitCode: EXIT.incomplete,
      retryable: true,
      cause,
    });
  }
}
