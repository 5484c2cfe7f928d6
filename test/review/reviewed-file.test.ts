import { describe, expect, it } from 'vitest';
import { readChange } from '../../src/git/read-change.ts';
import { resolveRange } from '../../src/git/resolve-range.ts';
import type { ReviewedFile } from '../../src/review/check.ts';
import { openReviewedFile } from '../../src/review/reviewed-file.ts';
import { importCommits, type TreeFile } from '../git/import-commits.ts';
import { NO_LIMITS, openGit } from '../git/open-git.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

type Content = string | Uint8Array | TreeFile | null;

const treeFile = (content: Content): TreeFile | null =>
  content === null || (typeof content === 'object' && 'mode' in content)
    ? content
    : { mode: '100644', content: Buffer.from(content) };
const link = (target: string): TreeFile => ({ mode: '120000', content: Buffer.from(target) });
const submodule = (digit: string): TreeFile => ({ mode: '160000', content: Buffer.from(digit.repeat(40)) });
const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

/** The file `path` of the last commit's change; `name` is what it is called before it. */
async function review(before: Content, after: Content, path = 'file', name = path): Promise<ReviewedFile> {
  const repository = tempRepository();
  const tree = (file: TreeFile | null, at: string) => new Map(file === null ? [] : [[at, file]]);
  importCommits(repository, [tree(treeFile(before), name), tree(treeFile(after), path)]);
  const { reader, range } = await openGit(repository);
  const [change, ...more] = (await range('main')).files;
  if (change === undefined || more.length > 0) throw new Error('the change is not one of one file');
  return openReviewedFile(change, false, reader.read);
}

/** `number: text` of each line. */
const shown = (lines: ReviewedFile['added']) => lines.map(({ number, text }) => `${number}: ${text}`);

