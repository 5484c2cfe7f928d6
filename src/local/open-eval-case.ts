import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import type { Comparison } from '../git/read-change.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { createSnapshot } from '../git/snapshot.ts';
import { unpackBundle } from '../git/unpack-bundle.ts';
import type { Lines } from '../review/score-findings.ts';
import type { EvalCase } from './eval-case.ts';
import { configAt, type Door, type OpenRepository, openGit } from './prepare-review.ts';

/** Where cases are unpacked. */
export interface Bench {
  readonly place: string;
  readonly door: Door;
}

/** A case, opened in a repository of its own that nothing is remembered in. */
export interface OpenCase {
  readonly git: OpenRepository;
  readonly door: Door;
  readonly comparison: Comparison;
  readonly config: Config;
}

/** Unpacks the repository of a case. Answers the door in it. */
export async function unpackCase({ bundle }: EvalCase, { place, door }: Bench): Promise<Door> {
  const cwd = join(await mkdtemp(join(place, 'case-')), 'repository');
  await unpackBundle(resolve(bundle), cwd, door.env, door.signal);
  return { ...door, cwd };
}

/** Opens an unpacked case, and removes it afterwards. */
export async function withCase<T>(
  { base, head }: EvalCase,
  door: Door,
  work: (open: OpenCase) => Promise<T>,
): Promise<T> {
  const git = await openGit(door);
  try {
    const comparison = await resolveRange(git.repository, git.reader, `${base}..${head}`);
    const { config } = await configAt(git, door, comparison.base);
    return await work({ git, door, comparison, config });
  } finally {
    git.close();
    await rm(dirname(door.cwd), { recursive: true, force: true });
  }
}

/** Rejects (exit code 2), with the file, when a case is not what it says. */
export async function checkCase(one: EvalCase, bench: Bench): Promise<void> {
  const door = await blaming(one.bundle, () => unpackCase(one, bench));
  await blaming(one.file, () =>
    withCase(one, door, async ({ git, comparison, config }) => {
      const { base, head } = comparison;
      if (head === null || head.tree === base.tree) throw badCase('base and head have the same files');
      const after = createSnapshot(git.reader, head.tree, config.limits);
      for (const [name, { path, endLine }] of [
        ...named('expected', one.expected),
        ...named('forbidden', one.forbidden),
      ]) {
        const content = await after.read(path);
        if (content === null) throw badCase(`${name}: there is no file ${path} in ${one.head}`);
        const lines = content.toString('latin1').replace(/\n$/, '').split('\n').length;
        if (endLine > lines) throw badCase(`${name}: ${path} has ${lines} lines, and endLine is ${endLine}`);
      }
    }),
  );
}

async function blaming<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodeAgentError) || error.exitCode === EXIT.timeout) throw error;
    const { message, advice, cause } = error;
    throw new CodeAgentError(`${file}: ${message}`, {
      exitCode: EXIT.usage,
      ...(advice !== undefined && { advice }),
      cause,
    });
  }
}

const named = (list: string, lines: readonly Lines[]) =>
  lines.map((one, index) => [`${list}[${index}]`, one] as const);

const badCase = (message: string) => new CodeAgentError(message, { exitCode: EXIT.usage });

/** A folder that is gone afterwards, also when the process is ended by a signal. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'code-agent-eval-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}
