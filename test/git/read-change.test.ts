import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../src/change/change-set.ts';
import { applyHunks } from '../../src/change/hunk.ts';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import type { ChangeLimits } from '../../src/git/read-change.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { importCommits, type Tree } from './import-commits.ts';
import { openGit } from './open-git.ts';

const file = (content: string, mode = '100644') => ({ mode, content: Buffer.from(content, 'latin1') });

/** A repository whose index holds `after` on top of a commit of `before`; the working tree stays empty. */
function stagedTrees(before: Tree, after: Tree): TempRepository {
  const repository = tempRepository();
  const [first = '', second = ''] = importCommits(repository, [before, after]);
  repository.git('read-tree', second);
  repository.git('update-ref', 'HEAD', first);
  return repository;
}

/** path -> why it was not read, or its hunks' bytes. */
const outcome = ({ files }: ChangeSet) =>
  Object.fromEntries(
    files.map(({ path, hunks, unread }) => [
      path,
      unread ?? hunks?.map(({ body }) => body.toString('latin1')).join('') ?? 'nothing',
    ]),
  );

async function rejection(promise: Promise<unknown>): Promise<CodeAgentError> {
  const error = await promise.then(
    () => expect.unreachable('it did not reject'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodeAgentError)) throw error;
  return error;
}

