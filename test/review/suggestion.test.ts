import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/review/checks/syntax/parse-json.ts';
import { parseScript } from '../../src/review/checks/syntax/parse-script.ts';
import { locateQuote } from '../../src/review/locate-quote.ts';
import {
  applySuggestion,
  checkSuggestion,
  type ParseFile,
  type SuggestionResult,
} from '../../src/review/suggestion.ts';

const parse: ParseFile = async (path, text) => {
  if (path.endsWith('.json')) return parseJson(path, text);
  return path.endsWith('.ts') ? parseScript(path, text) : null;
};

async function suggest(
  text: string,
  quote: string,
  replacement: string,
  path = 'a.ts',
): Promise<SuggestionResult> {
  const place = locateQuote(text, quote, null);
  if (place.found === 'no') throw new Error(`not located: ${quote}`);
  return checkSuggestion({ path, text, place, replacement }, parse);
}

/** The text with the suggestion in it, or why there is none. */
async function suggested(...call: Parameters<typeof suggest>): Promise<string> {
  const { suggestion, why } = await suggest(...call);
  return suggestion === null ? why : applySuggestion(call[0], suggestion);
}

const FILE = `async function upload(file) {
  for (let i = 0; i < 5; i++) {
    backoff(i);
    if (await put(file)) {
      return;
    }
  }
  done(file);
}
`;

describe('takes', () => {
  it.each<[string, string, string, string]>([
    ['a line', '    backoff(i);', '    await backoff(i);', '    await backoff(i);'],
    ['a line without its indentation', 'backoff(i);', 'await backoff(i);', '    await backoff(i);'],
    [
      'a line, indentation lost in the answer',
      '    backoff(i);',
      'await backoff(i);',
      '    await backoff(i);',
    ],
    [
      'a line, indentation lost in the quote',
      'backoff(i);',
      '    await backoff(i);',
      '    await backoff(i);',
    ],
    ['a line in a fence', 'backoff(i);', '```ts\n    await backoff(i);\n```\n', '    await backoff(i);'],
    ['two for one', '    backoff(i);', '    wait();\n    go();', '    wait();\n    go();'],
    [
      'two for one, without indentation',
      'backoff(i);',
      'if (i) {\n  go();\n}',
      '    if (i) {\n      go();\n    }',
    ],
    ['nothing', '    backoff(i);\n', '', ''],
    ['an empty line between', '    backoff(i);', '    wait();\n\n    go();\n', '    wait();\n\n    go();'],
  ])('%s', async (_, quote, replacement, now) =>
    expect(await suggested(FILE, quote, replacement)).toBe(
      FILE.replace('    backoff(i);\n', now === '' ? '' : `${now}\n`),
    ),
  );

  it('several lines for several', async () => {
    const quote = 'if (await put(file)) {\n      return;\n    }';
    const now = '    if (await put(file)) return;\n';
    expect(await suggested(FILE, quote, now)).toBe(
      FILE.replace('    if (await put(file)) {\n      return;\n    }\n', now),
    );
  });

  it('a part of a line for a part', async () => {
    expect(await suggested(FILE, 'i < 5', 'i <= 5')).toBe(FILE.replace('i < 5', 'i <= 5'));
    expect(await suggested(FILE, 'await put(file)', 'await put(file, i)')).toBe(
      FILE.replace('put(file)', 'put(file, i)'),
    );
    expect((await suggest(FILE, 'i < 5', 'i <= 5')).suggestion).toEqual({
      startLine: 2,
      endLine: 2,
      lines: ['  for (let i = 0; i <= 5; i++) {'],
    });
    expect(await suggested('f.only(x);\n', '.only', '')).toBe('f(x);\n');
  });

  it('the ends of lines as they are', async () => {
    const crlf = FILE.replaceAll('\n', '\r\n');
    expect(await suggested(crlf, 'backoff(i);', 'wait();\ngo();')).toBe(
      crlf.replace('backoff(i);', 'wait();\r\n    go();'),
    );
    expect(await suggested('one();\ntwo();', 'two();', 'three();\nfour();')).toBe(
      'one();\nthree();\nfour();',
    );
    expect(await suggested('one();\r\ntwo();', 'two();', 'three();\nfour();')).toBe(
      'one();\r\nthree();\r\nfour();',
    );
    expect(await suggested('one();\ntwo();', 'two();', '')).toBe('one();\n');
    expect(await suggested('foo();', 'foo();', 'bar();')).toBe('bar();');
  });

  it('tabs as they are', async () => {
    const tabs = 'if (a) {\n\tfoo();\n}\n';
    expect(await suggested(tabs, 'foo();', 'bar();')).toBe('if (a) {\n\tbar();\n}\n');
    expect(await suggested(tabs, '\tfoo();', 'if (b) {\n\tbar();\n}')).toBe(
      'if (a) {\n\tif (b) {\n\t\tbar();\n\t}\n}\n',
    );
  });

  it('what a parser cannot judge', async () => {
    expect(await suggested('a = 1\nb = 2\n', 'b = 2', 'b = (', 'a.py')).toBe('a = 1\nb = (\n');
    // It did not parse before: the suggestion may be what mends it.
    expect(await suggested('{"a": 1,\n"b": 2,\n}\n', '"b": 2,', '"b": 3,', 'a.json')).toContain('"b": 3');
    expect(await suggested('{"a": 1,\n"b": 2,\n}\n', '"b": 2,', '"b": 2', 'a.json')).toBe(
      '{"a": 1,\n"b": 2\n}\n',
    );
  });

  it('lists and fences where the file has them', async () => {
    expect(await suggested('- one\n- two\n', '- two', '- three', 'a.yml')).toBe('- one\n- three\n');
    const markdown = 'Run:\n\n```\nnpm i\n```\n';
    expect(await suggested(markdown, '```\nnpm i\n```', '```sh\nnpm ci\n```', 'a.md')).toBe(
      'Run:\n\n```sh\nnpm ci\n```\n',
    );
  });
});

