import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath } from '../../src/change/path.ts';
import { createSnapshot } from '../../src/git/snapshot.ts';
import { tempRepository } from '../support/temp-repository.ts';
import { importCommits, type Tree } from './import-commits.ts';
import { openGit } from './open-git.ts';

const file = (content: string, mode = '100644') => ({ mode, content: Buffer.from(content, 'latin1') });
const tree = (files: Readonly<Record<string, ReturnType<typeof file>>>): Tree =>
  new Map(Object.entries(files));
const decoded = (name: string) => decodePath(Buffer.from(name, 'latin1'));
const SUBMODULE = file('1'.repeat(40), '160000');

/** The tree after a change, as the change laid over the tree before it, and as a tree of its own. */
async function snapshots(before: Tree, after: Tree, limits = { fileBytes: 1000 }) {
  const repository = tempRepository();
  const [first = '', second = ''] = importCommits(repository, [before, after]);
  const { reader, range } = await openGit(repository);
  const { base, files } = await range(`${first}..${second}`);
  const stored = createSnapshot(reader, repository.git('rev-parse', `${second}^{tree}`), limits);
  return { overlaid: createSnapshot(reader, base.tree, limits, files), stored };
}

const BEFORE = tree({
  a: file('a\n'),
  'src/one.ts': file('one\n'),
  'src/deep/er/two.ts': file('two\n'),
  'src/deep/three.ts': file('three\n'),
  'docs/only.md': file('only\n'),
  link: file('a', '120000'),
  'vendor/lib': SUBMODULE,
});

/** What may become of it. */
const changes: Readonly<Record<string, Tree>> = {
  nothing: BEFORE,
  'a file more, in a new folder': tree({ ...Object.fromEntries(BEFORE), 'new/deep/file': file('new\n') }),
  'a file less, and so its folder': without('docs/only.md'),
  'all files of a folder of folders less': without('src/one.ts', 'src/deep/er/two.ts', 'src/deep/three.ts'),
  'a folder within less': without('src/deep/er/two.ts'),
  'a folder emptied and filled': tree({
    ...Object.fromEntries(without('docs/only.md')),
    'docs/x.md': file('x\n'),
  }),
  'a file edited': tree({ ...Object.fromEntries(BEFORE), a: file('b\n', '100755') }),
  'a file moved': tree({ ...Object.fromEntries(without('src/one.ts')), 'lib/one.ts': file('one\n') }),
  'a file moved into a folder of its name': tree({ ...Object.fromEntries(without('a')), 'a/a': file('a\n') }),
  'a file as a folder': tree({ ...Object.fromEntries(without('a')), 'a/b/c': file('c\n') }),
  'a folder as a file': tree({ ...Object.fromEntries(without('docs/only.md')), docs: file('docs\n') }),
  'a folder of folders as a link': tree({
    ...Object.fromEntries(without('src/one.ts', 'src/deep/er/two.ts', 'src/deep/three.ts')),
    src: file('docs', '120000'),
  }),
  'a link as a file': tree({ ...Object.fromEntries(BEFORE), link: file('text\n') }),
  'a file as a link': tree({ ...Object.fromEntries(BEFORE), a: file('/etc/passwd', '120000') }),
  'a submodule as a folder': tree({
    ...Object.fromEntries(without('vendor/lib')),
    'vendor/lib/x': file('x\n'),
  }),
  'a folder as a submodule': tree({ ...Object.fromEntries(without('docs/only.md')), docs: SUBMODULE }),
  'names that are not UTF-8': tree({
    ...Object.fromEntries(BEFORE),
    'caf\xe9/\xff': file('x\n'),
    'caf\xe8': file('y\n'),
  }),
  'everything else': tree({ z: file('z\n') }),
  'nothing any more': tree({}),
};

function without(...paths: readonly string[]): Tree {
  return new Map([...BEFORE].filter(([path]) => !paths.includes(path)));
}

/** What `list` and `read` are to say, from the files alone. */
function expected(files: Tree) {
  const folders = new Map<string, Map<string, string>>([['', new Map()]]);
  const kinds: Readonly<Record<string, string>> = { '120000': 'symlink', '160000': 'submodule' };
  for (const [path, { mode }] of files) {
    const parts = path.split('/');
    for (const [index, part] of parts.entries()) {
      const folder = parts.slice(0, index).join('/');
      const kind = index < parts.length - 1 ? 'folder' : (kinds[mode] ?? 'file');
      folders.set(folder, (folders.get(folder) ?? new Map()).set(decoded(part), kind));
    }
  }
  return folders;
}

const ordered = (entries: Iterable<readonly [string, string]>) =>
  [...entries].map(([name, kind]) => `${kind} ${name}`).sort();

