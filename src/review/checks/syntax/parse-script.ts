import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { OxcError, TransformOptions } from 'oxc-transform';
import { CodeAgentError, EXIT } from '../../../code-agent-error.ts';
import { messageBound } from './message-bound.ts';
import { stackBound } from './stack-bound.ts';
import { placeAt, type SyntaxFailure, safeMessage } from './syntax-failure.ts';

type Dialect = Pick<TransformOptions, 'lang' | 'sourceType'>;

/** Parsed without a transformation. `transformSync` is the cheapest call of oxc: nothing of the tree comes back. */
const PARSE_ONLY: TransformOptions = { jsx: 'preserve', sourcemap: false };
const EXTENSION = /(?:\.d)?\.[cm]?[jt]sx?$/;
/** Bundlers take JSX in `.js` too. CommonJS may `return` at the top level. */
const JAVASCRIPT: readonly Dialect[] = [{ lang: 'jsx' }, { lang: 'jsx', sourceType: 'commonjs' }];
const BY_NAME: readonly Dialect[] = [{}];

const MIB = 1024 * 1024;
/** Linux and macOS give a process 8 MiB of stack, Windows 1 MiB. What runs already needs some of it. */
const STACK_HERE = process.platform === 'win32' ? MIB / 2 : 2 * MIB;
const STACK_OF_THREAD = 8 * MIB;
const MESSAGE_BYTES = 200 * MIB;

/**
 * JavaScript and TypeScript, with JSX where the file's name allows it. A text that could overflow the stack is
 * parsed on a thread, whose stack is as large as it says. One that might not fit there either, or fill the memory, is
 * not parsed: minified, or larger than people write.
 */
export async function parseScript(path: string, text: string): Promise<SyntaxFailure | null> {
  const extension = EXTENSION.exec(path)?.[0] ?? '.js';
  // Qt's translations are XML in a file called `.ts`; Flow says of itself what it is.
  if (extension === '.ts' && /^\s{0,100}<[?!]/.test(text)) return null;
  if (/^.{0,9}@flow\b/m.test(text.slice(0, 2000))) return null;
  const bound = stackBound(text);
  if (bound > STACK_OF_THREAD - MIB || messageBound(text) > MESSAGE_BYTES) return null;
  const parse = bound <= STACK_HERE ? await parserHere() : parseOnThread;
  let furthest: SyntaxFailure | null = null;
  for (const dialect of /\.[cm]?jsx?$/.test(extension) ? JAVASCRIPT : BY_NAME) {
    const errors = await parse(`file${extension}`, text, { ...PARSE_ONLY, ...dialect });
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
) => readonly OxcError[] | Promise<readonly OxcError[]>;

async function parserHere(): Promise<Parse> {
  const { transformSync } = await import('oxc-transform').catch((cause: unknown) => {
    throw new CodeAgentError('JavaScript and TypeScript were not parsed: oxc-transform could not be loaded', {
      exitCode: EXIT.incomplete,
      advice:
        'Install again without `--omit=optional`: the parser for this platform is an optional dependency.',
      cause,
    });
  });
  return (name, text, options) => transformSync(name, text, options).errors;
}

const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ transformSync }) => {
    const { name, text, options } = workerData;
    parentPort.postMessage(transformSync(name, text, options).errors.slice(0, 100));
  });
`;

/** Takes some 40 ms. */
const parseOnThread: Parse = (name, text, options) =>
  new Promise((resolve, reject) => {
    const module = pathToFileURL(createRequire(import.meta.url).resolve('oxc-transform')).href;
    new Worker(THREAD, {
      eval: true,
      execArgv: [],
      workerData: { module, name, text, options },
      resourceLimits: { stackSizeMb: STACK_OF_THREAD / MIB },
    })
      .once('message', resolve)
      .once('error', reject)
      .once('exit', () => reject(new Error('the parser thread ended without an answer')));
  });

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
