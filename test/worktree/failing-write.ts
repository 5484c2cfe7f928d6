import { openWorkFiles } from '../../src/worktree/work-files.ts';

// Writes so many bytes to src/a.ts of a worktree, and says how that failed: failing-write.ts <worktree> <backup> <bytes>.
const [, , folder = '', backup = '', bytes = ''] = process.argv;
// Without it the signal ends the process before the error is seen.
process.on('SIGXFSZ', () => undefined);
const files = await openWorkFiles({ folder, backup, maxBytes: 1e9 });
await files.write('src/a.ts', Buffer.alloc(Number(bytes), 'x')).catch((error: unknown) => {
  process.stdout.write(`${String(error)}\n`);
});
