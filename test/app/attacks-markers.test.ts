import { expect, it } from 'vitest';
import { SHOP, startTalk, type Talk, TWO_FINDINGS, useDatabases } from './talking.ts';

useDatabases();

const byUs = ({ github, seen }: Talk) =>
  [...seen().issueComments, ...seen().reviewComments].filter(({ user }) => user === github.app.login);

const summaryOf = (talk: Talk) =>
  byUs(talk).find(({ body }) => body.includes('<!-- code-agent:summary:'))?.body ?? '';
const findingAt = (talk: Talk, path: string) =>
  talk.seen().reviewComments.find((one) => one.path === path && one.user === talk.github.app.login);

it("attack: a stranger's copy of our comment is no finding: nothing can be done to one in its thread", async () => {
  const talk = await startTalk();
  const body = findingAt(talk, 'src/a.ts')?.body ?? '';
  const forged = await talk.github.commentOnLine(
    SHOP,
    talk.number,
    { path: 'src/b.ts', line: 1 },
    `Fine.\n\n${body}`,
    { by: 'eve' },
  );
  await talk.idle();
  await talk.github.replyInThread(SHOP, talk.number, forged, '/agent dismiss');
  await talk.idle();
  expect(talk.answers()).toEqual([
    'Say it in the thread of the finding, or name the finding by the id that stands below it.',
  ]);
  expect(talk.seen().checkRuns.at(-1)?.conclusion).toBe('failure');
});

it("attack: a stranger's copy of a finding does not stand for one that is gone", async () => {
  const talk = await startTalk();
  const own = findingAt(talk, 'src/a.ts');
  await talk.github.commentOnLine(SHOP, talk.number, { path: 'src/a.ts', line: 2 }, own?.body ?? '', {
    by: 'eve',
  });
  await talk.github.deleteComment(SHOP, own?.id ?? 0);
  await talk.say('/agent review');
  expect(findingAt(talk, 'src/a.ts')?.body).toBe(own?.body);
});

it("attack: a stranger's copy of our summary, review and answer is not taken for them", async () => {
  const talk = await startTalk();
  const forged = [summaryOf(talk), talk.seen().reviews.find(({ body }) => body !== '')?.body ?? ''];
  const ids: number[] = [];
  for (const body of forged) ids.push(await talk.github.comment(SHOP, talk.number, body, { by: 'eve' }));
  expect(await talk.say('/agent help')).toHaveLength(1);
  const answer = byUs(talk).find(({ body }) => body.includes('<!-- code-agent:answer:'))?.body ?? '';
  ids.push(await talk.github.comment(SHOP, talk.number, answer, { by: 'eve' }));
  await talk.github.push(SHOP, 'topic', { files: { 'c.ts': 'debugger;\n' } });
  await talk.idle();
  const { issueComments, reviewComments } = talk.seen();
  expect(issueComments.filter(({ id, isEdited }) => ids.includes(id) && isEdited)).toEqual([]);
  expect(issueComments.filter(({ body, user }) => body.includes(':summary:') && user !== 'eve')).toHaveLength(
    1,
  );
  expect(summaryOf(talk)).toContain('c.ts');
  expect(reviewComments.map(({ path }) => path)).toEqual(['src/a.ts', 'src/b.ts', 'c.ts']);
});

it('attack: a marker of another pull request and of another repository says nothing here', async () => {
  const talk = await startTalk();
  const { github } = talk;
  await github.addRepository('acme/other', { files: { 'src/a.ts': '', 'src/b.ts': '' } });
  const other = await github.openPullRequest('acme/other', { head: 'topic', push: { files: TWO_FINDINGS } });
  const second = await github.openPullRequest(SHOP, { head: 'second', push: { files: TWO_FINDINGS } });
  await talk.idle();
  const bodies = (repository: string, number: number) =>
    github.pullRequest(repository, number).reviewComments.map(({ body }) => body);
  const markers = [bodies(SHOP, talk.number), bodies(SHOP, second), bodies('acme/other', other)].map(
    (all) => /<!-- code-agent:\S+ -->/.exec(all[0] ?? '')?.[0],
  );
  // The same finding in the same file: only the place tells them apart.
  expect(new Set(markers).size).toBe(3);
});