describe('a file over limits.fileBytes', () => {
  const limits: ChangeLimits = { fileBytes: 10, changeBytes: 1e6 };
  const LARGE = 'larger than 10 bytes (limits.fileBytes)';

  it.each([
    ['after the change', { big: file('a\n') }, { big: file('0123456789\n') }],
    ['before it', { big: file('0123456789\n') }, { big: file('a\n') }],
    ['and new', {}, { big: file('0123456789\n') }],
    ['and gone', { big: file('0123456789\n') }, {}],
    ['and its type changed', { big: file('0123456789\n') }, { big: file('x', '120000') }],
    ['and its mode', { big: file('0123456789\n') }, { big: file('0123456789\n', '100755') }],
  ])('%s is listed and not read; others are', async (_, before, after) => {
    const small = { small: file('a\n') };
    const repository = stagedTrees(
      new Map(Object.entries({ ...before })),
      new Map(Object.entries({ ...after, ...small })),
    );
    const git = await openGit(repository);
    const change = await git.staged(limits);
    expect(outcome(change)).toEqual({ big: LARGE, small: '+a\n' });
    expect((await git.staged()).id).toBe(change.id);
  });

  it('may be as large as the limit', async () => {
    const git = await openGit(stagedTrees(new Map(), new Map([['a', file('012345678\n')]])));
    expect(outcome(await git.staged(limits))).toEqual({ a: '+012345678\n' });
  });

  it.each([
    ['a name that is not UTF-8', 'caf\xe9'],
    ['a name that is a pathspec', ':(top)*'],
    ['a name with wildcards', '*?[a]\\*'],
    ['a name with wildcards that is not UTF-8', '*?[a]\\*\xe9'],
    ['a leading dash', '--output=x'],
    ['a newline', 'a\nb'],
  ])('with %s is left out alone', async (_, path) => {
    const others = ['café', 'caf', 'x', 'src/a', 'zz'].map(
      (name) => [Buffer.from(name).toString('latin1'), file('a\n')] as const,
    );
    const git = await openGit(stagedTrees(new Map(), new Map([[path, file('0123456789\n')], ...others])));
    const results = Object.values(outcome(await git.staged(limits)));
    expect(results.filter((result) => result === LARGE)).toHaveLength(1);
    expect(results.filter((result) => result === '+a\n')).toHaveLength(others.length);
  });

  it('is left out of the search for renames; another rename is found', async () => {
    const moved = file('a\nb\nc\n');
    const big = file('0123456789\n');
    const git = await openGit(
      stagedTrees(
        new Map([
          ['a', moved],
          ['b', big],
        ]),
        new Map([
          ['a2', moved],
          ['b2', big],
        ]),
      ),
    );
    const { files } = await git.staged(limits);
    expect(files.map(({ path, oldPath, status }) => [oldPath, path, status])).toEqual([
      ['a', 'a2', 'renamed'],
      ['b', 'b', 'deleted'],
      ['b2', 'b2', 'added'],
    ]);
  });

  it('that becomes a folder is not read; a file in the folder is, or is said to be unread', async () => {
    const git = await openGit(
      stagedTrees(
        new Map([['a', file('0123456789\n')]]),
        new Map([
          ['a/b', file('a\n')],
          ['c', file('c\n')],
        ]),
      ),
    );
    const { a, c, 'a/b': inside } = outcome(await git.staged(limits));
    expect([a, c]).toEqual([LARGE, '+c\n']);
    expect(['+a\n', 'git gave no patch for it']).toContain(inside);
  });

  describe('of which there are so many that naming them is too long for one command', () => {
    const long = (index: number) => `${'folder/'.repeat(30)}${String(index).padStart(4, '0')}`;
    const many = (count: number, name: (index: number) => string, content: string) =>
      Array.from({ length: count }, (_, index) => [name(index), file(content)] as const);

    it("every other file is read, in git's order", async () => {
      const before = new Map([
        ...many(300, (index) => `small/${long(index)}`, 'a\n'),
        ['gone', file('gone\n')],
      ]);
      const after = new Map([
        ...many(1500, (index) => `big/${long(index)}`, '0123456789\n'),
        ...many(300, (index) => `small/${long(index)}`, 'b\n'),
        ...['caf\xe9', 'caf\xe8', ':(glob)*', '*', 'caf\xc3\xa9', 'a\nb', '-x'].map(
          (name) => [name, file('a\n')] as const,
        ),
      ]);
      const git = await openGit(stagedTrees(before, after));
      const change = await git.staged(limits);
      const found = change.files.map(({ path, unread, hunks }) => [
        path.slice(0, 4),
        unread ?? hunks?.length,
      ]);
      expect(change.files.map(({ path }) => path)).toEqual(
        (await git.staged()).files.map(({ path }) => path),
      );
      expect(found.filter(([start]) => start === 'big/')).toEqual(Array(1500).fill(['big/', LARGE]));
      expect(found.filter(([start]) => start === 'smal')).toEqual(Array(300).fill(['smal', 1]));
      expect(found).toHaveLength(1808);
      expect(found.filter(([, result]) => result === 1)).toHaveLength(308);
    });

    it('renames are not looked for: they would depend on where the commands are parted', async () => {
      const big = many(200, (index) => `big/${long(index)}`, '0123456789\n');
      const git = await openGit(
        stagedTrees(new Map([['a', file('a\nb\n')]]), new Map([...big, ['a2', file('a\nb\n')]])),
      );
      const { files } = await git.staged(limits);
      expect(files.slice(0, 2).map(({ path, status }) => [path, status])).toEqual([
        ['a', 'deleted'],
        ['a2', 'added'],
      ]);
    });

    it('every file is there once, also when wildcards stand for bytes that are not UTF-8', async () => {
      const content = 'b\nc\nd\n';
      const before = new Map([
        ...many(200, (index) => `${long(index)}\xe9`, 'a\n'),
        ['fx', file(content)],
        ['f\xe9', file('q\n')],
      ]);
      const after = new Map([
        ...many(200, (index) => `${long(index)}\xe9`, 'b\n'),
        ...many(200, (index) => `big/${long(index)}`, '0123456789\n'),
        ['f\xe9', file('r\n')],
        ['f\xe8', file('s\n')],
        ['g', file(content)],
      ]);
      const git = await openGit(stagedTrees(before, after));
      const { files } = await git.staged(limits);
      const touched = files.flatMap(({ path, oldPath }) => [...new Set([path, oldPath])]);
      expect(touched).toHaveLength(new Set(touched).size);
      expect(touched).toHaveLength(200 + 200 + 4);
      for (const { path, hunks } of files) expect(hunks === null, path).toBe(path.startsWith('big/'));
    });

    it('a file that its old folder names is not read with it', async () => {
      const before = new Map([
        ...many(200, (index) => `big/${long(index)}`, '0123456789\n'),
        ['a', file('a\n')],
      ]);
      const after = new Map([['a/big', file('0123456789\n')]]);
      const { a, 'a/big': big } = outcome(await (await openGit(stagedTrees(before, after))).staged(limits));
      expect([a, big]).toEqual(['-a\n', LARGE]);
    });

    it('no more than limits.changeBytes are read, and each file behind says why', async () => {
      const after = new Map([
        ...many(200, (index) => `big/${long(index)}`, '0123456789\n'),
        ...many(300, (index) => `small/${long(index)}`, '12345678\n'),
      ]);
      const git = await openGit(stagedTrees(new Map(), after));
      const change = await git.staged({ fileBytes: 10, changeBytes: 2000 });
      const small = change.files.filter(({ path }) => path.startsWith('small/'));
      const reasons = new Set(small.map(({ unread }) => unread));
      expect(reasons).toEqual(new Set([null, 'behind the first 2 kB of the change (limits.changeBytes)']));
      expect(small).toHaveLength(300);
    });
  });
});

