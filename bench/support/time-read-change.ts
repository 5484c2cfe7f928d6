/**
 * Prints how many milliseconds it took to build the ChangeSet of what is staged in a repository:
 *
 *     node scripts/run.mjs bench/support/time-read-change.ts <repository>
 */
import { DEFAULTS } from '../../src/config/config.ts';
import { createObjectReader } from '../../src/git/object-reader.ts';
import { readChange } from '../../src/git/read-change.ts';
import { openRepository } from '../../src/git/repository.ts';
import { resolveStaged } from '../../src/git/resolve-range.ts';

const [, , path = '.'] = process.argv;
const start = performance.now();
const repository = await openRepository(path, process.env);
const reader = createObjectReader(repository);
const comparison = await resolveStaged(repository, reader, process.env);
const change = await readChange(repository, reader, comparison, DEFAULTS.limits);
const milliseconds = performance.now() - start;
reader.close();
if (change.files.some((file) => file.hunks === null)) throw new Error('not everything was read');
console.log(milliseconds);