describe('the lines of a change', () => {
  const TEN = Array.from({ length: 10 }, (_, index) => `line ${index + 1}\n`);
  const ten = (change: (lines: string[]) => void) => {
    const lines = [...TEN];
    change(lines);
    return lines.join('');
  };

  it.each<[string, Content, Content, string[], string[]]>([
    ['added file', null, 'one\ntwo\n', ['1: one', '2: two'], []],
    ['added file without a newline at its end', null, 'one\ntwo', ['1: one', '2: two'], []],
    ['added empty file', null, '', [], []],
    ['added newline', '', '\n', ['1: '], []],
    ['deleted file', 'one\ntwo\n', null, [], ['1: one', '2: two']],
    ['edited line', 'one\ntwo\nthree\n', 'one\n2\nthree\n', ['2: 2'], ['2: two']],
    [
      'several hunks',
      TEN.join(''),
      ten((lines) => lines.splice(8, 1).concat(lines.splice(0, 0, 'a\n', 'b\n'))),
      ['1: a', '2: b'],
      ['9: line 9'],
    ],
    ['newline at the end', 'one\ntwo', 'one\ntwo\n', ['2: two'], ['2: two']],
    ['newline at the end taken away', 'one\n', 'one', ['1: one'], ['1: one']],
    ['CRLF', 'one\r\ntwo\r\n', 'one\r\n2\r\n', ['2: 2'], ['2: two']],
    ['LF made CRLF', 'one\n', 'one\r\n', ['1: one'], ['1: one']],
    ['lone CR within a line', null, 'one\rtwo\n', ['1: one\rtwo'], []],
    [
      'lines that look like those of a patch',
      null,
      '+a\n-b\n@@ -1 +1 @@\n\\ No\n',
      ['1: +a', '2: -b', '3: @@ -1 +1 @@', '4: \\ No'],
      [],
    ],
    ['UTF-8', null, 'Grüße 😀\n', ['1: Grüße 😀'], []],
    ['separators of Unicode are no ends of lines', null, 'a\u2028b\u0085c\n', ['1: a\u2028b\u0085c'], []],
    ['byte order mark', '\ufeffone\n', '\ufeff1\n\ufeff2\n', ['1: 1', '2: \ufeff2'], ['1: one']],
    ['byte order mark taken away', '\ufeffone\n', 'one\n', ['1: one'], ['1: one']],
    ['Latin-1', null, Buffer.from('caf\xe9 bar\n', 'latin1'), ['1: caf\ufffd bar'], []],
  ])('%s', async (_, before, after, added, removed) => {
    const file = await review(before, after);
    expect(file.kind).toBe('text');
    expect(shown(file.added)).toEqual(added);
    expect(shown(file.removed)).toEqual(removed);
    expect(file.addedText).toBe(file.added.map(({ text }) => text).join('\n'));
  });

  it.each<[string, Content, Content, string | null, string | null]>([
    ['added', null, 'one\n', null, 'one\n'],
    ['deleted', 'one\n', null, 'one\n', null],
    ['CRLF stays', 'a\r\n', 'b\r\n', 'a\r\n', 'b\r\n'],
    ['the byte order mark goes', '\ufeffa\n', '\ufeffb\ufeff\n', 'a\n', 'b\ufeff\n'],
    ['UTF-16', utf16le('\ufeffa\n'), utf16be('\ufeffb\n'), 'a\n', 'b\n'],
    ['binary', Buffer.from('\0\x01\x02\xff'), Buffer.from('\0\x02\x03\xff'), null, null],
    ['a link', link('a'), link('b'), 'a', 'b'],
    ['a submodule', submodule('1'), submodule('2'), null, null],
  ])('the whole texts: %s', async (_, before, after, textBefore, textAfter) => {
    const file = await review(before, after);
    expect(await file.before()).toBe(textBefore);
    expect(await file.after()).toBe(textAfter);
  });

  it('a pure rename adds nothing, and has its whole text', async () => {
    const file = await review('one\ntwo\n', 'one\ntwo\n', 'new', 'old');
    expect(file.change).toMatchObject({ status: 'renamed', oldPath: 'old', path: 'new' });
    expect([file.path, file.kind, file.added, file.removed]).toEqual(['new', 'text', [], []]);
    expect([await file.before(), await file.after()]).toEqual(['one\ntwo\n', 'one\ntwo\n']);
  });

  it('a rename with an edit adds the edit', async () => {
    const file = await review(
      TEN.join(''),
      ten((lines) => lines.push('more\n')),
      'new',
      'old',
    );
    expect(file.change.status).toBe('renamed');
    expect(shown(file.added)).toEqual(['11: more']);
  });

  it('a change of mode adds nothing', async () => {
    const file = await review('one\n', { mode: '100755', content: Buffer.from('one\n') });
    expect([file.added, file.removed]).toEqual([[], []]);
  });

  it('of a file that was not read there are none', async () => {
    const repository = tempRepository();
    repository.commit({ a: 'one\ntwo\n' });
    const { reader, range } = await openGit(repository);
    const [change] = (await range('HEAD', { fileBytes: 1, changeBytes: 1 })).files;
    if (change === undefined) throw new Error('no change');
    const file = await openReviewedFile(change, true, reader.read);
    expect(file).toMatchObject({ kind: 'text', added: [], removed: [], generated: true });
    expect(await file.after()).toBeNull();
  });
});

