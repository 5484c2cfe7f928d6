import { pino } from 'pino';
import { Probot } from 'probot';
import { describe, expect, it } from 'vitest';
import { routes } from '../../src/app/routes.ts';
import { agreement } from '../../src/app/webhook-event.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { type JobName, parseJob } from '../../src/tasks/job.ts';
import { APP_ID, APP_USER, PRIVATE_KEY, quietGitHub, SECRET, SLUG } from './intake-setup.ts';
import { INSTALLATION, payloadOf } from './webhook-payloads.ts';

const TRUSTED_BOT = 77;

/** The jobs that are added for a webhook. */
async function jobsFor(event: string, payload: Record<string, unknown>): Promise<[JobName, unknown][]> {
  expect(agreement(event, payload)).toBe('used');
  const jobs: [JobName, unknown][] = [];
  const log = pino({ level: 'silent' });
  const probot = new Probot({ appId: APP_ID, privateKey: PRIVATE_KEY, secret: SECRET, log });
  await probot.ready();
  routes(probot, {
    add(delivery, name, job) {
      expect(delivery).toBe('D');
      jobs.push([name, parseJob(name, job)]);
    },
    identity: quietGitHub().identity,
    trustedBots: async () => [TRUSTED_BOT],
    mayBeCommand,
  });
  await probot.receive({ id: 'D', name: event, payload } as unknown as Parameters<Probot['receive']>[0]);
  return jobs;
}

const someone = { login: 'someone', id: 5, type: 'User' };
const us = { login: `${SLUG}[bot]`, id: APP_USER, type: 'Bot' };
const otherBot = { login: 'evil[bot]', id: 6, type: 'Bot' };
const trustedBot = { login: 'trusted[bot]', id: TRUSTED_BOT, type: 'Bot' };

