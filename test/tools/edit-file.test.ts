import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWorkTools } from './work-tools.ts';

/** Edits a file with this content; what the model is told, and what is in the file then. */
async function edit(before: string | Uint8Array, oldText: string, newText: string, all?: boolean) {
  const tools = await openWorkTools({ 'a.ts': before });
  const said = await tools.use('edit_file', {
    ...{ path: 'a.ts', old_text: oldText, new_text: newText },
    ...(all === undefined ? {} : { all }),
  });
  return { said, after: tools.read('a.ts'), bytes: tools.bytes('a.ts'), changes: tools.changes() };
}

const numbered = (count: number, end = '\n') =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}${end}`).join('');

describe('an edit', () => {
  it('replaces the text, and shows the lines around it', async () => {
    const { said, after, changes } = await edit(numbered(20), 'line 10\n', 'ten\nand a half\n');
    expect(after).toBe(numbered(20).replace('line 10\n', 'ten\nand a half\n'));
    expect(said).toBe(
      [
        'a.ts: 1 place changed. The lines are now:',
        ...['7\tline 7', '8\tline 8', '9\tline 9', '10\tten', '11\tand a half'],
        ...['12\tline 11', '13\tline 12', '14\tline 13'],
      ].join('\n'),
    );
    expect(changes).toBe(1);
  });

  it('of a part of a line, at the beginning, at the end, of all, and to nothing', async () => {
    expect((await edit('const a = 1;\n', '1', '2')).after).toBe('const a = 2;\n');
    expect((await edit('a\nb\n', 'a\n', '')).after).toBe('b\n');
    expect((await edit('a\nb', 'b', 'c\n')).after).toBe('a\nc\n');
    const emptied = await edit('a\n', 'a\n', '');
    expect([emptied.after, emptied.said]).toEqual(['', 'a.ts: 1 place changed. It is empty now.']);
  });

  it('of all places replaces all', async () => {
    const { said, after } = await edit('x = 1\ny = x\nz = x + x\n', 'x', 'xx', true);
    expect(after).toBe('xx = 1\ny = xx\nz = xx + xx\n');
    expect(said).toBe('a.ts: 4 places changed. The lines are now:\n1\txx = 1\n2\ty = xx\n3\tz = xx + xx');
  });

  it('of many places shows the first, and of a long text its ends', async () => {
    const many = await edit(numbered(100), 'line', 'row', true);
    expect(many.said.split('\n')).toHaveLength(10);
    expect(many.said).toMatch(/\n\[95 more places are not shown\]$/);
    const apart = await edit(`x\n${numbered(20)}x\n`, 'x', 'y', true);
    expect(apart.said).toContain('\n4\tline 3\n…\n19\tline 18\n');
    const long = await edit('a\nb\nc\n', 'b\n', numbered(200));
    expect(long.said.split('\n')).toHaveLength(1 + 31 + 1 + 31);
    expect(long.said).toContain('\n31\tline 30\n…\n');
  });

  it('keeps the mode', async () => {
    const tools = await openWorkTools({ 'run.sh': 'echo a\n' });
    tools.makeExecutable('run.sh');
    await tools.use('edit_file', { path: './run.sh', old_text: 'a', new_text: 'b' });
    expect([tools.read('run.sh'), tools.isExecutable('run.sh')]).toEqual(['echo b\n', true]);
  });

  it('does not take what a model writes for a pattern', async () => {
    expect((await edit('a.c\nabc\n', 'a.c', '$& $1 \\n')).after).toBe('$& $1 \\n\nabc\n');
  });
});

describe('an edit is refused', () => {
  it('when the text is not there', async () => {
    const { said, after, changes } = await edit('a\nb\n', 'x', 'y');
    expect(said).toBe('error: old_text is not in a.ts. Look at the file with read_file.');
    expect([after, changes]).toEqual(['a\nb\n', 0]);
  });

  it('and told where it differs in white space alone', async () => {
    const file = 'if (a) {\n\tfoo( 1 );\n  bar();\n}\n';
    expect((await edit(file, '  foo(1);\n  bar();\n', '')).said).toBe(
      'error: old_text is not in a.ts. Lines 2-3 differ only in white space. As JSON:\n2\t"\\tfoo( 1 );"\n3\t"  bar();"',
    );
    expect((await edit(file, 'foo (1)', '')).said).toBe(
      'error: old_text is not in a.ts. Line 2 differs only in white space. As JSON:\n2\t"\\tfoo( 1 );"',
    );
    expect((await edit('a\u00a0= 1\n\n', 'a = 1', '')).said).toContain('1\t"a\u00a0= 1"');
  });

  it('and told where it begins as it should', async () => {
    const { said } = await edit('a\nb\nc\nd\n', 'b\nc\nx\n', '');
    expect(said).toBe(
      'error: old_text is not in a.ts. It begins as at line 2, but at line 4 the file has "d", not "x".',
    );
    expect((await edit('a\nb\n', 'b\nc\n', '')).said).toContain('at line 3 the file ends, not "c".');
  });

  it('when the text stands there more than once, and told where', async () => {
    const { said, after } = await edit('a\nb\na\nca\n', 'a', 'x');
    expect(said).toBe(
      'error: old_text stands in a.ts more than once: lines 1, 3, 4. Put more of what is around it into old_text, or set all.',
    );
    expect(after).toBe('a\nb\na\nca\n');
    expect((await edit(numbered(50), 'line', 'x')).said).toContain('18, 19, 20 and more.');
    // There are two ways to replace it.
    expect((await edit('aaa\n', 'aa', 'x')).said).toContain('more than once: lines 1.');
    expect((await edit('aaa\n', 'aa', 'x', true)).after).toBe('xa\n');
  });

  it('when it would change nothing', async () => {
    const { said, changes } = await edit('a\nb\n', 'a', 'a');
    expect(said).toBe('error: Nothing was changed: a.ts has new_text there.');
    expect(changes).toBe(0);
  });

  it('when the file is binary or in UTF-16', async () => {
    expect((await edit('a\0b', 'a', 'b')).said).toBe('error: a.ts is binary: it cannot be edited as text.');
    const utf16 = Buffer.from('\ufeffabc\n', 'utf16le');
    expect((await edit(utf16, 'abc', 'b')).said).toBe(
      'error: a.ts is in UTF-16: only files in UTF-8 can be edited.',
    );
  });

  it('when there is no such file, when it is a folder, and when it would be too large', async () => {
    const tools = await openWorkTools({ 'src/a.ts': 'aaaa\n' }, { maxBytes: 100 });
    const use = (path: string) =>
      tools.use('edit_file', { path, old_text: 'a', new_text: 'b'.repeat(30), all: true });
    expect(await use('b.ts')).toBe('error: There is no file b.ts. write_file makes one.');
    expect(await use('src')).toBe('error: src is a folder.');
    expect(await use('src/a.ts/b')).toBe('error: src/a.ts is a file, not a folder.');
    expect(await use('/src/a.ts')).toMatch(/^error: \/src\/a\.ts is absolute/);
    expect(await use('src/a.ts')).toBe('error: src/a.ts would have more than 100 bytes: too much.');
    expect(existsSync(join(tools.folder, 'b.ts'))).toBe(false);
    expect(tools.read('src/a.ts')).toBe('aaaa\n');
  });

  it('when the input is no text', async () => {
    const said = async (oldText: string, newText: string) => (await edit('a\n', oldText, newText)).said;
    expect(await said('', 'x')).toMatch(/^error: The input of edit_file is wrong:\n- old_text: /);
    expect(await said('a', 'x\0')).toMatch(/new_text: must be text/);
    expect(await said('a', '\ud83d')).toMatch(/new_text: must be text/);
  });
});

describe('what the file has stays', () => {
  it('CRLF, also where the model writes newlines', async () => {
    expect((await edit('a\r\nb\r\nc\r\n', 'a\nb\n', 'x\ny\nz\n')).after).toBe('x\r\ny\r\nz\r\nc\r\n');
    expect((await edit('a\r\nb\r\nc', 'b\nc', 'x\ny')).after).toBe('a\r\nx\r\ny');
    expect((await edit('a\r\nb\r\n', 'b', 'x\ny')).after).toBe('a\r\nx\r\ny\r\n');
    expect((await edit('a\r\nb', 'b', 'x\ny')).after).toBe('a\r\nx\r\ny');
    expect((await edit('a\r\nb\r\n', '\nb', '\nc\nd')).after).toBe('a\r\nc\r\nd\r\n');
    expect((await edit('a\r\n\r\nb\r\n', 'a\n', 'a\nx\n')).after).toBe('a\r\nx\r\n\r\nb\r\n');
  });

  it('the line ends of each place, where a file has both', async () => {
    const mixed = 'a\r\nb\nc\r\nd\n';
    expect((await edit(mixed, 'a\n', 'a\nx\n')).after).toBe('a\r\nx\r\nb\nc\r\nd\n');
    expect((await edit(mixed, 'b\n', 'b\nx\n')).after).toBe('a\r\nb\nx\nc\r\nd\n');
    expect((await edit('k\r\nk\nz\n', 'k\n', 'v\nw\n', true)).after).toBe('v\r\nw\r\nv\nw\nz\n');
  });

  it('LF, where the model writes CRLF', async () => {
    expect((await edit('a\nb\nc\n', 'a\r\nb\r\n', 'x\r\ny\r\n')).after).toBe('x\ny\nc\n');
    expect((await edit('a\nb\n', 'b', 'x\r\ny')).after).toBe('a\nx\ny\n');
  });

  it('but for line ends that the model names itself', async () => {
    expect((await edit('a\r\nb\r\n', 'a\r\n', 'a\n')).after).toBe('a\nb\r\n');
    expect((await edit('a\rb\rc', 'a\rb', 'x\ry')).after).toBe('x\ry\rc');
  });

  it('a byte order mark', async () => {
    expect((await edit('\ufeffa\nb\n', 'a\n', 'x\n')).after).toBe('\ufeffx\nb\n');
    expect((await edit('\ufeffa\n', '\ufeffa', 'x')).after).toBe('x\n');
  });

  it('bytes that are no UTF-8', async () => {
    const latin1 = Buffer.from('caf\xe9 = 1\ncaf\xe9 = 2\n', 'latin1');
    const { bytes } = await edit(latin1, '= 1', '= é');
    expect(bytes).toEqual(Buffer.concat([latin1.subarray(0, 5), Buffer.from('= é'), latin1.subarray(8)]));
  });

  it('everything else, in any script', async () => {
    const text = 'naïve 𝕏 日本語 👩‍👩‍👧 e\u0301\n';
    expect((await edit(text, '日本', '中')).after).toBe(text.replace('日本', '中'));
    expect((await edit(text, '👩‍👧', 'x')).after).toBe(text.replace('👩‍👧', 'x'));
    // The same letter, composed: other bytes.
    expect((await edit(text, '\u00e9', 'x')).said).toMatch(/^error: old_text is not in a\.ts/);
  });
});

describe('for any texts', () => {
  const unit = fc.constantFrom('a', 'b', 'ab', '\n', ' ', 'é', '𝕏', '\t');
  const text = fc.array(unit, { maxLength: 30 }).map((units) => units.join(''));
  const part = fc.array(unit, { minLength: 1, maxLength: 3 }).map((units) => units.join(''));

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('with %s, the result is that of split and join', async (_, end) => {
    const tools = await openWorkTools();
    const told = { changed: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(text, part, text, fc.boolean(), async (before, oldText, newText, all) => {
        tools.put({ 'a.ts': before.replaceAll('\n', end) });
        const said = await tools.use('edit_file', {
          ...{ path: 'a.ts', old_text: oldText, new_text: newText, all },
        });
        const joined = before.split(oldText).join(newText);
        const count = [...before].filter((_, at) =>
          [...before].slice(at).join('').startsWith(oldText),
        ).length;
        const possible = count > 0 && (all || count === 1) && joined !== before;
        expect(said.startsWith('error: ')).toBe(!possible);
        // What has no line end yet gets newlines.
        const ends = before.includes('\n') ? end : '\n';
        expect(tools.read('a.ts')).toBe((possible ? joined : before).replaceAll('\n', ends));
        told[possible ? 'changed' : 'refused'] += 1;
      }),
      { numRuns: 600 },
    );
    expect(Math.min(told.changed, told.refused)).toBeGreaterThan(50);
  });
});

it('does not take long for texts that repeat', { timeout: 30_000 }, async () => {
  const a = 'a'.repeat(900_000);
  expect((await edit(a, `b${'a'.repeat(400_000)}`, '')).said).toMatch(/^error: old_text is not/);
  expect((await edit(a, 'a'.repeat(400_000), 'b')).said).toContain('more than once: lines 1 and more.');
  expect((await edit(a, 'a', 'b', true)).after).toBe('b'.repeat(900_000));
  const spaced = 'a '.repeat(450_000);
  expect((await edit(spaced, 'a'.repeat(200_000), '')).said).toContain('differs only in white space');
  const lines = 'a\n'.repeat(450_000);
  expect((await edit(lines, `${'a\n'.repeat(200_000)}b\n`, '')).said).toContain('It begins as at line');
});
