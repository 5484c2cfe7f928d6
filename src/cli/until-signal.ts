import { EXIT } from '../code-agent-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does `run` until the process is told to end: then its signal is aborted, and it has time to end well. A second time ends the
 * process at once. Resolves to 0.
 */
export async function untilSignal(run: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const told = new AbortController();
  const end = (): void => {
    if (told.signal.aborted) process.exit(EXIT.incomplete);
    told.abort();
  };
  // Instead of what ends other commands at once.
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, end);
  try {
    await run(told.signal);
    return EXIT.pass;
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, end);
  }
}
