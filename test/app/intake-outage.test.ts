import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { keptJobs, send, startServing, until } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

describe.runIf(hasPostgres())('a database that goes away', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  it('50: while it is down a webhook is answered with 503, and taken in when it is back; the worker works on', async () => {
    const databaseUrl = await postgres.createDatabase();
    const { done, handlers } = keptJobs();
    const server = await startServing({ databaseUrl, jobs: () => handlers });
    onTestFinished(() => server.stop());
    const sent = {
      event: 'pull_request',
      payload: payloadOf('pull_request', 'opened'),
      id: randomUUID(),
    };
    await postgres.stop('immediate');
    const began = Date.now();
    expect((await send(server.url, sent)).status).toBe(503);
    expect(Date.now() - began).toBeLessThan(9_000);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await postgres.start();
    await until(async () => (await fetch(`${server.url}/ready`)).ok, 40_000);
    // As GitHub does when it is asked to.
    expect([200, 202]).toContain((await send(server.url, sent)).status);
    await until(() => done.length === 1, 30_000);
  }, 90_000);

  it('50: when it does not answer, a webhook is answered with 503 in time, and not lost when it does', async () => {
    const direct = await postgres.createDatabase();
    const gate = await startGate(postgres.port);
    const databaseUrl = direct.replace(`:${postgres.port}/`, `:${gate.port}/`);
    const { done, handlers } = keptJobs();
    const server = await startServing({ databaseUrl, jobs: () => handlers });
    onTestFinished(async () => {
      gate.open();
      await server.stop();
    });
    const sent = { event: 'pull_request', payload: payloadOf('pull_request', 'opened'), id: randomUUID() };
    gate.shut();
    const began = Date.now();
    const { status } = await send(server.url, sent);
    expect(status).toBe(503);
    expect(Date.now() - began).toBeLessThan(9_000);
    gate.open();
    const again = await send(server.url, sent);
    expect([200, 202]).toContain(again.status);
    await until(() => done.length === 1, 30_000);
    const rows = await withDatabase(direct, {}, ({ sql }) => sql`select state from code_agent.deliveries`);
    expect(rows).toHaveLength(1);
  }, 60_000);
});

/** Between a client and a server: nothing goes through while it is shut. */
async function startGate(to: number): Promise<{ readonly port: number; open(): void; shut(): void }> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      one.on('data', (data) => other.write(data));
      if (!isOpen) one.pause();
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    open() {
      isOpen = true;
      for (const socket of sockets) socket.resume();
    },
    shut() {
      isOpen = false;
      for (const socket of sockets) socket.pause();
    },
  };
}
