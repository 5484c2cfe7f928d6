/**
 * Prints how many milliseconds it took to build the ChangeSet of what is staged in a repository:
 *
 *     node scripts/run.mjs bench/support/time-read-change.ts <repository>
 */
import { DEFAULTS } from '../../src/config/config.ts';
import { readChange } from '../../src/git/read-change.ts';
import { resolveStaged } from '../../src/git/resolve-range.ts';
import { openGit } from '../../src/local/prepare-review.ts';

const [, , path = '.'] = process.argv;
const start = performance.now();
const { signal } = new AbortController();
const { repository, reader, close } = await openGit({ cwd: path, env: process.env, signal });
const comparison = await resolveStaged(repository, reader, process.env);
const change = await readChange(repository, reader, comparison, DEFAULTS.limits);
const milliseconds = performance.now() - start;
close();
if (change.files.some((file) => file.hunks === null)) throw new Error('not everything was read');
console.log(milliseconds);