describe('a change over limits.changeBytes', () => {
  const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
  const after: Tree = new Map(
    Array.from({ length: 40 }, (_, index) => [
      `f${String(index).padStart(2, '0')}`,
      file(`${index}\n`.repeat(20_000)),
    ]),
  );

  it.each([0, 1, 60_000, 300_000, 1_000_000])(
    'of %d: the first files are whole, each behind says why',
    async (changeBytes) => {
      const git = await openGit(stagedTrees(new Map(), after));
      const { files } = await git.staged({ fileBytes: 1e9, changeBytes });
      expect(files.map(({ path }) => path)).toEqual([...after.keys()]);
      const read = files.findIndex(({ hunks }) => hunks === null);
      for (const [index, { path, hunks, unread }] of files.entries()) {
        expect(hunks === null).toBe(index >= read);
        if (hunks === null) expect(unread).toMatch(/^behind the first .* \(limits\.changeBytes\)$/);
        else expect(applyHunks(Buffer.alloc(0), hunks)).toEqual(after.get(path)?.content);
      }
      // As many as fit, however the bytes of the patch arrive: a hunk has one byte more than each line.
      const sizes = [...after.values()].map(({ content }) => content.length + 20_000);
      expect(read).toBe(sizes.findIndex((_, index) => sum(sizes.slice(0, index + 1)) > changeBytes));
    },
  );
});

describe('a repository in trouble', () => {
  it('unmerged paths: exit 3, and they are named', async () => {
    const repository = tempRepository();
    repository.commit({ 'src/a.ts': 'one\n' });
    repository.git('checkout', '--quiet', '-b', 'other');
    repository.commit({ 'src/a.ts': 'two\n' });
    repository.git('checkout', '--quiet', 'main');
    repository.commit({ 'src/a.ts': 'three\n' });
    expect((await repository.tryGit(['merge', 'other'])).code).toBe(1);
    const error = await rejection((await openGit(repository)).staged());
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining('src/a.ts') });
  });

  const overwrite = (path: string, at: number, byte: number): void => {
    const bytes = readFileSync(path);
    bytes.writeUInt8(byte, at);
    writeFileSync(path, bytes);
  };
  const loose = ({ path }: TempRepository, oid: string) =>
    join(path, '.git/objects', oid.slice(0, 2), oid.slice(2));

  it.each([
    ['after', 'b', 'new\n'],
    ['before', 'b', 'old\n'],
  ])('the blob %s is missing: that file is unread, the others are read', async (_, name, content) => {
    const repository = tempRepository();
    repository.commit({ a: 'old a\n', b: 'old\n', moved: 'one\ntwo\n' });
    repository.write({ a: 'new a\n', b: 'new\n' });
    repository.git('mv', 'moved', 'here');
    repository.git('add', '--all');
    writeFileSync(join(repository.path, 'blob'), content);
    const oid = repository.git('hash-object', 'blob');
    rmSync(loose(repository, oid));
    const change = await (await openGit(repository)).staged();
    expect(outcome(change)).toEqual({
      a: '-old a\n+new a\n',
      [name]: `the object ${oid} is missing (a partial clone, or a damaged repository)`,
      here: '',
    });
  });

  it.each([
    'a',
    'caf\xe9',
    '*?[a]\\*',
    '*?[a]\\*\xe9',
    '[a]\xe9',
    ':(top)*',
    ':!a',
    '-x',
    'a\nb',
    'folder/\xff',
  ])('the blob of %j is missing: git is kept from it', async (path) => {
    const others = ['*?a', 'a\xe9', 'zz'].map((name) => [name, file('a\n')] as const);
    const repository = stagedTrees(new Map(), new Map([[path, file('lost\n')], ...others]));
    rmSync(loose(repository, createHash('sha1').update('blob 5\0lost\n').digest('hex')));
    const results = Object.values(outcome(await (await openGit(repository)).staged()));
    expect(results.filter((result) => result === '+a\n')).toHaveLength(3);
    expect(results.filter((result) => result.includes('is missing'))).toHaveLength(1);
  });

  it.each([
    ['is empty', (index: string) => truncateSync(index, 0)],
    ['is cut off in its first entry', (index: string) => truncateSync(index, 40)],
    ['is other text', (index: string) => writeFileSync(index, 'not an index, and long enough to be one\n')],
    ['is of an unknown version', (index: string) => overwrite(index, 7, 99)],
    [
      'has an unknown extension',
      (index: string) => overwrite(index, readFileSync(index).indexOf('TREE'), 0x74),
    ],
  ])('an index that %s: exit 3, and what to do', async (_, damage) => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    damage(join(repository.path, '.git/index'));
    const error = await rejection((await openGit(repository)).staged());
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining('index is corrupt') });
    expect(error.advice).toContain('read-tree');
  });

  it('a damaged blob: that file is unread, the others are read', async () => {
    const repository = tempRepository();
    repository.write({ a: 'one\n', b: 'two\n' });
    repository.git('add', '--all');
    const oid = repository.git('rev-parse', ':a');
    chmodSync(loose(repository, oid), 0o644);
    writeFileSync(loose(repository, oid), 'damaged');
    expect(outcome(await (await openGit(repository)).staged())).toEqual({
      a: `the object ${oid} is missing (a partial clone, or a damaged repository)`,
      b: '+two\n',
    });
  });

  it('a blob that is only seen to be damaged when it is read: exit 3, not a shorter change', async () => {
    const repository = tempRepository();
    repository.write({ a: randomBytes(10_000), b: 'two\n' });
    repository.git('add', '--all');
    const oid = repository.git('rev-parse', ':a');
    chmodSync(loose(repository, oid), 0o644);
    truncateSync(loose(repository, oid), readFileSync(loose(repository, oid)).length - 20);
    const error = await rejection((await openGit(repository)).staged());
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining(oid) });
  });
});

