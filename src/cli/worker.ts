import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Door } from '../local/prepare-review.ts';
import { flagConcurrency } from './flag-concurrency.ts';
import { untilSignal } from './until-signal.ts';

/** `code-agent worker`: runs until it is told to end. */
export async function worker(flags: Record<string, unknown>, { env }: Door): Promise<number> {
  const environment = readEnvironment(env);
  const concurrency = flagConcurrency(flags, 1);
  const { databaseUrl } = environment;
  if (databaseUrl === null)
    throw new CodeAgentError('DATABASE_URL names no PostgreSQL server', {
      exitCode: EXIT.usage,
      advice:
        'A worker of its own needs the database that `code-agent serve` has: it looks like postgres://user:password@host:5432/database.',
    });
  const { runWorker } = await import('../app/run-app.ts');
  return untilSignal((signal) => runWorker({ environment, env, databaseUrl, concurrency, signal }));
}
