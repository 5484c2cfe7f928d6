import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import type { Redact } from '../review/redact.ts';
import type { Commit, History } from '../tools/history.ts';
import { readForModel } from './read-for-model.ts';

/**
 * Of a line that is shown alone nobody can tell that it is in the middle of a key: it is taken from the whole file. Texts
 * are looked through before they are cut.
 */
export function redactedHistory(
  history: History,
  before: Snapshot,
  redact: Redact,
  isIgnored: (path: RepoPath) => boolean,
): History {
  const shown = async <T extends Commit>(commit: T): Promise<T> => ({
    ...commit,
    subject: await redact(commit.subject),
  });
  return {
    log: async (...asked) => Promise.all((await history.log(...asked)).map(shown)),
    async blame(path, from, to, signal) {
      const lines = ((await readForModel(before, path)) ?? '').split('\n');
      const blamed = await history.blame(path, from, to, signal);
      return Promise.all(
        blamed.map(async (line) => ({
          ...line,
          commit: await shown(line.commit),
          text: (lines[line.number - 1] ?? '').replace(/\r$/, ''),
        })),
      );
    },
    async show(id, signal) {
      const commit = await shown(await history.show(id, signal));
      return {
        ...commit,
        message: await redact(commit.message),
        files: commit.files.filter(({ path }) => !isIgnored(path)),
      };
    },
  };
}
