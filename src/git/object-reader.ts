import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type GitCall, gitEnd, spawnGitWithInput } from './run-git.ts';

/**
 * Reads objects by their id or name through a long-lived `git cat-file`. Close it when done: what is asked for and
 * not answered by then, or asked for later, rejects.
 */
export interface ObjectReader {
  /** Id, type and size of what `name` (an id, or any revision) names; null when there is no such object. */
  info(name: string): Promise<ObjectInfo | null>;
  /** The content of an object. Rejects with a CodeAgentError (incomplete) when it is missing or damaged. */
  read(oid: string): Promise<Buffer>;
  /** Ends the process. */
  close(): void;
}

export interface ObjectInfo {
  readonly oid: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly size: number;
}

/** https://git-scm.com/docs/git-cat-file#_batch_output */
const INFO = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/;

/** It is started at once: what that takes goes by while others are asked. */
export function createObjectReader(call: GitCall): ObjectReader {
  const batch = startBatch(call, '--batch-command');
  let older: Readonly<Record<Command, Batch>> | undefined;

  async function ask<T>(command: Command, name: string, announce: Announce<T>): Promise<T> {
    if (older === undefined) {
      try {
        return await batch.ask(`${command} ${name}`, announce);
      } catch (error) {
        if (!isUnknownOption(error)) throw error;
        older ??= {
          info: startBatch(call, '--batch-check'),
          contents: startBatch(call, '--batch'),
        };
      }
    }
    return older[command].ask(name, announce);
  }

  return {
    async info(name) {
      return /[\n\0]/.test(name) ? null : ask('info', name, announceInfo);
    },
    async read(oid) {
      const content = await ask('contents', oid, announceContent);
      if (content !== null) return content;
      throw new CodeAgentError(`the object ${oid} is missing`, {
        exitCode: EXIT.incomplete,
        advice: '`git fsck` says what else is. In a partial clone, fetch it first: nothing is fetched here.',
      });
    },
    close() {
      for (const one of [batch, older?.info, older?.contents]) one?.close();
    },
  };
}

/** Of `cat-file --batch-command`, which git has since 2.36. */
type Command = 'info' | 'contents';

const isUnknownOption = (error: unknown): boolean =>
  error instanceof CodeAgentError && /unknown option .*batch-command/.test(error.message);

const announceInfo: Announce<ObjectInfo | null> = (header) => ({
  size: -1,
  result: () => parseInfo(header),
});

const announceContent: Announce<Buffer | null> = (header) => {
  const info = parseInfo(header);
  return info === null ? { size: -1, result: () => null } : { size: info.size, result: (bytes) => bytes };
};

function closedFailure(): CodeAgentError {
  return new CodeAgentError('the reader of objects was closed', { exitCode: EXIT.incomplete });
}

function parseInfo(header: string): ObjectInfo | null {
  const [, oid, type, size] = INFO.exec(header) ?? [];
  return oid === undefined ? null : { oid, type: type as ObjectInfo['type'], size: Number(size) };
}

interface Batch {
  ask<T>(line: string, announce: Announce<T>): Promise<T>;
  close(): void;
}

/** What a header line announces: `size` bytes of content and a newline behind it, or nothing (-1). */
type Announce<T> = (header: string) => Announced<T>;

interface Announced<T> {
  readonly size: number;
  result(content: Buffer): T;
}

/** One that waits for its answer. */
interface Asked {
  /** Takes the header; the size of the content that follows, or -1. */
  announced(header: string): number;
  answered(content: Buffer): void;
  reject(error: unknown): void;
}

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

function startBatch({ cwd, env }: GitCall, mode: string): Batch {
  // Not bound to the call's signal: what was found when time ran out is still shown with its code.
  const child = spawnGitWithInput(['cat-file', mode], { cwd, env });
  const waiting: Asked[] = [];
  let failure: unknown;
  gitEnd(child, 'cat-file').then(
    () => fail(new CodeAgentError('git cat-file ended early', { exitCode: EXIT.incomplete })),
    (error: unknown) => fail(error),
  );
  function fail(error: unknown): void {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  let header = '';
  let open: { content: Buffer; filled: number } | null = null;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (open === null) {
        const end = chunk.indexOf(NEWLINE, at);
        header += chunk.toString('utf8', at, end < 0 ? chunk.length : end);
        if (end < 0) return;
        at = end + 1;
        const size = waiting[0]?.announced(header) ?? -1;
        header = '';
        if (size < 0) waiting.shift()?.answered(NOTHING);
        else open = { content: Buffer.allocUnsafeSlow(size), filled: 0 };
      } else {
        const taken = Math.min(chunk.length - at, open.content.length - open.filled);
        chunk.copy(open.content, open.filled, at, at + taken);
        open.filled += taken;
        at += taken;
        // The newline behind the content may come with a later chunk.
        if (open.filled < open.content.length || at === chunk.length) continue;
        at += 1;
        waiting.shift()?.answered(open.content);
        open = null;
      }
    }
  });

  return {
    ask(line, announce) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        let result: (content: Buffer) => void;
        waiting.push({
          announced(header) {
            const announced = announce(header);
            result = (content) => resolve(announced.result(content));
            return announced.size;
          },
          answered: (content) => result(content),
          reject,
        });
        // What is asked within one turn of the event loop is written at once.
        if (child.stdin.writableCorked === 0) {
          child.stdin.cork();
          process.nextTick(() => child.stdin.uncork());
        }
        child.stdin.write(`${line}\n`);
      });
    },
    close() {
      fail(closedFailure());
      // It need not be waited for: without its input it ends by itself, should the signal not do.
      child.kill();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
    },
  };
}
