import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { OxcError, TransformOptions } from 'oxc-transform';
import { CodeAgentError, EXIT } from '../../../code-agent-error.ts';
import { couldExhaustStack } from './could-exhaust-stack.ts';
import { placeAt, type SyntaxFailure, safeMessage, TOO_DEEP } from './syntax-failure.ts';

type Dialect = Pick<TransformOptions, 'lang' | 'sourceType'>;

/** Parsed without a transformation. `transformSync` is the cheapest call of oxc: nothing of the tree comes back. */
const PARSE_ONLY: TransformOptions = { jsx: 'preserve', sourcemap: false };
const EXTENSION = /(?:\.d)?\.[cm]?[jt]sx?$/;
/** Bundlers take JSX in `.js` too. CommonJS may `return` at the top level. */
const JAVASCRIPT: readonly Dialect[] = [{ lang: 'jsx' }, { lang: 'jsx', sourceType: 'commonjs' }];
const BY_NAME: readonly Dialect[] = [{}];

/** JavaScript and TypeScript, with JSX where the file's name allows it. */
export async function parseScript(path: string, text: string): Promise<SyntaxFailure | null> {
  const extension = EXTENSION.exec(path)?.[0] ?? '.js';
  // Qt's translations are XML in a file called `.ts`; Flow says of itself what it is.
  if (extension === '.ts' && /^\s{0,100}<[?!]/.test(text)) return null;
  if (/^.{0,9}@flow\b/m.test(text.slice(0, 2000))) return null;
  const parse = couldExhaustStack(text) ? parseInChild : await parseHere();
  let first: SyntaxFailure | null = null;
  for (const dialect of /\.[cm]?jsx?$/.test(extension) ? JAVASCRIPT : BY_NAME) {
    const failure = await parse(`file${extension}`, text, dialect);
    if (failure === null) return null;
    first ??= failure;
  }
  return first;
}

type Parse = (
  name: string,
  text: string,
  dialect: Dialect,
) => SyntaxFailure | null | Promise<SyntaxFailure | null>;

async function parseHere(): Promise<Parse> {
  const { transformSync } = await import('oxc-transform').catch((cause: unknown) => {
    throw new CodeAgentError('JavaScript and TypeScript were not parsed: oxc-transform could not be loaded', {
      exitCode: EXIT.incomplete,
      advice:
        'Install again without `--omit=optional`: the parser for this platform is an optional dependency.',
      cause,
    });
  });
  return (name, text, dialect) =>
    firstFailure(transformSync(name, text, { ...PARSE_ONLY, ...dialect }).errors, text);
}

const CHILD = `
  import { readFileSync } from 'node:fs';
  const { transformSync } = await import(process.argv[1]);
  const { name, text, options } = JSON.parse(readFileSync(0, 'utf8'));
  process.stdout.write(JSON.stringify(transformSync(name, text, options).errors.slice(0, 100)));
`;

/** In a process of its own, which the parser may kill by overflowing the stack. Takes as long as Node's start. */
async function parseInChild(name: string, text: string, dialect: Dialect): Promise<SyntaxFailure | null> {
  const module = pathToFileURL(createRequire(import.meta.url).resolve('oxc-transform')).href;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', CHILD, module], {
    cwd: tmpdir(),
    env: {},
    timeout: 20_000,
    maxBuffer: 1 << 26,
  });
  // A child that dies before it has read everything breaks the pipe; what it died of is told by `run`.
  run.child.stdin?.on('error', () => {});
  run.child.stdin?.end(JSON.stringify({ name, text, options: { ...PARSE_ONLY, ...dialect } }));
  try {
    const errors: OxcError[] = JSON.parse((await run).stdout);
    return firstFailure(errors, text);
  } catch (error) {
    if (!wasKilled(error)) throw error;
    return TOO_DEEP;
  }
}

/** By a signal, for the stack or for the time; or as Windows ends a process whose stack overflowed. */
const wasKilled = (error: unknown): boolean =>
  error instanceof Error &&
  (('signal' in error && typeof error.signal === 'string') ||
    ('code' in error && error.code === STATUS_STACK_OVERFLOW));
const STATUS_STACK_OVERFLOW = 0xc00000fd;

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
