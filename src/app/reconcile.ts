import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import type { GitHubApp } from '../github/github-app.ts';
import { GitHubError } from '../github/github-error.ts';
import type { HookDelivery } from '../github/hook-delivery.ts';
import { knownDeliveries, storeDelivery } from '../sessions/postgres/deliveries.ts';
import { placedJob } from '../tasks/job.ts';
import type { Log } from '../tasks/log.ts';
import { LaterError } from '../tasks/queue.ts';
import type { JobHandler } from './job-handlers.ts';
import { agreement, isUsed } from './webhook-event.ts';

export interface ReconcileDoor {
  readonly sql: Sql;
  readonly github: Pick<GitHubApp, 'deliveries' | 'delivery' | 'redeliver'>;
  readonly log: Log;
  /** Called when a delivery was queued. */
  readonly added: () => void;
}

/** GitHub keeps them for three days (docs.github.com, "Redelivering webhooks"). */
const BACK_MS = 72 * 3_600_000;
/** Before the last time: what was under way then, and clocks that differ. */
const OVERLAP_MS = 15 * 60_000;
const WITHIN_MS = 8_000;

/**
 * The job `reconcile`: GitHub sends a webhook once, whether we were there or not. Those that it failed to hand over, of the last
 * three days at first and then since the last time, and that are not here, are fetched and stored as if they had come; what cannot be fetched is asked for again.
 */
export function createReconciler({ sql, github, log, added }: ReconcileDoor): JobHandler<'reconcile'> {
  /** When the last one began that did all that was to be done. */
  let lastAt: number | null = null;
  return async (_, { signal }) => {
    const began = Date.now();
    const since = lastAt === null ? began - BACK_MS : lastAt - OVERLAP_MS;
    try {
      const failed = await failedDeliveries(github, new Date(since), signal);
      const known = await knownDeliveries(sql, [...failed.keys()]);
      const missing = [...failed.values()].filter(({ guid }) => !known.has(guid.toLowerCase()));
      // In the order in which they happened.
      for (const delivery of missing.reverse()) {
        signal.throwIfAborted();
        await makeUpFor(delivery, signal);
      }
      lastAt = began;
    } catch (error) {
      if (error instanceof GitHubError && error.retryAt !== null)
        throw new LaterError(error.retryAt, error.message);
      throw error;
    }
  };

  async function makeUpFor(delivery: HookDelivery, signal: AbortSignal): Promise<void> {
    const { guid, event } = delivery;
    const { request } = await github.delivery(delivery.id, signal);
    const agreed = agreement(event, request.payload);
    if (agreed === 'unused') return;
    if (agreed !== 'used') {
      log.warn({ delivery: guid, event, why: agreed.refused }, 'a delivery that failed is asked for again');
      await github.redeliver(delivery.id, signal);
      return;
    }
    const id = guid.toLowerCase();
    const payload = JSON.stringify(request.payload);
    const sha256 = createHash('sha256').update(payload).digest();
    const stored = await storeDelivery(
      sql,
      { id, event, payload, sha256 },
      placedJob('delivery', { id }),
      WITHIN_MS,
    );
    if (stored === 'queued') added();
    log.info({ delivery: guid, event, stored }, 'a delivery that failed was made up for');
  }
}

/** The intake looked at it and refused it: it would do so again. A 401 may have been a secret that was not changed here yet. */
const OUR_NO = [400, 413, 415];

/** By their guid, newest first: those that something is done for, and of which no attempt came to an end. */
async function failedDeliveries(
  github: Pick<GitHubApp, 'deliveries'>,
  since: Date,
  signal: AbortSignal,
): Promise<Map<string, HookDelivery>> {
  const failed = new Map<string, HookDelivery>();
  const settled = new Set<string>();
  for await (const delivery of github.deliveries(since, signal)) {
    const { guid, statusCode } = delivery;
    if ((statusCode >= 200 && statusCode < 300) || OUR_NO.includes(statusCode)) settled.add(guid);
    else if (isUsed(delivery.event, delivery.action) && !failed.has(guid)) failed.set(guid, delivery);
  }
  for (const guid of settled) failed.delete(guid);
  return failed;
}
