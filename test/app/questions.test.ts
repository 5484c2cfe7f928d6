import { expect, it } from 'vitest';
import { ModelError } from '../../src/agent/model-error.ts';
import { verifyAudit } from '../../src/sessions/postgres/verify-audit.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { answering, configure, roleOf, SHOP, startTalk, textOf, turn, useDatabases } from './talking.ts';

useDatabases();

/** Reads a file of the head, and answers with what it holds. */
const reading = (path: string) =>
  answering((request) => {
    const last = request.messages.at(-1);
    if (last?.role !== 'tool-results') return turn(['read_file', { path }]);
    const held = /(const \w+ = \d+)/.exec(last.results[0]?.content ?? '')?.[1] ?? 'nothing';
    return turn(['give_answer', { answer: `It says \`${held}\`, at \`${path}:1\`.` }]);
  });

it('a question in a thread is answered there, by a model that reads the head and is told the thread', async () => {
  const talk = await startTalk({
    model: reading('src/new.ts'),
    price: 10,
    pull: { push: { files: { 'src/a.ts': 'debugger;\n', 'src/new.ts': 'const seven = 7;\n' } } },
  });
  await talk.reply('src/a.ts', 'It is needed for `new.ts`.');
  const [answer = ''] = await talk.reply('src/a.ts', '@code-agent what does new.ts say?');
  expect(answer).toBe('It says `const seven = 7`, at `src/new.ts:1`.\n\n<sub>2.2k tokens · $0.022</sub>');
  expect(talk.seen().reviewComments.at(-1)?.body).toContain('const seven');
  const [asked = ''] = talk.asked.filter((one) => roleOf(one) === 'answerer').map(textOf);
  expect(asked).toContain('what does new.ts say?');
  expect(asked).toContain('mona: It is needed for `new.ts`.');
  expect(asked).toContain('src/a.ts:1');
  expect(asked).toContain('statement left in the code');
});

it("a question in a person's own thread is told where it stands", async () => {
  const talk = await startTalk({ model: reading('src/b.ts') });
  const comment = await talk.github.commentOnLine(
    SHOP,
    talk.number,
    { path: 'src/b.ts', line: 1 },
    '@code-agent who needs this?',
  );
  await talk.idle();
  expect(talk.seen().reviewComments.at(-1)).toMatchObject({ inReplyTo: comment, user: 'code-agent[bot]' });
  expect(
    talk.asked
      .filter((one) => roleOf(one) === 'answerer')
      .map(textOf)
      .join(),
  ).toContain('src/b.ts:1');
});

it('what a question takes is counted, and its session is kept in a whole chain', async () => {
  const talk = await startTalk({ model: reading('src/a.ts'), price: 10 });
  await talk.say('@code-agent what is a?');
  await talk.say('/agent dismiss nothing');
  await talk.reply('src/a.ts', '/agent dismiss it is right');
  const [cost = ''] = await talk.say('/agent cost');
  // A review with one unit of two files, the question in two turns, and the look that the dismissal makes for nothing.
  expect(cost).toContain('| this pull request | 3 | 3.3k | $0.03 |');
  const { sql } = talk.door();
  const sessions = await sql<{ kind: string; outcome: string }[]>`
    select kind, outcome from code_agent.sessions order by started_at`;
  expect(sessions.map(({ kind, outcome }) => `${kind} ${outcome}`)).toContain('task completed');
  const runs = await sql<{ kind: string; outcome: string }[]>`
    select kind, outcome from code_agent.pull_request_runs order by id`;
  expect(runs.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'review fail',
    'question answered',
    'review fail',
  ]);
  const audit = await withDatabase(talk.databaseUrl, {}, (database) => verifyAudit(database, undefined));
  expect(audit.problems).toEqual([]);
  expect(audit.links).toBeGreaterThan(0);
});

it('behind a limit of the day a question is answered by that, once a day to each person in a place', async () => {
  const talk = await startTalk({
    model: reading('src/a.ts'),
    config: 'app: {limits: {person: {reviewsPerDay: 2}}}\n',
  });
  expect(await talk.say('@code-agent what is a?')).toHaveLength(1);
  const before = talk.asked.length;
  const [limit = ''] = await talk.say('@code-agent what is b?');
  expect(limit).toMatch(
    /^Not answered: a limit of the day is reached \(`app\.limits\.person\.reviewsPerDay`\)\. What you ask here goes unanswered until \d{4}-\d\d-\d\d 00:00 UTC\.$/,
  );
  expect(await talk.say('@code-agent what is c?')).toEqual([]);
  expect(await talk.reply('src/a.ts', '@code-agent what is c?')).toHaveLength(1);
  expect(talk.asked).toHaveLength(before);
  talk.github.setPermission(SHOP, 'otto', 'write');
  expect((await talk.say('@code-agent what is c?', 'otto')).join()).toMatch(/^It says/);
  expect(await talk.say('/agent help')).toHaveLength(1);
});

it('a model that fails, that says nothing, or that no key opens is an answer, and a run that has ended', async () => {
  let step = 0;
  const talk = await startTalk({
    model: answering(() => {
      step += 1;
      if (step === 1) throw new ModelError('key', 'the key was refused', { retryable: false });
      return turn(['list_files', {}]);
    }),
  });
  expect(await talk.say('@code-agent why?')).toEqual([
    expect.stringMatching(/^Not answered: scripted: .*the key was refused/),
  ]);
  expect(await talk.say('@code-agent why not?')).toEqual([
    expect.stringMatching(/^Not answered: scripted: /),
  ]);
  const left = await talk.door().sql`select from code_agent.pull_request_runs where ended_at is null`;
  expect(left).toHaveLength(0);
  configure(talk, 'app: {}\n');
});

it('of a long thread and a long description a model is told as much as it needs', async () => {
  const talk = await startTalk({
    model: reading('src/a.ts'),
    pull: { body: 'long '.repeat(10_000) },
  });
  for (let index = 1; index <= 25; index += 1)
    await talk.reply('src/a.ts', `Remark ${index}. ${'x'.repeat(5_000)}`);
  await talk.reply('src/a.ts', '@code-agent well?');
  const [asked = ''] = talk.asked.filter((one) => roleOf(one) === 'answerer').map(textOf);
  expect(asked).toContain('statement left in the code');
  expect(asked).toContain('Remark 25.');
  expect(asked).not.toContain('Remark 3.');
  expect(asked.length).toBeLessThan(110_000);
});
