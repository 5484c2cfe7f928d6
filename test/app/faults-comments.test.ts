import { describe, expect, it } from 'vitest';
import {
  checksOn,
  failures,
  findings,
  lines,
  listen,
  openReviewed,
  REPOSITORY,
  type Reviewed,
  replies,
  summaries,
  useDatabases,
} from './faults-setup.ts';

const files = { 'src/a.ts': `${lines(20)}BUG_one();\n${lines(20, 21)}` };

describe('what people do to comments of ours', () => {
  useDatabases();

  const deleteFinding = async ({ github, seen }: Reviewed) => {
    const [last] = seen().threads.slice(-1);
    await github.deleteComment(REPOSITORY, last?.comments[0]?.id ?? 0);
  };
  let pushes = 0;
  const pushOther = ({ push }: Reviewed) => push({ 'docs/x.md': `${++pushes}\n` });

  it('45: a comment that is deleted is made again once, and then told by the summary only', async () => {
    const world = await openReviewed({ files });
    await deleteFinding(world);
    await pushOther(world);
    expect(findings(world.seen())).toEqual(['one fails']);
    await pushOther(world);
    expect(findings(world.seen())).toEqual(['one fails']);
    await deleteFinding(world);
    await pushOther(world);
    await pushOther(world);
    expect(findings(world.seen())).toEqual([]);
    expect(summaries(world.seen())[0]).toMatch(/\*\*one fails\*\*.*its comment was deleted/s);
    expect(checksOn(world.seen())).toEqual(['failure']);
  });

  it('45: so is the comment of a finding that had been fixed, and was told anew', async () => {
    const world = await openReviewed({ files });
    await world.push({ 'src/a.ts': lines(41) });
    await world.push(files);
    expect(findings(world.seen())).toEqual(['one fails', 'one fails']);
    await deleteFinding(world);
    await pushOther(world);
    expect(findings(world.seen())).toEqual(['one fails', 'one fails']);
    await deleteFinding(world);
    await pushOther(world);
    expect(findings(world.seen())).toEqual(['one fails']);
    expect(summaries(world.seen())[0]).toContain('its comment was deleted');
  });

  it('45: a summary that is deleted is made again, one at a time', async () => {
    const world = await openReviewed({ files });
    for (let time = 0; time < 3; time++) {
      const [{ id } = { id: 0 }] = world.seen().issueComments;
      await world.github.deleteComment(REPOSITORY, id);
      expect(summaries(world.seen())).toEqual([]);
      await pushOther(world);
      await pushOther(world);
      expect(summaries(world.seen())).toHaveLength(1);
      expect(summaries(world.seen())[0]).toContain(world.seen().headSha.slice(0, 7));
    }
  });

  it('47: a command that is edited after its webhook is done as it was', async () => {
    const world = await openReviewed({ files });
    const { github, number } = world;
    const id = world.seen().threads[0]?.comments[0]?.id ?? 0;
    github.setWebhook(null, '');
    const command = await github.replyInThread(REPOSITORY, number, id, '/agent dismiss a fixture');
    const payload = github.payload('pull_request_review_comment', 'created', {
      ...{ repository: REPOSITORY, number, commentId: command },
    });
    await github.editComment(REPOSITORY, command, '/agent ignore');
    listen(world);
    await github.send({ event: 'pull_request_review_comment', payload });
    await world.idle();
    expect(replies(world.seen())).toEqual(['/agent ignore', expect.stringMatching(/^Dismissed/)]);
    expect(checksOn(world.seen())).toEqual(['failure', 'success']);
    await world.push({ 'src/a.ts': `${files['src/a.ts']}BUG_two();\n` });
    expect(findings(world.seen())).toEqual(['one fails', 'two fails']);
    expect(failures(world)).toEqual([]);
  });
});

describe('what GitHub does not show of a pull request', () => {
  useDatabases();

  it('42: more than 300 files are reviewed, all of them', async () => {
    const many = Array.from(
      { length: 301 },
      (_, at) => [`src/f${at}.ts`, `export const f${at} = ${at};\n`] as const,
    );
    const world = await openReviewed({ files: { ...Object.fromEntries(many), 'z/last.ts': 'debugger;\n' } });
    expect(findings(world.seen())).toHaveLength(1);
    expect(summaries(world.seen())[0]).toContain('reviewed 302 of 302 files');
  });

  it('43: a binary and a large file, of which there is no patch, are listed with why', async () => {
    const base = { 'README.md': 'x\n', '.code-agent.yml': 'limits:\n  fileBytes: 20kB\n' };
    const world = await openReviewed({
      base,
      files: {
        'logo.png': '\u0000\u0001PNG',
        'data.sql': 'insert into t values (1);\n'.repeat(2_000),
        'a.ts': 'a();\n',
      },
    });
    const [summary = ''] = summaries(world.seen());
    expect(summary).toMatch(/incomplete/);
    expect(summary).toMatch(/skipped \(.*20 ?kB.*\): `data\.sql`/);
    expect(summary).toContain('`logo.png`');
    expect(checksOn(world.seen())).toEqual(['neutral']);
  });
});
