import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';
import { startOpenAiServer } from '../support/openai-server.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';

const BEFORE = 'export async function upload(file) {\n  return put(file);\n}\n';
const AFTER = `export async function upload(file) {
  for (let i = 0; i < 5; i++) {
    backoff(i);
    if (await put(file)) return;
  }
}
`;

const finding = {
  path: 'src/upload.js',
  quote: '    backoff(i);',
  line_hint: 7,
  severity: 'error',
  category: 'correctness',
  title: 'The retry loop never waits',
  body: '`backoff` returns a promise that nothing awaits, so all five attempts happen at once.',
  suggestion: '    await backoff(i);',
  confidence: 0.9,
};
const report: ScriptedTurn = { calls: [{ name: 'report_finding', input: finding }] };
const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'A retry.' } }] };
const holds: ScriptedTurn = {
  calls: [{ name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 3 awaits nothing.' } }],
};

function stagedRepository(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'src/upload.js': BEFORE, 'AGENTS.md': 'Await every promise.\n' });
  repository.write({ 'src/upload.js': AFTER });
  repository.git('add', '--all');
  return repository;
}

const claude = (server: ModelServer, key = 'sk-test-key-of-the-server') => ({
  ANTHROPIC_API_KEY: key,
  ANTHROPIC_BASE_URL: server.baseUrl,
});

async function reviewJson(repository: TempRepository, env: NodeJS.ProcessEnv, ...args: string[]) {
  const ran = await repository.codeAgent(['review', '--format', 'json', ...args], {
    env: { ...repository.env, ...env },
  });
  return { ...ran, review: ran.stdout === '' ? null : JSON.parse(ran.stdout) };
}

