import { ToolFailure } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Redact } from './redact.ts';
import { decodeText } from './reviewed-file.ts';

/**
 * The snapshot as a model may read it: of every text, all of it is looked through for secrets before any part is shown,
 * for a part of a key is not known for one. Lines keep their numbers. What cannot be looked through is not shown, nor
 * is a file that the configuration ignores: it never leaves the machine.
 */
export function redactedSnapshot(
  snapshot: Snapshot,
  redact: Redact,
  isIgnored: (path: RepoPath) => boolean,
): Snapshot {
  const known = new Map<string, Promise<Buffer | null>>();
  const read = async (path: string): Promise<Buffer | null> => {
    if (isIgnored(path)) throw new ToolFailure(`${path} is not shown: the configuration ignores it.`);
    const content = await snapshot.read(path);
    const text = content === null ? null : decodeText(content);
    // What is no text is not shown by any tool.
    if (text === null) return content;
    try {
      return Buffer.from(await redact(text));
    } catch (error) {
      if (error instanceof CodeAgentError)
        throw new ToolFailure(`${path} cannot be shown: ${error.message}.`);
      throw error;
    }
  };
  return {
    async list(folder) {
      const entries = await snapshot.list(folder);
      return entries.filter(({ name }) => !isIgnored(folder === '' ? name : `${folder}/${name}`));
    },
    read(path) {
      const content = known.get(path) ?? read(path);
      if (known.size >= KEPT) known.clear();
      known.set(path, content);
      return content;
    },
  };
}

/** Files that are read piece by piece are not looked through anew for each. */
const KEPT = 50;
