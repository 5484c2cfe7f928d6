const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether what was read is the whole id of a commit. */
export const isCommitId = (value: unknown): value is string =>
  typeof value === 'string' && COMMIT.test(value);
