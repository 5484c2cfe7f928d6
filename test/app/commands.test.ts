import { expect, it } from 'vitest';
import { storedDismissals } from '../../src/sessions/postgres/stored-findings.ts';
import { answering, configure, roleOf, SHOP, startTalk, turn, useDatabases } from './talking.ts';

useDatabases();

const REVIEWED = /^Reviewing `[0-9a-f]{7}`/;

it('review and review full look at the head; only full asks the model anew', async () => {
  const talk = await startTalk({
    model: answering(() => turn(['give_answer', { answer: 'Yes.' }])),
  });
  const first = talk.asked.length;
  expect(first).toBeGreaterThan(0);
  expect(await talk.say('/agent review')).toEqual([expect.stringMatching(REVIEWED)]);
  expect(talk.asked).toHaveLength(first);
  expect(talk.seen().issueComments[0]?.body).toContain('<sub>no model asked again · ');
  expect(talk.seen().checkRuns).toHaveLength(2);
  expect(await talk.say('/agent review full')).toEqual([
    expect.stringMatching(/^Reviewing all of `[0-9a-f]{7}` anew/),
  ]);
  expect(talk.asked).toHaveLength(2 * first);
  expect(talk.seen().reviewComments).toHaveLength(2);
});

it('a command is seen at once by eyes, in the conversation and in a thread, and answered there', async () => {
  const talk = await startTalk();
  expect(await talk.say('@code-agent help')).toHaveLength(1);
  expect(await talk.reply('src/a.ts', '/agent cost')).toHaveLength(1);
  const { issueComments, reviewComments } = talk.seen();
  const given = [...issueComments, ...reviewComments].filter(({ user }) => user === 'mona');
  expect(given.map(({ reactions }) => reactions)).toEqual([
    [{ user: 'code-agent[bot]', content: 'eyes' }],
    [{ user: 'code-agent[bot]', content: 'eyes' }],
  ]);
  expect(reviewComments.at(-1)).toMatchObject({ user: 'code-agent[bot]', path: 'src/a.ts' });
});

