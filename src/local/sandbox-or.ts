import { CodeAgentError } from '../code-agent-error.ts';
import { openSandbox } from '../sandbox/open-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Where commands are run; a text says why there is nothing: then nothing is run, and the rest is done all the same. */
export async function sandboxOr(env: NodeJS.ProcessEnv): Promise<Sandbox | string> {
  try {
    return await openSandbox(env);
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    return error.advice === undefined ? error.message : `${error.message} ${error.advice}`;
  }
}
