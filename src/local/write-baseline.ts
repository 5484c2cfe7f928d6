import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type BaselineEntry, parseBaseline, renderBaseline } from '../config/baseline.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { reviewChange } from '../review/review-change.ts';
import { configAt, type Door, type OpenRepository, prepareReview } from './prepare-review.ts';

/**
 * Accepts what is found now: without a range, in every file of the last commit, and the file is written anew; with
 * one, in what it changes, and the file grows. Rejects with exit code 2 in a bare repository or without a commit.
 */
export async function writeBaseline(
  git: OpenRepository,
  door: Door,
  range: string | undefined,
  output: string | undefined,
): Promise<{ file: string; entries: number; complete: boolean }> {
  const { topLevel, emptyTree } = git.repository;
  if (topLevel === null) {
    throw new CodeAgentError('this repository is bare: a baseline is a file of its working tree', {
      exitCode: EXIT.usage,
    });
  }
  const named = await resolveRange(git.repository, git.reader, range ?? 'HEAD');
  const head = named.head ?? named.base;
  const comparison =
    range === undefined ? { base: { commit: null, tree: emptyTree }, head, otherParents: [] } : named;
  const { config } = await configAt(git, door, head);
  const input = await prepareReview(git, door, comparison, config, new AbortController().signal, {
    policyAt: head,
  });
  const review = await reviewChange(input);
  const found = review.findings
    .filter(({ suppressed }) => suppressed === null || suppressed.by === 'baseline')
    .map(({ fingerprint, path, category, title }) => ({ fingerprint, path, check: category, title }));
  const file = output === undefined ? resolve(topLevel, config.baseline) : resolve(door.cwd, output);
  const kept = range === undefined ? [] : await readEntries(file);
  await writeFile(file, renderBaseline([...kept, ...found]));
  return { file, entries: found.length, complete: review.verdict.outcome !== 'incomplete' };
}

async function readEntries(file: string): Promise<BaselineEntry[]> {
  try {
    return parseBaseline(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
