import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Repository } from './repository.ts';
import { gitEnd, spawnGit } from './run-git.ts';

/**
 * Reads objects by their id or name through two long-lived `git cat-file`. Close it when done: what is asked for and
 * not answered by then, or asked for later, rejects.
 */
export interface ObjectReader {
  /** Id, type and size of what `name` (an id, or any revision) names; null when there is no such object. */
  info(name: string): Promise<ObjectInfo | null>;
  /** The content of an object. Rejects with a CodeAgentError (incomplete) when it is missing or damaged. */
  read(oid: string): Promise<Buffer>;
  /** Ends the processes. */
  close(): void;
}

export interface ObjectInfo {
  readonly oid: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly size: number;
}

/** https://git-scm.com/docs/git-cat-file#_batch_output */
const INFO = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/;

/** Both processes are started at once: what they take to start goes by while others are asked. */
export function createObjectReader(repository: Repository): ObjectReader {
  const infos = startBatch(repository, '--batch-check', (header) => ({
    size: -1,
    result: () => parseInfo(header),
  }));
  const contents = startBatch(repository, '--batch', announceContent);
  return {
    async info(name) {
      return /[\n\0]/.test(name) ? null : infos.ask(name);
    },
    async read(oid) {
      const content = await contents.ask(oid);
      if (content !== null) return content;
      throw new CodeAgentError(`the object ${oid} is missing`, {
        exitCode: EXIT.incomplete,
        advice: '`git fsck` says what else is. In a partial clone, fetch it first: nothing is fetched here.',
      });
    },
    close() {
      infos.close();
      contents.close();
    },
  };
}

function announceContent(header: string): Announced<Buffer | null> {
  const info = parseInfo(header);
  return info === null ? { size: -1, result: () => null } : { size: info.size, result: (bytes) => bytes };
}

function closedFailure(): CodeAgentError {
  return new CodeAgentError('the reader of objects was closed', { exitCode: EXIT.incomplete });
}

function parseInfo(header: string): ObjectInfo | null {
  const [, oid, type, size] = INFO.exec(header) ?? [];
  return oid === undefined ? null : { oid, type: type as ObjectInfo['type'], size: Number(size) };
}

interface Batch<T> {
  ask(name: string): Promise<T>;
  close(): void;
}

/** What a header line announces: `size` bytes of content and a newline behind it, or nothing (-1). */
interface Announced<T> {
  readonly size: number;
  result(content: Buffer): T;
}

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

function startBatch<T>(
  repository: Repository,
  mode: string,
  announce: (header: string) => Announced<T>,
): Batch<T> {
  // Not bound to the call's signal: what was found when time ran out is still shown with its code.
  const { cwd, env } = repository.call;
  const child = spawnGit(['cat-file', mode], { cwd, env });
  const waiting: { resolve(value: T): void; reject(error: unknown): void }[] = [];
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
  let open: { announced: Announced<T>; content: Buffer; filled: number } | null = null;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (open === null) {
        const end = chunk.indexOf(NEWLINE, at);
        header += chunk.toString('utf8', at, end < 0 ? chunk.length : end);
        if (end < 0) return;
        at = end + 1;
        const announced = announce(header);
        header = '';
        if (announced.size < 0) waiting.shift()?.resolve(announced.result(NOTHING));
        else open = { announced, content: Buffer.allocUnsafeSlow(announced.size), filled: 0 };
      } else {
        const taken = Math.min(chunk.length - at, open.content.length - open.filled);
        chunk.copy(open.content, open.filled, at, at + taken);
        open.filled += taken;
        at += taken;
        // The newline behind the content may come with a later chunk.
        if (open.filled < open.content.length || at === chunk.length) continue;
        at += 1;
        waiting.shift()?.resolve(open.announced.result(open.content));
        open = null;
      }
    }
  });

  return {
    ask(name) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        // What is asked within one turn of the event loop is written at once.
        if (child.stdin.writableCorked === 0) {
          child.stdin.cork();
          process.nextTick(() => child.stdin.uncork());
        }
        child.stdin.write(`${name}\n`);
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