describe('a review with a model', () => {
  it('Claude: the finding is on its line, looked at twice, with a suggestion that was proven', async () => {
    const server = await startAnthropicServer([report, finish, holds]);
    const { code, review } = await reviewJson(stagedRepository(), claude(server));
    expect(review.findings).toMatchObject([
      {
        path: 'src/upload.js',
        place: { startLine: 3, endLine: 3 },
        severity: 'error',
        category: 'correctness',
        source: 'claude-sonnet-5-5',
        confidence: 0.9,
        suggestion: { startLine: 3, endLine: 3, lines: ['    await backoff(i);'] },
      },
    ]);
    expect(review.verdict.outcome).toBe('fail');
    expect(code).toBe(1);
    expect(review.model).toMatchObject({ calls: 3, units: { reviewed: 1, known: 0, failed: 0 } });
    expect(review.model.usd).toBeGreaterThan(0);
    expect(JSON.stringify(server.requests[0]?.json)).toContain('Await every promise.');
  });

  it('a server of the user: its first model is asked', async () => {
    const server = await startOpenAiServer([report, finish, holds]);
    const { code, review } = await reviewJson(stagedRepository(), { OPENAI_BASE_URL: server.baseUrl });
    expect(review.findings).toMatchObject([{ place: { startLine: 3 }, title: finding.title }]);
    expect(code).toBe(1);
    expect(review.model.usd).toBeNull();
  });

  it('a server that reads only the end of what it is sent has reviewed nothing', async () => {
    const server = await startOpenAiServer([{ ...finish, usage: { input: 512 } }]);
    const { review } = await reviewJson(stagedRepository(), { OPENAI_BASE_URL: server.baseUrl });
    expect(review.verdict.outcome).toBe('incomplete');
    expect(review.coverage.failures).toEqual([
      expect.stringMatching(/: its server read 512 of about \d{4} tokens\. Give it a larger context/),
    ]);
  });

  it('a server of the user that is down: Claude is asked, and it is said', async () => {
    const server = await startAnthropicServer([report, finish, holds]);
    const { review } = await reviewJson(stagedRepository(), {
      ...claude(server),
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    });
    expect(review.findings).toMatchObject([{ source: 'claude-sonnet-5-5' }]);
    expect(review.coverage.notes).toEqual([
      expect.stringMatching(
        /^the server at http:\/\/127\.0\.0\.1:9\/v1: .*ECONNREFUSED.*; claude-sonnet-5-5 was asked instead$/,
      ),
    ]);
  });

  it('a server that does not say what it has keeps nobody waiting, and the checks stand', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const repository = stagedRepository();
    repository.write({ 'a.js': 'debugger;\n' });
    repository.git('add', '--all');
    const startedAt = performance.now();
    const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
    const { review } = await reviewJson(repository, env, '--budget', '1500ms');
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(review.findings).toMatchObject([{ category: 'debugger' }]);
    const late = expect.stringMatching(/^not looked at by the model/);
    expect(review.coverage.files).toMatchObject([{ reason: late }, { reason: late }]);
  });

  it('what was paid is told also when another model has no price', async () => {
    const silent: ScriptedTurn = { text: 'Fine.' };
    const local = await startOpenAiServer([silent, silent]);
    const server = await startAnthropicServer([finish]);
    const repository = stagedRepository();
    const env = { ...claude(server), OPENAI_BASE_URL: local.baseUrl };
    const { review } = await reviewJson(repository, env);
    expect(review.model.unpriced).toBe(true);
    expect(review.model.usd).toBeGreaterThan(0);
    const [again, other] = [await startOpenAiServer([silent, silent]), await startAnthropicServer([finish])];
    repository.write({ 'src/upload.js': `${AFTER}// more\n` });
    repository.git('add', '--all');
    const { stdout } = await repository.codeAgent(['review'], {
      env: { ...repository.env, ...claude(other), OPENAI_BASE_URL: again.baseUrl },
    });
    expect(stdout).toMatch(/ · at least \$0\.\d+$/m);
  });

  it('money that one model would need is no reason not to ask a free one', async () => {
    const local = await startOpenAiServer([finish]);
    const server = await startAnthropicServer([]);
    const folder = tempFolder();
    mkdirSync(join(folder, 'code-agent'));
    const models = `models:\n  - id: claude-sonnet-5-5\n  - { id: scripted-model, baseUrl: '${local.baseUrl}' }\n`;
    writeFileSync(join(folder, 'code-agent/config.yml'), models);
    const env = { ...claude(server), XDG_CONFIG_HOME: folder };
    const { review } = await reviewJson(stagedRepository(), env, '--max-cost', '0.001');
    expect(review.verdict.outcome).toBe('pass');
    expect(review.coverage.notes).toEqual([
      expect.stringContaining('the price of scripted-model is not known: no limit of money holds for it'),
      expect.stringMatching(/^claude-sonnet-5-5: out of money: .*; scripted-model was asked instead$/),
    ]);
  });

  it('two problems of one line are two findings, and one that is dismissed hides no other', async () => {
    const other = { ...finding, title: 'The delay grows without a bound', body: 'i is never capped.' };
    const two: ScriptedTurn = {
      calls: [finding, other].map((input) => ({ name: 'report_finding', input })),
    };
    const repository = stagedRepository();
    const server = await startAnthropicServer([two, finish, holds, holds]);
    const env = { ...repository.env, ...claude(server) };
    const { review } = await reviewJson(repository, claude(server));
    const [first, second] = review.findings;
    expect(first.fingerprint).not.toBe(second.fingerprint);
    const dismiss = ['findings', 'dismiss', first.id, '--because', 'it returns at once'];
    expect(await repository.codeAgent(dismiss, { env })).toMatchObject({ code: 0 });
    const { review: again } = await reviewJson(repository, claude(server));
    const shown = again.findings.filter(({ suppressed }: { suppressed: unknown }) => suppressed === null);
    expect(shown).toMatchObject([{ title: second.title }]);

    // What was the second is the only one now, on the line on which the first was dismissed.
    repository.write({ 'src/upload.js': `${AFTER}// more\n` });
    repository.git('add', '--all');
    const kept = review.findings[0].title === finding.title ? other : finding;
    const only: ScriptedTurn = { calls: [{ name: 'report_finding', input: kept }] };
    const later = await startAnthropicServer([only, finish, holds]);
    expect((await reviewJson(repository, claude(later))).review.findings).toMatchObject([
      { title: kept.title, suppressed: null },
    ]);
  });

  it('an ignore above the line names what the model calls it', async () => {
    const repository = stagedRepository();
    const ignored = AFTER.replace(
      '    backoff(i);',
      '    // code-agent-ignore correctness: it is synchronous here\n    backoff(i);',
    );
    repository.commit({ 'src/upload.js': ignored });
    repository.write({ 'src/upload.js': ignored.replace('i < 5', 'i < 6') });
    repository.git('add', '--all');
    const server = await startAnthropicServer([report, finish, holds]);
    const { code, review } = await reviewJson(repository, claude(server));
    expect(review.findings).toMatchObject([{ suppressed: { by: 'inline-ignore' } }]);
    expect(code).toBe(0);
  });

  it('what a model had found before it failed is shown, and the review is incomplete', async () => {
    const server = await startAnthropicServer([report, { fault: 'status', status: 400 }]);
    const { review } = await reviewJson(stagedRepository(), claude(server));
    expect(review.findings).toMatchObject([{ title: finding.title, place: { startLine: 3 } }]);
    expect(review.coverage.files).toMatchObject([{ outcome: 'skipped' }]);
    expect(review.coverage.notes).toEqual([
      "1 of the model's findings could not be looked at a second time: shown as reported",
    ]);
  });

  it('a file of the change that a model is not shown is told of', async () => {
    const repository = stagedRepository();
    repository.write({ 'logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]) });
    repository.git('rm', '--quiet', 'AGENTS.md');
    repository.git('add', '--all');
    const server = await startAnthropicServer([finish]);
    const { review } = await reviewJson(repository, claude(server));
    expect(review.coverage.notes).toEqual([
      'not shown to the model: AGENTS.md (deleted: only its name is shown), logo.png (binary)',
    ]);
  });

  it('a finding in a file that the change does not touch is shown with its code, secrets masked', async () => {
    const repository = stagedRepository();
    const token = `const token = '${PLANTED_SECRET}'; // of the net`;
    repository.git('stash', '--quiet');
    repository.commit({ 'src/net.js': `// first\n${token}\n` });
    repository.git('stash', 'pop', '--quiet', '--index');
    const elsewhere = { ...finding, path: 'src/net.js', quote: '// first', severity: 'warning' };
    const there: ScriptedTurn = { calls: [{ name: 'report_finding', input: elsewhere }] };
    const server = await startAnthropicServer([there, finish, holds]);
    const { review } = await reviewJson(repository, claude(server));
    expect(review.findings).toMatchObject([{ path: 'src/net.js', excerpt: { lines: ['// first'] } }]);
    expect(JSON.stringify(review)).not.toContain(PLANTED_SECRET);
  });

  it('a model that is named and cannot be asked is wrong usage; a hook lets the commit go', async () => {
    const repository = stagedRepository();
    repository.hook('pre-commit');
    const review = (env: NodeJS.ProcessEnv, ...args: string[]) =>
      repository.codeAgent(['review', ...args], { env: { ...repository.env, ...env } });
    expect(await review({}, '--model', 'foo')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the model foo has no server'),
    });
    const wrong = { OPENAI_BASE_URL: 'foo' };
    expect(await review(wrong)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"foo" is no address'),
    });
    const { code, stderr } = await repository.tryGit(['commit', '-m', 'x'], {
      env: { ...repository.env, ...wrong },
    });
    expect(stderr).toContain('"foo" is no address');
    expect(code).toBe(0);
  });

  it('an unchanged change costs nothing the second time', async () => {
    const repository = stagedRepository();
    const server = await startAnthropicServer([report, finish, holds]);
    const first = await reviewJson(repository, claude(server));
    const second = await reviewJson(repository, claude(server));
    expect(second.review.findings).toEqual(first.review.findings);
    expect(second.review.model).toMatchObject({ calls: 0, usd: 0, units: { reviewed: 1, known: 1 } });
  });

  it('an amend that touches one file of forty pays for the part that it is in', async () => {
    const repository = tempRepository();
    repository.commit({ '.code-agent.yml': 'review: { unitTokens: 3000 }\n' });
    const text = (value: number) =>
      Array.from({ length: 40 }, (_, line) => `export const v${line} = ${value};\n`).join('');
    const folders = ['api', 'core', 'store', 'web'];
    repository.write(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, file) => [`src/${folders[file % 4]}/f${file}.ts`, text(10)]),
      ),
    );
    repository.git('add', '--all');
    const dry = await repository.codeAgent(['review', '--dry-run'], {
      env: { ...repository.env, ANTHROPIC_API_KEY: 'sk-test-0123456789' },
    });
    const units = Number(/: (\d+) requests/.exec(dry.stdout)?.[1]);
    expect(units).toBeGreaterThan(5);

    const first = await startAnthropicServer(Array.from({ length: units }, () => finish));
    expect((await reviewJson(repository, claude(first))).review.model).toMatchObject({ calls: units });
    repository.write({ 'src/core/f9.ts': text(11) });
    repository.git('add', '--all');
    const second = await startAnthropicServer([finish]);
    const { review } = await reviewJson(repository, claude(second));
    expect(review.model).toMatchObject({ calls: 1, units: { reviewed: units, known: units - 1 } });
  });

  it('a finding that the second look refutes is not shown, and counted', async () => {
    const refuted: ScriptedTurn = {
      calls: [{ name: 'judge_finding', input: { verdict: 'refuted', reason: 'It is awaited elsewhere.' } }],
    };
    const server = await startAnthropicServer([report, finish, refuted]);
    const { code, review } = await reviewJson(stagedRepository(), claude(server));
    expect(review.findings).toEqual([]);
    expect(review.model.dropped).toEqual({ unplaced: 0, refuted: 1, merged: 0 });
    expect(code).toBe(0);
  });

  it('fault 27: a quote that is not there goes back to the model, and is dropped and counted', async () => {
    const absent: Step = {
      calls: [{ name: 'report_finding', input: { ...finding, quote: '    nowhere();' } }],
    };
    const server = await startAnthropicServer([absent, finish]);
    const { review } = await reviewJson(stagedRepository(), claude(server));
    expect(review.findings).toEqual([]);
    expect(review.model.dropped).toEqual({ unplaced: 1, refuted: 0, merged: 0 });
    expect(JSON.stringify(server.requests[1]?.json)).toContain('not in the file word for word');
  });

  it('fault 01: a refused key is said, and the review is incomplete', async () => {
    const server = await startAnthropicServer([{ fault: 'status', status: 401 }]);
    const { code, review, stderr } = await reviewJson(stagedRepository(), claude(server));
    expect(code).toBe(3);
    expect(review.verdict.outcome).toBe('incomplete');
    expect(review.coverage.failures).toHaveLength(1);
    expect(review.coverage.failures[0]).toMatch(/401.*Is ANTHROPIC_API_KEY current\?$/);
    expect(review.coverage.files[0].reason).toBe('not looked at by the model: the review of it failed');
    expect(JSON.stringify(review) + stderr).not.toContain('sk-test-key');
  });

  it('falls back to the next model', async () => {
    const broken = await startOpenAiServer(
      Array.from({ length: 3 }, () => ({ fault: 'status' as const, status: 500 })),
    );
    const server = await startAnthropicServer([report, finish, holds]);
    const { review } = await reviewJson(stagedRepository(), {
      ...claude(server),
      OPENAI_BASE_URL: broken.baseUrl,
    });
    expect(review.findings).toMatchObject([{ source: 'claude-sonnet-5-5' }]);
  });

  it('sends no secret: neither that of the change nor the key of the model', async () => {
    const repository = stagedRepository();
    const key = 'sk-test-0123456789abcdefghijklmnop';
    repository.write({
      'src/upload.js': `const token = '${PLANTED_SECRET}';\nconst key = '${key}';\n${AFTER}`,
    });
    repository.git('add', '--all');
    const look: ScriptedTurn = {
      calls: [
        { name: 'read_file', input: { path: 'src/upload.js' } },
        { name: 'file_diff', input: { path: 'src/upload.js' } },
      ],
    };
    const server = await startAnthropicServer([look, finish]);
    await reviewJson(repository, claude(server, key));
    const sent = server.requests.map(({ raw }) => raw).join('\n');
    expect(sent).toContain('[secret: ');
    expect(sent).not.toContain(PLANTED_SECRET);
    expect(sent).not.toContain(key);
  });

  it('ignored files never leave, not even when they are all there is', async () => {
    const repository = tempRepository();
    repository.commit({
      'private/a.js': 'const inner = "PRIVATE-BEFORE";\n',
      '.code-agent.yml': 'ignore: ["private/**"]\n',
    });
    repository.write({ 'private/a.js': 'const inner = "PRIVATE-AFTER";\n', 'private/b.js': '1;\n' });
    repository.git('add', '--all');
    const none = await startAnthropicServer([]);
    const alone = await reviewJson(repository, claude(none));
    expect(alone.review.coverage.files).toMatchObject([{ outcome: 'excluded' }, { outcome: 'excluded' }]);

    repository.write({ 'src/upload.js': AFTER });
    repository.git('add', '--all');
    const call = (name: string, input: unknown) => ({ name, input });
    const look: ScriptedTurn = {
      calls: [
        call('read_file', { path: 'private/a.js' }),
        call('list_files', { folder: '', depth: 2 }),
        call('list_files', { folder: 'private' }),
        call('search', { pattern: 'PRIVATE' }),
        call('file_diff', { path: 'private/a.js' }),
        call('history', { what: 'blame', path: 'private/a.js', start_line: 1 }),
        call('history', { what: 'show', commit: repository.git('rev-parse', 'HEAD') }),
      ],
    };
    const server = await startAnthropicServer([look, finish]);
    await reviewJson(repository, claude(server));
    const sent = server.requests.map(({ raw }) => raw).join('\n');
    expect(sent).not.toContain('PRIVATE-');
    // What it asked for itself is repeated to it, and no name else.
    expect(sent).not.toContain('touches: private');
    expect(sent).not.toContain('private/b.js');
    expect(sent).not.toContain('\\tprivate/');
    expect(sent).toContain('the configuration ignores it');
  });

  it('a guideline that is ignored does not leave either', async () => {
    const repository = stagedRepository();
    repository.commit({ '.code-agent.yml': 'ignore: [AGENTS.md]\n' });
    repository.write({ 'src/upload.js': `${AFTER}// more\n` });
    repository.git('add', '--all');
    const server = await startAnthropicServer([finish]);
    await reviewJson(repository, claude(server));
    expect(server.requests[0]?.raw).not.toContain('Await every promise.');
  });

  it('guidelines that are too long are cut, and it is said which', async () => {
    const repository = stagedRepository();
    const rules = (name: string, count: number) => `${name} rule.\n`.repeat(count);
    repository.commit({ 'AGENTS.md': rules('An', 3000), 'CLAUDE.md': rules('Other', 1200) });
    repository.commit({ 'REVIEW.md': rules('Last', 1200) });
    repository.write({ 'src/upload.js': `${AFTER}// more\n` });
    repository.git('add', '--all');
    const server = await startAnthropicServer([finish]);
    const { review } = await reviewJson(repository, claude(server));
    expect(review.verdict.outcome).toBe('pass');
    expect(review.coverage.notes).toEqual([
      expect.stringMatching(/^AGENTS\.md is long: its last \d+ characters were left out$/),
      'REVIEW.md was not sent to its end: there are too many guidelines for some of the files',
    ]);
  });

  it('a finding that could not be looked at twice is shown, and it is said', async () => {
    const server = await startAnthropicServer([report, finish, { fault: 'status', status: 400 }]);
    const { review } = await reviewJson(stagedRepository(), claude(server));
    expect(review.findings).toMatchObject([{ title: finding.title, severity: 'error' }]);
    expect(review.coverage.notes).toEqual([
      "1 of the model's findings could not be looked at a second time: shown as reported",
    ]);
  });

  it('what cannot be seen is written out in what a tool answers, as in the prompt', async () => {
    const repository = tempRepository();
    repository.commit({ 'src/a.js': 'const admin = "\u202e";\n', 'src/b.js': '1;\n' });
    repository.write({ 'src/b.js': '2;\n' });
    repository.git('add', '--all');
    const look: ScriptedTurn = { calls: [{ name: 'read_file', input: { path: 'src/a.js' } }] };
    const server = await startAnthropicServer([look, finish]);
    await reviewJson(repository, claude(server));
    expect(server.requests[1]?.raw).toContain('const admin = \\"<U+202E>\\";');
    expect(server.requests[1]?.raw).not.toMatch(/\u202e|\\u202e/i);
  });

  it('a tool of the user, from their own configuration', async () => {
    const repository = stagedRepository();
    const folder = tempFolder();
    mkdirSync(join(folder, 'code-agent'));
    const tool = `export default () => [{
      name: 'ticket', description: 'Shows a ticket.', effect: 'read',
      inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      run: async ({ id }) => 'The ticket ' + id + ' says: wait between attempts.',
    }];`;
    writeFileSync(join(folder, 'ticket.mjs'), tool);
    const config = (text: string) => writeFileSync(join(folder, 'code-agent/config.yml'), text);
    config(`tools: ['${join(folder, 'ticket.mjs')}']\n`);
    const ask: ScriptedTurn = { calls: [{ name: 'ticket', input: { id: 'A-1' } }] };
    const server = await startAnthropicServer([ask, finish]);
    const env = { ...claude(server), XDG_CONFIG_HOME: folder };
    await reviewJson(repository, env);
    expect(server.requests[1]?.raw).toContain('The ticket A-1 says: wait between attempts.');

    config("tools: ['ticket.mjs']\n");
    expect(await reviewJson(repository, env)).toMatchObject({ code: 2 });
    repository.commit({ '.code-agent.yml': `tools: ['${join(folder, 'ticket.mjs')}']\n` });
    const { code, stderr } = await reviewJson(repository, env);
    expect(code).toBe(2);
    expect(stderr).toContain('"tools" can only be set in your own configuration');
  });

  it('--dry-run prints what would be sent, and sends nothing', async () => {
    const server = await startAnthropicServer([]);
    const repository = stagedRepository();
    const { code, stdout } = await repository.codeAgent(['review', '--dry-run'], {
      env: { ...repository.env, ...claude(server) },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^To claude-sonnet-5-5: 1 request with/);
    expect(stdout).toContain('backoff(i);');
    expect(server.requests).toHaveLength(0);
  });

  it('--dry-run is what is sent then, to the letter but for the nonce, and nothing that is known', async () => {
    const server = await startAnthropicServer([finish]);
    const repository = stagedRepository();
    const env = { ...repository.env, ...claude(server) };
    const dry = () => repository.codeAgent(['review', '--dry-run', '--format', 'json'], { env });
    const planned = JSON.parse((await dry()).stdout);
    expect(planned).toMatchObject({ version: 1, models: ['claude-sonnet-5-5'], failure: null, known: 0 });
    await reviewJson(repository, claude(server));
    const plain = (text: string) => text.replace(/-[0-9a-f]{32}>/g, '-nonce>');
    expect(JSON.stringify(server.requests[0]?.json)).toContain(
      JSON.stringify(planned.requests[0].system).slice(1, -1),
    );
    expect(plain(JSON.stringify(server.requests[0]?.json))).toContain(
      plain(JSON.stringify(planned.requests[0].messages[0].text).slice(1, -1)),
    );
    expect(JSON.parse((await dry()).stdout)).toMatchObject({ requests: [], known: 1 });
    const { stdout } = await repository.codeAgent(['review', '--dry-run'], { env });
    expect(stdout).toBe(
      'Nothing would be sent to a model.\nNot sent: 1 part of the change whose answer is known.\n',
    );
  });

  it('--dry-run asks no server which models it has, and says when none is configured', async () => {
    const server = await startOpenAiServer([]);
    const repository = stagedRepository();
    const dry = (env: NodeJS.ProcessEnv, ...args: string[]) =>
      repository.codeAgent(['review', '--dry-run', ...args], { env: { ...repository.env, ...env } });
    const { stdout } = await dry({ OPENAI_BASE_URL: server.baseUrl });
    expect(stdout).toMatch(/^To the first model at http:\/\/127\.0\.0\.1:\d+\S*: 1 request with/);
    expect(server.requests).toHaveLength(0);
    expect(await dry({})).toMatchObject({
      code: 0,
      stdout: 'Nothing would be sent to a model: none is configured.\n',
    });
    expect(await dry({}, '--model', 'claude-opus-5-5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the model claude-opus-5-5 needs a key'),
    });
    expect(await dry({}, '--format', 'sarif')).toMatchObject({ code: 2 });
  });

  it('--offline asks nobody', async () => {
    const server = await startAnthropicServer([]);
    const { review } = await reviewJson(stagedRepository(), claude(server), '--offline');
    expect(review.model).toBeNull();
  });
});

