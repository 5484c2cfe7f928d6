import type { ChangeSet } from '../change/change-set.ts';

const LARGE_BYTES = 16_000_000;

/**
 * V8 collects garbage when its heap has grown by half or to double of what was in use, and a review of large files
 * makes much of it. For a large change it is told to do so earlier: 100 MB less at no cost in time (docs/performance.md).
 */
export function keepHeapSmall({ files }: ChangeSet): void {
  const bytes = files.reduce(
    (sum, { hunks }) => sum + (hunks ?? []).reduce((size, { body }) => size + body.length, 0),
    0,
  );
  if (bytes > LARGE_BYTES)
    process.getBuiltinModule('node:v8').setFlagsFromString('--heap-growing-percent=25');
}