describe('what is done for a webhook', () => {
  const at = (payload: { repository: { id: number } }, number: number) => ({
    ...{ installation: INSTALLATION, repository: payload.repository.id, number },
  });

  it.each(['opened', 'reopened', 'ready_for_review', 'synchronize', 'labeled', 'unlabeled'])(
    'pull_request.%s: it is reviewed, by whomever it was done',
    async (action) => {
      const payload = payloadOf('pull_request', action, { sender: otherBot });
      const { number } = payload.pull_request;
      expect(await jobsFor('pull_request', payload)).toEqual([
        ['review', { ...at(payload, number), full: false }],
      ]);
      expect(await jobsFor('pull_request', { ...payload, sender: us })).toEqual([]);
    },
  );

  it('pull_request.edited: it is reviewed when its title or base has changed', async () => {
    const payload = payloadOf('pull_request', 'opened', { action: 'edited' });
    const edited = (changes: unknown) => jobsFor('pull_request', { ...payload, changes });
    expect(await edited({ title: { from: 'before' } })).toHaveLength(1);
    expect(await edited({ base: { ref: { from: 'main' }, sha: { from: 'x' } } })).toHaveLength(1);
    expect(await edited({ body: { from: 'before' } })).toEqual([]);
  });

  it('pull_request.closed: its review ends', async () => {
    const payload = payloadOf('pull_request', 'closed');
    const { number } = payload.pull_request;
    expect(await jobsFor('pull_request', payload)).toEqual([['closed', at(payload, number)]]);
  });

  function comment(body: string, user: typeof someone | null, more: Record<string, unknown> = {}) {
    const payload = payloadOf('issue_comment', 'created');
    const issue = { ...(payload['issue'] as object), number: 12, pull_request: { url: 'x' } };
    const own = {
      ...(payload['comment'] as object),
      id: 99,
      body,
      user,
      updated_at: '2026-01-02T03:04:05Z',
      ...more,
    };
    return { ...payload, issue, comment: own, sender: user ?? someone };
  }

  it('issue_comment.created: a command is taken as it is', async () => {
    const body = '/agent review\r\nplease';
    const payload = comment(body, someone);
    expect(await jobsFor('issue_comment', payload)).toEqual([
      [
        'comment',
        {
          ...at(payload, 12),
          ...{ kind: 'issue', comment: 99, body, author: someone },
          ...{ updatedAt: '2026-01-02T03:04:05Z', inReplyTo: null },
        },
      ],
    ]);
    expect(await jobsFor('issue_comment', comment(`@${SLUG} why?`, someone))).toHaveLength(1);
  });

  it('issue_comment.created: of others nothing is kept, nor of ourselves, of bots; in an issue it says so', async () => {
    const none = [
      comment('a nice change', someone),
      comment('/agent review', us),
      comment('/agent review', otherBot),
      comment('/agent review', null),
      comment('/agent review', someone, { performed_via_github_app: { id: APP_ID } }),
    ];
    for (const payload of none) expect(await jobsFor('issue_comment', payload)).toEqual([]);
    expect(await jobsFor('issue_comment', comment('/agent review', trustedBot))).toHaveLength(1);
    const inIssue = {
      ...comment('/agent fix', someone),
      issue: payloadOf('issue_comment', 'created')['issue'],
    };
    expect(await jobsFor('issue_comment', inIssue)).toMatchObject([
      ['comment', { on: 'issue', body: '/agent fix' }],
    ]);
    // By its number, not by its name.
    const named = { ...otherBot, login: trustedBot.login };
    expect(await jobsFor('issue_comment', comment('/agent review', named))).toEqual([]);
  });

  it('issues.labeled with agent:…, and issues.assigned to us: as what was asked, by whom; another label, another assignee, a bot: nothing', async () => {
    const labelled = (name: string, sender: object) => ({
      ...payloadOf('issues', 'labeled', { sender }),
      label: { name },
    });
    expect(await jobsFor('issues', labelled('agent:fix', someone))).toMatchObject([
      ['labelled', { verb: 'fix', by: { id: someone.id } }],
    ]);
    expect(await jobsFor('issues', labelled('bug', someone))).toEqual([]);
    expect(await jobsFor('issues', labelled('agent:fix', otherBot))).toEqual([]);
    const assigned = (assignee: object) => ({
      ...payloadOf('issues', 'assigned', { sender: someone }),
      assignee,
    });
    expect(await jobsFor('issues', assigned(us))).toMatchObject([['labelled', { verb: 'fix' }]]);
    expect(await jobsFor('issues', assigned(someone))).toEqual([]);
  });

  it('pull_request_review_comment.created: a command, and whatever is said in answer to a comment', async () => {
    const payload = payloadOf('pull_request_review_comment', 'created', { sender: someone });
    const { number } = payload.pull_request;
    const written = (more: Record<string, unknown>) => ({
      ...payload,
      comment: {
        ...(payload['comment'] as object),
        id: 98,
        user: someone,
        in_reply_to_id: undefined,
        ...more,
      },
    });
    expect(
      await jobsFor('pull_request_review_comment', written({ body: 'Not so.', in_reply_to_id: 97 })),
    ).toMatchObject([
      ['comment', { ...at(payload, number), kind: 'review', comment: 98, body: 'Not so.', inReplyTo: 97 }],
    ]);
    expect(await jobsFor('pull_request_review_comment', written({ body: '/agent explain' }))).toHaveLength(1);
    expect(await jobsFor('pull_request_review_comment', written({ body: 'Not so.' }))).toEqual([]);
    const ours = { body: '/agent explain', performed_via_github_app: { id: APP_ID } };
    expect(await jobsFor('pull_request_review_comment', written(ours))).toEqual([]);
  });

  it.each(['resolved', 'unresolved'])('pull_request_review_thread.%s', async (action) => {
    const payload = payloadOf('pull_request_review_thread', action, { sender: someone });
    const { number } = payload.pull_request;
    const thread = payload['thread'] as { node_id: string; comments: { id: number }[] };
    const jobs = await jobsFor('pull_request_review_thread', payload);
    expect(jobs).toEqual([
      [
        'thread',
        {
          ...at(payload, number),
          ...{ resolved: action === 'resolved', thread: thread.node_id, sender: someone },
          comments: thread.comments.map(({ id }) => id),
        },
      ],
    ]);
    expect(await jobsFor('pull_request_review_thread', { ...payload, sender: us })).toEqual([]);
  });

  it.each(['rerequested', 'requested_action'])(
    'check_run.%s: of ours, it is looked at again for who asked, and what is known is not paid for',
    async (action) => {
      const payload = payloadOf('check_run', action, { sender: someone });
      const run = (more: Record<string, unknown>) => ({
        ...payload,
        check_run: { ...(payload['check_run'] as object), app: { id: APP_ID }, pull_requests: [], ...more },
      });
      const external_id = 'pull/34/check/0123/1';
      const again = [['review', { ...at(payload, 34), full: false, askedBy: someone }]];
      expect(await jobsFor('check_run', run({ external_id }))).toEqual(again);
      expect(await jobsFor('check_run', run({ external_id: '', pull_requests: [{ number: 34 }] }))).toEqual(
        again,
      );
      expect(await jobsFor('check_run', run({ external_id: '34' }))).toEqual([]);
      expect(await jobsFor('check_run', run({ external_id, app: { id: 1 } }))).toEqual([]);
    },
  );

  it('what we may no longer see is dropped', async () => {
    const installation = payloadOf('installation', 'deleted');
    expect(await jobsFor('installation', installation)).toEqual([
      ['installation', { installation: INSTALLATION, what: 'deleted', repositories: [] }],
    ]);
    const removed = payloadOf('installation_repositories', 'removed');
    const ids = (removed['repositories_removed'] as { id: number }[]).map((one) => one.id);
    expect(await jobsFor('installation_repositories', removed)).toMatchObject([
      ['installation', { what: 'removed', repositories: ids }],
    ]);
    for (const [action, what] of [
      ['renamed', 'renamed'],
      ['transferred', 'transferred'],
    ] as const) {
      const payload = payloadOf('repository', action);
      expect(await jobsFor('repository', payload)).toEqual([
        ['installation', { installation: INSTALLATION, what, repositories: [payload.repository.id] }],
      ]);
    }
  });
});
