import { onTestFinished } from 'vitest';
import type { ChangeSet } from '../../src/change/change-set.ts';
import { createObjectReader, type ObjectReader } from '../../src/git/object-reader.ts';
import { type ChangeLimits, readChange } from '../../src/git/read-change.ts';
import { openRepository, type Repository } from '../../src/git/repository.ts';
import { resolveRange, resolveStaged } from '../../src/git/resolve-range.ts';
import type { TempRepository } from '../support/temp-repository.ts';

export const NO_LIMITS: ChangeLimits = { fileBytes: 1e9, changeBytes: 1e9 };

export interface OpenGit {
  readonly repository: Repository;
  readonly reader: ObjectReader;
  staged(limits?: ChangeLimits): Promise<ChangeSet>;
  range(name: string, limits?: ChangeLimits): Promise<ChangeSet>;
}

/** The repository as our code sees it from `path`, with the variables of `env` besides its own; closed after the test. */
export async function openGit(
  { path, env }: Pick<TempRepository, 'path' | 'env'>,
  more: NodeJS.ProcessEnv = {},
): Promise<OpenGit> {
  const environment = { ...env, ...more };
  const repository = await openRepository(path, environment);
  const reader = createObjectReader(repository.call);
  onTestFinished(() => reader.close());
  return {
    repository,
    reader,
    staged: async (limits = NO_LIMITS) =>
      readChange(repository, reader, await resolveStaged(repository, reader, environment), limits),
    range: async (name, limits = NO_LIMITS) =>
      readChange(repository, reader, await resolveRange(repository, reader, name), limits),
  };
}
