import { startEmbeddedDatabase } from '../../src/sessions/postgres/embedded-database.ts';
import { moveJournals } from '../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';

// Owns an embedded database, moves journals into it, and is killed: killed-owner.ts <folder> <journals>.
const [, , folder = '', journals = ''] = process.argv;
const { url } = await startEmbeddedDatabase(folder);
await withDatabase(url, {}, async ({ sql }) => {
  await moveJournals(sql, await repositoryId(sql, 'github.com/owner/name'), journals);
  process.kill(process.pid, 'SIGKILL');
});