async function expectTree(snapshot: ReturnType<typeof createSnapshot>, files: Tree, paths: Iterable<string>) {
  const folders = expected(files);
  for (const path of new Set([...paths, ...folders.keys()])) {
    const entries = await snapshot.list(decoded(path));
    expect(ordered(entries.map(({ name, kind }) => [name, kind])), `list ${path}`).toEqual(
      ordered(folders.get(path) ?? []),
    );
    const content = files.get(path)?.mode === '160000' ? null : (files.get(path)?.content ?? null);
    expect(await snapshot.read(decoded(path)), `read ${path}`).toEqual(content);
  }
}

/** Every path that is in one of the trees, and every folder over it. */
function allPaths(...trees: readonly Tree[]): Set<string> {
  const paths = trees.flatMap((one) => [...one.keys()]);
  return new Set(
    paths.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))),
  );
}

describe('the tree after a change is the tree before it with the change laid over it', () => {
  it.each(Object.entries(changes))('%s', async (_, after) => {
    const { overlaid, stored } = await snapshots(BEFORE, after);
    const paths = allPaths(BEFORE, after);
    await expectTree(stored, after, paths);
    await expectTree(overlaid, after, paths);
  });

  it('for any two trees', async () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', '\xe9'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'));
    const content = fc.constantFrom(file('1\n'), file('2\n'), file('x', '120000'), SUBMODULE);
    const trees = fc.array(fc.tuple(path, content), { maxLength: 12 }).map((files) => {
      const found = new Map<string, ReturnType<typeof file>>();
      for (const [name, made] of files) {
        const inTheWay = [...found.keys()].some(
          (other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`),
        );
        if (!inTheWay) found.set(name, made);
      }
      return found;
    });
    await fc.assert(
      fc.asyncProperty(trees, trees, async (before, after) => {
        const { overlaid } = await snapshots(before, after);
        await expectTree(overlaid, after, allPaths(before, after));
      }),
      { numRuns: 25 },
    );
  });
});

describe('reading', () => {
  it('no path but that of a file is one', async () => {
    const { overlaid, stored } = await snapshots(BEFORE, changes['a file moved'] ?? BEFORE);
    const paths = [
      '',
      '/',
      'src',
      'src/',
      '/a',
      'a/',
      'a/b',
      './a',
      'src/../a',
      'src//one.ts',
      'lib//one.ts',
      'A',
    ];
    for (const path of [...paths, 'link/x', 'vendor/lib', 'vendor/lib/x', 'none', 'none/x', '\ud800']) {
      expect(await stored.read(path), path).toBeNull();
      expect(await overlaid.read(path), path).toBeNull();
    }
  });

  it('a link is its target, and nothing is read through it', async () => {
    const { stored } = await snapshots(BEFORE, tree({ link: file('src', '120000'), 'src/a': file('a\n') }));
    expect((await stored.read('link'))?.toString()).toBe('src');
    expect(await stored.read('link/a')).toBeNull();
    expect(await stored.list('link')).toEqual([]);
  });

  it.each(['old', 'changed'])(
    '%s: a file over the limit rejects, and says why; one of just that size does not',
    async (which) => {
      const files = tree({ old: file('12345\n'), fits: file('1234\n') });
      const { overlaid } = await snapshots(
        files,
        tree({ ...Object.fromEntries(files), changed: file('x'.repeat(6)) }),
        {
          fileBytes: 5,
        },
      );
      await expect(overlaid.read(which)).rejects.toMatchObject({
        exitCode: 3,
        message: `${which} is larger than 5 bytes (limits.fileBytes)`,
      });
      expect((await overlaid.read('fits'))?.toString()).toBe('1234\n');
    },
  );

  it('a sha256 tree', async () => {
    const repository = tempRepository('--object-format=sha256');
    importCommits(repository, [tree({ 'src/a': file('a\n'), b: file('b\n') })]);
    const { reader } = await openGit(repository);
    const snapshot = createSnapshot(reader, repository.git('rev-parse', 'main^{tree}'), { fileBytes: 10 });
    await expectTree(snapshot, tree({ 'src/a': file('a\n'), b: file('b\n') }), ['none']);
  });

  it('the empty tree, which is no object of the repository', async () => {
    const repository = tempRepository();
    repository.write({ 'src/a': 'a\n' });
    repository.git('add', '--all');
    const { repository: opened, reader, staged } = await openGit(repository);
    const { files } = await staged();
    const snapshot = createSnapshot(reader, opened.emptyTree, { fileBytes: 10 }, files);
    await expectTree(snapshot, tree({ 'src/a': file('a\n') }), ['none']);
  });

  it('neither an index nor a working file', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'committed\n' });
    repository.write({ a: 'staged\n', b: 'x\n' });
    repository.git('add', '--all');
    repository.write({ a: 'working\n', c: 'x\n' });
    const { reader, staged } = await openGit(repository);
    const head = repository.git('rev-parse', 'HEAD^{tree}');
    const before = createSnapshot(reader, head, { fileBytes: 100 });
    const after = createSnapshot(reader, head, { fileBytes: 100 }, (await staged()).files);
    await expectTree(before, tree({ a: file('committed\n') }), ['b', 'c']);
    await expectTree(after, tree({ a: file('staged\n'), b: file('x\n') }), ['c']);
  });
});
