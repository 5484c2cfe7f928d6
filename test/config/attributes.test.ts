import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePath, encodePath } from '../../src/change/path.ts';
import { attributesOf, type LinguistAttributes, parseAttributes } from '../../src/config/attributes.ts';

type Files = Readonly<Record<string, string | Buffer>>;

const ours = (files: Files, paths: readonly string[]): LinguistAttributes[] => {
  const rules = new Map(
    Object.entries(files).map(
      ([folder, content]) => [folder, parseAttributes(Buffer.from(content))] as const,
    ),
  );
  return paths.map((path) => attributesOf(path, rules));
};

const one = (content: string | Buffer, path: string) => ours({ '': content }, [path])[0];

let repository = '';
const isolated = () => ({
  PATH: process.env['PATH'],
  HOME: repository,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
});

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'code-agent-attributes-'));
  await promisify(execFile)('git', ['init', '-q'], { cwd: repository, env: isolated() });
});
afterAll(() => rm(repository, { recursive: true }));

/** What git says, with the files in the working tree of an otherwise empty repository. */
async function gits(files: Files, paths: readonly string[]): Promise<LinguistAttributes[]> {
  const written = Object.entries(files).map(([folder, content]) => ({
    file: join(repository, folder, '.gitattributes'),
    content,
  }));
  for (const { file, content } of written) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const output = await checkAttr(Buffer.concat(paths.flatMap((path) => [encodePath(path), Buffer.of(0)])));
  await Promise.all(written.map(({ file }) => rm(file)));
  const fields = output.toString('latin1').split('\0');
  const isTrue = (value: string) => !['unspecified', 'unset', 'false'].includes(value);
  return paths.map((path, index) => {
    const [, , generated = '', answered = '', , vendored = ''] = fields.slice(index * 6, index * 6 + 6);
    expect(decodePath(Buffer.from(answered, 'latin1'))).toBe(path);
    return { generated: isTrue(generated), vendored: isTrue(vendored) };
  });
}

function checkAttr(input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const git = spawn('git', ['check-attr', '-z', '--stdin', 'linguist-generated', 'linguist-vendored'], {
      cwd: repository,
      env: isolated(),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    git.on('error', reject);
    git.on('close', (code) =>
      code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`git: ${code}`)),
    );
    git.stdin.end(input);
  });
}

