import { ToolFailure } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';

/** The same as `snapshot.read`, but a file over the size limit is a ToolFailure: that much a model may know. */
export async function readWithinLimit(snapshot: Snapshot, path: RepoPath): Promise<Buffer | null> {
  try {
    return await snapshot.read(path);
  } catch (error) {
    // A missing object or a reader that has ended is no mistake of the model.
    const tooLarge = error instanceof CodeAgentError && error.message.startsWith(`${path} is larger than`);
    throw tooLarge ? new ToolFailure(`${error.message}. Its content is not shown.`) : error;
  }
}
