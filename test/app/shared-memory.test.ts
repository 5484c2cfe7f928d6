import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeMemory } from '../../src/app/shared-memory.ts';
import { shareResults } from '../../src/sessions/postgres/share-results.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createUnitResults } from '../../src/sessions/unit-results.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { tempFolder } from '../support/temp-repository.ts';

describe.each(DATABASES)('what models have answered, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  it('comes whole into a mirror that was made anew, and else only what is new', async () => {
    await withDatabase(await databases.migrated(), {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const theirs = createUnitResults(tempFolder());
      const key = 'a'.repeat(64);
      theirs.write(key, { summary: 'of long ago' });
      await shareResults(sql, repository, theirs, null);
      await sql`update code_agent.review_results set made_at = now() - interval '1 day'`;
      const gitDir = join(tempFolder(), 'repository.git');
      const take = async (of = repository): Promise<unknown> => {
        await takeMemory({ sql }, of, gitDir);
        return createUnitResults(gitDir).read(key);
      };
      expect(await take()).toEqual({ summary: 'of long ago' });
      rmSync(gitDir, { recursive: true });
      expect(await take()).toEqual({ summary: 'of long ago' });
      // Only what is new is asked for: what was taken away here does not come again.
      rmSync(join(gitDir, 'code-agent', 'units'), { recursive: true });
      expect(await take()).toBeNull();
      // Under another number it is another repository, or another database.
      await take(await repositoryId(sql, 'github.com/owner/other'));
      expect(await take()).toEqual({ summary: 'of long ago' });
      // What is damaged counts as nothing.
      const shared = join(gitDir, 'code-agent', 'results-shared.json');
      renameSync(shared, `${shared}.old`);
      mkdirSync(join(gitDir, 'code-agent'), { recursive: true });
      expect(await take()).toEqual({ summary: 'of long ago' });
    });
  });
});
