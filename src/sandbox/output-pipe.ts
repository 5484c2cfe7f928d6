import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sandboxFailure } from './sandbox-failure.ts';

/** A pipe of the kernel. The reader ends when every writer is closed. */
export interface OutputPipe {
  readonly reader: Socket;
  /** For stdout and stderr of one child: so what it writes stays in order. */
  readonly writer: number;
  /** Ours of the writers. Once. */
  closeWriter(): void;
}

/**
 * Makes a pipe. Node gives its children sockets, which a program cannot open again: `echo x > /dev/stderr` fails on them (unix(7),
 * ENXIO). Node has no pipe(2), so this is a named one whose name is gone when it is returned. Rejects with a CodeAgentError.
 */
export async function openOutputPipe(): Promise<OutputPipe> {
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), 'code-agent-pipe-'));
    const path = join(folder, 'output');
    // A command of another user opens /dev/stdout by the rights of the pipe.
    await promisify(execFile)('mkfifo', ['-m', '666', path], { env: { PATH: '/usr/bin:/bin' } });
    // A reader that does not wait for a writer, then a writer that has one.
    const readerEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    const reader = new Socket({ fd: readerEnd, readable: true, writable: false });
    return { reader, writer, closeWriter: () => closeSync(writer) };
  } catch (cause) {
    throw sandboxFailure(`no pipe could be made in ${tmpdir()}`, { cause, retryable: true });
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}
