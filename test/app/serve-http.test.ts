import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../src/app/http-server.ts';
import { keptLog } from './intake-setup.ts';

async function listening() {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    webhookPath: '/hooks',
    async take(request) {
      for await (const _ of request);
      return { status: 202, says: 'taken' };
    },
    problems: async () => ['one thing', 'another'],
    log: keptLog(),
    headersMs: 300,
    requestMs: 900,
  });
  onTestFinished(() => server.close(0));
  return server;
}

describe('the server', () => {
  it('who sends slowly keeps nobody else out, and is cut off', async () => {
    const { port } = await listening();
    const head = 'POST /hooks HTTP/1.1\r\nhost: x\r\n';
    const sockets = Array.from({ length: 200 }, (_, index) => {
      const socket = connect(port, '127.0.0.1');
      // Half of them amid the headers, half amid the body.
      socket.write(index % 2 === 0 ? head : `${head}content-length: 1000\r\n\r\n`);
      const drip = setInterval(() => socket.write('a'), 50);
      socket.on('error', () => {}).once('close', () => clearInterval(drip));
      return socket;
    });
    const answer = await fetch(`http://127.0.0.1:${port}/hooks`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(202);
    expect(new Set(await Promise.all(sockets.map(firstLine)))).toEqual(
      new Set(['HTTP/1.1 408 Request Timeout']),
    );
  });

  it('says what is not ready, line by line nothing else', async () => {
    const { port } = await listening();
    const answer = await fetch(`http://127.0.0.1:${port}/ready?a=b`);
    expect([answer.status, await answer.text()]).toEqual([503, 'one thing; another\n']);
    const head = await fetch(`http://127.0.0.1:${port}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says who has the port already', async () => {
    const { port } = await listening();
    const again = startHttpServer({
      ...{ host: '127.0.0.1', port, webhookPath: '/hooks', log: keptLog() },
      take: async () => ({ status: 202, says: '' }),
      problems: async () => [],
    });
    await expect(again).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.once('close', () => resolve(text.split('\r\n')[0] ?? ''));
  });
}
