import { ToolFailure } from '../agent/tool.ts';
import { decodePath } from '../change/path.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { FindLines, FoundLines, LineQuery } from '../tools/search.ts';
import { awayFromFiles } from './away-from-files.ts';
import type { Repository } from './repository.ts';
import { gitEnd, spawnGit } from './run-git.ts';

/**
 * Every option that configuration or attributes could bend, fixed: see git-grep(1). `-a` and not `-I`: attributes say
 * which files git takes for binary, and could hide code from a search.
 */
const FIXED = [
  ...['-c', 'grep.fallbackToNoIndex=false', 'grep'],
  ...[
    '-a',
    '-n',
    '-z',
    '--full-name',
    '--no-column',
    '--no-color',
    '--no-textconv',
    '--no-recurse-submodules',
  ],
];

/** PCRE bounds its steps and its memory; a git without it (Apple's) has only what the C library has. */
type Dialect = '-P' | '-E';

/**
 * Searches a tree of the object database, or (null) the index, in a process that is ended when time is up: no
 * expression can hold anybody up. Links and submodules are not searched.
 */
export function createLineFinder(
  repository: Repository,
  tree: string | null,
  milliseconds = 10_000,
): FindLines {
  const call = awayFromFiles(repository);
  let dialect: Dialect = '-P';

  async function search(query: LineQuery, signal: AbortSignal): Promise<FoundLines> {
    signal.throwIfAborted();
    const child = spawnGit(commandOf(query, dialect, tree), { ...call, signal });
    const ended = gitEnd(child, 'grep').then(
      () => null,
      (error: unknown) => error,
    );
    let stopped: FoundLines['stopped'] = null;
    const stop = (why: FoundLines['stopped']) => {
      stopped ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop('time'), milliseconds);
    const places: FoundLines['places'][number][] = [];
    const parse = createMatchParser(tree === null ? '' : `${tree}:`);
    child.stdout.on('data', (chunk: Buffer) => {
      if (stopped === null) places.push(...parse(chunk));
      if (places.length > query.most) stop('most');
    });
    const failure = await ended;
    clearTimeout(timer);
    signal.throwIfAborted();
    // 1: no line matches, as with grep(1).
    if (failure !== null && stopped === null && child.exitCode !== 1) throw failure;
    return { places: places.slice(0, query.most), stopped };
  }

  return async function find(query, signal) {
    if (query.regex && dialect === '-E') refuseForPosix(query.pattern);
    try {
      return await search(query, signal);
    } catch (error) {
      if (!(error instanceof CodeAgentError)) throw error;
      if (dialect === '-P' && NO_PERL.test(error.message)) {
        dialect = '-E';
        return find(query, signal);
      }
      const [, problem] = REFUSED.exec(error.message) ?? [];
      throw problem === undefined
        ? error
        : new ToolFailure(`The pattern cannot be searched for: ${problem}.`);
    }
  };
}

function commandOf(query: LineQuery, dialect: Dialect, tree: string | null): string[] {
  return [
    ...FIXED,
    query.regex ? dialect : '-F',
    ...(query.ignoreCase ? ['-i'] : []),
    ...(tree === null ? ['--cached'] : []),
    ...['-e', query.pattern],
    ...(tree === null ? [] : [tree]),
    ...['--', ...query.globs.map((glob) => `:(top,glob)${glob}`)],
  ];
}

/** What git says of an expression, in English (LC_ALL=C): of one that is none, and of one that takes too many steps. */
const REFUSED = /fatal: (?:(?:-e option|command line), '.*'|pcre2?_\w+ failed with error code -?\d+): (.*)/;
const NO_PERL = /not compiled with USE_LIBPCRE/;

/** What POSIX does not know it takes for something else; and its memory for counted repeats is their product. */
function refuseForPosix(pattern: string): void {
  if (/\\[A-Za-z](?<!\\[bBwWsS])|\(\?|[*+?}][?+]/.test(pattern))
    throw new ToolFailure(
      'This git knows only POSIX extended regular expressions: no \\d, no (?…), no lazy repeats.',
    );
  let product = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d{0,9}),?(\d{0,9})\}/g))
    product *= Math.max(1, Number(least), Number(most));
  if (product > 1_000) throw new ToolFailure('The pattern repeats too much: use smaller counts.');
}

/** Reads `<prefix><path>\0<line>\0<content>\n`, repeated, as it arrives. The content, however long, is not kept. */
function createMatchParser(prefix: string): (chunk: Buffer) => FoundLines['places'][number][] {
  let head: Buffer = Buffer.alloc(0);
  let inContent = false;
  return (chunk) => {
    const places: FoundLines['places'][number][] = [];
    let input = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    head = Buffer.alloc(0);
    while (input.length > 0) {
      if (inContent) {
        const end = input.indexOf(10) + 1;
        if (end === 0) return places;
        input = input.subarray(end);
        inContent = false;
        continue;
      }
      const pathEnd = input.indexOf(0);
      const lineEnd = pathEnd < 0 ? -1 : input.indexOf(0, pathEnd + 1);
      if (lineEnd < 0) {
        head = input;
        return places;
      }
      const path = decodePath(input.subarray(prefix.length, pathEnd));
      places.push({ path, line: Number(input.toString('latin1', pathEnd + 1, lineEnd)) });
      input = input.subarray(lineEnd + 1);
      inContent = true;
    }
    return places;
  };
}
