import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';
import { everythingIn } from '../worktree/work-place.ts';
import { openWorkTools, type WorkTools } from './work-tools.ts';

const patch = (...lines: string[]): string => `${lines.join('\n')}\n`;

/** One hunk behind the names of a file. */
const change = (name: string, ...lines: string[]): string =>
  patch(`--- a/${name}`, `+++ b/${name}`, '@@ -1,1 +1,1 @@', ...lines);

const apply = (tools: WorkTools, text: string): Promise<string> => tools.use('apply_patch', { patch: text });

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('a patch', () => {
  it('changes, adds, deletes and renames files', async () => {
    const tools = await openWorkTools({
      'src/a': numbered(9),
      'src/b': 'b\n',
      'src/c': 'c\nd\n',
      'src/d': 'd\n',
    });
    tools.makeExecutable('src/c');
    const text = [
      change('src/a', ' line 4', '-line 5', '+five', ' line 6'),
      patch('--- /dev/null', '+++ b/new/deep/e', '@@ -0,0 +1,2 @@', '+e', '+f'),
      patch('--- a/src/b', '+++ /dev/null', '@@ -1 +0,0 @@', '-b'),
      patch('diff --git a/src/c b/lib/c', 'similarity index 50%', 'rename from src/c', 'rename to lib/c'),
      patch('--- a/src/c', '+++ b/lib/c', '@@ -1,2 +1,2 @@', ' c', '-d', '+D'),
      patch('diff --git a/src/d b/src/e', 'similarity index 100%', 'rename from src/d', 'rename to src/e'),
    ].join('');
    expect(await apply(tools, text)).toBe(
      [
        'src/a: changed, hunks at line 4 of the old file',
        'new/deep/e: new',
        'src/b: deleted',
        'lib/c: changed, was src/c, hunks at line 1 of the old file',
        'src/e: changed, was src/d',
      ].join('\n'),
    );
    expect([tools.read('src/a'), tools.read('new/deep/e')]).toEqual([
      numbered(9).replace('line 5', 'five'),
      'e\nf\n',
    ]);
    expect([tools.read('lib/c'), tools.isExecutable('lib/c'), tools.read('src/e')]).toEqual([
      'c\nD\n',
      true,
      'd\n',
    ]);
    expect(readdirSync(join(tools.folder, 'src'))).toEqual(['a', 'e']);
    expect(tools.changes()).toBe(6);
  });

  it('goes where its lines stand, whatever its numbers and counts say, or without any', async () => {
    const tools = await openWorkTools({ a: numbered(30), b: numbered(30) });
    const hunks = [
      ...['@@ -900,1 +3,77 @@ function f()', ' line 19', '-line 20', '+twenty', ''],
      ...['@@ @@', ' line 25', '+25.5', ' line 26', '@@', '-line 29', ' line 30', '', ''],
    ];
    const text = ['a', 'b'].map((name) => patch(`--- a/${name}`, `+++ b/${name}`, ...hunks)).join('');
    expect(await apply(tools, text)).toContain('b: changed, hunks at lines 19, 25, 29 of the old file');
    const after = numbered(30)
      .replace('line 20', 'twenty')
      .replace('line 26', '25.5\nline 26')
      .replace('line 29\n', '');
    expect([tools.read('a'), tools.read('b')]).toEqual([after, after]);
  });

  it('may count one line too many before the names of the next file', async () => {
    const tools = await openWorkTools({ a: 'a\nb\n', b: 'c\n' });
    const text = patch(
      ...['--- a/a', '+++ b/a', '@@ -1,3 +1,3 @@', ' a', '-b', '+B'],
      ...['--- a/b', '+++ b/b', '@@ -1 +1 @@', '-c', '+C'],
    );
    await apply(tools, text);
    expect([tools.read('a'), tools.read('b')]).toEqual(['a\nB\n', 'C\n']);
  });

  it('may change lines that look like those of a patch', async () => {
    const tools = await openWorkTools({ 'a.sql': '-- one\n-- two\nselect 1\n' });
    await apply(tools, change('a.sql', '--- one', '+-- uno', ' -- two', ' select 1', '+++ x'));
    expect(tools.read('a.sql')).toBe('-- uno\n-- two\nselect 1\n++ x\n');
  });

  it('may leave out the space of an empty line', async () => {
    const tools = await openWorkTools({ a: 'a\n\nb\n' });
    await apply(tools, change('a', ' a', '', '-b', '+c'));
    expect(tools.read('a')).toBe('a\n\nc\n');
  });

  it('may have names without a/ and b/, with times, and as git quotes them', async () => {
    const tools = await openWorkTools({ a: 'a\n', 'é "x"\t': 'b\n' });
    await apply(tools, patch('--- a\t2024-01-01 00:00:00', '+++ a\t2024-01-02 00:00:00', '@@', '-a', '+A'));
    await apply(
      tools,
      patch('--- "a/\\303\\251 \\"x\\"\\t"', '+++ "b/\\303\\251 \\"x\\"\\t"', '@@', '-b', '+B'),
    );
    expect([tools.read('a'), tools.read('é "x"\t')]).toEqual(['A\n', 'B\n']);
  });

  it('changes modes', async () => {
    const tools = await openWorkTools({ a: 'a\n', b: 'b\n' });
    tools.makeExecutable('b');
    const text = [
      patch('diff --git a/a b/a', 'old mode 100644', 'new mode 100755'),
      patch('diff --git a/b b/b', 'old mode 100755', 'new mode 100644', 'index 1234567..89abcde'),
      change('b', '-b', '+B'),
      patch('diff --git a/c b/c', 'new file mode 100755', 'index 0000000..e69de29'),
    ];
    await apply(tools, text.join(''));
    expect(['a', 'b', 'c'].map(tools.isExecutable)).toEqual([true, false, true]);
    expect([tools.read('b'), tools.read('c')]).toEqual(['B\n', '']);
  });

  it('keeps CRLF and a byte order mark that the model has not seen', async () => {
    const tools = await openWorkTools({ a: '\ufeffa\r\nb\r\nc\r\n', b: 'a\r\nb', c: '\ufeffa\n' });
    await apply(tools, change('a', '-a', '+A', '+A2', ' b'));
    expect(tools.read('a')).toBe('\ufeffA\r\nA2\r\nb\r\nc\r\n');
    await apply(tools, change('b', ' a', ' b', '+c', '+d'));
    expect(tools.read('b')).toBe('a\r\nb\r\nc\r\nd');
    await apply(tools, change('c', '+new', ' a'));
    expect(tools.read('c')).toBe('\ufeffnew\na\n');
  });

  it('takes the newline at the end as the hunk says, or, when it says nothing, leaves it', async () => {
    const tools = await openWorkTools({ a: 'a\nb', b: 'a\nb', c: 'a\nb\n', d: 'a\nb' });
    const none = '\\ No newline at end of file';
    await apply(tools, change('a', ' a', '-b', '+c'));
    await apply(tools, change('b', ' a', '-b', none, '+c'));
    await apply(tools, change('c', ' a', '-b', '+c', none));
    await apply(tools, change('d', '-a', '+A', ' b', none));
    expect(['a', 'b', 'c', 'd'].map(tools.read)).toEqual(['a\nc', 'a\nc\n', 'a\nc', 'A\nb']);
  });

  it('is placed where hunks that repeat have one way to stand in order', async () => {
    const tools = await openWorkTools({ a: 'x\none\nx\ntwo\nx\n' });
    await apply(
      tools,
      patch('--- a/a', '+++ b/a', '@@', '-one', '+1', '@@', '-x', '+y', ' two', '@@', ' x', '+z'),
    );
    expect(tools.read('a')).toBe('x\n1\ny\ntwo\nx\nz\n');
  });
});