describe('what is not staged', () => {
  it('intent to add is no part of the change', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    repository.write({ a: 'two\n', b: 'new\n' });
    repository.git('add', '--intent-to-add', 'b');
    const git = await openGit(repository);
    expect((await git.staged()).files).toEqual([]);
    repository.git('add', 'a');
    expect(outcome(await git.staged())).toEqual({ a: '-one\n+two\n' });
  });

  it('a file outside of a sparse checkout is not deleted', async () => {
    const repository = tempRepository();
    repository.commit({ 'a/one': 'one\n', 'b/two': 'two\n', 'b/c/three': 'three\n' });
    repository.git('sparse-checkout', 'set', '--cone', '--sparse-index', 'a');
    repository.write({ 'a/one': 'changed\n' });
    repository.git('add', 'a/one');
    expect(readdirSync(repository.path)).not.toContain('b');
    const git = await openGit(repository);
    expect(outcome(await git.staged())).toEqual({ 'a/one': '-one\n+changed\n' });
  });

  it('nor is one that is skipped or assumed unchanged', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n', b: 'two\n', c: 'three\n' });
    repository.git('update-index', '--skip-worktree', 'a');
    repository.git('update-index', '--assume-unchanged', 'b');
    rmSync(join(repository.path, 'a'));
    rmSync(join(repository.path, 'b'));
    rmSync(join(repository.path, 'c'));
    expect((await (await openGit(repository)).staged()).files).toEqual([]);
  });

  it.each(['staged', 'committed'])(
    'a file whose times say that it is as %s is not read in its place',
    async (what) => {
      const repository = tempRepository();
      const path = join(repository.path, 'a');
      repository.commit({ a: 'old\n' });
      repository.git('config', 'core.trustctime', 'false');
      repository.write({ a: 'bad\n' });
      utimesSync(path, 1e9, 1e9);
      repository.git('add', 'a');
      if (what === 'committed') repository.git('commit', '--quiet', '--message=x');
      repository.write({ a: 'dad\n' });
      utimesSync(path, 1e9, 1e9);
      const git = await openGit(repository);
      expect(outcome(what === 'staged' ? await git.staged() : await git.range('HEAD'))).toEqual({
        a: '-old\n+bad\n',
      });
    },
  );

  it('nor one that was converted when it was added', async () => {
    const repository = tempRepository();
    const path = join(repository.path, 'a');
    repository.git('config', 'core.autocrlf', 'true');
    repository.write({ a: 'one\r\ntwo\r\n' });
    utimesSync(path, 1e9, 1e9);
    repository.git('add', 'a');
    repository.git('config', 'core.autocrlf', 'false');
    expect(outcome(await (await openGit(repository)).staged())).toEqual({ a: '+one\n+two\n' });
  });

  it('the working tree is not looked at', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    repository.write({ a: 'staged\n' });
    repository.git('add', 'a');
    repository.write({ a: 'working\n', untracked: 'x\n' });
    expect(outcome(await (await openGit(repository)).staged())).toEqual({ a: '-one\n+staged\n' });
  });
});

