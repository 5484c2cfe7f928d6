import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase } from '../../src/sessions/postgres/embedded-database.ts';

const MODULES = join(import.meta.dirname, '../../node_modules');
const { version }: { readonly version: string } = JSON.parse(
  readFileSync(join(MODULES, '@electric-sql/pglite/package.json'), 'utf8'),
);
const PREPARED = join(MODULES, '.cache', `embedded-database-${version}`);

/**
 * A new folder for the embedded database, with an empty database in it. To make one costs a core four seconds: it is made once, and
 * copied. The caller takes it away.
 */
export async function embeddedFolder(): Promise<string> {
  if (!existsSync(PREPARED)) await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-test-'));
  cpSync(join(PREPARED, 'data'), join(folder, 'data'), { recursive: true });
  return folder;
}

async function prepare(): Promise<void> {
  mkdirSync(join(PREPARED, '..'), { recursive: true });
  const making = mkdtempSync(`${PREPARED}.`);
  await (await startEmbeddedDatabase(making)).close();
  try {
    renameSync(making, PREPARED);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(PREPARED)) throw error;
    rmSync(making, { recursive: true });
  }
}
