import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { journalOf } from '../support/session-journal.ts';
import { CLI, run, type TempRepository, tempRepository } from '../support/temp-repository.ts';

const FINE = { 'a.ts': 'export const a = 1;\n' };
const SECRET = { 'a.ts': `const key = '${PLANTED_SECRET}';\n` };

function staged(files: Readonly<Record<string, string>>, hook?: string): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'README.md': '# Sample\n' });
  if (hook !== undefined) repository.hook(hook);
  repository.write(files);
  repository.git('add', '--all');
  return repository;
}

const gitDirOf = ({ path }: TempRepository) => join(path, '.git');
const folderOf = (repository: TempRepository) => join(gitDirOf(repository), 'code-agent/sessions');
const idsIn = (repository: TempRepository): string[] =>
  existsSync(folderOf(repository))
    ? readdirSync(folderOf(repository)).map((name) => name.replace(/\.journal$/, ''))
    : [];

/** The one session that there is, read whole. */
function onlySession(repository: TempRepository) {
  const ids = idsIn(repository);
  expect(ids).toHaveLength(1);
  const [id = ''] = ids;
  const { events, damage } = journalOf(gitDirOf(repository), id);
  expect(damage).toBeNull();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const data = (wanted: string) => events.filter(({ type }) => type === wanted).map((event) => event.data);
  return { id, types: events.map(({ type }) => type), data };
}

const reviewJson = async (repository: TempRepository, args: readonly string[] = [], env = {}) =>
  JSON.parse(
    (
      await repository.codeAgent(['review', '--format', 'json', ...args], {
        env: { ...repository.env, ...env },
      })
    ).stdout,
  );

