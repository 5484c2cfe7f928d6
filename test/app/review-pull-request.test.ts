import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, type Databases } from '../support/databases.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { startApp } from './app-world.ts';

describe.each(DATABASES)('a pull request is reviewed, on %s', (_, open) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await open();
  });
  afterAll(() => databases.stop());

  it('tells a finding of a check on its line, in the summary, and by the check run', async () => {
    const github = await testGitHub();
    await github.addRepository('acme/shop', { files: { 'src/a.ts': 'export const a = 1;\n' } });
    const world = await startApp(github, { databaseUrl: await databases.migrated() });
    const number = await github.openPullRequest('acme/shop', {
      head: 'topic',
      push: { files: { 'src/a.ts': 'export const a = 1;\ndebugger;\n' } },
    });
    await world.idle();
    const pull = github.pullRequest('acme/shop', number);
    console.log(
      world.log.lines.filter(({ level }) => level !== 'debug'),
      JSON.stringify(pull, null, 1),
    );
    expect(pull.reviewComments.map(({ path, line }) => [path, line])).toEqual([['src/a.ts', 2]]);
    expect(pull.issueComments).toHaveLength(1);
    expect(pull.checkRuns.map(({ status, conclusion }) => [status, conclusion])).toEqual([
      ['completed', 'failure'],
    ]);
  });
});