describe('the hook with a model', () => {
  it('stops the commit, and says what it cost', async () => {
    const repository = stagedRepository();
    repository.hook('pre-commit');
    const server = await startAnthropicServer([report, finish, holds]);
    const { code, stderr } = await repository.tryGit(['commit', '-m', 'retry'], {
      env: { ...repository.env, ...claude(server) },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('error  correctness  src/upload.js:3  (claude-sonnet-5-5, confidence 0.9)');
    expect(stderr).toContain('Suggested:  3 │     await backoff(i);');
    expect(stderr).toMatch(/1 file reviewed · 1 error · [\d.]+ s · [\d.]+k? tokens.* · \$\d/);
  });

  it('lets the commit go when the model does not answer in time, and says so', async () => {
    const repository = tempRepository();
    repository.commit({ 'src/upload.js': BEFORE, '.code-agent.yml': 'hook: { budget: 1500ms }\n' });
    repository.write({ 'src/upload.js': AFTER });
    repository.git('add', '--all');
    repository.hook('pre-commit');
    const server = await startAnthropicServer([{ ...finish, delayMs: 20_000 }]);
    const { code, stderr } = await repository.tryGit(['commit', '-m', 'retry'], {
      env: { ...repository.env, ...claude(server) },
    });
    expect(stderr).toContain('incomplete');
    expect(stderr).toContain('src/upload.js');
    expect(stderr).toContain('it did not answer within 1.5 s (hook.budget)');
    expect(code).toBe(0);
    expect(server.abandoned()).toBe(1);
  });
});