describe('a review in which no model was asked', () => {
  it('of a commit is a session that is over, on the line of its branch', async () => {
    const repository = staged(FINE, 'pre-commit');
    expect(await repository.tryGit(['commit', '--message=x'])).toMatchObject({ code: 0 });
    const { types, data } = onlySession(repository);
    expect(types).toEqual(['session-started', 'session-ended']);
    const base = repository.git('rev-parse', 'HEAD~1');
    expect(data('session-started')).toMatchObject([
      { door: 'hook', models: [], change: { base, head: null }, line: expect.stringMatching(/:main$/) },
    ]);
    expect(data('session-ended')).toMatchObject([{ outcome: 'pass', usage: null }]);
  });

  it('of a merge is one', async () => {
    const repository = staged(FINE);
    repository.commit();
    repository.git('switch', '--quiet', '--create', 'topic', 'HEAD~1');
    repository.commit({ 'b.ts': 'export const b = 1;\n' });
    repository.hook('pre-merge-commit');
    expect(await repository.tryGit(['merge', '--no-edit', 'main'])).toMatchObject({ code: 0 });
    expect(onlySession(repository).types).toEqual(['session-started', 'session-ended']);
  });

  it('of a push is one: of the whole branch', async () => {
    const repository = staged(FINE);
    repository.commit();
    repository.commit({ 'b.ts': 'debugger;\n' });
    repository.git('init', '--quiet', '--bare', '../remote');
    repository.hook('pre-push');
    await repository.tryGit(['push', '../remote', 'main']);
    const { types, data } = onlySession(repository);
    expect(types).toEqual(['session-started', 'finding-made', 'session-ended']);
    const head = repository.git('rev-parse', 'HEAD');
    expect(data('session-started')).toMatchObject([{ door: 'hook', change: { head }, line: null }]);
  });

  it('is shown by the id that the review tells, and listed, newest first', async () => {
    const repository = staged({ ...FINE, 'b.ts': 'debugger;\n' });
    const first = await reviewJson(repository);
    const second = await reviewJson(repository);
    const shown = await repository.codeAgent(['sessions', 'show', first.session]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^Finding {4}\w+ {2}debugger {2}b\.ts:1 {2}/m);
    const { stdout } = await repository.codeAgent(['sessions', 'list']);
    expect(stdout.match(/(?<=^…)[0-9a-f]{8}/gm)).toEqual(
      [second, first].map(({ session }) => session.slice(-8)),
    );
    expect(stdout).toMatch(/^….{8} {2}.{16} {2}cli {2}\w+ {2}1 finding {2}no model asked {2}[\d.]+ s$/m);
    const text = await repository.codeAgent([
      'sessions',
      'export',
      first.session,
      ...['--format', 'markdown'],
    ]);
    expect(text.stdout).toContain('- Models: `none`');
  });

  it('is one too when a model has no file to look at, or cannot be asked', async () => {
    const repository = tempRepository();
    repository.commit({ '.code-agent.yml': 'ignore: ["vendor/**"]\n' });
    repository.write({ 'vendor/a.ts': 'export const a = 1;\n' });
    repository.git('add', '--all');
    const server = await startAnthropicServer([]);
    const env = { ANTHROPIC_API_KEY: 'sk-test-key-of-the-server', ANTHROPIC_BASE_URL: server.baseUrl };
    const { session } = await reviewJson(repository, [], env);
    expect(onlySession(repository)).toMatchObject({ id: session });
    expect(server.requests).toEqual([]);
    repository.write({ 'b.ts': 'export const b = 1;\n' });
    repository.git('add', '--all');
    const refused = await reviewJson(repository, [], { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
    expect(refused.verdict.outcome).toBe('incomplete');
    expect(idsIn(repository)).toContain(refused.session);
  });

  it('leaves nothing when nothing was changed, in a dry run, a baseline or a replay', async () => {
    const repository = tempRepository();
    repository.commit(FINE);
    repository.hook('pre-commit');
    await repository.tryGit(['commit', '--allow-empty', '--message=x']);
    expect(await reviewJson(repository)).toMatchObject({ session: null });
    repository.write({ 'b.ts': 'debugger;\n' });
    repository.git('add', '--all');
    await repository.codeAgent(['review', '--dry-run']);
    await repository.codeAgent(['baseline', 'update']);
    expect(idsIn(repository)).toEqual([]);
    const { session } = await reviewJson(repository);
    await repository.codeAgent(['sessions', 'replay', session]);
    expect(idsIn(repository)).toEqual([session]);
  });

  it('is not gone on with; run again, it says what is found only now, and what no longer', async () => {
    const repository = staged({ 'b.ts': 'debugger;\n' });
    const { session, findings } = await reviewJson(repository);
    expect(findings).toHaveLength(1);
    expect(await repository.codeAgent(['sessions', 'resume', session])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has ended'),
    });
    const replay = () => repository.codeAgent(['sessions', 'replay', session]);
    expect(await replay()).toMatchObject({
      code: 0,
      stdout: 'The checks ran again: no model was asked\n',
    });
    // The check is off now.
    const folder = join(repository.path, '..', 'config');
    mkdirSync(join(folder, 'code-agent'), { recursive: true });
    writeFileSync(join(folder, 'code-agent/config.yml'), 'checks:\n  debugger: off\n');
    const other = await repository.codeAgent(['sessions', 'replay', session, '--json'], {
      env: { ...repository.env, XDG_CONFIG_HOME: folder },
    });
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toEqual({
      ...{ same: 0, divergences: [], added: [] },
      missing: [findings[0].fingerprint],
    });
  });

  it('has no secret in it, of the change or quoted by another tool', async () => {
    const repository = staged({ ...SECRET, 'b.ts': 'one();\n' }, 'pre-commit');
    expect(await repository.tryGit(['commit', '--message=x'])).toMatchObject({ code: 1 });
    const message = { text: `A key: ${PLANTED_SECRET}. It is\n${PLANTED_SECRET}.` };
    const physicalLocation = { artifactLocation: { uri: 'b.ts' }, region: { startLine: 1 } };
    const results = [{ ruleId: 'key', level: 'error', message, locations: [{ physicalLocation }] }];
    const runs = [{ tool: { driver: { name: 'linter' } }, results }];
    writeFileSync(join(repository.path, 'linter.sarif'), JSON.stringify({ version: '2.1.0', runs }));
    const review = await reviewJson(repository, ['--sarif', 'linter.sarif']);
    const stored = idsIn(repository).map((id) =>
      readFileSync(join(folderOf(repository), `${id}.journal`), 'utf8'),
    );
    expect(stored).toHaveLength(2);
    expect(stored.join('')).toContain('"category":"secret"');
    expect(stored.join('')).toContain('A key: [secret: ');
    expect(stored.join('') + JSON.stringify(review)).not.toContain(PLANTED_SECRET);
  });

  it.each([
    ['a file in its way', (folder: string) => writeFileSync(folder, ''), false],
    ['no right to write', (folder: string) => mkdirSync(folder, { mode: 0o500 }), process.getuid?.() === 0],
  ])('is not kept when it cannot be, and says the same: %s', async (_, stand, rootMay) => {
    const repository = staged({ 'b.ts': 'export const b = 1;\n' });
    mkdirSync(join(gitDirOf(repository), 'code-agent'));
    stand(folderOf(repository));
    const review = await reviewJson(repository);
    expect([review.verdict.outcome, review.session === null]).toEqual(['pass', !rootMay]);
    repository.hook('pre-commit');
    const { code, stderr } = await repository.tryGit(['commit', '--message=x']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^code-agent {2}1 file reviewed · no findings/),
    ]);
    chmodSync(folderOf(repository), 0o700);
  });

  it('of 20 worktrees at once, each is kept whole', async () => {
    const repository = tempRepository();
    repository.commit(FINE);
    repository.hook('pre-commit');
    const worktrees = Array.from({ length: 20 }, (_, index) => join(repository.path, `../tree${index}`));
    for (const [index, path] of worktrees.entries()) {
      repository.git('worktree', 'add', '--quiet', '-b', `topic${index}`, path);
      writeFileSync(join(path, 'b.ts'), `export const b = ${index};\n`);
      repository.git('-C', path, 'add', '--all');
    }
    const commits = worktrees.map((cwd) =>
      run('git', ['commit', '--message=x'], { cwd, env: repository.env }),
    );
    for (const { code, stderr } of await Promise.all(commits)) expect(code, stderr).toBe(0);
    const contents = idsIn(repository).map((id) => journalOf(gitDirOf(repository), id));
    expect(contents.map(({ damage, events }) => [damage, events.length])).toEqual(
      worktrees.map(() => [null, 2]),
    );
    const lines = contents.flatMap(({ events: [first] }) =>
      first?.type === 'session-started' ? [first.data.line] : [],
    );
    expect(new Set(lines).size).toBe(20);
  });

  it('a kill leaves no journal, or one that is listed', async () => {
    const repository = staged(SECRET);
    const hook = () =>
      spawn(process.execPath, [CLI, 'hook', 'pre-commit'], {
        cwd: repository.path,
        env: repository.env,
        stdio: 'ignore',
      });
    const ended = (child: ReturnType<typeof hook>) => new Promise((resolve) => child.on('close', resolve));
    const start = performance.now();
    await ended(hook());
    const whole = performance.now() - start;
    for (let moment = 0; moment < 20; moment += 1) {
      const child = hook();
      const end = ended(child);
      // The second half, in which it is written.
      await sleep(whole * (0.5 + moment / 40));
      child.kill('SIGKILL');
      await end;
    }
    for (const id of idsIn(repository)) expect(journalOf(gitDirOf(repository), id).damage).toBeNull();
    expect((await repository.codeAgent(['sessions', 'list'])).code).toBe(0);
  });

  it('one that is torn anywhere is listed as what it is, and neither gone on with nor a defect', async () => {
    const repository = staged(SECRET);
    const { session } = await reviewJson(repository);
    const file = join(folderOf(repository), `${session}.journal`);
    const whole = readFileSync(file);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    const server = await startAnthropicServer([]);
    const env = { ANTHROPIC_API_KEY: 'sk-test-key-of-the-server', ANTHROPIC_BASE_URL: server.baseUrl };
    for (const size of [0, 40, ...ends.slice(0, -1).flatMap((end) => [end, end + 40])]) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      const list = await repository.codeAgent(['sessions', 'list']);
      expect([list.code, list.stdout], `${size} bytes`).toEqual([
        0,
        expect.stringMatching(/^….{8} {2}(?:nothing of it can be read|.* (?:damaged|not ended) )/),
      ]);
      const resumed = await repository.codeAgent(['sessions', 'resume', session], {
        env: { ...repository.env, ...env },
      });
      expect([resumed.code, resumed.stderr], `${size} bytes`).toEqual(
        size < (ends[0] ?? 0)
          ? [3, expect.stringContaining('nothing of the session')]
          : [2, expect.stringContaining('no model was asked in the session')],
      );
    }
    expect(server.requests).toEqual([]);
  });
});
