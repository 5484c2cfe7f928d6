import type { Sql } from 'postgres';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import type { PullRequestKey } from './pull-requests.ts';

/** Says whether the pull request is still held; rejects when it is not. */
export type ConfirmHeld = () => Promise<void>;

/**
 * Holds a pull request while `work` goes on: of all processes and machines, one at a time writes to it. The lock is the
 * connection's, so that it is gone with the process. Rejects, to be tried again, when another one has it. On the embedded database,
 * which has one session for all, it keeps nobody out: there the queue alone does.
 */
export async function holdPullRequest<T>(
  sql: Sql,
  { repository, number }: PullRequestKey,
  work: (confirmHeld: ConfirmHeld) => Promise<T>,
): Promise<T> {
  const connection = await sql.reserve();
  const name = `code-agent ${repository}/${number}`;
  try {
    const [row] = await connection<{ held: boolean }[]>`
      select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`;
    if (row?.held !== true) throw taken(number);
    const [own] = await connection<{ pid: number }[]>`select pg_backend_pid() as pid`;
    try {
      return await work(async () => {
        // The client connects anew by itself when the connection was lost, and the lock with it.
        const [now] = await connection<{ pid: number }[]>`select pg_backend_pid() as pid`;
        if (now?.pid !== own?.pid) throw taken(number);
      });
    } finally {
      await connection`select pg_advisory_unlock(hashtextextended(${name}, 0))`.catch(() => undefined);
    }
  } finally {
    connection.release();
  }
}

const taken = (number: number): CodeAgentError =>
  new CodeAgentError(`another worker is writing to pull request ${number}`, {
    exitCode: EXIT.incomplete,
    retryable: true,
  });
