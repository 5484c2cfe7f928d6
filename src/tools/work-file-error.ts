/** Why a file of a worktree cannot be read or changed: for the model that asked for it. */
export class WorkFileError extends Error {
  override readonly name = 'WorkFileError';
}
