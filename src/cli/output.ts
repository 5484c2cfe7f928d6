import { createWriteStream } from 'node:fs';
import { open, realpath, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodeAgentError, EXIT, type ExitCode } from '../code-agent-error.ts';

/**
 * Rejects (exit code 2) when what `--output` names cannot be written: to be told before anything is paid for. What is there
 * stays as it is, and nothing is left where nothing was.
 */
export async function refuseUnwritable(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  // For its reader a pipe ends when it is closed.
  if (found?.isFIFO()) return;
  try {
    await (await open(file, 'a')).close();
    if (found === null) await rm(await realpath(file));
  } catch (cause) {
    throw unwritable(file, EXIT.usage, cause);
  }
}

/** Writes a report to the file that `--output` names, or without one to stdout. */
export async function writeOutput(
  report: string | Iterable<string>,
  file: string | undefined,
): Promise<void> {
  if (file === undefined) return pipeline(Readable.from(report), process.stdout, { end: false });
  try {
    await pipeline(Readable.from(report), createWriteStream(file));
  } catch (cause) {
    throw unwritable(file, EXIT.incomplete, cause);
  }
}

function unwritable(file: string, exitCode: ExitCode, cause: unknown): CodeAgentError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new CodeAgentError(`--output: ${file} cannot be written${code}`, { exitCode, cause });
}
