import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { CLI, run, tempFolder, tempRepository } from '../support/temp-repository.ts';

/** The package as built, in a folder of its own, without what V8 has made of it. */
function copyOfPackage(): string {
  const folder = tempFolder();
  const dist = join(folder, 'dist');
  cpSync(dirname(CLI), dist, { recursive: true, filter: (path) => !path.includes('.v8-') });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return dist;
}

const compiledIn = (dist: string): string[] =>
  readdirSync(dist)
    .filter((name) => name.endsWith(`.v8-${process.versions.v8}`))
    .map((name) => join(dist, name));

function stagedRepository() {
  const repository = tempRepository();
  repository.commit({ 'a.ts': 'export const a = 1;\n' });
  repository.write({
    'a.ts': `export const a = '${PLANTED_SECRET}';\n`,
    'b.yml': 'a: 1\na: 2\n',
    'c.toml': 'a = \n',
    'd.json': '{ "a": }\n',
    'e.js': 'debugger;\n',
  });
  repository.git('add', '--all');
  return repository;
}

describe('what V8 has compiled', () => {
  const dist = copyOfPackage;
  const review = async (at: string) => {
    const { path, env } = stagedRepository();
    const { code, stdout, stderr } = await run(
      process.execPath,
      [join(at, 'cli.cjs'), 'review', '--format', 'json'],
      {
        cwd: path,
        env,
      },
    );
    const { verdict, coverage, findings } = JSON.parse(stdout);
    return { code, stderr, verdict, coverage, findings };
  };

  it('changes nothing of what a review finds', async () => {
    const at = dist();
    const before = await review(at);
    expect(before.findings).toHaveLength(5);
    execFileSync(process.execPath, [join(at, 'compile.cjs')]);
    expect(compiledIn(at).length).toBeGreaterThan(0);
    expect(await review(at)).toEqual(before);
  });

  it.each([
    ['cut short', (content: Buffer) => content.subarray(0, content.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('something else')],
    [
      'of another version of V8',
      (content: Buffer) => Buffer.concat([content.subarray(0, 4), Buffer.alloc(4), content.subarray(8)]),
    ],
  ])('is not needed: %s', async (_, damage) => {
    const at = dist();
    const before = await review(at);
    execFileSync(process.execPath, [join(at, 'compile.cjs')]);
    for (const file of compiledIn(at)) writeFileSync(file, damage(readFileSync(file)));
    expect(await review(at)).toEqual(before);
  });

  it('a package that lies elsewhere now is found', async () => {
    const at = dist();
    const before = await review(at);
    execFileSync(process.execPath, [join(at, 'compile.cjs')]);
    const file = compiledIn(at).find((path) => path.includes('found.')) ?? '';
    const pairs: [string, string][] = JSON.parse(readFileSync(file, 'utf8'));
    expect(pairs.map(([name]) => name)).toContain('oxc-transform');
    writeFileSync(file, JSON.stringify(pairs.map(([name]) => [name, join(at, 'gone.js')])));
    expect(await review(at)).toEqual(before);
  });

  it('asks no model and no database while it is made, and starts nothing', async () => {
    const connections: string[] = [];
    const listen = async (name: string): Promise<string> => {
      const server = createServer((socket) => {
        connections.push(name);
        socket.destroy();
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      const address = server.address();
      return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    };
    const at = dist();
    const env = {
      ...process.env,
      ANTHROPIC_API_KEY: 'sk-test-key-of-nobody',
      ANTHROPIC_BASE_URL: `http://${await listen('Claude')}`,
      OPENAI_BASE_URL: `http://${await listen('a local model')}/v1`,
      DATABASE_URL: `postgres://me@${await listen('the database')}/reviews`,
      CODE_AGENT_FAIL_ON: 'nonsense',
      CI: '',
    };
    const { code, stderr } = await run(process.execPath, [join(at, 'compile.cjs')], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(compiledIn(at).length).toBeGreaterThan(0);
    // What a hook leaves behind would have begun by then.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(connections).toEqual([]);
  });

  it('leaves nothing else behind, in the package or in the temporary folder', () => {
    const at = dist();
    const before = readdirSync(at);
    const temporary = tempFolder();
    execFileSync(process.execPath, [join(at, 'compile.cjs')], { env: { ...process.env, TMPDIR: temporary } });
    expect(readdirSync(temporary)).toEqual([]);
    const added = readdirSync(at).filter((name) => !before.includes(name));
    expect(added.map((name) => join(at, name))).toEqual(compiledIn(at));
  });
});