describe('UTF-16', () => {
  const LINES = 'const one = 1;\nconst two = 2;\nconst three = 3;\n';

  it.each<[string, (text: string) => Buffer]>([
    ['little endian with a byte order mark', (text) => utf16le(`\ufeff${text}`)],
    ['big endian with a byte order mark', (text) => utf16be(`\ufeff${text}`)],
    ['little endian without one', utf16le],
    ['big endian without one', utf16be],
  ])('%s', async (_, encode) => {
    const added = await review(null, encode(LINES));
    expect(added.kind).toBe('text');
    expect(shown(added.added)).toEqual(['1: const one = 1;', '2: const two = 2;', '3: const three = 3;']);
    expect(await added.after()).toBe(LINES);

    const edited = await review(encode(LINES), encode(LINES.replace('2;\n', '22;\r\nconst more = 4;\r\n')));
    expect(shown(edited.added)).toEqual(['2: const two = 22;', '3: const more = 4;']);
    expect(shown(edited.removed)).toEqual(['2: const two = 2;']);

    const deleted = await review(encode(LINES), null);
    expect(deleted.kind).toBe('text');
    expect(shown(deleted.removed)).toEqual(['1: const one = 1;', '2: const two = 2;', '3: const three = 3;']);
    expect([await deleted.before(), await deleted.after()]).toEqual([LINES, null]);
  });

  it('characters with the byte of a newline in them are no ends of lines', async () => {
    const file = await review(utf16le('\ufeffone\n'), utf16le('\ufeffone\nઊਊ Ċ two\nthree\n'));
    expect(shown(file.added)).toEqual(['2: ઊਊ Ċ two', '3: three']);
  });

  it('that was UTF-8 adds only what is new', async () => {
    const file = await review('one\ntwo\n', utf16le('\ufeffone\n2\n'));
    expect(shown(file.added)).toEqual(['2: 2']);
    expect(shown(file.removed)).toEqual(['2: two']);
  });

  it('that becomes UTF-8 is text', async () => {
    const file = await review(utf16le('\ufeffone\ntwo\n'), 'one\n2\n');
    expect(file.kind).toBe('text');
    expect(file.added.map(({ text }) => text)).toContain('2');
    expect(await file.after()).toBe('one\n2\n');
  });
});

describe('what is no text', () => {
  it.each<[string, Content, Content]>([
    ['added', null, Buffer.from('one\0\ntwo\xff\n', 'latin1')],
    ['changed', Buffer.from('\0one\n'), Buffer.from('one\0\ntwo\xff\n', 'latin1')],
    ['as text before', 'text\n', Buffer.from('one\0\ntwo\xff\n', 'latin1')],
  ])('binary: its bytes are Latin-1 lines: %s', async (_, before, after) => {
    const file = await review(before, after);
    expect(file.kind).toBe('binary');
    expect(shown(file.added)).toEqual(['1: one\0', '2: two\xff']);
  });

  it('binary and gone', async () => {
    const file = await review(Buffer.from('one\0\ntwo\n'), null);
    expect(file.kind).toBe('binary');
    expect(shown(file.removed)).toEqual(['1: one\0', '2: two']);
  });

  it('that becomes text is text: what it was hides nothing', async () => {
    const file = await review(Buffer.from('one\0\nsame\n'), 'Grüße\nsame\n');
    expect(file.kind).toBe('text');
    expect(shown(file.added)).toEqual(['1: Grüße']);
    expect(await file.after()).toBe('Grüße\nsame\n');
    expect(await file.before()).toBeNull();
  });

  it.each<[string, Content, Content, string[], string[]]>([
    ['new', null, link('../target'), ['1: ../target'], []],
    ['elsewhere', link('a'), link('b'), ['1: b'], ['1: a']],
    ['was a file', 'one\ntwo\n', link('b'), ['1: b'], ['1: one', '2: two']],
    ['was a binary file', Buffer.from('\0'), link('b'), ['1: b'], ['1: \0']],
    ['gone', link('a'), null, [], ['1: a']],
    [
      'with a NUL, at which the system ends its target',
      null,
      link('/etc/passwd\0x'),
      ['1: /etc/passwd\0x'],
      [],
    ],
  ])('a link: %s', async (_, before, after, added, removed) => {
    const file = await review(before, after);
    expect(file.kind).toBe('symlink');
    expect(shown(file.added)).toEqual(added);
    expect(shown(file.removed)).toEqual(removed);
  });

  it('a link that becomes a file is text', async () => {
    const file = await review(link('a'), 'one\ntwo\n');
    expect([file.kind, shown(file.added), shown(file.removed)]).toEqual([
      'text',
      ['1: one', '2: two'],
      ['1: a'],
    ]);
  });

  it.each<[string, Content, Content]>([
    ['new', null, submodule('1')],
    ['moved', submodule('1'), submodule('2')],
    ['was a file', 'one\n', submodule('2')],
    ['gone', submodule('1'), null],
  ])('a submodule adds no lines: %s', async (_, before, after) => {
    const file = await review(before, after);
    expect([file.kind, file.added]).toEqual(['submodule', []]);
  });
});