describe('refuses', () => {
  it.each<[string, string, string, string, string]>([
    ['an ambiguous quote', 'foo();\nbar();\nfoo();\n', 'foo();', 'baz();', 'ambiguous-quote'],
    ['what is there already', FILE, '    backoff(i);', 'backoff(i);', 'unchanged'],
    ['what does not parse', FILE, '    backoff(i);', '    backoff(i;', 'breaks-syntax'],
    ['a bracket too many', FILE, '    backoff(i);', '    if (i) {\n      backoff(i);', 'breaks-syntax'],
    [
      'the line above once more',
      FILE,
      '    backoff(i);',
      '  for (let i = 0; i < 5; i++) {\n    await backoff(i);',
      'indentation',
    ],
    [
      'the line above, indented alike',
      'one();\ntwo();\nthree();\n',
      'two();',
      'one();\n2();',
      'repeats-neighbour',
    ],
    ['the line below', 'one();\ntwo();\nthree();\n', 'two();', '2();\nthree();', 'repeats-neighbour'],
    [
      'two lines above',
      'one();\ntwo();\nthree();\n',
      'three();',
      'one();\ntwo();\n3();',
      'repeats-neighbour',
    ],
    [
      'two lines below',
      'one();\ntwo();\nthree();\n',
      'one();',
      '1();\ntwo();\nthree();',
      'repeats-neighbour',
    ],
    [
      'the line below, indented otherwise',
      'if (a) {\n  one();\n    two();\n}\n',
      'one();',
      'if (b) one();\ntwo();',
      'repeats-neighbour',
    ],
    [
      'the bracket below',
      '{\n  {\n    one();\n  }\n}\n',
      '    one();\n  }',
      '    two();\n  }\n}',
      'indentation',
    ],
    ['a line for a part', FILE, 'backoff(i)', 'await backoff(i);', 'part-of-line'],
    ['a whole line for its part', 'const a = foo(b);\n', 'foo(b)', 'const a = foo(c)', 'part-of-line'],
    ['a whole line with what is behind it', 'x = foo() + 1; // one\n', 'foo()', 'bar() + 1;', 'part-of-line'],
    ['several lines for a part', FILE, 'backoff(i)', 'wait();\nbackoff(i)', 'part-of-line'],
    ['spaces for tabs', 'if (a) {\n\tfoo();\n}\n', 'foo();', '    bar();', 'indentation'],
    ['spaces within tabs', 'if (a) {\n\tfoo();\n}\n', 'foo();', 'if (b) {\n    bar();\n}', 'indentation'],
    ['tabs within spaces', 'if (a) {\n  foo();\n}\n', 'foo();', 'if (b) {\n\tbar();\n}', 'indentation'],
    ['less indentation', FILE, '    backoff(i);', '  backoff(i + 1);', 'indentation'],
    [
      'a first line that alone lost it',
      FILE,
      '    backoff(i);',
      'if (i)\n      wait();\n    go();',
      'indentation',
    ],
    ['a diff', FILE, '    backoff(i);', '-    backoff(i);\n+    await backoff(i);', 'listing'],
    ['added lines', FILE, '    backoff(i);', '+    await backoff(i);', 'listing'],
    ['numbered lines', FILE, '    backoff(i);', '3 |     await backoff(i);', 'listing'],
  ])('%s', async (_, text, quote, replacement, why) =>
    expect(await suggest(text, quote, replacement)).toEqual({ suggestion: null, why }),
  );

  it('and asks no parser before it must', async () => {
    const place = locateQuote('foo();\nfoo();\n', 'foo();', 1);
    if (place.found === 'no') throw new Error('not located');
    const never: ParseFile = () => Promise.reject(new Error('asked'));
    const input = { path: 'a.ts', text: 'foo();\nfoo();\n', place, replacement: 'bar();' };
    await expect(checkSuggestion(input, never)).resolves.toMatchObject({ suggestion: null });
    await expect(checkSuggestion({ ...input, place: { ...place, found: 'once' } }, never)).rejects.toThrow(
      'asked',
    );
  });
});

