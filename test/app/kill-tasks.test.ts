import { describe, expect, it } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { hasPostgres } from '../support/postgres-server.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { taskWorld, useTaskWorkers } from './kill-task-setup.ts';
import { eventName } from './kill-task-case.ts';

describe.runIf(hasPostgres())('a worker that is killed', () => {
  needsSandbox();
  useTaskWorkers();
  it('probe', async () => {
    const world = await taskWorld(1);
    const t0 = Date.now();
    await world.ask('e00', null);
    await world.idle();
    const t1 = Date.now();
    await world.ask('e01', null);
    await world.idle();
    const t2 = Date.now();
    console.log(t1 - t0, t2 - t1);
    await withDatabase(world.databaseUrl, {}, async ({ sql }) => {
      const rows = await sql<{ type: string; data: string; session_id: string }[]>`select session_id, type, data from code_agent.events where session_id = (select min(session_id::text)::uuid from code_agent.events) order by seq`;
      for (const row of rows) console.log(eventName(JSON.stringify({ type: row.type, data: typeof row.data === 'string' ? JSON.parse(row.data) : row.data })));
      console.log(await sql`select state, reason from code_agent.tasks`);
    });
    console.log(world.github.issue('ada/e00', 1).issueComments.map(({ body }) => body));
    console.log(world.github.requests.filter(({method, operation}) => method !== 'GET' && !operation?.startsWith('apps/') && !operation?.includes('upload')).map(({ operation, path }) => `${operation} ${path}`));
  }, 240_000);
});
