import { readEnvironment } from '../config/environment.ts';
import type { Door } from '../local/prepare-review.ts';
import { flagConcurrency } from './flag-concurrency.ts';
import { flagText } from './flags.ts';
import { untilSignal } from './until-signal.ts';

/** `code-agent serve`: runs until it is told to end. */
export async function serve(flags: Record<string, unknown>, { env }: Door): Promise<number> {
  const read = readEnvironment(env);
  const port = flagText(flags, 'port') ?? read.app.port;
  const host = flagText(flags, 'host') ?? read.app.host;
  const environment = { ...read, app: { ...read.app, port, host } };
  const concurrency = flagConcurrency(flags, 0);
  const { runServer } = await import('../app/run-app.ts');
  return untilSignal((signal) => runServer({ environment, env, concurrency, signal }));
}
