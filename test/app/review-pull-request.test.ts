import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelRequest, ModelTurn } from '../../src/agent/model.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { startApp } from './app-world.ts';

const BEFORE = `export async function upload(file) {
  for (let i = 0; i < 5; i++) {
    if (await put(file)) return;
  }
}
`;
const AFTER = BEFORE.replace('    if (await', '    backoff(i);\n    if (await');

const FINDING = {
  path: 'src/upload.js',
  quote: '    backoff(i);',
  line_hint: 3,
  side: 'new',
  severity: 'error',
  category: 'correctness',
  title: 'The retry loop never waits',
  body: '`backoff` returns a promise that nothing awaits, so all attempts happen at once.',
  suggestion: '    await backoff(i);',
  confidence: 0.9,
};

const turn = (...calls: [name: string, input: unknown][]): ModelTurn => ({
  blocks: calls.map(([name, input], index) => ({
    type: 'tool-call',
    id: `${name}-${index}`,
    name,
    input,
  })),
  stop: 'tool-calls',
  usage: { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0, estimated: false },
});

/** Finds what is to be found, says what changed, and holds what it is asked about a second time. */
const answer = ({ tools }: ModelRequest): ModelTurn =>
  tools.some(({ name }) => name === 'judge_finding')
    ? turn(['judge_finding', { verdict: 'holds', reason: 'Nothing awaits it.' }])
    : turn(
        ['report_finding', FINDING],
        [
          'finish_review',
          {
            summary: 'Backs off.',
            files: [{ path: 'src/upload.js', change: 'backoff between attempts, @bob' }],
          },
        ],
      );

describe.each(DATABASES)('a pull request is reviewed, on %s', (_, open) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await open();
  });
  afterAll(() => databases.stop());

  async function opened(files: Record<string, string>, config = '', reviewer = '') {
    const github = await testGitHub();
    const base = { 'src/upload.js': BEFORE, ...(config !== '' && { '.code-agent.yml': config }) };
    await github.addRepository('acme/shop', { files: base });
    const model = createScriptedModel(answer, {
      price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    });
    const world = await startApp(github, { databaseUrl: await databases.migrated(), models: [model] });
    if (reviewer !== '') {
      const folder = join(world.door().env['HOME'] ?? '', '.config/code-agent/personas');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'reviewer.md'), reviewer);
    }
    const number = await github.openPullRequest('acme/shop', { head: 'topic', push: { files } });
    await world.idle();
    return { pull: github.pullRequest('acme/shop', number), model };
  }

  it('tells what a check and a model found on their lines, in a summary, and by a check run', async () => {
    const { pull } = await opened({ 'src/upload.js': AFTER, 'src/b.js': 'debugger;\n' });
    expect(pull.reviews).toHaveLength(1);
    expect(pull.reviewComments.map(({ path, line }) => [path, line])).toEqual([
      ['src/b.js', 1],
      ['src/upload.js', 3],
    ]);
    const [, comment] = pull.reviewComments;
    expect(comment?.body).toMatch(/^\*\*The retry loop never waits\*\*\n/);
    expect(comment?.body).toContain('```suggestion\n    await backoff(i);\n```');
    const [summary] = pull.issueComments;
    expect(pull.issueComments).toHaveLength(1);
    expect(summary?.body).toMatch(/^\*\*code-agent\*\* reviewed 2 of 2 files at `[0-9a-f]{7}` — 2 errors\n/);
    expect(summary?.body).toContain('| `src/upload.js` | backoff between attempts, `@bob` | 1 error |');
    expect(summary?.body).toMatch(/<sub>2\.2k tokens · \$0\.009 · /);
    expect(pull.checkRuns.map(({ status, conclusion }) => [status, conclusion])).toEqual([
      ['completed', 'failure'],
    ]);
    expect(pull.checkRuns[0]?.annotations).toHaveLength(2);
  });

  it('passes what nothing was found in, with a summary and no review', async () => {
    const { pull, model } = await opened(
      { 'README.md': 'The shop.\n' },
      'pullRequests: { maxFiles: 1 }\nignore: ["README.md"]\n',
    );
    expect([pull.reviews, pull.reviewComments]).toEqual([[], []]);
    expect(pull.issueComments[0]?.body).toContain('excluded');
    expect(pull.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['success']);
    expect(model.requests).toEqual([]);
  });

  it('asks no model about what is too large for one, and says so', async () => {
    const { pull, model } = await opened(
      { 'src/upload.js': AFTER, 'src/b.js': 'debugger;\n' },
      'pullRequests: { maxFiles: 1 }\n',
    );
    expect(model.requests).toEqual([]);
    expect(pull.issueComments[0]?.body).toContain(
      'no model was asked: it has 2 files, more than 1 (pullRequests.maxFiles)',
    );
    expect(pull.reviewComments.map(({ path }) => path)).toEqual(['src/b.js']);
  });

  it("offers no suggestion and posts no summary where the repository wants none; the operator's reviewer reviews", async () => {
    const { pull, model } = await opened(
      { 'src/upload.js': AFTER, 'src/b.js': 'debugger;\n' },
      'checks: { debugger: info }\npullRequests: { suggestions: false, summary: false }\n',
      '---\ndescription: ours\ntools: [report_finding, finish_review]\nturns: 9\n---\nOf the house.\n',
    );
    expect(model.requests[0]).toMatchObject({
      system: 'Of the house.',
      tools: [{ name: 'finish_review' }, { name: 'report_finding' }],
    });
    expect(pull.issueComments).toEqual([]);
    expect(pull.reviewComments).toHaveLength(1);
    expect(pull.reviewComments[0]?.body).not.toContain('await backoff');
    expect(pull.reviews[0]?.body).toContain('The check run has the rest.');
    const [{ summary, text } = { summary: '', text: '' }] = pull.checkRuns;
    expect(summary).toContain('1 in a new comment, 1 in this check run only.');
    expect(text).toMatch(/1 finding without a comment<.*`src\/b\.js:1`: `debugger`.*In comments:.*upload/s);
  });
});
