// biome-ignore lint/style/noRestrictedImports: the parser may kill the process that it runs in; it names no program of the repository's
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OxcError, TransformOptions } from 'oxc-transform';
import { CodeAgentError, EXIT } from '../../../code-agent-error.ts';
import { memoryBound } from './memory-bound.ts';
import { stackBound } from './stack-bound.ts';
import { placeAt, type SyntaxFailure, safeMessage, TOO_DEEP, TOO_LARGE } from './syntax-failure.ts';

type Dialect = Pick<TransformOptions, 'lang' | 'sourceType'>;

/** Parsed without a transformation. `transformSync` is the cheapest call of oxc: nothing of the tree comes back. */
const PARSE_ONLY: TransformOptions = { jsx: 'preserve', sourcemap: false };
const EXTENSION = /(?:\.d)?\.[cm]?[jt]sx?$/;
/** Bundlers take JSX in `.js` too. CommonJS may `return` at the top level. */
const JAVASCRIPT: readonly Dialect[] = [{ lang: 'jsx' }, { lang: 'jsx', sourceType: 'commonjs' }];
const BY_NAME: readonly Dialect[] = [{}];

const MIB = 1024 * 1024;
/** By the bound, with room to spare for other platforms and versions: Linux and macOS have 8 MiB of stack, Windows 1 MiB. */
const MOST_HERE = process.platform === 'win32' ? MIB / 4 : 2 * MIB;
const MOST_MEMORY = 250 * MIB;
const LONGEST_MS = 10_000;
/** As Windows ends a process whose stack overflowed. */
const STATUS_STACK_OVERFLOW = 0xc00000fd;

/**
 * JavaScript and TypeScript, with JSX where the file's name allows it. A text that could overflow the stack is
 * parsed in a process of its own, which may die of it: TOO_DEEP. One whose messages could fill the memory is not
 * parsed: it is minified, or larger than people write.
 */
export async function parseScript(path: string, text: string): Promise<SyntaxFailure | null> {
  const extension = EXTENSION.exec(path)?.[0] ?? '.js';
  // Qt's translations are XML in a file called `.ts`; Flow says of itself what it is.
  if (extension === '.ts' && /^\s{0,100}<[?!]/.test(text)) return null;
  if (/^.{0,9}@flow\b/m.test(text.slice(0, 2000))) return null;
  if (memoryBound(text) > MOST_MEMORY) return TOO_LARGE;
  const parse = stackBound(text) <= MOST_HERE ? parseHere : parseInChild;
  let furthest: SyntaxFailure | null = null;
  for (const dialect of /\.[cm]?jsx?$/.test(extension) ? JAVASCRIPT : BY_NAME) {
    const errors = await parse(`file${extension}`, text, { ...PARSE_ONLY, ...dialect });
    if (errors === null) return TOO_DEEP;
    const failure = firstFailure(errors, text);
    if (failure === null) return null;
    if (furthest === null || startLine(failure) > startLine(furthest)) furthest = failure;
  }
  return furthest;
}

const startLine = ({ place }: SyntaxFailure): number => place?.startLine ?? 0;

type Parse = (
  name: string,
  text: string,
  options: TransformOptions,
) => readonly OxcError[] | Promise<readonly OxcError[] | null>;

const parseHere: Parse = (name, text, options) => parser().transformSync(name, text, options).errors;

type Parser = Pick<typeof import('oxc-transform'), 'transformSync'>;

let loaded: Parser | undefined;

function parser(): Parser {
  try {
    loaded ??= loadParser();
    return loaded;
  } catch (cause) {
    throw new CodeAgentError('JavaScript and TypeScript were not parsed: oxc-transform could not be loaded', {
      exitCode: EXIT.incomplete,
      advice:
        'Install again without `--omit=optional`: the parser for this platform is an optional dependency.',
      cause,
    });
  }
}

/** What the package calls its native part on the platforms that nearly everybody has. */
const BINDINGS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: `linux-${process.arch}-gnu`,
  darwin: `darwin-${process.arch}`,
  win32: `win32-${process.arch}-msvc`,
};

/** The native part by itself loads in half the time of the package, which looks for the one of this platform. */
function loadParser(): Parser {
  const require = createRequire(import.meta.url);
  const native = `@oxc-transform/binding-${BINDINGS[process.platform]}`;
  try {
    return require(require.resolve(native, { paths: [dirname(require.resolve('oxc-transform'))] }));
  } catch {
    return require('oxc-transform');
  }
}

const CHILD = `
  import { createInterface } from 'node:readline';
  const { transformSync } = await import(process.argv[1]);
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, text, options } = JSON.parse(line);
    const [error] = transformSync(name, text, options).errors.filter(({ severity }) => severity === 'Error');
    process.stdout.write(JSON.stringify(error ? [error] : []) + '\\n');
  }
`;

/** One process for all texts, one text at a time: it takes as long to start as Node.js. It keeps nobody waiting. */
let child: ChildProcessWithoutNullStreams | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Null when the parser died of the text: it overflowed the stack, or took too long. */
const parseInChild: Parse = (name, text, options) => {
  const answer = last.then(() => askChild(`${JSON.stringify({ name, text, options })}\n`));
  last = answer.catch(() => null);
  return answer;
};

function askChild(question: string): Promise<readonly OxcError[] | null> {
  child ??= startChild();
  const parser = child;
  const sockets = [parser.stdin, parser.stdout].filter((stream) => stream instanceof Socket);
  for (const one of [parser, ...sockets]) one.ref();
  const timer = setTimeout(() => parser.kill('SIGKILL'), LONGEST_MS);
  return new Promise<readonly OxcError[] | null>((resolve, reject) => {
    let answer = '';
    parser.stdout.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.endsWith('\n')) resolve(JSON.parse(answer));
    });
    parser.on('error', reject);
    parser.on('close', (code, signal) => {
      child = undefined;
      if (signal !== null || code === STATUS_STACK_OVERFLOW) resolve(null);
      else reject(new Error(`the parser process ended with exit code ${code}`));
    });
    parser.stdin.write(question);
  }).finally(() => {
    clearTimeout(timer);
    parser.stdout.removeAllListeners('data');
    parser.removeAllListeners();
    for (const one of [parser, ...sockets]) one.unref();
  });
}

function startChild(): ChildProcessWithoutNullStreams {
  const module = pathToFileURL(createRequire(import.meta.url).resolve('oxc-transform')).href;
  const started = spawn(process.execPath, ['--input-type=module', '--eval', CHILD, module], {
    cwd: process.getBuiltinModule('node:os').tmpdir(),
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // One that dies before it has read everything breaks the pipe; what it died of is told by how it ended.
  started.stdin.on('error', () => started.stdin.destroy());
  started.stderr.resume();
  if (started.stderr instanceof Socket) started.stderr.unref();
  return started;
}

function firstFailure(errors: readonly OxcError[], text: string): SyntaxFailure | null {
  const error = errors.find(({ severity }) => String(severity) === 'Error');
  if (error === undefined) return null;
  const [label] = error.labels;
  return {
    message: safeMessage(error.message),
    place: label === undefined ? null : placeAt(text, utf16Offset(text, label.start)),
  };
}

/** oxc counts bytes of UTF-8. */
const utf16Offset = (text: string, bytes: number): number =>
  Buffer.from(text).subarray(0, bytes).toString().length;
