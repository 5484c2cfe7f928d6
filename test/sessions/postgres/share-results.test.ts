import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareResults } from '../../../src/sessions/postgres/share-results.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { createUnitResults } from '../../../src/sessions/unit-results.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { tempFolder } from '../../support/temp-repository.ts';

describe.each(DATABASES)('sharing what was answered, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  it('what others have answered is taken; what is too long or too deep to be an answer is not', async () => {
    await withDatabase(await databases.migrated(), {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const [mine, theirs] = [createUnitResults(tempFolder()), createUnitResults(tempFolder())];
      const [good, long, deep] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
      theirs.write(good, { summary: 'a\u0000 \ud800' });
      theirs.write(long, { summary: 'x'.repeat(1_000_000) });
      await shareResults(sql, repository, theirs, null);
      const nested = `${'['.repeat(6_000)}${']'.repeat(6_000)}`;
      await sql`
        insert into code_agent.review_results (key, repository_id, result) values (${deep}, ${repository}, ${nested})`;
      await shareResults(sql, repository, mine, null);
      // How deep JavaScript goes is a matter of its version.
      expect(mine.newest(9).filter((key) => key !== deep)).toEqual([good]);
      expect(mine.read(good)).toEqual(theirs.read(good));
    });
  });
});
