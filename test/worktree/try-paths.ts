import { openWorkFiles } from '../../src/worktree/work-files.ts';

// Writes files of a worktree, and says of each how that went: try-paths.ts <worktree> <backup> <path>...
const [, , folder = '', backup = '', ...paths] = process.argv;
const files = await openWorkFiles({ folder, backup, maxBytes: 1e6 });
for (const path of paths) {
  const said = await files.write(path, Buffer.from('x')).then(
    () => 'written',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  process.stdout.write(`${path}: ${said}\n`);
}