describe('while another process stages', () => {
  /** A git in front of git that, once the change is listed, does something to the index before it makes the patch. */
  function wrapGit({ path }: TempRepository, command: string): string {
    const folder = tempFolder();
    const real = process.env['PATH'] ?? '';
    writeFileSync(
      join(folder, 'git'),
      `#!/bin/sh
PATH='${real}'
case " $* " in
  *' -p '*)
    until test -e '${folder}/listed'; do sleep 0.01; done
    (unset GIT_DIR GIT_WORK_TREE; cd '${path}'; ${command}) >/dev/null ;;
  *' --raw '*) git "$@" && : > '${folder}/listed'; exit ;;
esac
exec git "$@"
`,
      { mode: 0o755 },
    );
    return `${folder}:${real}`;
  }

  function stagedRepository(): TempRepository {
    const repository = tempRepository();
    repository.commit({
      a: 'one\n',
      b: 'two\n',
      c: 'c1\nc2\nc3\n',
      like: '1\n2\n3\n',
      d: 'four\n',
      'caf\u00e9': 'x\n',
    });
    repository.write({
      a: 'ONE\n',
      b: 'TWO\n',
      like: '1\n2\n3\n4\n',
      alike: '1\n2\n3\n',
      new: 'new\n',
      other: 'other\n',
    });
    repository.git('rm', '--quiet', 'd');
    repository.git('add', '--all');
    return repository;
  }

  it.each([
    ['other content', 'echo 1 > a; git add a'],
    ['a new file', 'echo 1 > e; git add e'],
    ['the deletion of a file', 'git rm --quiet c'],
    ['a change of mode', 'git update-index --chmod=+x a'],
    ['a change of mode of another file', 'git update-index --chmod=+x c'],
    ['a rename', 'git mv c e'],
    ['a rename of a staged file', 'git mv new e'],
    ['a type', 'ln -s x z; mv -f z a; git add a'],
    ['nothing any more of one file', 'git reset --quiet -- a'],
    ['nothing any more of a new file', 'git rm --quiet --cached new'],
    ['a deletion taken back', 'git reset --quiet -- d'],
    ['nothing any more', 'git read-tree HEAD'],
    ['the content of the old file again, elsewhere', 'git mv other e'],
    ['another index', 'git read-tree --empty'],
    ['the removal of a file that a staged one is like', 'git rm --quiet --cached like'],
    [
      'a conflict',
      'printf "100644 $(git rev-parse :b) 1\\tb\\n100644 $(git rev-parse :a) 2\\tb\\n" | git update-index --index-info',
    ],
  ])('%s: retryable, never a wrong change', async (_, command) => {
    const repository = stagedRepository();
    const git = await openGit(repository, { PATH: wrapGit(repository, command) });
    const error = await rejection(git.staged());
    expect(error).toMatchObject({ exitCode: 3, retryable: true });
    expect(error.message).toBe('the index changed while it was being reviewed');
  });

  it('nothing at all: the change', async () => {
    const repository = stagedRepository();
    const git = await openGit(repository, { PATH: wrapGit(repository, ':') });
    expect(await git.staged()).toEqual(await (await openGit(repository)).staged());
  });
});

describe('reading', () => {
  /** Everything in the folder with its bytes and times; reading a file or folder changes none of them. */
  function everything(folder: string): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
      const path = join(folder, name);
      const { mtimeNs, ctimeNs, ino, mode, size } = lstatSync(path, { bigint: true });
      const bytes = lstatSync(path).isFile() ? readFileSync(path).toString('base64') : null;
      found[name] = { mtimeNs, ctimeNs, ino, mode, size, bytes };
    }
    return found;
  }

  it('changes no byte and no time of the index, the objects and the working tree', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n', b: 'two\n', 'c/d': 'x\n' });
    repository.write({ a: 'ONE\n', e: 'new\n' });
    repository.git('add', '--all');
    // What would make git refresh the index: a file that was touched, and one that is other than staged.
    repository.write({ b: 'two\n', e: 'newer\n' });
    copyFileSync(join(repository.path, 'b'), join(repository.path, 'untracked'));
    const before = everything(repository.path);
    // Access times are no times of ours, and so stay out of it.
    const git = await openGit(repository, { GIT_OPTIONAL_LOCKS: '1' });
    await git.staged();
    await git.staged({ fileBytes: 1, changeBytes: 1 });
    await git.range('HEAD');
    await git.reader.read(repository.git('rev-parse', 'HEAD:a'));
    git.reader.close();
    expect(everything(repository.path)).toEqual(before);
  });

  it('works while another process holds the lock of the index', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\n' });
    repository.write({ a: 'two\n' });
    repository.git('add', 'a');
    writeFileSync(join(repository.path, '.git/index.lock'), '');
    expect(outcome(await (await openGit(repository)).staged())).toEqual({ a: '-one\n+two\n' });
  });
});
