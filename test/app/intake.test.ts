import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { keptJobs, keptLog, type Sent, send, signatureOf, startServing, until } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

describe.each(DATABASES)('the intake, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  async function serving() {
    const databaseUrl = await databases.empty();
    const log = keptLog();
    const { done, handlers } = keptJobs();
    const server = await startServing({ databaseUrl, log, jobs: () => handlers });
    onTestFinished(() => server.stop());
    const rows = () =>
      withDatabase(databaseUrl, {}, ({ sql }) => sql`select id, event, state from code_agent.deliveries`);
    return { server, log, done, rows, databaseUrl, take: (sent: Sent) => send(server.url, sent) };
  }
  const opened = (): Sent => ({ event: 'pull_request', payload: payloadOf('pull_request', 'opened') });

  it('30: a delivery that comes again is answered with 200, and nothing is done', async () => {
    const { take, done, rows } = await serving();
    const sent = { ...opened(), id: randomUUID() };
    expect((await take(sent)).status).toBe(202);
    await until(() => done.length === 1);
    expect(await take(sent)).toEqual({ status: 200, text: 'it is already here\n' });
    // Its id in capitals is the same id.
    expect((await take({ ...sent, id: sent.id.toUpperCase() })).status).toBe(200);
    // The id is not signed: another body under it is not taken for the first one.
    const other = { ...opened(), payload: payloadOf('pull_request', 'closed'), id: sent.id };
    expect((await take(other)).status).toBe(200);
    expect(await rows()).toMatchObject([{ id: sent.id, state: 'done' }]);
    expect(done).toHaveLength(1);
  });

  it('31: the same body under another id is answered with 200, and nothing is done, also when both come at once', async () => {
    const { take, done, rows } = await serving();
    const answers = await Promise.all(Array.from({ length: 8 }, () => take(opened())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
    await until(() => done.length === 1);
    expect((await take(opened())).status).toBe(200);
    expect(await rows()).toHaveLength(1);
  });

  it('31: a body that is a day old may come again', async () => {
    const { take, done, databaseUrl } = await serving();
    await take(opened());
    await until(() => done.length === 1);
    await withDatabase(
      databaseUrl,
      {},
      ({ sql }) => sql`update code_agent.deliveries set received_at = now() - interval '25 hours'`,
    );
    expect((await take(opened())).status).toBe(202);
    await until(() => done.length === 2);
  });

  it('32: of a wrong signature nothing is parsed, stored or logged', async () => {
    const { take, log, rows } = await serving();
    const planted = `planted-${randomUUID()}`;
    const bodies = [`{"action":"${planted}"}`, `${planted} is no JSON`, Buffer.from([0xff, 0xfe])];
    for (const body of bodies) {
      const sent = { event: 'pull_request', payload: null, body };
      const refused = { status: 401, text: 'the signature is wrong\n' };
      expect(await take({ ...sent, secret: 'x'.repeat(64) })).toEqual(refused);
      // Right for other bytes.
      const headers = { 'x-hub-signature-256': signatureOf(`${body} `) };
      expect(await take({ ...sent, headers })).toEqual(refused);
    }
    for (const signature of ['', 'sha256=', `sha1=${'0'.repeat(40)}`, `sha256=${'0'.repeat(63)}`]) {
      const headers = { 'x-hub-signature-256': signature };
      expect((await take({ ...opened(), headers })).status).toBe(401);
    }
    expect(await rows()).toEqual([]);
    expect(JSON.stringify(log.lines)).not.toContain(planted);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(6);
  });

  it('33: 30 MB are refused before they are there, whether their length is said or not', async () => {
    const { server, take } = await serving();
    const body = Buffer.alloc(30 * 1024 * 1024, 0x20);
    // By its length alone: not a byte of the body is waited for.
    const head = [
      'POST /api/github/webhooks HTTP/1.1',
      ...['host: x', 'content-type: application/json', 'x-github-event: push'],
      ...[`x-github-delivery: ${randomUUID()}`, `x-hub-signature-256: sha256=${'0'.repeat(64)}`],
    ];
    expect(await raw(server.port, [...head, `content-length: ${body.length}`])).toMatch(/^HTTP\/1.1 413 /);
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(0x100000, 0x20),
      Buffer.from('\r\n'),
    ]);
    const answer = await raw(server.port, [...head, 'transfer-encoding: chunked'], chunk, 30);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
    expect((await take(opened())).status).toBe(202);
  });

  it('34: an event that is not that of its payload is refused', async () => {
    const { take, rows } = await serving();
    const events = {
      pull_request: ['opened', 'closed'],
      pull_request_review_comment: ['created'],
      pull_request_review_thread: ['resolved'],
      issue_comment: ['created'],
      check_run: ['rerequested'],
      installation: ['deleted'],
      installation_repositories: ['removed'],
      repository: ['renamed'],
    };
    for (const event of Object.keys(events))
      for (const [real, actions] of Object.entries(events))
        for (const action of actions)
          if (real !== event) {
            const { status } = await take({ event, payload: payloadOf(real, action) });
            expect({ event, real, status }).toEqual({ event, real, status: 400 });
          }
    expect(await rows()).toEqual([]);
  });

  it('34: a star that was taken away is not a repository that was deleted', async () => {
    const { take } = await serving();
    const star = payloadOf('star', 'deleted');
    expect((await take({ event: 'repository', payload: star })).status).toBe(400);
    const renamed = payloadOf('repository', 'renamed', { action: 'deleted', changes: undefined });
    expect((await take({ event: 'repository', payload: renamed })).status).toBe(202);
  });

  it('refuses what GitHub does not send, by its headers and its body', async () => {
    const { take, server, rows } = await serving();
    const bad: [Partial<Sent>, number][] = [
      [{ headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
      [{ headers: { 'content-type': 'application/jsonp' } }, 415],
      [{ headers: { 'content-encoding': 'gzip' } }, 415],
      [{ id: 'no-uuid' }, 400],
      [{ event: 'Pull Request' }, 400],
      [{ event: '../etc' }, 400],
      [{ body: '{"action":' }, 400],
      [{ body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400],
      [{ body: '[]' }, 400],
      [{ body: 'null' }, 400],
      [{ payload: payloadOf('pull_request', 'opened', { installation: { id: '31' } }) }, 400],
      [{ payload: payloadOf('pull_request', 'opened', { installation: undefined }) }, 400],
      [{ payload: payloadOf('pull_request', 'opened', { repository: { id: -1 } }) }, 400],
    ];
    for (const [wrong, status] of bad)
      expect({ wrong, status: (await take({ ...opened(), ...wrong })).status }).toEqual({ wrong, status });
    expect(await rows()).toEqual([]);
    const path = `${server.url}/api/github/webhooks`;
    expect((await fetch(path)).status).toBe(405);
    for (const other of ['', '/', '/api/github/webhooks/', '/ready/x', '/api/github/hooks'])
      expect((await fetch(server.url + other, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(`${server.url}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('answers what nothing is done for, and keeps none of it', async () => {
    const { take, rows } = await serving();
    const unused: Sent[] = [
      { event: 'ping', payload: { zen: 'Design for failure.', hook_id: 1, hook: {} } },
      { event: 'star', payload: payloadOf('star', 'created') },
      { event: 'pull_request', payload: payloadOf('pull_request', 'assigned') },
      { event: 'issue_comment', payload: payloadOf('issue_comment', 'deleted') },
      { event: 'some_new_event', payload: {} },
    ];
    for (const sent of unused) expect((await take(sent)).status).toBe(202);
    expect(await rows()).toEqual([]);
  });

  it('keeps a body to the letter, also what a database likes to refuse', async () => {
    const { take, databaseUrl } = await serving();
    const strange = { body: 'a\u0000b \ud800 ☃', 'key\u0000': 1e300 };
    const payload = payloadOf('pull_request', 'opened', { strange });
    const body = `${JSON.stringify(payload)}  `;
    expect((await take({ event: 'pull_request', payload, body })).status).toBe(202);
    const stored = await withDatabase(
      databaseUrl,
      {},
      ({ sql }) => sql`select payload from code_agent.deliveries`,
    );
    expect(stored).toEqual([{ payload: body }]);
  });

  it('says that it lives, and whether it is ready', async () => {
    const { server, databaseUrl } = await serving();
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    await withDatabase(
      databaseUrl,
      {},
      ({ sql }) => sql`delete from code_agent.migrations where number >= 5`,
    );
    const answer = await fetch(`${server.url}/ready`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('the database cannot be used\n');
    await withDatabase(databaseUrl, {}, ({ sql }) => sql`drop schema code_agent cascade`);
  });
});

/** Sends the head of a request, then a part again and again; resolves to what was answered. */
function raw(port: number, head: readonly string[], part?: Buffer, times = 0): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    for (let sent = 0; part !== undefined && sent < times; sent += 1) socket.write(part);
  });
}