it('help, summary, cost, work and unknown verbs, and a command with options say what there is to say', async () => {
  const talk = await startTalk();
  const say = async (text: string) => (await talk.say(text)).join('\n---\n');
  expect(await say('/agent help')).toMatchInlineSnapshot(`
    "| | |
    |---|---|
    | \`/agent review\` | reviews the head as it is |
    | \`/agent review full\` | the same, and asks anew what was answered before |
    | \`/agent summary\` | says what the last review came to |
    | \`/agent explain\` | says why a finding is one: in its thread, or with its id |
    | \`/agent dismiss\` | a finding no longer counts: in its thread, or with its id; then why |
    | \`/agent resolve\` | resolves the thread, or all threads of findings |
    | \`/agent pause\` | what is pushed is not reviewed, until \`resume\` |
    | \`/agent resume\` | takes back \`pause\` and \`ignore\` |
    | \`/agent ignore\` | reviews nothing here any more, also when asked |
    | \`/agent config\` | shows what is in effect here, and where it comes from |
    | \`/agent cost\` | shows what was used, and what may be used |
    | \`/agent help\` | shows this |

    A comment that begins with \`@code-agent\` and is none of these is a question, and is answered. Work (\`/agent fix …\`, \`implement\`, \`test\`, \`docs\`, \`refactor\`) is asked for in issues, and on pull requests that I have opened. Commands are for people who may write to this repository; a 👎 of theirs on a finding dismisses it."
  `);
  expect(await say('/agent summary')).toMatch(
    /^The last review, of `[0-9a-f]{7}`, failed, with 2 findings\. \[The summary\]\(\S+\/pull\/1#issuecomment-\d+\)\.$/,
  );
  expect(await say('/agent cost')).toMatchInlineSnapshot(`
    "| | reviews and questions | tokens | money |
    |---|--:|--:|--:|
    | this pull request | 1 | 0 | $0.00 |
    | this repository, today (UTC) | 1 of 200 | 0 of 20.0M | $0.00 of $50.00 |
    | you, today (UTC) | 1 of 50 | 0 of 5.0M | $0.00 of $20.00 |"
  `);
  expect(await say('/agent fix the tests')).toMatchInlineSnapshot(
    `"Work is done on pull requests that I have opened, and in issues. This branch is somebody else’s."`,
  );
  expect((await say('/agent reveiw')).split('\n')[0]).toMatchInlineSnapshot(
    `"There is no such command. Did you mean \`/agent review\`?"`,
  );
  expect(await say('/agent review --model=evil')).toMatchInlineSnapshot(
    `"A command is one word and free text: it takes no options, and nothing in it can change the configuration. It was not run. Code in the text goes between backticks."`,
  );
  expect(await say('/agent pause\n/agent resume')).toMatchInlineSnapshot(
    `"One command a comment: this one has several, and none of them was run."`,
  );
  expect(await say('@code-agent does a.ts wait?')).toMatchInlineSnapshot(
    `"No model is asked here, so there is nobody to answer questions. Reviews and commands need none: \`/agent help\`."`,
  );
  expect(await say('/agent explain')).toMatchInlineSnapshot(
    `"Say it in the thread of the finding, or name the finding by the id that stands below it."`,
  );
  expect((await talk.reply('src/a.ts', '/agent explain')).join()).toMatchInlineSnapshot(`
    "**\`debugger\` statement left in the code**, at \`src/a.ts:2\`.

    It was meant for one session. Remove it."
  `);
  expect(await say('I think that /agent review would help.')).toBe('');
});

it('config shows what is in effect at the base and where it comes from, and nothing of the operator', async () => {
  const talk = await startTalk({
    config:
      'failOn: warning\nignore: [vendor]\nmodels: [{id: a-secret-model}]\nreview: {maxCost: 7.77}\napp: {linkHosts: [internal.example]}\n',
    base: { files: { 'src/a.ts': '', 'src/b.ts': '', '.code-agent.yml': 'checks:\n  debugger: warning\n' } },
    pull: { push: { files: { '.code-agent.yml': 'checks:\n  debugger: off\n' } } },
  });
  const [config = ''] = await talk.say('/agent config');
  expect(config).toMatch(/^checks\.debugger +warning +\.code-agent\.yml:2 at [0-9a-f]{7}$/m);
  expect(config).toMatch(/^failOn +warning +who runs this App$/m);
  expect(config).toMatch(/^ignore\[0\] +vendor +who runs this App$/m);
  expect(config).not.toMatch(/a-secret-model|7\.77|internal\.example|\/\.config\/|linkHosts|maxCost|^hook/m);
});

it('a configuration of the base that is wrong is said to be, and stops no other command', async () => {
  const talk = await startTalk({
    base: { files: { 'src/a.ts': '', 'src/b.ts': '', '.code-agent.yml': 'failOn: sometimes\n' } },
  });
  expect((await talk.say('/agent config')).join()).toContain('.code-agent.yml:1');
  expect(await talk.say('/agent cost')).toHaveLength(1);
});

it('dismiss in a thread, with its reason, and by id: neither counts any more, and the check run says so', async () => {
  const talk = await startTalk();
  const conclusion = () => talk.seen().checkRuns.at(-1)?.conclusion;
  expect(conclusion()).toBe('failure');
  const said =
    'Dismissed: `debugger` statement left in the code. It no longer counts, here and in the hooks of this repository.';
  expect(await talk.reply('src/a.ts', '/agent dismiss It is a demo.')).toEqual([
    `${said} This thread is done: it can be resolved.`,
  ]);
  expect(conclusion()).toBe('failure');
  expect(await talk.say(`/agent dismiss ${talk.findingId('src/b.ts')}`)).toEqual([said]);
  expect(talk.seen().threads.map(({ isResolved }) => isResolved)).toEqual([false, false]);
  expect(conclusion()).toBe('success');
  const { sql } = talk.door();
  const [{ id } = { id: '' }] = await sql<{ id: string }[]>`select id from code_agent.repositories`;
  expect((await storedDismissals(sql, id)).map(({ reason, by }) => [reason, by])).toEqual([
    ['It is a demo.', 'mona'],
    ['no reason given', 'mona'],
  ]);
});

it('dismiss by an id that is unknown or of several findings changes nothing', async () => {
  const talk = await startTalk();
  const { sql } = talk.door();
  const [{ id } = { id: '' }] = await sql<{ id: string }[]>`select id from code_agent.repositories`;
  const own = talk.findingId('src/a.ts');
  await sql`insert into code_agent.findings ${sql({ repository_id: id, fingerprint: own.padEnd(64, '0'), title: '', last_seen: new Date(), state: 'open', state_at: new Date() })}`;
  expect(await talk.say('/agent dismiss')).toEqual([
    'Say it in the thread of the finding, or name the finding by the id that stands below it.',
  ]);
  expect(await talk.say('/agent dismiss abcd1234')).toEqual([
    'There is no finding `abcd1234` in this pull request.',
  ]);
  expect(await talk.say(`/agent dismiss ${own}`)).toEqual([
    `\`${own}\` is the beginning of several ids: write more of it.`,
  ]);
  expect(await storedDismissals(sql, id)).toEqual([]);
});

it('resolve resolves threads only where the operator lets it, and asks for the right to for that alone', async () => {
  const talk = await startTalk();
  const open = () => talk.seen().threads.filter(({ isResolved }) => !isResolved).length;
  expect((await talk.reply('src/a.ts', '/agent resolve')).join()).toContain('app.resolveThreads');
  expect(open()).toBe(2);
  configure(talk, 'app: {resolveThreads: true}\n');
  expect(await talk.reply('src/a.ts', '/agent resolve')).toEqual(['Resolved.']);
  expect(open()).toBe(1);
  expect(await talk.say('/agent resolve')).toEqual(['Resolved: all threads of findings.']);
  expect(open()).toBe(0);
  const writing = talk.github.requests.filter(({ permissions }) => permissions?.contents === 'write');
  expect(new Set(writing.map(({ operation }) => operation))).toEqual(
    new Set(['graphql/ResolveReviewThread']),
  );
});

it('pause stops what is pushed, review reviews once all the same, resume goes on, ignore ends it', async () => {
  const talk = await startTalk();
  const reviewed = () => talk.seen().checkRuns.filter(({ conclusion }) => conclusion === 'failure').length;
  const push = async (name: string) => {
    await talk.github.push(SHOP, 'topic', { files: { [name]: 'debugger;\n' } });
    await talk.idle();
    return reviewed();
  };
  expect(reviewed()).toBe(1);
  expect((await talk.say('/agent pause')).join()).toMatch(/^Paused: /);
  expect(await push('c.ts')).toBe(1);
  expect(await talk.reply('src/a.ts', '/agent dismiss')).toHaveLength(1);
  // What was decided of a finding makes nobody look at what was pushed.
  expect(reviewed()).toBe(1);
  expect(await talk.say('/agent review')).toEqual([expect.stringMatching(REVIEWED)]);
  expect(reviewed()).toBe(2);
  expect(await push('d.ts')).toBe(2);
  expect((await talk.say('/agent resume')).join()).toMatch(/^Going on: /);
  expect(reviewed()).toBe(3);
  expect((await talk.say('/agent ignore')).join()).toMatch(/^Ignored: /);
  expect((await talk.say('/agent review')).join()).toContain('`/agent resume`');
  expect(await push('e.ts')).toBe(3);
  await talk.github.close(SHOP, talk.number);
  await talk.idle();
  await talk.github.reopen(SHOP, talk.number);
  await talk.idle();
  expect(reviewed()).toBe(3);
});

it('a command on a draft that is not reviewed by itself reviews it', async () => {
  const talk = await startTalk({
    base: { files: { 'src/a.ts': '', '.code-agent.yml': 'pullRequests: {drafts: false}\n' } },
    pull: { draft: true },
  });
  expect(talk.seen().reviewComments).toHaveLength(0);
  expect(await talk.say('/agent review')).toEqual([expect.stringMatching(REVIEWED)]);
  expect(talk.seen().reviewComments).toHaveLength(2);
});

it('on a pull request that is closed, commands are answered and nothing is reviewed', async () => {
  const talk = await startTalk();
  await talk.github.close(SHOP, talk.number);
  await talk.idle();
  for (const verb of ['review', 'review full', 'pause', 'resume', 'ignore'])
    expect(await talk.say(`/agent ${verb}`)).toEqual([
      'This pull request is closed: nothing is reviewed here until it is opened again.',
    ]);
  expect(await talk.say('/agent summary')).toHaveLength(1);
  expect(talk.seen().checkRuns).toHaveLength(1);
});

it('explain has a model read the code again, told what was found', async () => {
  const talk = await startTalk({
    model: answering(() => turn(['give_answer', { answer: 'It stops every session at `src/a.ts:2`.' }])),
  });
  const [answer = ''] = await talk.reply('src/a.ts', '/agent explain for whom?');
  expect(answer).toMatch(/^It stops every session at `src\/a\.ts:2`\.\n\n<sub>/);
  const asked = talk.asked.filter((one) => roleOf(one) === 'answerer');
  expect(JSON.stringify(asked)).toMatch(/finding: src\/a\.ts:2.*for whom\?/);
});