describe('attributesOf', () => {
  it.each([
    ['* linguist-generated', true],
    ['* linguist-generated=true', true],
    ['* linguist-generated=false', false],
    ['* linguist-generated=', true],
    ['* linguist-generated=yes', true],
    ['* -linguist-generated', false],
    ['* !linguist-generated', false],
    ['* linguist-generated\n* -linguist-generated', false],
    ['* -linguist-generated\n* linguist-generated', true],
    ['* linguist-generated\n* !linguist-generated', false],
    ['* linguist-generated\n* text', true],
    ['* -linguist-generated linguist-generated', true],
    ['# * linguist-generated', false],
    ['  * linguist-generated\r', true],
    ['\ufeff* linguist-generated', true],
    ['* linguist-generated in%valid', false],
    [`* linguist-generated ${'x'.repeat(2048)}`, false],
    ['[attr]mine linguist-generated\n* mine', true],
    ['* mine\n[attr]mine linguist-generated', true],
    ['[attr]mine linguist-generated\n* -mine', false],
    ['[attr]mine linguist-generated\n* mine -linguist-generated', false],
    ['[attr]mine linguist-generated\n* -linguist-generated mine', true],
    ['[attr]a b\n[attr]b linguist-generated\n* a', true],
    ['[attr]a b\n[attr]b a linguist-generated\n* a', true],
    ['[attr]a linguist-generated\n[attr]a text\n* a', false],
  ])('%j of a file: %s', async (content, generated) => {
    expect(one(content, 'src/a.ts')).toEqual({ generated, vendored: false });
    expect(await gits({ '': content }, ['src/a.ts'])).toEqual([{ generated, vendored: false }]);
  });

  it.each([
    ['*.ts', 'src/deep/a.ts', true],
    ['/*.ts', 'src/a.ts', false],
    ['/*.ts', 'a.ts', true],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'x/src/a.ts', false],
    ['src/', 'src/a.ts', false],
    ['src', 'src/a.ts', false],
    ['src/**', 'src/x/a.ts', true],
    ['**/x/a.ts', 'x/a.ts', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a**b', 'a/b', false],
    ['a**/b', 'ax/y/b', true],
    ['x/**\\/b', 'x/y/z/b', true],
    ['x/**\\/b', 'x/b', false],
    ['a**/', 'a', false],
    ['x?a', 'x/a', false],
    ['!a', 'a', false],
    ['!a', '!a', false],
    ['\\!a', '!a', true],
    ['"a b"', 'a b', true],
    ['"a\\tb"', 'a\tb', true],
    ['"\\303\\251"', 'é', true],
    ['"a', '"a', true],
    ['é', 'é', true],
    ['?', 'é', false],
    ['??', 'é', true],
    ['[a-c]', 'b', true],
    ['[!a-c]', 'b', false],
    ['[^a-c]', 'x', true],
    ['[]a]', ']', true],
    ['[a', '[a', false],
    ['[[:digit:]]', '7', true],
    ['[[:nonsense:]a]', 'a', false],
    ['[a\\]b]', ']', true],
    ['A', 'a', false],
    ['a\\', 'a\\', false],
  ])('the pattern %j and the path %j: %s', async (pattern, path, generated) => {
    const content = `${pattern} linguist-generated\n`;
    expect(one(content, path)).toEqual({ generated, vendored: false });
    expect(await gits({ '': content }, [path])).toEqual([{ generated, vendored: false }]);
  });

  it('lets the nearer folder win, and its patterns begin there', async () => {
    const files = {
      '': '* linguist-generated linguist-vendored\n[attr]mine -linguist-vendored\n',
      lib: '/a -linguist-generated\nb/c mine\n[attr]other -linguist-vendored\n* other\n',
      'lib/b': '* linguist-generated=false\n',
    };
    const paths = ['a', 'lib/a', 'lib/b/a', 'lib/b/c', 'library/a'];
    const expected = [
      [true, true],
      [false, true],
      [false, true],
      [false, false],
      [true, true],
    ].map(([generated, vendored]) => ({ generated, vendored }));
    expect(ours(files, paths)).toEqual(expected);
    expect(await gits(files, paths)).toEqual(expected);
  });

  it('compares the bytes of paths that are not UTF-8', async () => {
    const content = Buffer.from('caf\xe9/* linguist-generated\n', 'latin1');
    const path = decodePath(Buffer.from('caf\xe9/a', 'latin1'));
    expect(one(content, path)).toEqual({ generated: true, vendored: false });
    expect(await gits({ '': content }, [path])).toEqual([{ generated: true, vendored: false }]);
  });

  it('says what git says of generated patterns and paths', async () => {
    const piece = fc.constantFrom(
      ...['a', 'b', 'a', 'b', '.', '-', 'é', '1', 'A', ' '],
      ...['*', '*', '**', '?', '/', '/', '**/', '/**', '/**/', '!', '^', '\\', '\\*', '\\/'],
      ...[
        '[ab]',
        '[!a]',
        '[^b]',
        '[a-c]',
        '[]-a]',
        '[a-',
        '[',
        ']',
        '[\\]]',
        '[[:alpha:]]',
        '[[:punct:]-a]',
        '[[:x:]]',
      ],
    );
    const anything = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    // Patterns that are likely to match one of the paths.
    const part = fc.constantFrom(
      'a',
      'b',
      'a*',
      '*b',
      '?',
      '*',
      '[ab]',
      '[!b]',
      '**',
      '*.',
      '[[:alpha:]]*',
      'a**',
    );
    const likely = fc
      .tuple(fc.constantFrom('', '', '/', '**/'), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([start, parts]) => start + parts.join('/'));
    const pattern = fc.oneof(anything, likely);
    const written = fc.oneof(
      pattern.map((text) => text.replaceAll(' ', '')).filter((text) => text !== ''),
      pattern.map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`),
      pattern.map((text) => `"${text}"`),
    );
    const state = fc.constantFrom(
      ...['linguist-generated', '-linguist-generated', '!linguist-generated', 'linguist-generated=false'],
      ...[
        'linguist-vendored',
        '-linguist-vendored',
        'linguist-vendored=true',
        'm',
        '-m',
        '!m',
        'n',
        'm=1',
        'text',
      ],
    );
    const states = fc.array(state, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
    const line = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(written, states).map((parts) => parts.join(' ')) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('[attr]m', '[attr]n', '"[attr] m"'), states)
          .map((p) => p.join(' ')),
      },
    );
    const file = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'));
    const files = fc.record({ '': file, a: file, 'a/b': file });
    const name = fc
      .array(fc.constantFrom('a', 'b', 'A', '.', '-', '1', 'é', '*', '[', ']', '\\', '!', ' ', 'ab'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.join(''))
      .filter((text) => !/^\.+$/.test(text));
    const path = fc
      .tuple(fc.array(fc.constantFrom('a', 'b', 'a', 'ab'), { maxLength: 3 }), name)
      .map(([folders, last]) => [...folders, last].join('/'));
    const paths = fc.array(path, { minLength: 20, maxLength: 40 });

    const answers = { yes: 0, all: 0 };
    await fc.assert(
      fc.asyncProperty(files, paths, async (all, asked) => {
        const said = await gits(all, asked);
        expect(ours(all, asked)).toEqual(said);
        answers.all += said.length;
        answers.yes += said.filter(({ generated, vendored }) => generated || vendored).length;
      }),
      { numRuns: 200 },
    );
    expect(answers.all).toBeGreaterThan(3000);
    expect(answers.yes).toBeGreaterThan(100);
  });

  it('takes little time, whatever the pattern and the path', () => {
    const content = `${'*a'.repeat(400)}b linguist-generated\n${'**/a'.repeat(200)}/b linguist-generated\n`;
    const start = performance.now();
    expect(one(content, 'a'.repeat(4000))).toEqual({ generated: false, vendored: false });
    expect(one(content, 'a/'.repeat(2000))).toEqual({ generated: false, vendored: false });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('takes little time for 500 paths and 200 rules', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `**/gen-${index}/*.ts linguist-generated`);
    const paths = Array.from({ length: 500 }, (_, index) => `packages/p${index}/src/gen-${index}/file.ts`);
    const start = performance.now();
    expect(ours({ '': lines.join('\n') }, paths).filter(({ generated }) => generated)).toHaveLength(200);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
