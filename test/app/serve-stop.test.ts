import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundleProgram } from '../support/bundle-program.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { hasPostgres } from '../support/postgres-server.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { appEnvironment, send, until } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => {
  program = await bundleProgram('test/app/app-process.ts');
});
afterAll(() => program.remove());

/** One process, or several that follow each other, which write into one file. */
function processes(databaseUrl: string | null, database?: string) {
  const folder = tempFolder();
  if (database !== undefined) renameSync(database, join(folder, 'database'));
  const file = join(folder, 'done');
  writeFileSync(file, '');
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    ...appEnvironment({ CODE_AGENT_DATA: folder, TEST_FILE: file }),
    ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
  };
  const lines = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return {
    file,
    lines,
    letGo: () => writeFileSync(`${file}.go`, ''),
    async start(mode: 'serve' | 'work') {
      const before = lines().length;
      const child = spawn(process.execPath, [program.file, mode], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const ended = new Promise<number | string | null>((resolve) => {
        child.once('exit', (code, signal) => resolve(code ?? signal));
      });
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      const began = () =>
        lines()
          .slice(before)
          .find((line) => /^(listening|working)/.test(line));
      await until(() => began() !== undefined || child.exitCode !== null, 40_000);
      if (began() === undefined) throw new Error(`it did not start: ${said}`);
      const port = /\d+/.exec(began() ?? '')?.[0];
      return { child, ended, url: `http://127.0.0.1:${port}`, said: () => said };
    },
  };
}

const opened = () => ({
  event: 'pull_request',
  payload: payloadOf('pull_request', 'opened'),
  id: randomUUID(),
});
const kill = (child: ChildProcess, signal: NodeJS.Signals): void => void child.kill(signal);

describe.runIf(hasPostgres())('processes on a server', () => {
  let databases: Databases;
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
  });
  afterAll(() => databases.stop());

  it('49: what a worker was amid when it was killed another one does', async () => {
    const app = processes(await databases.migrated());
    const server = await app.start('serve');
    const sent = opened();
    expect((await send(server.url, sent)).status).toBe(202);
    await until(() => app.lines().includes('begin 2 attempt 1'));
    kill(server.child, 'SIGKILL');
    expect(await server.ended).toBe('SIGKILL');
    app.letGo();
    await app.start('work');
    await until(() => app.lines().includes('end 2'), 20_000);
    expect(app.lines().filter((line) => line.startsWith('begin'))).toEqual([
      'begin 2 attempt 1',
      'begin 2 attempt 2',
    ]);
  }, 90_000);

  it('49: a delivery whose handling was killed is handled once', async () => {
    const app = processes(await databases.migrated());
    app.letGo();
    writeFileSync(`${app.file}.kill`, '');
    const server = await app.start('serve');
    expect((await send(server.url, opened())).status).toBe(202);
    expect(await server.ended).toBe('SIGKILL');
    expect(existsSync(`${app.file}.killed`)).toBe(true);
    rmSync(`${app.file}.kill`);
    await app.start('work');
    await until(() => app.lines().includes('end 2'), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(app.lines().filter((line) => /^(begin|end)/.test(line))).toEqual(['begin 2 attempt 1', 'end 2']);
  }, 90_000);

  it('61: on SIGTERM it ends with 0, what came is stored, and another worker goes on at once with what it was amid', async () => {
    const app = processes(await databases.migrated());
    const server = await app.start('serve');
    const worker = await app.start('work');
    kill(worker.child, 'SIGSTOP');
    expect((await send(server.url, opened())).status).toBe(202);
    await until(() => app.lines().includes('begin 2 attempt 1'));
    kill(worker.child, 'SIGCONT');
    // While it goes down it takes in what it is asked, or refuses it: nothing that it took is lost.
    const began = Date.now();
    kill(server.child, 'SIGTERM');
    expect(await server.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(server.said()).not.toMatch(/"level":"error"/);
    app.letGo();
    await until(() => app.lines().includes('end 2'), 10_000);
    // Being handed on is no attempt.
    expect(app.lines()).toEqual(expect.arrayContaining(['told 2', 'begin 2 attempt 1', 'end 2']));
    expect(app.lines()).not.toContain('begin 2 attempt 2');
    const stopping = Date.now();
    kill(worker.child, 'SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(Date.now() - stopping).toBeLessThan(5_000);
  }, 120_000);

  it('61: told twice it ends at once', async () => {
    const app = processes(await databases.migrated());
    const server = await app.start('serve');
    await send(server.url, opened());
    await until(() => app.lines().includes('begin 2 attempt 1'));
    const began = Date.now();
    kill(server.child, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    kill(server.child, 'SIGINT');
    expect(await server.ended).toBe(3);
    expect(Date.now() - began).toBeLessThan(3_000);
  }, 60_000);
});

describe('a process with a database of its own', () => {
  it('49: what it was amid when it was killed it does when it is started again', async () => {
    const app = processes(null, await embeddedFolder());
    const first = await app.start('serve');
    expect((await send(first.url, opened())).status).toBe(202);
    await until(() => app.lines().includes('begin 2 attempt 1'));
    kill(first.child, 'SIGKILL');
    await first.ended;
    app.letGo();
    const next = await app.start('serve');
    await until(() => app.lines().includes('end 2'), 10_000);
    kill(next.child, 'SIGTERM');
    expect(await next.ended).toBe(0);
  }, 120_000);
});
