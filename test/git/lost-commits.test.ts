import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lostCommits } from '../../src/git/lost-commits.ts';
import { createObjectReader } from '../../src/git/object-reader.ts';
import { openRepository } from '../../src/git/repository.ts';
import { tempRepository } from '../support/temp-repository.ts';

it('a commit is lost when no branch, tag or HEAD leads to it, and when it is not there', async () => {
  const repository = tempRepository();
  const { git } = repository;
  const first = repository.commit({ 'a.js': '1;\n' });
  const amended = repository.commit({ 'a.js': '2;\n' });
  const tagged = repository.commit({ 'a.js': '3;\n' });
  git('tag', 'kept');
  git('reset', '--quiet', '--hard', amended);
  git('commit', '--quiet', '--amend', '--message=other');
  git('worktree', 'add', '--quiet', '--detach', join(repository.path, '../linked'), first);
  git('-C', '../linked', 'commit', '--quiet', '--allow-empty', '--message=detached');
  const detached = git('-C', '../linked', 'rev-parse', 'HEAD');
  git('switch', '--quiet', '--create', 'gone');
  const thrownAway = repository.commit({ 'b.js': '1;\n' });
  git('switch', '--quiet', 'main');
  git('branch', '--quiet', '-D', 'gone');
  const missing = '1'.repeat(40);

  const opened = await openRepository(repository.path, repository.env);
  const reader = createObjectReader(opened.call);
  const lost = (...commits: string[]) => lostCommits(opened, reader, commits);
  expect(await lost(first, amended, tagged, detached, thrownAway, missing)).toEqual([thrownAway, missing]);
  git('tag', '--delete', 'kept');
  expect(await lost(amended, tagged)).toEqual([amended, tagged]);
  expect(await lost(missing)).toEqual([missing]);
  expect(await lost()).toEqual([]);
  reader.close();
});
