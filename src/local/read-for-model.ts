import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';

/** The text of a file; null when it is none or too large. A file that is hidden from models is a ToolFailure. */
export async function readForModel(snapshot: Snapshot, path: RepoPath): Promise<string | null> {
  try {
    return (await snapshot.read(path))?.toString() ?? null;
  } catch (error) {
    if (error instanceof CodeAgentError) return null;
    throw error;
  }
}
