import { readFileSync } from 'node:fs';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** The user's own configuration file, which holds under every repository's. */
export interface UserFile {
  readonly path: string;
  readonly text: string;
}

/** The file at the path that the environment names; null when there is none. */
export function readUserFile(path: string | null): UserFile | null {
  if (path === null) return null;
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new CodeAgentError(`${path}: cannot be read (${String(code ?? error)}).`, {
      exitCode: EXIT.usage,
      advice: 'Make it readable, or remove it.',
      cause: error,
    });
  }
}
