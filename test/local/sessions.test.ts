import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { CLI, run as runProgram, type TempRepository, tempRepository } from '../support/temp-repository.ts';

const KILL = resolve(import.meta.dirname, '../support/kill-at-event.cjs');

const FILE = 'export async function upload(file) {\n  backoff(1);\n  return put(file);\n}\n';
const finding = {
  path: 'src/upload.js',
  quote: '  backoff(1);',
  severity: 'error',
  category: 'correctness',
  title: 'The delay is not awaited',
  body: 'backoff returns a promise that nothing awaits.',
  confidence: 0.9,
};
/** With ids of their own: a server that is begun anew would give the same ones again, as no provider does. */
const look: ScriptedTurn = { calls: [{ id: 'look', name: 'read_file', input: { path: 'src/upload.js' } }] };
const report: ScriptedTurn = { calls: [{ id: 'report', name: 'report_finding', input: finding }] };
const finish: ScriptedTurn = {
  calls: [{ id: 'finish', name: 'finish_review', input: { summary: 'A delay.' } }],
};
const holds: ScriptedTurn = {
  calls: [
    { id: 'judge', name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 2 awaits nothing.' } },
  ],
};

function staged(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'README.md': '# Upload\n' });
  repository.write({ 'src/upload.js': FILE });
  repository.git('add', '--all');
  return repository;
}

const claude = (server: ModelServer) => ({
  ANTHROPIC_API_KEY: 'sk-test-key-of-the-server',
  ANTHROPIC_BASE_URL: server.baseUrl,
});

async function run(repository: TempRepository, steps: readonly Step[], ...args: string[]) {
  const server = await startAnthropicServer([...steps]);
  const ran = await repository.codeAgent(args, { env: { ...repository.env, ...claude(server) } });
  return { ...ran, server };
}

const folderOf = ({ path }: TempRepository) => join(path, '.git/code-agent/sessions');
const journalOf = (repository: TempRepository) => {
  const [name = ''] = readdirSync(folderOf(repository)).filter((one) => one.endsWith('.journal'));
  return join(folderOf(repository), name);
};
const eventsIn = (journal: string) =>
  journal
    .split('\n')
    .slice(0, -1)
    .map((record) => JSON.parse(record.slice(33)));