const line = fc.constantFrom(
  '',
  'a();',
  '  a();',
  '  b();',
  '\tc();',
  'd();  ',
  '}',
  '  }',
  'é = 1',
  'e\u0301 = 1',
  '- x',
);
const ending = fc.constantFrom('\n', '\n', '\n', '\r\n');
const file = fc
  .tuple(fc.array(fc.tuple(line, ending), { minLength: 1, maxLength: 12 }), fc.boolean())
  .map(([lines, open]) => {
    const whole = lines.map((parts) => parts.join(''));
    return open ? [...whole.slice(0, -1), lines.at(-1)?.[0] ?? ''] : whole;
  });

/** The lines that are not empty, without what may be around them. */
const contents = (text: string): string[] =>
  text
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '');

it('changes nothing but the replaced lines', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.nat(),
      fc.nat(2),
      fc.array(line, { maxLength: 3 }),
      async (lines, from, more, now) => {
        const text = lines.join('');
        const start = from % lines.length;
        const quote = lines.slice(start, start + more + 1).join('');
        const place = locateQuote(text, quote, null);
        if (place.found === 'no') return;
        const { suggestion, why } = await checkSuggestion(
          { path: 'a.txt', text, place, replacement: now.join('\n') },
          parse,
        );
        outcomes.set(why ?? 'suggested', (outcomes.get(why ?? 'suggested') ?? 0) + 1);
        if (suggestion === null) return;
        expect(place.found).toBe('once');
        const { startLine, endLine } = suggestion;
        expect({ startLine, endLine }).toEqual({ startLine: place.startLine, endLine: place.endLine });
        const changed = applySuggestion(text, suggestion);
        const [before, behind] = [lines.slice(0, startLine - 1).join(''), lines.slice(endLine).join('')];
        expect(changed).not.toBe(text);
        expect(changed.startsWith(before) && changed.endsWith(behind)).toBe(true);
        const replaced = changed.slice(before.length, changed.length - behind.length);
        if (place.startColumn === undefined) expect(contents(replaced)).toEqual(contents(now.join('\n')));
        // Ended as what was there.
        const last = /\r?\n$/.exec(lines[endLine - 1] ?? '')?.[0] ?? '';
        if (replaced !== '') expect(/\r?\n$/.exec(replaced)?.[0] ?? '').toBe(last);
      },
    ),
    { numRuns: 3000 },
  );
  console.log('suggestions:', Object.fromEntries(outcomes));
  for (const outcome of ['suggested', 'ambiguous-quote', 'indentation', 'unchanged', 'repeats-neighbour'])
    expect(outcomes.get(outcome)).toBeGreaterThan(10);
});
