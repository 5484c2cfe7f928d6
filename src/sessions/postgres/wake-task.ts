import type { Sql } from 'postgres';
import type { QueuedJob } from './deliveries.ts';

/** Where a task is, by GitHub's ids. */
export interface TaskPlace {
  readonly installation: number;
  readonly repository: number;
  readonly number: number;
  readonly task: number;
}

/** Queues a task, for any worker. `jobOf`: what the queue is given. Does nothing where its repository is gone. */
export async function wakeTask(sql: Sql, id: number, jobOf: (place: TaskPlace) => QueuedJob): Promise<void> {
  const [row] = await sql<(TaskPlace & { priority: number })[]>`
    select g.installation_id::float8 as installation, g.github_id::float8 as repository, t.number, t.id::float8 as task, t.priority
    from code_agent.tasks t
    join code_agent.github_repositories g on g.repository_id = t.repository_id and g.removed_at is null
    where t.id = ${id} limit 1`;
  if (row === undefined) return;
  const { priority, ...place } = row;
  const { name, payload, key, line, maxAttempts } = jobOf(place);
  await sql`
    select from graphile_worker.add_job(${name}::text, payload => ${payload}::json, queue_name => ${line}::text,
      max_attempts => ${maxAttempts}::integer, job_key => ${key}::text, priority => ${-priority}::integer)`;
}
