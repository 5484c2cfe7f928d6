import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

const SECRET = `const key = '${PLANTED_SECRET}';\n`;
const BIG = `${'x'.repeat(99)}\n`.repeat(60_000);

function withHook(name: string, files: Record<string, string> = { 'a.ts': 'export {};\n' }): TempRepository {
  const repository = tempRepository();
  repository.commit(files);
  repository.hook(name);
  return repository;
}

describe('pre-commit', () => {
  const commit = async (repository: TempRepository, files: Record<string, string>, env = {}) => {
    repository.write(files);
    repository.git('add', '.');
    return repository.tryGit(['commit', '--message=x'], { env: { ...repository.env, ...env } });
  };

  it('a commit that is fine: one line on stderr', async () => {
    const { code, stdout, stderr } = await commit(withHook('pre-commit'), {
      'a.ts': 'export const a = 1;\n',
    });
    expect(stderr).toMatch(/^code-agent {2}1 file reviewed · no findings · [\d.]+ s\n$/);
    expect(stdout).not.toContain('code-agent');
    expect(code).toBe(0);
  });

  it('a commit that is not: it is stopped, with the way out', async () => {
    const { code, stderr } = await commit(withHook('pre-commit'), { 'a.ts': SECRET });
    expect(stderr).toContain('The commit was stopped. Fix it, or `git commit --no-verify`.');
    expect(stderr).toMatch(/code-agent findings dismiss [0-9a-f]{4,} --because/);
    expect(code).toBe(1);
  });

  it('a dismissed finding no longer stops the commit, and counts again when reopened', async () => {
    const repository = withHook('pre-commit');
    const { stderr } = await commit(repository, { 'a.ts': SECRET });
    const id = /findings dismiss ([0-9a-f]+)/.exec(stderr)?.[1] ?? '';
    const dismissed = await repository.codeAgent(['findings', 'dismiss', id, '--because', 'never valid']);
    expect(dismissed).toMatchObject({ code: 0, stderr: '' });
    const list = await repository.codeAgent(['findings', 'list', '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject([{ reason: 'never valid' }]);
    const again = await repository.codeAgent(['review', '--verbose']);
    expect(again.stdout).toContain('1 suppressed');
    expect(again.code).toBe(0);
    expect((await repository.codeAgent(['findings', 'reopen', id])).code).toBe(0);
    expect((await repository.tryGit(['commit', '--message=x'])).code).toBe(1);
  });

  it('another secret in the place of a dismissed one is another finding', async () => {
    const repository = withHook('pre-commit');
    const { stderr } = await commit(repository, { 'a.ts': SECRET });
    const id = /findings dismiss ([0-9a-f]+)/.exec(stderr)?.[1] ?? '';
    await repository.codeAgent(['findings', 'dismiss', id, '--because', 'never valid']);
    const other = SECRET.replace(PLANTED_SECRET, `${PLANTED_SECRET.slice(0, -4)}WKQH`);
    expect((await commit(repository, { 'a.ts': other })).code).toBe(1);
  });

  it('nothing staged: nothing is said', async () => {
    const repository = withHook('pre-commit');
    const { code, stderr } = await repository.tryGit(['commit', '--allow-empty', '--message=x']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('CODE_AGENT=0 switches it off', async () => {
    const { code, stderr } = await commit(withHook('pre-commit'), { 'a.ts': SECRET }, { CODE_AGENT: '0' });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('incomplete, warn: the commit goes through and says what was not looked at', async () => {
    const { code, stderr } = await commit(withHook('pre-commit'), {
      'big.txt': BIG,
      'a.ts': 'export {a};\n',
    });
    expect(stderr).toContain('code-agent  incomplete: 1 of 2 files reviewed');
    expect(stderr).toMatch(/skipped +big\.txt +larger than 5 MB \(limits\.fileBytes\)/);
    expect(stderr).toContain('The commit goes through (hook.onIncomplete: warn).');
    expect(code).toBe(0);
  });

  it('incomplete, block: the commit is stopped', async () => {
    const repository = withHook('pre-commit', { '.code-agent.yml': 'hook:\n  onIncomplete: block\n' });
    const { code, stderr } = await commit(repository, { 'big.txt': BIG });
    expect(stderr).toContain('The commit was stopped (hook.onIncomplete: block)');
    expect(code).toBe(1);
  });

  it('out of time: the policy of onTimeout', async () => {
    const block = 'hook:\n  budget: 1ms\n  onTimeout: block\n';
    const fine = { 'a.ts': 'export const a = 1;\n' };
    const stopped = await commit(withHook('pre-commit', { '.code-agent.yml': block }), fine);
    expect(stopped.stderr).toContain('hook.onTimeout: block');
    expect(stopped.code).toBe(1);
    const warn = withHook('pre-commit', { '.code-agent.yml': 'hook:\n  budget: 1ms\n' });
    const passed = await commit(warn, fine);
    expect(passed.stderr).toContain('hook.onTimeout: warn');
    expect(passed.code).toBe(0);
  });

  it('a configuration at HEAD that is wrong cannot keep its own mending out', async () => {
    const repository = withHook('pre-commit', { '.code-agent.yml': 'nonsense: 1\n' });
    const { code, stderr } = await commit(repository, { '.code-agent.yml': 'failOn: error\n' });
    expect(stderr).toContain('unknown key "nonsense"');
    expect(stderr).toContain('The commit goes through (hook.onIncomplete: warn).');
    expect(code).toBe(0);
  });

  it('what is staged while the hook runs was not reviewed, and is said not to have been', async () => {
    const repository = withHook('pre-commit');
    const bin = join(repository.path, '..', 'bin');
    mkdirSync(bin);
    // As soon as the change is listed and its patch read, another process stages a file.
    writeFileSync(
      join(bin, 'git'),
      `#!/bin/sh
PATH="$REAL_PATH"
case " $* " in
  *' -p '*)
    git "$@"; code=$?
    until test -e '${bin}/listed'; do sleep 0.01; done
    unset GIT_DIR GIT_WORK_TREE; cd '${repository.path}'; git add late.ts; exit $code ;;
  *' --raw '*) git "$@"; code=$?; : > '${bin}/listed'; exit $code ;;
esac
exec git "$@"
`,
      { mode: 0o755 },
    );
    repository.write({ 'a.ts': 'export const a = 1;\n' });
    repository.git('add', '.');
    repository.write({ 'late.ts': SECRET });
    const real = repository.env['PATH'] ?? '';
    const { code, stderr } = await repository.codeAgent(['hook', 'pre-commit'], {
      env: { ...repository.env, PATH: `${bin}:${real}`, REAL_PATH: real },
    });
    expect(stderr).toContain('the index changed while it was being reviewed');
    expect(stderr).toContain('incomplete');
    expect(code).toBe(0);
  });
});

describe('the policy is read at the base, never from the change', () => {
  const IGNORE = `// code-agent-${'ignore'} secret: a fixture`;
  const review = async (before: Record<string, string>, after: Record<string, string>) => {
    const repository = tempRepository();
    repository.commit(before);
    repository.write(after);
    repository.git('add', '.');
    return repository.codeAgent(['review', '--verbose']);
  };

  it.each([
    ['ignore', { '.code-agent.yml': 'ignore: ["a.ts"]\n' }],
    ['checks', { '.code-agent.yml': 'checks: { secret: off }\n' }],
    ['paths', { '.code-agent.yml': 'paths:\n  - files: ["*.ts"]\n    checks: { secret: off }\n' }],
    ['failOn', { '.code-agent.yml': 'failOn: never\n' }],
  ])('%s', async (_, policy) => {
    expect((await review(policy, { 'a.ts': SECRET })).code, 'in the base').toBe(0);
    expect((await review({}, { ...policy, 'a.ts': SECRET })).code, 'in the change').toBe(1);
  });

  it('linguist-generated: quality checks are quiet, secrets are not', async () => {
    const attributes = { '.gitattributes': 'gen/** linguist-generated\n' };
    const quiet = await review(attributes, { 'gen/a.ts': 'debugger;\n' });
    expect(quiet.stdout).toContain('1 excluded (generated (.gitattributes))');
    expect(quiet.code).toBe(0);
    expect((await review({}, { ...attributes, 'gen/a.ts': 'debugger;\n' })).code, 'in the change').toBe(1);
    expect((await review(attributes, { 'gen/a.ts': SECRET })).code, 'a secret').toBe(1);
  });

  it('an inline ignore', async () => {
    const ignored = await review({ 'a.ts': `${IGNORE}\n` }, { 'a.ts': `${IGNORE}\n${SECRET}` });
    expect(ignored.stdout).toContain('1 suppressed');
    expect(ignored.code).toBe(0);
    const fresh = await review({}, { 'a.ts': `${IGNORE}\n${SECRET}` });
    expect(fresh.stdout).toContain('it counts once it is committed');
    expect(fresh.code).toBe(1);
  });

  it('a baseline', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': `// one\n${SECRET}` });
    const written = await repository.codeAgent(['baseline']);
    expect(written.stdout).toContain('.code-agent-baseline.json: 1 finding accepted');
    const file = join(repository.path, '.code-agent-baseline.json');
    expect(readFileSync(file, 'utf8')).not.toContain(PLANTED_SECRET);
    const whole = ['review', '--fail-on', 'error'];
    repository.commit();
    // The line moves, and is touched: it is the same finding.
    repository.write({ 'a.ts': `// one\n// two\n// three\n  ${SECRET}` });
    repository.git('add', '.');
    const moved = await repository.codeAgent(whole);
    expect(moved.stdout).toContain('1 suppressed');
    expect(moved.code).toBe(0);
    repository.write({ 'a.ts': `// one\n${SECRET}${SECRET}` });
    repository.git('add', '.');
    expect((await repository.codeAgent(whole)).code, 'one more of the same').toBe(1);
  });
});

describe('merges', () => {
  const parted = (name: string): TempRepository => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'export const a = 1;\n', 'b.ts': 'export const b = 1;\n' });
    repository.git('switch', '--quiet', '--create', 'topic');
    repository.commit({ 'a.ts': 'export const a = 2;\n', 'other.ts': 'debugger;\n' });
    repository.git('switch', '--quiet', 'main');
    repository.hook(name);
    return repository;
  };

  it('a clean merge: what comes from a parent was reviewed there', async () => {
    const repository = parted('pre-merge-commit');
    repository.commit({ 'b.ts': 'export const b = 2;\n' });
    const { code, stderr } = await repository.tryGit(['merge', '--no-edit', 'topic']);
    expect(stderr).toMatch(/0 of 2 files reviewed, 2 excluded \(as in the merged commit [0-9a-f]{7}\)/);
    expect(code).toBe(0);
  });

  it('a conflict: the resolution is reviewed, and nothing else', async () => {
    const repository = parted('pre-commit');
    repository.commit({ 'a.ts': 'export const a = 3;\n' });
    expect((await repository.tryGit(['merge', 'topic'])).code).toBe(1);
    repository.git('add', '.');
    const left = await repository.tryGit(['commit', '--no-edit']);
    expect(left.stderr).toContain('conflict-marker  a.ts:1');
    expect(left.stderr).not.toContain('other.ts:1');
    expect(left.code).toBe(1);
    repository.write({ 'a.ts': 'export const a = 4;\n' });
    repository.git('add', '.');
    const resolved = await repository.tryGit(['commit', '--no-edit']);
    expect(resolved.stderr).toContain('1 of 2 files reviewed');
    expect(resolved.code).toBe(0);
  });
});

describe('commit-msg', () => {
  it('a secret in the message stops the commit', async () => {
    const repository = withHook('commit-msg');
    const { code, stderr } = await repository.tryGit([
      'commit',
      '--allow-empty',
      `--message=use ${PLANTED_SECRET}`,
    ]);
    expect(stderr).toContain('secret  COMMIT_EDITMSG:1');
    expect(stderr).not.toContain(PLANTED_SECRET);
    expect(code).toBe(1);
  });

  it('what git will strip does not count', async () => {
    const repository = withHook('commit-msg');
    const editor = join(repository.path, '..', 'editor');
    writeFileSync(editor, `#!/bin/sh\nprintf 'Subject\\n# ${PLANTED_SECRET}\\n' > "$1"\n`);
    chmodSync(editor, 0o755);
    const { code } = await repository.tryGit(['commit', '--allow-empty'], {
      env: { ...repository.env, GIT_EDITOR: editor },
    });
    expect(code).toBe(0);
  });

  it('a message that is fine: nothing is said', async () => {
    const { code, stderr } = await withHook('commit-msg').tryGit([
      'commit',
      '--allow-empty',
      '--message=fine',
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});

describe('pre-push', () => {
  /** A repository whose `origin` has its first commit. */
  const pushed = (): TempRepository => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'export {};\n' });
    repository.git('init', '--quiet', '--bare', '../origin.git');
    repository.git('remote', 'add', 'origin', '../origin.git');
    repository.git('push', '--quiet', 'origin', 'main');
    repository.hook('pre-push');
    return repository;
  };
  const push = (repository: TempRepository, ...refs: string[]) =>
    repository.tryGit(['push', 'origin', ...refs]);

  it('commits that no hook has seen are said so, and reviewed', async () => {
    const repository = pushed();
    const commit = repository.commit({ 'b.ts': SECRET });
    const { code, stderr } = await push(repository, 'main');
    expect(stderr).toContain(`main: 1 of 1 commit not reviewed before: ${commit.slice(0, 7)}`);
    expect(stderr).toContain('secret  b.ts:1');
    expect(stderr).toContain('The push was stopped.');
    expect(code).toBe(1);
  });

  it('a secret that a later commit takes out again is in the history all the same', async () => {
    const repository = pushed();
    const commit = repository.commit({ 'b.ts': SECRET });
    repository.commit({ 'b.ts': 'export {};\n' });
    const { code, stderr } = await push(repository, 'main');
    expect(stderr).toContain(`In commit ${commit.slice(0, 7)}.`);
    expect(code).toBe(1);
  });

  it('a secret in a message', async () => {
    const repository = pushed();
    const commit = repository.commit({ 'b.ts': 'export {};\n' }, `use ${PLANTED_SECRET}`);
    const { code, stderr } = await push(repository, 'main');
    expect(stderr).toContain(`secret  commit ${commit.slice(0, 7)}:1`);
    expect(code).toBe(1);
  });

  it('what the hook has passed is not reviewed again, an amended commit neither', async () => {
    const repository = pushed();
    repository.hook('pre-commit');
    repository.write({ 'b.ts': 'export const b = 1;\n' });
    repository.git('add', '.');
    repository.git('commit', '--quiet', '--message=b');
    repository.write({ 'c.ts': 'export const c = 1;\n' });
    repository.git('add', '.');
    repository.git('commit', '--quiet', '--amend', '--no-edit');
    const { code, stderr } = await push(repository, 'main');
    expect(stderr).toContain('code-agent  main: 1 commit, reviewed when made');
    expect(code).toBe(0);
  });

  it('every line of stdin: the second branch is stopped too', async () => {
    const repository = pushed();
    repository.git('switch', '--quiet', '--create', 'fine');
    repository.commit({ 'fine.ts': 'export {};\n' });
    repository.git('switch', '--quiet', '--create', 'secret', 'main');
    repository.commit({ 'b.ts': SECRET });
    const { code, stderr } = await push(repository, 'fine', 'secret');
    expect(stderr).toContain('fine: 1 of 1 commit not reviewed before');
    expect(stderr).toContain('secret  b.ts:1');
    expect(code).toBe(1);
    expect(repository.git('ls-remote', '--heads', 'origin')).not.toContain('refs/heads/fine');
  });

  it('a deleted branch and a tag of a blob bring nothing', async () => {
    const repository = pushed();
    repository.git('push', '--quiet', '--no-verify', 'origin', 'main:gone');
    repository.git('tag', 'blob', 'HEAD:a.ts');
    const { code, stderr } = await push(repository, ':gone', 'blob');
    expect(stderr).not.toContain('code-agent');
    expect(code).toBe(0);
  });

  it('a remote branch that somebody else moved on to a commit that is not here', async () => {
    const repository = pushed();
    repository.commit({ 'b.ts': SECRET });
    const stdin = `refs/heads/main ${repository.git('rev-parse', 'HEAD')} refs/heads/main ${'1'.repeat(40)}\n`;
    const { code, stderr } = await repository.codeAgent(['hook', 'pre-push', 'origin', 'url'], { stdin });
    expect(stderr).toContain('1 of 1 commit not reviewed before');
    expect(code).toBe(1);
  });

  it('more commits than prePush.commits are said not to have been looked at one by one', async () => {
    const repository = pushed();
    repository.commit({ '.code-agent.yml': 'prePush: { commits: 1 }\n' });
    repository.git('push', '--quiet', '--no-verify', 'origin', 'main');
    repository.commit({ 'b.ts': 'export const b = 1;\n' });
    repository.commit({ 'c.ts': 'export const c = 1;\n' });
    const { code, stderr } = await push(repository, 'main');
    expect(stderr).toContain('1 commit was not looked at one by one (prePush.commits: 1)');
    expect(stderr).toContain('The push goes through (hook.onIncomplete: warn).');
    expect(code).toBe(0);
  });

  it('a line that is not git’s', async () => {
    const { code, stderr } = await pushed().codeAgent(['hook', 'pre-push', 'origin'], { stdin: 'what\n' });
    expect(stderr).toContain('not a line of git');
    expect(code).not.toBe(0);
  });
});

describe('post-commit', () => {
  it('says of a commit that nothing reviewed it', async () => {
    const repository = withHook('pre-commit');
    repository.hook('post-commit');
    repository.write({ 'a.ts': SECRET });
    repository.git('add', '.');
    const { code, stderr } = await repository.tryGit(['commit', '--no-verify', '--message=x']);
    expect(stderr).toMatch(/^code-agent {2}[0-9a-f]{7} was not reviewed before it was committed\n$/);
    expect(code).toBe(0);
  });

  it('says nothing of one that was', async () => {
    const repository = withHook('pre-commit');
    repository.hook('post-commit');
    repository.write({ 'a.ts': 'export const a = 1;\n' });
    repository.git('add', '.');
    const { stderr } = await repository.tryGit(['commit', '--message=x']);
    expect(stderr).toContain('1 file reviewed');
    expect(stderr).not.toContain('was not reviewed');
  });
});
