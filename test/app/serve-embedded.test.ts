import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../support/temp-repository.ts';
import { keptJobs, keptLog, send, settingsOf, startServing, until } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

it('the embedded database has connections for all jobs at once', async () => {
  const concurrency = 16;
  const log = keptLog();
  let together = 0;
  let most = 0;
  const done: number[] = [];
  let letGo = (): void => {};
  const allThere = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const jobs = ({ sql }: { readonly sql: Sql }) => ({
    ...keptJobs().handlers,
    // As a review that posts: it holds a connection, and asks by another.
    async review({ number }: { readonly number: number }) {
      const connection = await sql.reserve();
      try {
        together += 1;
        most = Math.max(most, together);
        if (together === concurrency) letGo();
        await allThere;
        await Promise.all([connection`select 1`, sql`select 2`]);
        done.push(number);
      } finally {
        together -= 1;
        connection.release();
      }
    },
  });
  const server = await startServing({
    ...{ databaseUrl: null, concurrency, jobs, log },
    settings: settingsOf({ CODE_AGENT_DATA: tempFolder() }),
  });
  onTestFinished(() => server.stop());
  const example = payloadOf('pull_request', 'opened');
  const numbers = Array.from({ length: concurrency }, (_, index) => index + 1);
  const answers = await Promise.all(
    numbers.map((number) =>
      send(server.url, {
        ...{ event: 'pull_request', id: randomUUID() },
        payload: { ...example, number, pull_request: { ...example.pull_request, number } },
      }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await until(() => done.length === concurrency, 40_000);
  expect(most).toBe(concurrency);
  expect(log.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
}, 60_000);
