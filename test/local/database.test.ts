import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import { badConnection } from '../support/bad-connection.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

const FILE = 'export async function upload(file) {\n  backoff(1);\n  return put(file);\n}\n';
const finding = {
  path: 'src/upload.js',
  quote: '  backoff(1);',
  severity: 'warning',
  category: 'correctness',
  title: 'The delay is not awaited',
  body: 'backoff returns a promise that nothing awaits.',
  confidence: 0.9,
};
const report: ScriptedTurn = { calls: [{ id: 'report', name: 'report_finding', input: finding }] };
const finish: ScriptedTurn = {
  calls: [{ id: 'finish', name: 'finish_review', input: { summary: 'A delay.' } }],
};
const holds: ScriptedTurn = {
  calls: [{ id: 'judge', name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 2.' } }],
};
const REVIEW = [report, finish, holds];

/** A repository with a remote, and one staged file. */
function staged(): TempRepository {
  const repository = tempRepository();
  repository.git('remote', 'add', 'origin', 'git@github.com:owner/name.git');
  repository.commit({ 'README.md': '# Upload\n' });
  repository.write({ 'src/upload.js': FILE });
  repository.git('add', '--all');
  return repository;
}

/** The same on another machine: same remote, same commit, same change. */
function elsewhere(repository: TempRepository): TempRepository {
  const other = tempRepository();
  other.git('remote', 'add', 'origin', 'https://github.com/owner/name');
  other.git('pull', '--quiet', repository.path, 'main');
  other.write({ 'src/upload.js': FILE });
  other.git('add', '--all');
  return other;
}

const claude = (server: ModelServer) => ({
  ANTHROPIC_API_KEY: 'sk-test-key-of-the-server',
  ANTHROPIC_BASE_URL: server.baseUrl,
});

/** Runs the CLI with a database, and with a model when it has a script. */
async function run(
  { path, env, codeAgent }: TempRepository,
  url: string,
  args: readonly string[],
  steps?: readonly Step[],
) {
  const server = steps === undefined ? null : await startAnthropicServer([...steps]);
  const more = { DATABASE_URL: url, ...(server !== null && claude(server)) };
  const ran = await codeAgent(args, { cwd: path, env: { ...env, ...more } });
  return { ...ran, requests: server?.requests.length ?? 0 };
}

const movingOf = ({ path }: TempRepository) => join(path, '.git/code-agent/moving.lock');
const linkOf = ({ path }: TempRepository) => join(path, '.git/code-agent/database.json');
/** Waits for what another process does; fails when it does not within ten seconds. */
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000 });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const journalsOf = ({ path }: TempRepository): string[] => {
  const folder = join(path, '.git/code-agent/sessions');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.journal')) : [];
};

