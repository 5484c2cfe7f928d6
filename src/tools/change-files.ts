import { ToolFailure } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import { meantPath } from './shown-path.ts';
import type { Turns } from './take-turns.ts';
import { WorkFileError } from './work-file-error.ts';
import type { WorkFiles } from './work-files.ts';

/** What a tool that changes files is given. */
export interface FileChanges {
  readonly files: WorkFiles;
  /** Of all that changes the same files: other tools too. */
  readonly turns: Turns;
  /** Called after each change of a file. */
  readonly changed: () => void;
}

/** Does work on the files when its turn has come. What a model may be told of them is a ToolFailure. */
export const changeFiles = <T>(
  { files, turns, changed }: FileChanges,
  signal: AbortSignal,
  work: (files: WorkFiles) => Promise<T>,
): Promise<T> =>
  turns(async () => {
    try {
      return await work(noting(files, changed));
    } catch (error) {
      throw error instanceof WorkFileError ? new ToolFailure(error.message) : error;
    }
  }, signal);

const noting = (files: WorkFiles, changed: () => void): WorkFiles => ({
  ...files,
  write: (path, bytes, options) => files.write(path, bytes, options).then(changed),
  remove: (path) => files.remove(path).then(changed),
  move: (from, to) => files.move(from, to).then(changed),
});

/** The path that a model means; one that is absolute stays so, and is refused where it is used. */
export const workPath = (text: string): RepoPath => (text.startsWith('/') ? text : meantPath(text));
