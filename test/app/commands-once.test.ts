import { expect, it } from 'vitest';
import { readPullRequest } from '../../src/sessions/postgres/pull-requests.ts';
import { storedDismissals } from '../../src/sessions/postgres/stored-findings.ts';
import { answering, configure, runAgain, SHOP, startTalk, type Talk, turn, useDatabases } from './talking.ts';

useDatabases();

const REACTION = 'reactions/create-for-issue-comment';

/** Does something as soon as a command was seen, before anything is done for it. */
function whenSeen({ github }: Talk, act: () => void | Promise<void>): void {
  const stop = github.afterEachWrite(async ({ operation }) => {
    if (!operation.startsWith('reactions/')) return;
    stop();
    await act();
  });
}

async function repositoryOf(talk: Talk): Promise<string> {
  const [row] = await talk.door().sql<{ id: string }[]>`select id from code_agent.repositories`;
  return row?.id ?? '';
}

const stateOf = async (talk: Talk) =>
  readPullRequest(talk.door().sql, { repository: await repositoryOf(talk), number: talk.number });

const dismissed = async (talk: Talk) => storedDismissals(talk.door().sql, await repositoryOf(talk));

it.each(['502', 'stored-then-502', 'stored-then-reset'] as const)(
  'fault 38: an answer that ended in %s is there once, and no model is asked again for it',
  async (fault) => {
    const talk = await startTalk({ model: answering(() => turn(['give_answer', { answer: 'No.' }])) });
    const before = talk.asked.length;
    talk.github.inject({ operation: 'issues/create-comment', fault });
    expect(await talk.say('@code-agent does it wait?')).toEqual([expect.stringMatching(/^No\./)]);
    expect(talk.asked).toHaveLength(before + 1);
  },
);

it('faults 30, 31: a webhook that comes again, and a job that is run again, do nothing more', async () => {
  const talk = await startTalk();
  expect(await talk.say('/agent pause')).toHaveLength(1);
  const sent = talk.github.deliveries.findLast(({ event }) => event === 'issue_comment');
  if (sent === undefined) throw new Error('no webhook was sent');
  await talk.github.send({ event: 'issue_comment', body: sent.body, id: sent.guid });
  await talk.github.send({ event: 'issue_comment', body: sent.body });
  await talk.idle();
  expect(talk.answers()).toHaveLength(1);

  const body = '/agent resume';
  const comment = await talk.github.comment(SHOP, talk.number, body);
  await talk.idle();
  expect(await runAgain(talk, { comment, body, author: talk.github.addUser('mona') })).toEqual([]);
  expect(talk.answers()).toHaveLength(2);
});

it('a comment that is deleted as soon as it was seen is answered, once', async () => {
  const talk = await startTalk();
  whenSeen(talk, () => {
    const last = talk.seen().issueComments.findLast(({ user }) => user === 'mona');
    return talk.github.deleteComment(SHOP, last?.id ?? 0);
  });
  expect(await talk.say('/agent pause')).toHaveLength(1);
});

it('a comment that is gone before it was seen is answered, once', async () => {
  const talk = await startTalk();
  talk.github.inject({ operation: REACTION, fault: { status: 404 } });
  expect(await talk.say('/agent pause')).toHaveLength(1);
});

it('where the thread is gone, the answer is in the conversation', async () => {
  const talk = await startTalk();
  talk.github.inject({ operation: 'pulls/create-reply-for-review-comment', fault: { status: 404 } });
  expect(await talk.reply('src/a.ts', '/agent dismiss')).toHaveLength(1);
  expect(talk.seen().issueComments.at(-1)?.body).toContain('Dismissed');
});

it('faults 19, 47: a comment that is edited after the webhook is what it was then', async () => {
  const talk = await startTalk();
  whenSeen(talk, () => {
    const last = talk.seen().issueComments.findLast(({ user }) => user === 'mona');
    return talk.github.editComment(SHOP, last?.id ?? 0, '/agent ignore');
  });
  expect((await talk.say('/agent pause')).join()).toMatch(/^Paused/);
  expect((await stateOf(talk)).state).toBe('paused');
});

it('fault 36: a pull request that is closed meanwhile is not reviewed', async () => {
  const talk = await startTalk();
  whenSeen(talk, () => talk.github.close(SHOP, talk.number));
  expect(await talk.say('/agent review')).toHaveLength(1);
  expect(talk.seen().checkRuns).toHaveLength(1);
});

it.each(['/agent pause', '/agent review full', '/agent help', '/agent resolve', '@code-agent is it safe?'])(
  'fault 41: who loses the right to write while "%s" is at work gets nothing done and nothing said',
  async (command) => {
    const talk = await startTalk({
      model: answering(() => turn(['give_answer', { answer: 'Yes.' }])),
      config: 'app: {resolveThreads: true}\n',
    });
    const before = talk.asked.length;
    whenSeen(talk, () => talk.github.setPermission(SHOP, 'mona', 'triage'));
    expect(await talk.say(command)).toEqual([]);
    expect(talk.asked).toHaveLength(before);
    expect((await stateOf(talk)).state).toBe('active');
    expect(talk.seen().checkRuns).toHaveLength(1);
    expect(talk.seen().threads.filter(({ isResolved }) => isResolved)).toEqual([]);
  },
);

it('fault 41: a dismissal of who loses the right to write meanwhile is none', async () => {
  const talk = await startTalk();
  whenSeen(talk, () => talk.github.setPermission(SHOP, 'mona', 'read'));
  expect(await talk.reply('src/a.ts', '/agent dismiss')).toEqual([]);
  expect(await dismissed(talk)).toEqual([]);
});

it('fault 41: an answer of a model is not posted for who lost the right to write while it was thought of', async () => {
  const talk: Talk = await startTalk({
    model: answering(() => {
      talk.github.setPermission(SHOP, 'mona', 'read');
      return turn(['give_answer', { answer: 'Yes.' }]);
    }),
  });
  expect(await talk.say('@code-agent is it safe?')).toEqual([]);
});

it('a command that cannot be done for good says why', async () => {
  const talk = await startTalk({
    github: {
      permissions: { contents: 'read', pull_requests: 'write', checks: 'write', metadata: 'read' },
      mayRefuse: true,
    },
  });
  configure(talk, 'app: {resolveThreads: true}\n');
  const [answer = ''] = await talk.say('/agent resolve');
  expect(answer).toMatch(/^It did not work: /);
  expect(talk.answers()).toHaveLength(1);
});
