import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Loads a file of the user's, CommonJS or ES module (Node.js requires both since 20.19), as what `import()` answers. */
export async function importToolFile(file: string): Promise<unknown> {
  if (!isAbsolute(file)) {
    throw new CodeAgentError(`tools: ${JSON.stringify(file)} is no absolute path`, {
      exitCode: EXIT.usage,
      advice: 'Write the whole path: the folder that a hook runs in is the repository.',
    });
  }
  const module: unknown = createRequire(import.meta.url)(file);
  return typeof module === 'object' && module !== null && 'default' in module ? module : { default: module };
}