describe.each(DATABASES)('with a database, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  it('a review moves its session; list, show, export, replay and stats have it from there', async () => {
    const url = await databases.migrated();
    const repository = staged();
    const reviewed = await run(repository, url, ['review', '--format', 'json'], REVIEW);
    expect(reviewed.stderr).toBe('');
    const { session } = JSON.parse(reviewed.stdout);
    expect(journalsOf(repository)).toEqual([]);

    const here = staged();
    const inJournal = await here.codeAgent(['review', '--format', 'json'], {
      env: { ...here.env, ...claude(await startAnthropicServer(REVIEW)) },
    });
    expect(inJournal.code).toBe(0);
    const line = (text: string) =>
      text.replace(/^…\w+|[\d.]+ s$/gm, '').replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'the minute');
    const list = await run(repository, url, ['sessions', 'list']);
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout.startsWith(`…${session.slice(-8)}  `)).toBe(true);
    expect(line(list.stdout)).toBe(line((await here.codeAgent(['sessions', 'list'])).stdout));

    const show = await run(repository, url, ['sessions', 'show', session.slice(-6)]);
    expect(show.stdout).toContain(`Session    ${session}  (in the database)`);
    expect(show.stdout).toContain('The delay is not awaited');
    const exported = JSON.parse((await run(repository, url, ['sessions', 'export', session])).stdout);
    const events = exported.events.map(({ type }: { type: string }) => type);
    expect([events.at(0), events.at(-1)]).toEqual(['session-started', 'session-ended']);
    expect(await run(repository, url, ['sessions', 'replay', session])).toMatchObject({
      code: 0,
      stdout: '3 requests the same, byte for byte; 0 not\n',
    });
    expect(await run(repository, url, ['sessions', 'resume', session], [])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has ended'),
    });

    const rows = async (of: TempRepository, ...args: string[]) => {
      const ran = await run(of, args.length === 0 ? '' : url, ['stats', '--format', 'json']);
      expect(ran.code).toBe(0);
      return JSON.parse(ran.stdout).map(
        ({ ms, repository: _, ...row }: { ms: number; repository: unknown }) => {
          expect(ms).toBeGreaterThan(0);
          return row;
        },
      );
    };
    expect(await rows(repository, 'stored')).toEqual(await rows(here));
  });

  it('a change that was reviewed on one machine costs nothing on another', async () => {
    const url = await databases.migrated();
    const one = staged();
    expect((await run(one, url, ['review'], REVIEW)).requests).toBe(3);
    const other = elsewhere(one);
    expect(await run(other, url, ['sessions', 'move'])).toMatchObject({ code: 0, stderr: '' });
    const again = await run(other, url, ['review', '--format', 'json'], []);
    expect(again.requests).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      findings: [{ title: finding.title }],
      model: { units: { known: 1 } },
    });
  });

  it('what is dismissed on one machine does not count on another, until it is reopened', async () => {
    const url = await databases.migrated();
    const one = staged();
    const other = elsewhere(one);
    const { findings } = JSON.parse((await run(one, url, ['review', '--format', 'json'], REVIEW)).stdout);
    const id = findings[0].fingerprint.slice(0, 8);
    const dismissed = await run(one, url, ['findings', 'dismiss', id, '--because', 'it is meant']);
    expect(dismissed).toMatchObject({ code: 0, stderr: '', stdout: `Dismissed: ${finding.title}\n` });
    await run(other, url, ['sessions', 'move']);
    const suppressed = async () => {
      const ran = await run(other, url, ['review', '--format', 'json'], []);
      return JSON.parse(ran.stdout).findings[0].suppressed;
    };
    expect(await suppressed()).toEqual({ by: 'dismissed', reason: 'it is meant' });
    const list = await run(other, url, ['findings', 'list', '--state', 'all']);
    expect(list.stdout).toBe(
      `${id}  dismissed  warning  correctness  src/upload.js:2  ${finding.title}: it is meant (A U Thor <author@example.com>)\n`,
    );
    expect((await run(other, url, ['findings', 'reopen', id])).stdout).toBe(`Open again: ${finding.title}\n`);
    await run(one, url, ['sessions', 'move']);
    expect((await run(one, url, ['findings', 'list'])).stdout).toBe('');
    expect((await run(one, url, ['findings', 'list', '--state', 'open'])).stdout).toContain(`${id}  open `);
    expect(await suppressed()).toBeNull();
  });

  it('what is dismissed here stays so when the repository gets a remote, and when the database is made anew', async () => {
    const url = await databases.migrated();
    const repository = staged();
    repository.git('remote', 'remove', 'origin');
    const { findings } = JSON.parse(
      (await run(repository, url, ['review', '--format', 'json'], REVIEW)).stdout,
    );
    const id = findings[0].fingerprint.slice(0, 8);
    await run(repository, url, ['findings', 'dismiss', id, '--because', 'it is meant']);
    const dismissed = async () => {
      expect(await run(repository, url, ['sessions', 'move'])).toMatchObject({ code: 0, stderr: '' });
      return (await run(repository, url, ['findings', 'list'])).stdout;
    };
    repository.git('remote', 'add', 'origin', 'git@github.com:owner/name.git');
    expect(await dismissed()).toContain('it is meant');
    await withDatabase(url, {}, async (database) => {
      await database.sql`drop schema code_agent cascade`;
      await migrate(database);
    });
    expect(await dismissed()).toContain('it is meant');
    const records = join(repository.path, '.git/code-agent/records.jsonl');
    const broken = { type: 'finding-dismissed', fingerprint: 'no hash', reason: 'by hand', at: 'yesterday' };
    writeFileSync(records, `${readFileSync(records, 'utf8')}${JSON.stringify(broken)}\n`);
    expect(await dismissed()).toContain('it is meant');
  });

  it('a session that was killed on one machine is gone on with on another; no answer is paid for twice', async () => {
    const url = await databases.migrated();
    const one = staged();
    const whole = await one.codeAgent(['review', '--format', 'json'], {
      env: { ...one.env, ...claude(await startAnthropicServer(REVIEW)) },
    });
    const { session, findings } = JSON.parse(whole.stdout);
    const file = join(one.path, '.git/code-agent/sessions', `${session}.journal`);
    const records = readFileSync(file, 'utf8').split('\n');
    const isAnswer = (record: string) => record.includes('"type":"model-responded"');
    // Killed behind the second of three answers.
    const second = records.findIndex(
      (record, index) => isAnswer(record) && records.slice(0, index).some(isAnswer),
    );
    writeFileSync(file, `${records.slice(0, second + 1).join('\n')}\n`);
    expect((await run(one, url, ['sessions', 'move'])).stdout).toMatch(
      /^0 sessions moved to .*; 1 not ended yet, copied as far as it goes\n$/,
    );
    const other = elsewhere(one);
    const resumed = await run(other, url, ['sessions', 'resume', session, '--json'], [holds]);
    expect(resumed).toMatchObject({ stderr: '', requests: 1 });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ session, findings });
    expect(journalsOf(other)).toEqual([]);
    expect((await run(one, url, ['sessions', 'list'])).stdout).toMatch(/ {2}cli {2}pass {2}1 finding/);
    // The machine that was left behind has nothing to add, and nothing to go on with.
    expect(await run(one, url, ['sessions', 'move'])).toMatchObject({ code: 0 });
    expect(journalsOf(one)).toEqual([]);
    expect(await run(one, url, ['sessions', 'resume', session], [])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has ended'),
    });
    expect(await run(one, url, ['db', 'verify'])).toMatchObject({ code: 0 });
  });

  it('no secret is in the database', async () => {
    const url = await databases.migrated();
    const repository = staged();
    repository.write({ 'src/key.js': `export const key = '${PLANTED_SECRET}';\n` });
    repository.git('add', '--all');
    const says: ScriptedTurn = {
      text: `I saw ${PLANTED_SECRET}.`,
      calls: [{ id: 'read', name: 'read_file', input: { path: 'src/key.js' } }],
    };
    await run(repository, url, ['review'], [says, report, finish, holds]);
    expect(journalsOf(repository)).toEqual([]);
    await withDatabase(url, {}, async ({ sql }) => {
      const tables = await sql<{ name: string }[]>`
        select relname as name from pg_class where relnamespace = 'code_agent'::regnamespace and relkind = 'r'`;
      let stored = '';
      for (const { name } of tables) {
        const rows = await sql.unsafe<{ text: string }[]>(`select t::text as text from code_agent.${name} t`);
        stored += rows.map(({ text }) => text).join('\n');
      }
      expect(stored).toContain('src/key.js');
      expect(stored).toContain('I saw ');
      expect(stored).not.toContain(PLANTED_SECRET);
    });
  });

  it('prune takes old sessions away there too, and says how many before it does', async () => {
    const url = await databases.migrated();
    const repository = staged();
    await run(repository, url, ['review'], REVIEW);
    const prune = async (...args: string[]) =>
      (await run(repository, url, ['sessions', 'prune', ...args])).stdout;
    expect(await prune()).toBe('0 sessions older than 90 days removed, 0 of them in the database\n');
    expect(await prune('--older-than', '0d', '--dry-run')).toBe(
      '1 session older than 0 days would be removed, 1 of them in the database\n',
    );
    expect(await prune('--older-than', '0d')).toBe(
      '1 session older than 0 days removed, 1 of them in the database\n',
    );
    expect((await run(repository, url, ['sessions', 'list'])).stdout).toContain('There are no sessions here');
    expect((await run(repository, url, ['db', 'verify'])).code).toBe(0);
  });

  it('parameters of a URL that are for another program are not told to the server', async () => {
    const url = await databases.empty();
    const repository = staged();
    const more = `${url}${url.includes('?') ? '&' : '?'}schema=public&pgbouncer=true&target_session_attrs=any`;
    expect(await run(repository, more, ['review'], REVIEW)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(repository, more, ['db', 'migrate'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('a database without our tables is somebody else’s: it is left alone, and a word is said where it is asked for', async () => {
    const url = await databases.empty();
    const repository = staged();
    const reviewed = await run(repository, url, ['review'], REVIEW);
    expect(reviewed).toMatchObject({ code: 0, stderr: '' });
    expect(journalsOf(repository)).toHaveLength(1);
    expect(await run(repository, url, ['sessions', 'list'])).toMatchObject({ code: 0, stderr: '' });
    expect((await run(repository, url, ['status'])).stdout).toMatch(
      /^Sessions {5}1 journal here; not moved, at .* UTC: the database at \S+ has no tables of code-agent$/m,
    );
    expect(await run(repository, url, ['sessions', 'move'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('`code-agent db migrate` makes them'),
    });
    await withDatabase(url, {}, async ({ sql }) => {
      expect(await sql`select to_regnamespace('code_agent') as ours`).toEqual([{ ours: null }]);
    });
    expect((await run(repository, url, ['db', 'migrate'])).code).toBe(0);
    expect((await run(repository, url, ['sessions', 'move'])).stdout).toMatch(/^1 session moved to /);
  });
});

describe.runIf(hasPostgres())('a database that is away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  async function connected() {
    const url = await server.createDatabase();
    const repository = staged();
    expect((await run(repository, url, ['db', 'migrate'])).code).toBe(0);
    const connection = await badConnection(server.port);
    onTestFinished(() => connection.close());
    return { url, bad: url.replace(String(server.port), String(connection.port)), connection, repository };
  }

  it('a review is as it is without one, and says what waits; a list says what it does not show', async () => {
    const { url, bad, connection, repository } = await connected();
    await connection.close();
    const reviewed = await run(repository, bad, ['review', '--format', 'json'], REVIEW);
    expect(reviewed.code).toBe(0);
    expect(JSON.parse(reviewed.stdout).findings).toHaveLength(1);
    expect(reviewed.stderr).toMatch(
      /^code-agent: the database at \S+ cannot be reached \(ECONNREFUSED\); 1 session waits here until it can be moved\n$/,
    );
    const list = await run(repository, bad, ['sessions', 'list']);
    expect(list.code).toBe(3);
    expect(list.stdout).toMatch(/^….* 1 finding .*\n$/);
    expect(list.stderr).toMatch(
      /cannot be reached \(ECONNREFUSED\)\. Only what is on this machine is shown\.\n$/,
    );
    for (const args of [['stats'], ['findings', 'list'], ['sessions', 'prune']])
      expect((await run(repository, bad, args)).code).toBe(3);
    expect((await run(repository, bad, ['status'])).stdout).toContain('1 journal here; not moved, at ');
    expect((await run(repository, url, ['sessions', 'list'])).code).toBe(0);
    expect(journalsOf(repository)).toEqual([]);
  });

  it.each(['postgres://me:100%zz@host/db', 'postgres://one:5432,two:5432/db'])(
    'a review is as it is without one when DATABASE_URL is %s, and so is the status',
    async (url) => {
      const repository = staged();
      const reviewed = await run(repository, url, ['review'], REVIEW);
      expect(reviewed).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(
          /^code-agent: DATABASE_URL is no URL of a PostgreSQL server; 1 session/,
        ),
      });
      const status = await run(repository, url, ['status']);
      expect(status).toMatchObject({ code: 0, stderr: '' });
      expect(status.stdout).toContain('1 journal here; DATABASE_URL is no URL of a PostgreSQL server');
    },
  );

  it('one that writes dates and bytes in another way is read all the same', async () => {
    const { url, repository } = await connected();
    await withDatabase(url, {}, async ({ sql }) => {
      const name = new URL(url).pathname.slice(1);
      for (const setting of [
        "datestyle = 'German'",
        "timezone = 'America/New_York'",
        'bytea_output = escape',
      ])
        await sql.unsafe(`alter database ${name} set ${setting}`);
    });
    await run(repository, url, ['review'], REVIEW);
    const day = new Date().toISOString().slice(0, 10);
    expect((await run(repository, url, ['sessions', 'list'])).stdout).toContain(`  ${day} `);
    expect((await run(repository, url, ['stats', '--format', 'csv'])).stdout).toContain(day);
    expect((await run(repository, url, ['db', 'verify'])).code).toBe(0);
  });

  it('a hook does not wait for one that never answers; what it has kept is moved behind it when it does', async () => {
    const { url, bad, connection, repository } = await connected();
    repository.hook('pre-commit');
    connection.stall(true);
    const model = await startAnthropicServer(REVIEW);
    const env = { ...repository.env, ...claude(model), DATABASE_URL: bad };
    // Were it waited for, this would not end.
    expect(await repository.tryGit(['commit', '--message=x'], { env })).toMatchObject({ code: 0 });
    expect(journalsOf(repository)).toHaveLength(1);
    await until(() => connection.connections > 0);
    await connection.close();
    await until(() => existsSync(linkOf(repository)) && !existsSync(movingOf(repository)));
    expect(JSON.parse(readFileSync(linkOf(repository), 'utf8')).state).toBe('unreachable');
    // The process of the next hook, to a server that answers, moves both.
    repository.write({ 'b.md': 'b\n' });
    repository.git('add', '--all');
    const next = await startAnthropicServer([finish]);
    const reached = { ...env, ...claude(next), DATABASE_URL: url };
    await repository.tryGit(['commit', '--message=y'], { env: reached });
    await until(() => journalsOf(repository).length === 0);
  });

  it('where nobody answers, commits leave one process behind, and for a minute none', async () => {
    const { bad, connection, repository } = await connected();
    repository.hook('pre-commit');
    connection.stall(true);
    const env = { ...repository.env, DATABASE_URL: bad };
    const commit = async (index: number) => {
      repository.write({ [`${index}.md`]: `${index}\n` });
      repository.git('add', '--all');
      expect(await repository.tryGit(['commit', '--message=x'], { env })).toMatchObject({ code: 0 });
    };
    for (let index = 0; index < 4; index += 1) await commit(index);
    await until(() => connection.connections > 0);
    await sleep(500);
    expect(connection.connections).toBe(1);
    await connection.close();
    await until(() => existsSync(linkOf(repository)) && !existsSync(movingOf(repository)));
    const link = readFileSync(linkOf(repository), 'utf8');
    await commit(4);
    await sleep(500);
    expect(readFileSync(linkOf(repository), 'utf8')).toBe(link);
    expect(journalsOf(repository)).toHaveLength(5);
  });

  it('no name and no password of a URL is ever shown', async () => {
    const { url, repository } = await connected();
    const password = 'correct-horse-battery';
    const at = `//someone:${password}@127.0.0.1:${server.port}`;
    const urls = [
      url.replace(/\/\/[^/]+/, `//nobody:${password}@127.0.0.1:1`),
      url.replace(/\/\/[^/]+/, at),
      `postgres:${at}/no such database`,
      `postgres:${at}:${password}`,
    ];
    for (const wrong of urls)
      for (const args of [
        ['db', 'status'],
        ['db', 'migrate'],
        ['sessions', 'move'],
        ['sessions', 'list'],
        ['status'],
        ['db', 'verify', '--verbose'],
      ]) {
        const { code, stdout, stderr } = await run(repository, wrong, args);
        expect(code === 0 && args[0] !== 'status', `${wrong} ${args}: ${stdout}${stderr}`).toBe(false);
        expect(stdout + stderr).not.toContain(password);
        expect(stdout + stderr).not.toMatch(/someone@|nobody@/);
      }
    const kept = readdirSync(join(repository.path, '.git/code-agent'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(repository.path, '.git/code-agent', name))
      .filter((file) => statSync(file).isFile() && readFileSync(file, 'utf8').includes(password));
    expect(kept).toEqual([]);
  });
});
