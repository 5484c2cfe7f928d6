import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, run, tempFolder, tempRepository } from '../support/temp-repository.ts';

describe('bad input is told with what happened and what to do, and its exit code', () => {
  it('no repository', async () => {
    const folder = tempFolder();
    const env = { PATH: process.env['PATH'], HOME: folder, GIT_CEILING_DIRECTORIES: '/' };
    const { code, stderr } = await run(process.execPath, [CLI, 'review'], { cwd: folder, env });
    expect(stderr).toContain('not a git repository');
    expect(code).toBe(2);
  });

  it('a bare repository: nothing can be staged, but a range can be reviewed', async () => {
    const repository = tempRepository();
    const commit = repository.commit({ 'a.ts': 'export {};\n' });
    const bare = join(repository.path, '..', 'bare.git');
    repository.git('clone', '--quiet', '--bare', '.', bare);
    const staged = await repository.codeAgent(['review'], { cwd: bare });
    expect(staged.stderr).toContain('this repository is bare');
    expect(staged.code).toBe(2);
    const range = await repository.codeAgent(['review', commit], { cwd: bare });
    expect(range.stdout).toContain('1 file reviewed');
    expect(range.code).toBe(0);
  });

  it('no commit yet: what is staged is reviewed against nothing', async () => {
    const repository = tempRepository();
    repository.write({ 'a.ts': 'debugger;\n' });
    repository.git('add', '.');
    const { code, stdout } = await repository.codeAgent(['review']);
    expect(stdout).toContain('debugger  a.ts:1');
    expect(code).toBe(1);
  });

  it('a range in a repository without a commit', async () => {
    const { code, stderr } = await tempRepository().codeAgent(['review', 'HEAD']);
    expect(stderr).toContain('there is no commit called "HEAD"');
    expect(code).toBe(2);
  });

  it('an unmerged index', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'one\n' });
    repository.git('switch', '--quiet', '--create', 'topic');
    repository.commit({ 'a.ts': 'two\n' });
    repository.git('switch', '--quiet', 'main');
    repository.commit({ 'a.ts': 'three\n' });
    expect((await repository.tryGit(['merge', 'topic'])).code).toBe(1);
    const { code, stderr } = await repository.codeAgent(['review']);
    expect(stderr).toContain('the index has unmerged paths (a.ts). Nothing was reviewed');
    expect(code).toBe(3);
  });

  it('a missing object: the file is said to be skipped, the others are reviewed', async () => {
    const repository = tempRepository();
    repository.commit();
    repository.write({ 'a.ts': 'export const a = 1;\n', 'b.ts': 'debugger;\n' });
    repository.git('add', '.');
    const oid = repository.git('rev-parse', ':a.ts');
    rmSync(join(repository.path, '.git/objects', oid.slice(0, 2), oid.slice(2)), { force: true });
    const { code, stdout } = await repository.codeAgent(['review', '--fail-on', 'never']);
    expect(stdout).toContain('incomplete: 1 of 2 files reviewed');
    expect(stdout).toContain(`the object ${oid} is missing`);
    expect(stdout).toContain('debugger  b.ts:1');
    expect(code).toBe(3);
  });

  it('a corrupt index', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'export {};\n' });
    writeFileSync(join(repository.path, '.git/index'), 'DIRC rubbish');
    const { code, stderr } = await repository.codeAgent(['review']);
    expect(stderr).toContain('the index is corrupt');
    expect(code).toBe(3);
  });

  it('a wrong configuration at the base', async () => {
    const repository = tempRepository();
    repository.commit({ '.code-agent.yml': 'failOn: error\nignores: [a]\n' });
    const { code, stderr } = await repository.codeAgent(['review']);
    expect(stderr).toContain('.code-agent.yml:2: unknown key "ignores". Did you mean "ignore"?');
    expect(code).toBe(2);
  });

  it('an unreadable file in the working tree: only the index counts', async () => {
    const repository = tempRepository();
    repository.commit();
    repository.write({ 'a.ts': 'debugger;\n' });
    repository.git('add', '.');
    rmSync(join(repository.path, 'a.ts'));
    mkdirSync(join(repository.path, 'a.ts'));
    chmodSync(join(repository.path, 'a.ts'), 0);
    const { code, stdout } = await repository.codeAgent(['review']);
    chmodSync(join(repository.path, 'a.ts'), 0o700);
    expect(stdout).toContain('debugger  a.ts:1');
    expect(code).toBe(1);
  });

  it('an object that is damaged', async () => {
    const repository = tempRepository();
    repository.commit();
    repository.write({ 'a.ts': 'export const a = 1;\n' });
    repository.git('add', '.');
    const oid = repository.git('rev-parse', ':a.ts');
    const folder = join(repository.path, '.git/objects', oid.slice(0, 2));
    for (const name of readdirSync(folder)) {
      chmodSync(join(folder, name), 0o600);
      writeFileSync(join(folder, name), 'rubbish');
    }
    const { code, stdout, stderr } = await repository.codeAgent(['review']);
    expect(`${stdout}${stderr}`).toContain(oid);
    expect(code).toBe(3);
  });

  it('a path with a newline', async () => {
    const repository = tempRepository();
    repository.commit();
    repository.write({ 'a\nb.ts': 'debugger;\n' });
    repository.git('add', '.');
    const { code, stdout } = await repository.codeAgent(['review']);
    expect(stdout).toContain('debugger  a\\x0ab.ts:1');
    expect(code).toBe(1);
  });

  it('a range that does not exist', async () => {
    const repository = tempRepository();
    repository.commit();
    const { code, stderr } = await repository.codeAgent(['review', 'main..nowhere']);
    expect(stderr).toContain('there is no commit called "nowhere"');
    expect(code).toBe(2);
  });

  it('two histories without a common commit', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'export {};\n' });
    repository.git('switch', '--quiet', '--orphan', 'other');
    repository.commit({ 'b.ts': 'export {};\n' });
    const { code, stderr } = await repository.codeAgent(['review', 'main...other']);
    expect(stderr).toContain('have no common commit');
    expect(code).toBe(2);
  });

  it.each(['--outputs=x', '-x', '--upload-pack=touch'])('a ref that begins with "-": %s', async (name) => {
    const repository = tempRepository();
    repository.commit();
    repository.git('update-ref', `refs/heads/${name}`, 'HEAD');
    const direct = await repository.codeAgent(['review', '--', name]);
    expect(direct.stderr).toContain('there is no commit called');
    expect(direct.code).toBe(2);
    expect(await repository.codeAgent(['review', name])).toMatchObject({ code: 2 });
    expect((await repository.codeAgent(['review', `refs/heads/${name}`])).code).toBe(0);
    expect(readdirSync(repository.path)).toEqual(['.git']);
  });

  it.each([
    [['reviw'], 'there is no command "reviw"'],
    [['review', '--format', 'xml'], '--format is terminal, json, sarif, github'],
    [['review', '--fail-on', 'sometimes'], '--fail-on'],
    [['review', '--nonsense'], 'there is no flag --nonsense'],
    [['review', '--budget', 'soon'], '--budget'],
    [['review', '--sarif', 'missing.sarif'], 'missing.sarif cannot be read'],
    [['review', 'main', 'HEAD'], 'Unused args'],
    [['review', 'main', '--', 'HEAD'], 'Unused args'],
    [['hook', 'pre-nothing'], 'there is no hook "pre-nothing"'],
  ])('wrong usage: %s', async (args, message) => {
    const repository = tempRepository();
    repository.commit();
    const { code, stderr } = await repository.codeAgent(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
