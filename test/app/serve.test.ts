import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { keptJobs, send, startServing, until } from './intake-setup.ts';
import { INSTALLATION, payloadOf } from './webhook-payloads.ts';

describe.each(DATABASES)('serve, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  it('a webhook is stored, queued, answered, and its job done', async () => {
    const { done, handlers } = keptJobs();
    const databaseUrl = await databases.empty();
    const server = await startServing({ databaseUrl, jobs: () => handlers });
    onTestFinished(() => server.stop());
    const id = randomUUID();
    const payload = payloadOf('pull_request', 'opened');
    expect(await send(server.url, { event: 'pull_request', payload, id })).toEqual({
      status: 202,
      text: 'stored and queued\n',
    });
    await until(() => done.length > 0);
    expect(done).toEqual([
      {
        name: 'review',
        payload: { installation: INSTALLATION, repository: payload.repository.id, number: 2, full: false },
      },
    ]);
    await withDatabase(databaseUrl, {}, async ({ sql }) => {
      const [row] = await sql`select id, event, state, payload from code_agent.deliveries`;
      expect(row).toEqual({ id, event: 'pull_request', state: 'done', payload: JSON.stringify(payload) });
    });
  });
});
