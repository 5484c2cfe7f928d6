/**
 * The GitHub App, in front of a GitHub on loopback (test/support/github):
 *
 *     node scripts/run.mjs bench/app.ts [--runs 21] [--only webhooks,review,calls,queue] [--seconds 60] [--rate 100]
 *         [--files 1,30,3000] [--jobs 10000]
 *
 * - **Webhooks** (support/app-webhooks): `code-agent serve`, as it is installed, is sent comments from another process, while its
 *   worker reviews pull requests with a model that takes 2 s a turn. A delivery is lost when it is not answered with success,
 *   or not handled in the end. Beside it a bare server that looks at the signature and stores the body.
 * - **A review** (support/app-reviews): from the webhook to the completed check run, with a model that answers at once, beside
 *   `git fetch` and `git diff` of the same. With GitHub's advice of a second between two writes, and without.
 * - **Calls** (support/app-calls): what is asked of GitHub's API for a review, beside one that posts each finding in a call of
 *   its own.
 * - **The queue** (support/app-queue): empty jobs, beside graphile-worker alone.
 *
 * It needs the server programs of PostgreSQL 15 or later.
 */
import { startPostgres } from '../test/support/postgres-server.ts';
import { measureCalls } from './support/app-calls.ts';
import { takeAppAmount } from './support/app-options.ts';
import { measureQueue } from './support/app-queue.ts';
import { measureReviews } from './support/app-reviews.ts';
import { measureWebhooks } from './support/app-webhooks.ts';
import { type Part, reportWhenMain, type Table } from './support/table.ts';

/** Of a small server with a disk. */
const SETTINGS = { fsync: 'on', synchronous_commit: 'on', max_connections: '60', shared_buffers: '256MB' };

const AMOUNT = takeAppAmount();

export const measureApp: Part = async (workbench, runs) => {
  const server = await startPostgres(SETTINGS).catch((error: unknown) => String(error));
  if (typeof server === 'string') return [absent(server)];
  const measures: Record<(typeof AMOUNT.parts)[number], () => Promise<readonly Table[]>> = {
    webhooks: async () => [await measureWebhooks(workbench, server, AMOUNT)],
    review: () => measureReviews(workbench, server, AMOUNT.files, runs),
    calls: () => measureCalls(workbench, server),
    queue: () => measureQueue(workbench, server, AMOUNT.jobs, runs),
  };
  try {
    const tables: Table[] = [];
    for (const part of AMOUNT.parts) tables.push(...(await measures[part]()));
    return tables;
  } finally {
    await server.remove();
  }
};

const absent = (note: string): Table => ({
  title: 'The App, on PostgreSQL',
  rows: [{ what: 'a server', limit: { text: 'there', held: false }, note }],
});

await reportWhenMain('app.ts', measureApp);
