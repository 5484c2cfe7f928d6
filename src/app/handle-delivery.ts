import { pino } from 'pino';
import type { Sql } from 'postgres';
import { Probot, ProbotOctokit } from 'probot';
import { GitHubError } from '../github/github-error.ts';
import {
  failDelivery,
  finishDelivery,
  type QueuedJob,
  readDelivery,
} from '../sessions/postgres/deliveries.ts';
import { placedJob } from '../tasks/job.ts';
import { LaterError } from '../tasks/queue.ts';
import type { AppSettings } from './app-settings.ts';
import type { JobHandler } from './job-handlers.ts';
import { type RoutesDoor, routes } from './routes.ts';

export interface DeliveryDoor extends Omit<RoutesDoor, 'add'> {
  readonly settings: Pick<AppSettings, 'appId' | 'privateKey' | 'apiUrl' | 'webhookSecrets'>;
  readonly sql: Sql;
  /** Called when jobs were queued. */
  readonly added: () => void;
}

/**
 * The job `delivery`: hands a stored delivery to Probot, whose routes say what is to be done for it. That is queued, and the
 * delivery marked as done, in one transaction: however often the job is killed and begun again, its jobs are there once.
 */
export async function createDeliveryHandler(door: DeliveryDoor): Promise<JobHandler<'delivery'>> {
  const { settings, sql } = door;
  const waiting = new Map<string, QueuedJob[]>();
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    secret: settings.webhookSecrets[0],
    baseUrl: settings.apiUrl,
    // It would log whole webhooks, and errors with them. What is to be known of them the worker says.
    log: pino({ level: 'silent' }),
    // Its own would repeat writes, and wait for a limit without end.
    Octokit: ProbotOctokit.defaults({ throttle: { enabled: false }, retry: { enabled: false } }),
  });
  await probot.ready();
  routes(probot, {
    ...door,
    add: (delivery, name, payload) => waiting.get(delivery)?.push(placedJob(name, payload)),
  });

  return async ({ id }, { attempt, maxAttempts }) => {
    const stored = await readDelivery(sql, id);
    if (stored === null || stored.state === 'done' || stored.payload === null) return;
    const jobs: QueuedJob[] = [];
    waiting.set(id, jobs);
    try {
      // What it must have to be this event was looked at before it was stored (webhook-event.ts).
      const event = { id, name: stored.event, payload: JSON.parse(stored.payload) };
      await probot.receive(event as Parameters<Probot['receive']>[0]);
      if (await finishDelivery(sql, id, jobs)) door.added();
    } catch (error) {
      const cause = firstOf(error);
      if (cause instanceof GitHubError && cause.retryAt !== null)
        throw new LaterError(cause.retryAt, cause.message);
      if (attempt >= maxAttempts) await failDelivery(sql, id, messageOf(cause));
      throw cause;
    } finally {
      waiting.delete(id);
    }
  };
}

/** Probot gathers what routes throw in an error that has the whole webhook with it. */
const firstOf = (error: unknown): unknown =>
  error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