describe('a merge', () => {
  type Files = Readonly<Record<string, string | Uint8Array>>;

  /** Merges `theirs` into `ours`, both made from `base`, as `result`; answers the reviewed file of each path. */
  async function merge(base: Files, ours: Files, theirs: Files, result: Files, fileBytes = 1e6) {
    const repository = tempRepository();
    const { git } = repository;
    repository.commit({ base: '', ...base });
    git('checkout', '--quiet', '-b', 'theirs');
    repository.commit({ theirs: '', ...theirs });
    git('checkout', '--quiet', 'main');
    repository.commit({ ours: '', ...ours });
    await repository.tryGit(['merge', '--no-commit', 'theirs']);
    repository.commit(result);
    expect(git('rev-list', '--parents', '--max-count=1', 'HEAD').split(' ')).toHaveLength(3);
    return open(repository, fileBytes);
  }

  async function open(at: TempRepository, fileBytes: number) {
    const { repository, reader } = await openGit(at);
    const comparison = await resolveRange(repository, reader, 'HEAD');
    const limits = { ...NO_LIMITS, fileBytes };
    const change = await readChange(repository, reader, comparison, limits);
    const parents = comparison.otherParents.map((base) =>
      readChange(repository, reader, { ...comparison, base, otherParents: [] }, limits),
    );
    const others = await Promise.all(parents);
    const files = change.files.map(async (file) => {
      const same = others.flatMap(({ files }) => files.filter(({ path }) => path === file.path));
      return [file.path, await openReviewedFile(file, false, reader.read, same)] as const;
    });
    return new Map(await Promise.all(files));
  }

  it('adds a line only when no parent has it', async () => {
    const lines = (first: string, last: string) => `${first}\n${'same\n'.repeat(10)}${last}\n`;
    const files = await merge(
      { a: lines('1', '1') },
      { a: lines('ours', '1') },
      { a: lines('1', 'theirs') },
      { a: `${lines('ours', 'theirs')}resolved\n` },
    );
    const file = files.get('a');
    expect(file && shown(file.added)).toEqual(['13: resolved']);
  });

  it('adds what a resolution makes of a conflict', async () => {
    const files = await merge(
      { a: '1\n' },
      { a: 'ours\n' },
      { a: 'theirs\n' },
      { a: 'ours\ntheirs\nboth\n' },
    );
    const file = files.get('a');
    expect(file && shown(file.added)).toEqual(['3: both']);
  });

  it('adds a file that is in no parent', async () => {
    const files = await merge({}, {}, {}, { evil: 'one\ntwo\n' });
    const file = files.get('evil');
    expect(file && shown(file.added)).toEqual(['1: one', '2: two']);
  });

  it('adds nothing that was taken from the other parent', async () => {
    const files = await merge({ a: '1\n' }, {}, { a: '1\n2\n' }, { a: '1\n2\n3\n' });
    const file = files.get('a');
    expect(file && shown(file.added)).toEqual(['3: 3']);
  });

  it('adds a line that a parent whose file was not read may not have', async () => {
    const files = await merge(
      { a: '1\n' },
      { a: '1\n2\n' },
      { a: '3\n'.repeat(1000) },
      { a: '1\n2\n4\n' },
      500,
    );
    const file = files.get('a');
    expect(file && shown(file.added)).toEqual(['3: 4']);
  });

  it('in UTF-16 likewise, with characters that hold the byte of a newline', async () => {
    const encode = (text: string) => utf16le(`\ufeff${text}`);
    const files = await merge(
      { a: encode('ĊĊĊĊ\none\ntwo\n') },
      { a: encode('ĊĊĊĊ\nours\ntwo\n') },
      { a: encode('ĊĊĊĊ\ntheirs\ntwo\n') },
      { a: encode('ĊĊĊĊ\nours\ntheirs\ntwo\nevil\n') },
    );
    const file = files.get('a');
    expect(file?.kind).toBe('text');
    expect(file && shown(file.added)).toEqual(['5: evil']);
  });
});