describe('sessions', () => {
  it('a review with a model is kept: what was asked, said, done, decided and found', async () => {
    const repository = staged();
    const { stdout } = await run(repository, [look, report, finish, holds], 'review', '--format', 'json');
    const { session, model } = JSON.parse(stdout);
    const events = eventsIn(readFileSync(journalOf(repository), 'utf8'));
    expect(events.map(({ seq }: { seq: number }) => seq)).toEqual(events.map((_, index) => index + 1));
    const turn = ['model-requested', 'model-responded', 'tool-called', 'tool-decided', 'tool-returned'];
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'session-started',
      ...['run-started', ...turn, ...turn, ...turn, 'run-ended'],
      ...['run-started', ...turn, 'run-ended'],
      ...['finding-made', 'session-ended'],
    ]);
    const list = await repository.codeAgent(['sessions', 'list']);
    expect(list.stdout).toMatch(
      /^…[0-9a-f]{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}cli {2}fail {2}1 finding {2}.* tokens.* · \$0\.\d+ {2}[\d.]+ s\n$/,
    );
    const shown = await repository.codeAgent(['sessions', 'show', session.slice(-8), '--json']);
    const { state } = JSON.parse(shown.stdout);
    expect(state).toMatchObject({
      calls: 4,
      usage: model.tokens,
      findings: [{ title: finding.title, place: { startLine: 2 } }],
      ended: { outcome: 'fail', findings: { kept: 1 } },
    });
    expect(state.usd).toBeCloseTo(model.usd);
  });

  it('a hook keeps one too, and a dry run none', async () => {
    const repository = staged();
    repository.hook('pre-commit');
    await run(repository, [], 'review', '--dry-run');
    expect((await repository.codeAgent(['sessions', 'list'])).stdout).toContain('There are no sessions here');
    const server = await startAnthropicServer([finish]);
    await repository.tryGit(['commit', '-m', 'x'], { env: { ...repository.env, ...claude(server) } });
    expect((await repository.codeAgent(['sessions', 'list'])).stdout).toMatch(/ {2}hook {2}pass {2}/);
  });

  it('a killed session is gone on with at every event: nothing is paid twice, the same is found', async () => {
    const repository = staged();
    const steps = [look, report, finish, holds];
    const whole = await run(repository, steps, 'review', '--format', 'json');
    const { findings, session, model } = JSON.parse(whole.stdout);
    const file = journalOf(repository);
    const journal = readFileSync(file, 'utf8');
    const records = journal.split('\n').slice(0, -1);
    expect(records.length).toBe(27);
    for (let kept = 1; kept < records.length; kept += 1) {
      rmSync(join(repository.path, '.git/code-agent/units'), { recursive: true, force: true });
      // As kill -9 leaves it: whole records, half of one, and a lock whose process is gone.
      const half = records[kept]?.slice(0, 40) ?? '';
      writeFileSync(file, `${records.slice(0, kept).join('\n')}\n${kept % 2 === 0 ? half : ''}`);
      writeFileSync(`${file}.lock`, '999999999');
      const paid = eventsIn(records.slice(0, kept).join('\n').concat('\n')).filter(
        ({ type }: { type: string }) => type === 'model-responded',
      ).length;
      const resumed = await run(repository, steps.slice(paid), ...['sessions', 'resume', session, '--json']);
      expect(resumed.stderr, `after ${kept} events`).toBe('');
      const review = JSON.parse(resumed.stdout);
      expect(review.coverage.failures, `after ${kept} events`).toEqual([]);
      expect(review.findings).toEqual(findings);
      expect(review.session).toBe(session);
      // The limits count what was paid before.
      expect(review.model.calls).toBe(model.calls);
      expect(resumed.server.requests).toHaveLength(steps.length - paid);
      const after = eventsIn(readFileSync(file, 'utf8'));
      expect(after.map(({ type }: { type: string }) => type).sort()).toEqual(
        eventsIn(journal)
          .map(({ type }: { type: string }) => type)
          .sort(),
      );
    }
  });

  it('a review that is killed at any event is gone on with, and no answer that was written is paid twice', async () => {
    const repository = staged();
    const steps = [look, report, finish, holds];
    const whole = await run(repository, steps, 'review', '--format', 'json');
    const events = eventsIn(readFileSync(journalOf(repository), 'utf8'));
    const { findings, model } = JSON.parse(whole.stdout);
    const answers = events.filter(({ type }: { type: string }) => type === 'model-responded');
    const kills = [
      ...events.slice(0, -1).map(({ seq }: { seq: number }) => ({ when: 'after', seq })),
      ...answers.map(({ seq }: { seq: number }) => ({ when: 'before', seq })),
    ];
    expect(kills).toHaveLength(26 + 4);
    for (const { when, seq } of kills) {
      const place = `${when} ${seq}`;
      rmSync(join(repository.path, '.git/code-agent'), { recursive: true });
      const written = events.slice(0, when === 'after' ? seq : seq - 1);
      const paid = written.filter(({ type }: { type: string }) => type === 'model-responded').length;
      // The answer that was not written is asked for once more.
      const again = when === 'before' ? steps.slice(paid, paid + 1) : [];
      const server = await startAnthropicServer([...steps.slice(0, paid), ...again, ...steps.slice(paid)]);
      const env = { ...repository.env, ...claude(server) };
      const killed = await runProgram(process.execPath, ['--require', KILL, CLI, 'review'], {
        cwd: repository.path,
        env: { ...env, KILL_AT: place },
      });
      expect(killed, place).toMatchObject({ code: 128, stdout: '' });
      const id = journalOf(repository).slice(-44, -8);
      expect(eventsIn(readFileSync(journalOf(repository), 'utf8')), place).toHaveLength(written.length);
      const resumed = await repository.codeAgent(['sessions', 'resume', id, '--json'], { env });
      expect(resumed, place).toMatchObject({ code: whole.code, stderr: '' });
      const review = JSON.parse(resumed.stdout);
      expect([review.session, review.findings, review.coverage.failures], place).toEqual([id, findings, []]);
      // Also what was paid before counts, and is told.
      expect([review.model.calls, review.model.usd], place).toEqual([model.calls, model.usd]);
      const types = (all: { type: string }[]) => all.map(({ type }) => type);
      expect(types(eventsIn(readFileSync(journalOf(repository), 'utf8'))), place).toEqual(types(events));
    }
  }, 300_000);

  it('a call that is no JSON has no input, and is read back as it was', async () => {
    const repository = staged();
    const broken: ScriptedTurn = { calls: [{ id: 'b', name: 'read_file', raw: '{"path": ' }] };
    await run(repository, [broken, finish], 'review');
    const id = journalOf(repository).slice(-44, -8);
    const { stdout } = await repository.codeAgent(['sessions', 'export', id]);
    const { damage, events } = JSON.parse(stdout);
    expect(damage).toBeNull();
    const calls = events.filter(({ type }: { type: string }) => type === 'tool-called');
    expect(calls[0].data.call).toEqual({
      type: 'tool-call',
      id: 'b',
      name: 'read_file',
      invalid: '{"path": ',
    });
    expect(await repository.codeAgent(['sessions', 'replay', id])).toMatchObject({
      code: 0,
      stdout: '2 requests the same, byte for byte; 0 not\n',
    });
  });

  it('replay asks nobody and finds the same; what would be asked otherwise is shown at its byte', async () => {
    const repository = staged();
    const whole = await run(repository, [look, report, finish, holds], 'review', '--format', 'json');
    const { session } = JSON.parse(whole.stdout);
    const before = readFileSync(journalOf(repository), 'utf8');
    const replay = (...args: string[]) => repository.codeAgent(['sessions', 'replay', session, ...args]);
    expect(await replay()).toMatchObject({
      code: 0,
      stdout: '4 requests the same, byte for byte; 0 not\n',
    });
    expect(readFileSync(journalOf(repository), 'utf8')).toBe(before);

    // The same change, and something else that would be told of it now.
    repository.git('commit', '--quiet', '--message=x');
    expect(await replay()).toMatchObject({ code: 0 });
    const folder = join(repository.path, '..', 'config');
    mkdirSync(join(folder, 'code-agent'), { recursive: true });
    const instructions = "paths:\n  - files: ['src/**']\n    instructions: Await everything.\n";
    writeFileSync(join(folder, 'code-agent/config.yml'), instructions);
    const other = await repository.codeAgent(['sessions', 'replay', session, '--json'], {
      env: { ...repository.env, XDG_CONFIG_HOME: folder },
    });
    expect(other.code).toBe(1);
    const { same, divergences, missing } = JSON.parse(other.stdout);
    expect([same, divergences.length, missing.length]).toEqual([0, 1, 1]);
    expect(divergences[0].is).toContain('Guidelines of the repository');
    expect(divergences[0].was).not.toContain('Guidelines of the repository');
  });

  it('an export is whole, has no secret, and no block of it ends early', async () => {
    const repository = staged();
    repository.write({
      'src/key.js': `export const key = '${PLANTED_SECRET}';\n// \`\`\`\n# not a heading\n`,
    });
    repository.git('add', '--all');
    const read: ScriptedTurn = { calls: [{ id: 'r', name: 'read_file', input: { path: 'src/key.js' } }] };
    await run(repository, [read, finish], 'review');
    const id = journalOf(repository).slice(-44, -8);
    const json = await repository.codeAgent(['sessions', 'export', id]);
    expect(JSON.parse(json.stdout)).toMatchObject({ id, damage: null });
    expect(JSON.parse(json.stdout).events).toHaveLength(16);
    const text = await repository.codeAgent(['sessions', 'export', id, '--format', 'markdown']);
    expect(text.stdout).toMatch(
      /^# Session `[0-9a-f-]{36}`\n\n- Outcome: `fail`\n- Kind: `review`\n- Door: `cli`\n/,
    );
    expect(text.stdout).toContain('Calls `read_file`');
    const file = join(repository.path, '..', 'session.html');
    const page = await repository.codeAgent(['sessions', 'export', id, '--format', 'html', '--output', file]);
    expect(page).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const html = readFileSync(file, 'utf8');
    expect(html).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/);
    expect(html).toContain('Calls <code>read_file</code>');
    expect(json.stdout + text.stdout + html).not.toContain(PLANTED_SECRET);
    const other = await repository.codeAgent(['sessions', 'export', id, '--format', 'pdf']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('json, markdown, html') });
    const fences = text.stdout.split('\n').filter((line) => /^`{3,}/.test(line));
    expect(fences.length % 2).toBe(0);
    expect(fences.some((line) => line.startsWith('````'))).toBe(true);
  });

  it('prune takes away what is older, and nothing else', async () => {
    const repository = staged();
    await run(repository, [finish], 'review');
    const file = journalOf(repository);
    const prune = (...args: string[]) => repository.codeAgent(['sessions', 'prune', ...args]);
    expect((await prune()).stdout).toBe('0 sessions older than 90 days removed\n');
    expect(await prune('--older-than', 'soon')).toMatchObject({ code: 2 });
    // Another process works on it.
    writeFileSync(`${file}.lock`, `${process.pid}`);
    expect(await prune('--older-than', '0d')).toMatchObject({
      code: 0,
      stdout: '0 sessions older than 0 days removed\n',
    });
    expect(existsSync(file)).toBe(true);
    rmSync(`${file}.lock`);
    expect((await prune('--older-than', '0d')).stdout).toBe('1 session older than 0 days removed\n');
    expect(existsSync(file)).toBe(false);
  });

  it('what has ended is not gone on with, nor one whose change is gone', async () => {
    const repository = staged();
    const { stdout } = await run(repository, [finish], 'review', '--format', 'json');
    const { session } = JSON.parse(stdout);
    const resume = () => run(repository, [], 'sessions', 'resume', session);
    expect(await resume()).toMatchObject({ code: 2, stderr: expect.stringContaining('has ended') });
    const file = journalOf(repository);
    const records = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${records.slice(0, 3).join('\n')}\n`);
    rmSync(join(repository.path, '.git/code-agent/units'), { recursive: true });
    repository.write({ 'src/upload.js': `${FILE}// more\n` });
    repository.git('add', '--all');
    expect(await resume()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('neither staged nor the last commit any more'),
    });
    repository.write({ 'src/upload.js': FILE });
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--message=x');
    const { code, server } = await run(repository, [finish], 'sessions', 'resume', session);
    expect([code, server.requests.length]).toEqual([0, 1]);
  });

  it('of many that go on with one session at once, one does', async () => {
    const repository = staged();
    const whole = await run(repository, [finish], 'review', '--format', 'json');
    const { session } = JSON.parse(whole.stdout);
    const file = journalOf(repository);
    const records = readFileSync(file, 'utf8').split('\n');
    rmSync(join(repository.path, '.git/code-agent/units'), { recursive: true });
    writeFileSync(file, `${records.slice(0, 3).join('\n')}\n`);
    writeFileSync(`${file}.lock`, '999999999');
    // The server fails the test when it is asked twice.
    const server = await startAnthropicServer([{ ...finish, delayMs: 500 }]);
    const resumes = Array.from({ length: 8 }, () =>
      repository.codeAgent(['sessions', 'resume', session], {
        env: { ...repository.env, ...claude(server) },
      }),
    );
    const codes = (await Promise.all(resumes)).map(({ code }) => code);
    expect(codes.sort()).toEqual([0, 2, 2, 2, 2, 2, 2, 2]);
    expect(eventsIn(readFileSync(file, 'utf8'))).toHaveLength(records.length - 1);
    expect(readdirSync(folderOf(repository))).toEqual([`${session}.journal`]);
  });

  it('no secret is stored: neither of the change, nor what a model says', async () => {
    const repository = staged();
    repository.write({ 'src/key.js': `export const key = '${PLANTED_SECRET}';\n` });
    repository.git('add', '--all');
    const said: ScriptedTurn = {
      text: `The key is ${PLANTED_SECRET}.`,
      calls: [
        { name: 'read_file', input: { path: 'src/key.js' } },
        { name: 'search', input: { pattern: PLANTED_SECRET } },
      ],
    };
    await run(repository, [said, finish], 'review');
    const stored = readdirSync(folderOf(repository)).map((name) =>
      readFileSync(join(folderOf(repository), name), 'utf8'),
    );
    expect(stored.join()).toContain('[secret: ');
    expect(stored.join()).not.toContain(PLANTED_SECRET);
    expect(stored.join()).not.toContain('sk-test-key');
  });

  it('a damaged journal is told to be one, and read as far as it is good', async () => {
    const repository = staged();
    await run(repository, [finish], 'review');
    const file = journalOf(repository);
    writeFileSync(file, readFileSync(file, 'utf8').replace('the reviewer', 'the  reviewer'));
    const list = await repository.codeAgent(['sessions', 'list']);
    expect(list.stdout).toContain('damaged');
    const id = file.slice(-44, -8);
    const show = await repository.codeAgent(['sessions', 'show', id]);
    expect(show.code).toBe(3);
    expect(show.stdout).toMatch(
      /^Damage {5}corrupt: record 2 does not fit its checksum; \d+ bytes are good/m,
    );
    expect(await repository.codeAgent(['sessions', 'export', id, '--format', 'html'])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('<dt>Outcome</dt><dd>not ended</dd>'),
      stderr: expect.stringContaining('The session is damaged: corrupt: record 2'),
    });
    expect(await run(repository, [], 'sessions', 'resume', id)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is damaged: record 2'),
    });
  });
});
