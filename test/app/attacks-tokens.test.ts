import { expect, it } from 'vitest';
import { until } from './intake-setup.ts';
import {
  answering,
  configure,
  SHOP,
  startTalk,
  type Talk,
  TWO_FINDINGS,
  turn,
  useDatabases,
} from './talking.ts';

useDatabases();

const minted = ({ github }: Talk) =>
  github.requests.filter(({ operation }) => operation === 'apps/create-installation-access-token');

/** What tokens are made with: the ids of their repositories, and what they may. */
const asks = (talk: Talk) => minted(talk).map(({ body }) => body as Record<string, unknown>);

const SETS = [
  { contents: 'read', pull_requests: 'read', metadata: 'read' },
  { pull_requests: 'write', checks: 'write', metadata: 'read' },
  { checks: 'write', metadata: 'read' },
];

it('attack I7: every token is of one repository, and of the permissions of one kind of work', async () => {
  const talk = await startTalk({ model: answering(() => turn(['give_answer', { answer: 'Yes.' }])) });
  const { github } = talk;
  const other = await github.addRepository('acme/other', { files: { 'src/a.ts': '', 'src/b.ts': '' } });
  await github.openPullRequest('acme/other', { head: 'topic', push: { files: TWO_FINDINGS } });
  for (const command of ['review full', 'config', 'explain', 'cost']) await talk.say(`/agent ${command}`);
  await talk.reply('src/a.ts', '/agent dismiss');
  await github.close(SHOP, talk.number);
  await talk.idle();
  // With one that may nothing GitHub is asked for our own number, once: that is of no repository.
  const [own = {}, ...more] = asks(talk);
  expect(own).toEqual({ permissions: { metadata: 'read' } });
  const ids = more.map((body) => body['repository_ids']);
  expect(new Set(ids.flat())).toEqual(new Set([github.repositoryId(SHOP), other.id]));
  expect(ids.every((one) => Array.isArray(one) && one.length === 1)).toBe(true);
  for (const body of more) expect(SETS).toContainEqual(body['permissions']);
  for (const { permissions, operation } of github.requests)
    if (permissions !== null && operation !== 'users/get-by-username')
      expect(SETS).toContainEqual(permissions);
});

it('attack: contents are written by nothing but the resolving of a thread, where the operator lets us', async () => {
  const talk = await startTalk();
  await talk.say('/agent resolve');
  expect(asks(talk).filter((body) => JSON.stringify(body).includes('"contents":"write"'))).toEqual([]);
  configure(talk, 'app: {resolveThreads: true}\n');
  await talk.say('/agent resolve');
  const writing = asks(talk).filter((body) => JSON.stringify(body).includes('"contents":"write"'));
  expect(writing).toEqual([
    {
      repository_ids: [talk.github.repositoryId(SHOP)],
      permissions: { contents: 'write', pull_requests: 'write' },
    },
  ]);
});

it.each(['issue_comment', 'pull_request'] as const)(
  'attack: a webhook %s that names the repository of one and the installation of another posts nothing',
  async (event) => {
    const talk = await startTalk({ github: { mayRefuse: true } });
    const { github } = talk;
    await github.addRepository('evil/own', { files: { 'src/a.ts': '', 'src/b.ts': '' } });
    const before = JSON.stringify(talk.seen());
    const commentId = talk.seen().issueComments[0]?.id ?? 0;
    const payload =
      event === 'issue_comment'
        ? github.payload(event, 'created', { repository: SHOP, number: talk.number, commentId, by: 'mona' })
        : github.payload(event, 'synchronize', { repository: SHOP, number: talk.number });
    const forged = {
      ...payload,
      installation: { id: github.installationOf('evil/own') },
      ...(event === 'issue_comment' && {
        comment: {
          ...Object(payload['comment']),
          id: 99_999,
          body: '/agent ignore',
          performed_via_github_app: null,
          user: { ...github.addUser('mona'), type: 'User' },
        },
      }),
    };
    const count = minted(talk).length;
    expect((await github.send({ event, payload: forged })).status).toBe(202);
    await until(() => minted(talk).some(({ status }, index) => index >= count && status === 422));
    // The same, the other way round: their repository, and the installation of the shop.
    const own = { ...forged, installation: { id: github.installationOf(SHOP) } };
    const repository = { ...Object(payload['repository']), id: github.repositoryId('evil/own') };
    await github.send({ event, payload: { ...own, repository } });
    await until(() => minted(talk).filter(({ status }) => status === 422).length >= 2);
    expect(JSON.stringify(talk.seen())).toBe(before);
    const states = await talk.door().sql`select from code_agent.pull_requests where state <> 'active'`;
    expect(states).toHaveLength(0);
  },
);

it('attack: a webhook that ends the installation of another takes nothing from this one', async () => {
  const talk = await startTalk();
  const { github } = talk;
  await github.addRepository('evil/own');
  const payload = github.payload('repository', 'deleted', { repository: SHOP });
  await github.send({
    event: 'repository',
    payload: { ...payload, installation: { id: github.installationOf('evil/own') } },
  });
  await talk.idle();
  const known = await talk.door().sql`select from code_agent.github_repositories where removed_at is null`;
  expect(known).toHaveLength(1);
});

// That a redirect to another host, or an address in GITHUB_SERVER_URL, gets no token: test/git/mirrors-secret.test.ts.