describe('a patch is refused as a whole', () => {
  const FILES = { a: 'a\nb\nc\nb\nc\n', b: 'b\n', 'src/x': 'x\n', bin: Buffer.of(0, 10, 1), link: '' };
  const good = change('b', '-b', '+B');
  const two = (name: string, other: string) => patch(`--- a/${name}`, `+++ b/${other}`, '@@', '-b', '+c');
  const git = (...lines: string[]) => patch('diff --git a/b b/b', ...lines);

  it.each<[string, string, RegExp | string]>([
    [
      'where a hunk has two places',
      change('a', ' b', '+x', ' c'),
      'Nothing was changed. a, hunk 1 of 1 (@@ -1,1 +1,1 @@): it could be at line 2 and at line 4: give more of the lines around it.',
    ],
    [
      'where the lines of a hunk are not there',
      change('a', ' a', '-B', '+x'),
      'Nothing was changed. a, hunk 1 of 1 (@@ -1,1 +1,1 @@): its lines are not in the file as they are. It begins as at line 1, but at line 2 the file has "b", not "B".',
    ],
    [
      'where they differ in white space',
      change('a', ' a', '-b ', '+x'),
      /Lines 1-2 differ only in white space/,
    ],
    [
      'where a second hunk does not fit',
      patch('--- a/a', '+++ b/a', '@@', ' a', '-b', '+x', '@@', '-zzz', '+x'),
      /^error: Nothing was changed\. a, hunk 2 of 2 \(@@\): its lines are not in the file as they are\. Look at the file/,
    ],
    [
      'where hunks are not in order',
      patch('--- a/a', '+++ b/a', '@@', ' c', '-b', '+x', ' c', '@@', '-a', '+x'),
      /hunk 2 of 2 \(@@\): its lines stand at line 1, which is not behind the hunk before it/,
    ],
    ['where a hunk only adds', change('a', '+x'), /it has no lines of the file: give those before and after/],
    [
      'where a hunk changes nothing',
      change('a', ' a'),
      /^error: Line 3 of the patch: this hunk has no line with - or \+/,
    ],
    [
      'where a line has no marker',
      change('a', ' a', 'b', '-c'),
      /^error: Line 5 of the patch: a line of a hunk begins/,
    ],
    [
      'where the end is said to have no newline',
      change('b', '-b', '\\ No newline at end of file', '+x'),
      /the last line has no newline at its end, and it has one/,
    ],
    [
      'where lines follow one without',
      change('b', '-b', '+x', '\\ No newline', '+y'),
      /lines follow one that has no newline/,
    ],
    ['where a remark follows nothing', change('b', '\\ No newline'), /follows no line/],
    ['where there is no file', change('no', '-a', '+b'), 'no: there is no file no. Nothing was changed.'],
    [
      'where a new file is there',
      patch('--- /dev/null', '+++ b/a', '@@', '+x'),
      'a: it is there already. Nothing was changed.',
    ],
    ['where a new file is a folder', patch('--- /dev/null', '+++ b/src', '@@', '+x'), 'src is a folder.'],
    ['where a new file has context', patch('--- /dev/null', '+++ b/n', '@@', ' y', '+x'), /n, hunk 1 of 1/],
    [
      'where a deleted file has more',
      patch('--- a/a', '+++ /dev/null', '@@', '-a', '-b'),
      'a: it is deleted, but 6 bytes of it are not in the hunks. Nothing was changed.',
    ],
    [
      'where a rename is in the way',
      git('rename from b', 'rename to a').replace('b/b', 'b/a'),
      'a: it is there already. Nothing was changed.',
    ],
    ['where a rename renames nothing', git('rename from b', 'rename to b'), /it is renamed to its own name/],
    ['where half of a rename is missing', git('rename from b'), /belong together/],
    ['where two names are two files', two('b', 'c'), /name two files: a rename has "rename from"/],
    [
      'where names do not agree',
      git('rename from b', 'rename to c') + two('b', 'd'),
      /are not those of "---"/,
    ],
    ['where a file is named twice', good + good, /^error: The patch names b twice/],
    ['where a file is named twice, as another', good + change('./b', '-b', '+c'), /names b twice/],
    [
      'where both sides are nothing',
      patch('--- /dev/null', '+++ /dev/null', '@@', '+x'),
      /both sides are \/dev\/null/,
    ],
    ['where there are no hunks', patch('--- a/b', '+++ b/b'), /there are no hunks behind the names/],
    ['where it says nothing', git(), /it changes nothing in this file/],
    ['where it does not say of what', patch('diff --git a/b b/c'), /does not say of which file/],
    [
      'of a link',
      git('new file mode 120000', '--- /dev/null', '+++ b/n', '@@', '+/etc'),
      /only regular files/,
    ],
    ['of a submodule', git('old mode 100644', 'new mode 160000'), /only regular files/],
    [
      'of a binary file',
      git('index 1234567..89abcde 100644', 'Binary files a/b and b/b differ'),
      /binary files cannot/,
    ],
    ['of a binary file, with its bytes', git('GIT binary patch', 'literal 1'), /binary files cannot/],
    ['of a file that is binary', change('bin', '-x', '+y'), 'bin is binary: it cannot be edited as text.'],
    ['of a copy', git('copy from b', 'copy to c'), /copies cannot be made/],
    ['of a file that is a link', change('out', '-x', '+y'), /out is a symbolic link/],
    ['out of the worktree', change('../b', '-x', '+y'), /leaves its folder/],
    ['out of the worktree, by a rename', git('rename from b', 'rename to ../b'), /leaves its folder/],
    ["into git's own folder", patch('--- /dev/null', '+++ b/.git/hooks/x', '@@', '+x'), /git's own folder/],
    ['absolute', patch('--- /dev/null', '+++ /etc/x', '@@', '+x'), /is absolute/],
    ['that is empty', '\n', /^error: The patch is empty/],
    [
      'that is of another kind',
      '*** Begin Patch\n*** Update File: b\n@@\n-b\n+c\n',
      /Line 1 of the patch: expected "--- a\/path"/,
    ],
    ['that is in a fence', `\`\`\`diff\n${good}\`\`\`\n`, /Line 1 of the patch/],
    ['with a remark before it', `I change b:\n${good}`, /Line 1 of the patch: expected/],
    ['with one name', patch('--- a/b', '@@', '-b', '+c'), /Line 2 of the patch: expected "\+\+\+ b\/path"/],
    ['with a name that is none', patch('--- "a/b', '+++ "b/b"', '@@', '-b', '+c'), /there is no path/],
    ['with a mode that is another', git('old mode 100644', 'mode 1', '@@'), /expected "--- a\/path"/],
  ])('%s', async (_, text, why) => {
    const tools = await openWorkTools(FILES);
    symlinkSync('/etc/passwd', join(tools.folder, 'out'));
    const before = everythingIn(tools.folder);
    for (const whole of text.includes(' b/b') || text.trim() === '' ? [text] : [text, good + text]) {
      const said = await apply(tools, whole);
      expect(said).toMatch(/^error: /);
      if (whole === text && typeof why === 'string') expect(said).toBe(`error: ${why}`);
      if (whole === text && typeof why !== 'string') expect(said).toMatch(why);
      expect(everythingIn(tools.folder)).toEqual(before);
    }
    expect(tools.changes()).toBe(0);
  });

  it('where it deletes, and the tool is one that only writes', async () => {
    const tools = await openWorkTools({ a: 'a\n', b: 'b\n' }, { deletes: false });
    const text = change('b', '-b', '+B') + patch('--- a/a', '+++ /dev/null', '@@', '-a');
    expect(await apply(tools, text)).toBe(
      'error: The patch deletes a: use delete_file for that. Nothing was changed.',
    );
    expect([tools.read('a'), tools.read('b')]).toEqual(['a\n', 'b\n']);
    expect(await apply(tools, change('b', '-b', '+B'))).toMatch(/^b: changed/);
  });
});

describe('when a write fails in the middle', () => {
  it('what was done is undone, with modes, names and folders', async () => {
    const tools = await openWorkTools({ a: 'a\n', 'one/b': 'b\n', c: 'c\n', d: 'd\n' });
    for (const name of ['a', 'one/b', 'c']) tools.makeExecutable(name);
    const before = everythingIn(tools.folder);
    const text = [
      patch('diff --git a/a b/a', 'old mode 100755', 'new mode 100644'),
      change('a', '-a', '+A'),
      patch('--- a/one/b', '+++ /dev/null', '@@', '-b'),
      patch('diff --git a/c b/new/c', 'rename from c', 'rename to new/c'),
      patch('--- a/c', '+++ b/new/c', '@@', '-c', '+C'),
      patch('--- /dev/null', '+++ b/deep/er/e', '@@', '+e'),
      patch('--- /dev/null', '+++ b/x', '@@', '+x'),
      // There is a file now where its folder should be.
      patch('--- /dev/null', '+++ b/x/y', '@@', '+y'),
    ].join('');
    expect(await apply(tools, text)).toBe('error: x is a file, not a folder. Nothing was changed.');
    expect(everythingIn(tools.folder)).toEqual(before);
    // Six steps, and each undone.
    expect(tools.changes()).toBe(12);
  });

  it('nothing is written when a result is too large', async () => {
    const tools = await openWorkTools({ a: 'a\n', b: 'b\n' }, { maxBytes: 100 });
    const text = change('a', '-a', '+A') + change('b', ' b', `+${'x'.repeat(100)}`);
    expect(await apply(tools, text)).toBe(
      'error: b: it would have more than 100 bytes. Nothing was changed.',
    );
    expect([tools.read('a'), tools.changes()]).toEqual(['a\n', 0]);
  });
});

describe('the paths of a patch, for the policy', () => {
  it('are all that it names, as it names them', async () => {
    const { createApplyPatch } = await import('../../src/tools/apply-patch.ts');
    const { files, turns } = { files: {} as never, turns: (() => {}) as never };
    const tool = createApplyPatch({ files, turns, changed: () => {} });
    const text =
      change('src/../a', '-a', '+b') +
      patch('diff --git a/b b/c', 'rename from b', 'rename to .git/c') +
      patch('--- /dev/null', '+++ b//etc/x', '@@', '+x');
    expect(tool.paths?.({ patch: text })).toEqual(['src/../a', 'src/../a', 'b', '.git/c', '/etc/x']);
    expect(tool.paths?.({ patch: 'nothing' })).toEqual([]);
    expect(tool.effect).toBe('write');
    expect(createApplyPatch({ files, turns, changed: () => {}, deletes: true }).effect).toBe('delete');
  });
});

describe("git's own diffs", () => {
  type Texts = Readonly<Record<string, string | null>>;

  /** The patches by which git goes from one to the other, a text for each file. */
  function diffs(repository: TempRepository, before: Texts, after: Texts, ...options: string[]): string[] {
    repository.git('rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.');
    repository.commit(existing(before));
    repository.git('rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.');
    repository.write(existing(after));
    repository.git('add', '--all');
    const diff = repository.git('diff', '--cached', '--no-color', '--text', ...options, 'HEAD');
    return diff === '' ? [] : `${diff}\n`.split(/^(?=diff --git )/m);
  }
  const existing = (texts: Texts): Record<string, string> =>
    Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) => (text === null ? [] : [[name, text]])),
    );

  /** Lines that are not repeated, and edits of them. */
  const unique = fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 60 }),
      fc.array(
        fc.tuple(fc.nat(), fc.nat(4), fc.array(fc.integer({ min: 1_000, max: 1_999 }), { maxLength: 4 })),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      fc.constantFrom('\n', '', '\r\n'),
      fc.constantFrom('\n', ''),
    )
    .map(([before, edits, end, last]): [string, string] => {
      const after = [...before];
      for (const [at, removed, added] of edits) after.splice(at % (after.length + 1), removed, ...added);
      const joined = (lines: readonly number[]) =>
        lines.map((line) => `${line % 7 === 0 ? '\t' : ''}${line}é`).join(end || '\n') +
        (lines.length > 0 ? last : '');
      return [joined(before), joined(after)];
    });

  it('of lines that stand once give what is after, all files at once', async () => {
    const repository = tempRepository();
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(unique, { minLength: 1, maxLength: 8 }), async (pairs) => {
        const [before, after] = [0, 1].map((side) =>
          Object.fromEntries(pairs.map((pair, index) => [`dir ${index % 2}/é${index}`, pair[side] ?? ''])),
        );
        const sections = diffs(repository, before ?? {}, after ?? {}, '-M');
        const tools = await openWorkTools(before);
        const said = sections.length === 0 ? '' : await apply(tools, sections.join(''));
        expect(said).not.toMatch(/^error/);
        for (const [name, text] of Object.entries(after ?? {})) expect(tools.read(name)).toBe(text);
        applied += sections.length;
      }),
      { numRuns: 40 },
    );
    expect(applied).toBeGreaterThan(40);
  });

  /** Few values, so that lines repeat; among them what a patch itself is made of. */
  const line = fc.constantFrom(
    ...['', 'a', 'b', ' a', 'f\rg', '\r', 'a\r', 'é', '\u2028', '\ufeffa'],
    ...['@@ -1 +1 @@', '-- a/x', '++ b/x', 'diff --git a/x b/x', '\\ No newline at end of file'],
  );
  const repeating = fc
    .tuple(
      fc.oneof(fc.array(line, { maxLength: 30 }), fc.array(fc.constantFrom('', 'a'), { maxLength: 30 })),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.array(line, { maxLength: 3 })), { maxLength: 4 }),
      fc.constantFrom('\n', '', '\r'),
      fc.constantFrom('\n', '', '\r'),
    )
    .map(([before, edits, one, other]): [string, string] => {
      const after = [...before];
      for (const [at, removed, added] of edits) after.splice(at % (before.length + 1), removed, ...added);
      return [
        before.join('\n') + (before.length > 0 ? one : ''),
        after.join('\n') + (after.length > 0 ? other : ''),
      ];
    });

  it('of lines that repeat give what is after, or are refused for two places', async () => {
    const repository = tempRepository();
    const told = { applied: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(repeating, { minLength: 8, maxLength: 16 }), async (pairs) => {
        const name = (index: number) => `f${String(index).padStart(2, '0')}`;
        const sides = [0, 1].map((side) =>
          Object.fromEntries(pairs.map((pair, index) => [name(index), pair[side] ?? ''])),
        );
        const [before = {}, after = {}] = sides;
        const tools = await openWorkTools(before);
        for (const section of diffs(
          repository,
          before,
          after,
          '--no-renames',
          `--unified=${1 + (pairs.length % 3)}`,
        )) {
          const [, file = ''] = /^diff --git a\/(f\d\d) /.exec(section) ?? [];
          const said = await apply(tools, section);
          if (!said.startsWith('error: ')) told.applied += 1;
          else {
            expect(said, section).toMatch(/it could be at line \d+ and at line \d+/);
            told.refused += 1;
          }
          expect(tools.read(file)).toBe(said.startsWith('error: ') ? before[file] : after[file]);
        }
      }),
      { numRuns: 40 },
    );
    expect(told.applied).toBeGreaterThan(100);
    expect(told.refused).toBeGreaterThan(0);
  });

  it('of files that come, go, move and change their mode', async () => {
    const repository = tempRepository();
    repository.commit({ gone: 'x\ny\n', empty: '', old: numbered(20), run: 'r\n', 'a b/"q"': 'q\n' });
    repository.git('rm', '--quiet', 'gone', 'empty');
    repository.git('mv', 'old', 'new name');
    repository.write({ fresh: 'f\n', 'also empty': '', 'new name': numbered(20).replace('line 7', 'seven') });
    repository.write({ 'a b/"q"': 'Q\n' });
    repository.makeExecutable('run');
    repository.git('add', '--all');
    const text = `${repository.git('diff', '--cached', '-M', 'HEAD')}\n`;
    const tools = await openWorkTools({
      ...{ gone: 'x\ny\n', empty: '', old: numbered(20), run: 'r\n', 'a b/"q"': 'q\n' },
    });
    expect(await apply(tools, text)).not.toMatch(/^error/);
    const after = everythingIn(repository.path);
    const expected = Object.entries(after).filter(([path]) => !path.startsWith('./.git'));
    expect(everythingIn(tools.folder)).toEqual(Object.fromEntries(expected));
  });
});

it('does not take long for hunks that repeat', { timeout: 30_000 }, async () => {
  const tools = await openWorkTools({ a: 'a\n'.repeat(400_000) });
  const hunk = patch('@@', ...Array.from({ length: 50_000 }, () => ' a'), '-b', '+c');
  expect(await apply(tools, patch('--- a/a', '+++ b/a') + hunk)).toMatch(/hunk 1 of 1/);
  const many = Array.from({ length: 20_000 }, () => patch('@@', '-a', '+b')).join('');
  expect(await apply(tools, patch('--- a/a', '+++ b/a') + many)).toMatch(
    /it could be at line 1 and at line 380001/,
  );
});
