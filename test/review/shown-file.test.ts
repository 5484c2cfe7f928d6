import { expect, it } from 'vitest';
import { CodeAgentError, EXIT } from '../../src/code-agent-error.ts';
import { findSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { drawn, keyLines } from '../../src/review/checks/secret.cases.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import { openReviewedFile } from '../../src/review/reviewed-file.ts';
import { type ShownFile, showFile } from '../../src/review/shown-file.ts';
import { importCommits, type TreeFile } from '../git/import-commits.ts';
import { openGit } from '../git/open-git.ts';
import { tempRepository } from '../support/temp-repository.ts';

type Content = string | Uint8Array | TreeFile;
type Tree = Readonly<Record<string, Content>>;

const redact = (text: string) => redactSecrets(text, findSecrets, []);

/** The files of the change from one tree to another, as a model is shown them. */
async function shown(
  before: Tree,
  after: Tree,
  withRedact = redact,
  generated = false,
): Promise<ShownFile[]> {
  const repository = tempRepository();
  const trees = [before, after].map(
    (tree) =>
      new Map(
        Object.entries(tree).map(([path, content]) => [
          path,
          typeof content === 'object' && 'mode' in content
            ? content
            : { mode: '100644', content: Buffer.from(content) },
        ]),
      ),
  );
  importCommits(repository, trees);
  const { reader, range } = await openGit(repository);
  const { files } = await range('main');
  return Promise.all(
    files.map(async (file) => showFile(await openReviewedFile(file, generated, reader.read), withRedact)),
  );
}

const one = async (
  before: Content | null,
  after: Content | null,
  withRedact = redact,
): Promise<ShownFile> => {
  const tree = (content: Content | null): Tree => (content === null ? {} : { 'a.ts': content });
  const [file, ...more] = await shown(tree(before), tree(after), withRedact);
  if (file === undefined || more.length > 0) throw new Error('not one file');
  return file;
};

/** `old new marker text` of each line, hunk by hunk. */
const written = ({ hunks }: ShownFile): string[][] =>
  hunks.map(({ lines }) =>
    lines.map(({ kind, oldLine, newLine, text }) => `${oldLine} ${newLine} ${kind[0]} ${text}`),
  );

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
const text = (lines: readonly string[], end = '\n') => lines.map((line) => line + end).join('');

it('shows ten lines around a change, with the numbers of both sides', async () => {
  const before = numbers(1, 60);
  const after = [...before.slice(0, 29), 'new', 'newer', ...before.slice(30)];
  const file = await one(text(before), text(after));
  expect(written(file)).toEqual([
    [
      ...numbers(20, 29).map((line, index) => `${20 + index} ${20 + index} c ${line}`),
      '30 0 r line 30',
      '0 30 a new',
      '0 31 a newer',
      ...numbers(31, 40).map((line, index) => `${31 + index} ${32 + index} c ${line}`),
    ],
  ]);
});

it('shows no line of two hunks twice, and none beyond the ends of the file', async () => {
  const before = numbers(1, 24);
  const after = before.filter((line) => line !== 'line 4' && line !== 'line 16');
  const [first, second, ...more] = written(await one(text(before), text(after)));
  expect(more).toEqual([]);
  expect(first?.[0]).toBe('1 1 c line 1');
  expect([first?.at(-1), second?.[0]]).toEqual(['12 11 c line 12', '13 12 c line 13']);
  expect(second?.at(-1)).toBe('24 22 c line 24');
});

it.each<[string, Content | null, Content | null, string[][]]>([
  ['an added file', null, 'a\nb', [['0 1 a a', '0 2 a b']]],
  ['CRLF', 'a\r\nb\r\n', 'a\r\nc\r\n', [['1 1 c a', '2 0 r b', '0 2 a c']]],
  ['a newline at the end', 'a', 'a\n', [['1 0 r a', '0 1 a a']]],
  ['an emptied file', 'a\n', '', [['1 0 r a']]],
  [
    'a link made a file',
    { mode: '120000', content: Buffer.from('target') },
    'a\n',
    [['1 0 r target'], ['0 1 a a']],
  ],
  ['a byte order mark', '\ufeffa\nb\n', '\ufeffa\nc\n', [['1 1 c a', '2 0 r b', '0 2 a c']]],
  ['Latin-1', Buffer.from('a\n'), Buffer.from('caf\xe9\n', 'latin1'), [['1 0 r a', '0 1 a caf\ufffd']]],
  [
    'UTF-16',
    Buffer.from('\ufeffa\nb\n', 'utf16le'),
    Buffer.from('\ufeffa\n\u010a\n', 'utf16le'),
    [['2 0 r b', '0 2 a \u010a']],
  ],
])('%s', async (_, before, after, lines) => {
  expect(written(await one(before, after))).toEqual(lines);
});

it('tells of renames and modes', async () => {
  const content = text(numbers(1, 20));
  const [file] = await shown(
    { 'old.sh': content },
    { 'new.sh': { mode: '100755', content: Buffer.from(`${content}end\n`) } },
  );
  expect(file).toMatchObject({
    ...{ path: 'new.sh', oldPath: 'old.sh', status: 'renamed', oldMode: '100644', newMode: '100755' },
    withheld: null,
  });
});

it.each<[string, Content | null, Content | null, ShownFile['withheld']]>([
  ['deleted', 'a\n', null, { outcome: 'excluded', reason: 'deleted: only its name is shown' }],
  ['binary', null, Buffer.of(1, 0, 2), { outcome: 'excluded', reason: 'binary' }],
  [
    'a submodule',
    null,
    { mode: '160000', content: Buffer.from('1'.repeat(40)) },
    { outcome: 'excluded', reason: 'a submodule' },
  ],
])('withholds what is %s', async (_, before, after, withheld) => {
  expect(await one(before, after)).toMatchObject({ hunks: [], withheld });
});

it('withholds what is generated', async () => {
  const [file] = await shown({}, { 'a.ts': 'a\n' }, redact, true);
  expect(file).toMatchObject({ hunks: [], withheld: { outcome: 'excluded' } });
});

const token = `ghp_${drawn('abcdefghkmnpqrstuvwxyzABC23456789', 36)}`;
const STAND_IN = '[secret: GitHub personal access token, 40 characters]';
const everything = (file: ShownFile): string => JSON.stringify(file);

it('replaces secrets in added, removed and unchanged lines', async () => {
  const file = await one(
    `a\nold = "${token}"\nconst kept = "${token}";\n`,
    `a\nnew = "${token}"\nconst kept = "${token}";\n`,
  );
  expect(written(file)).toEqual([
    [
      '1 1 c a',
      `2 0 r old = "${STAND_IN}"`,
      `0 2 a new = "${STAND_IN}"`,
      `3 3 c const kept = "${STAND_IN}";`,
    ],
  ]);
});

it('knows a key of which a hunk holds only the middle', async () => {
  const key = keyLines('', 60);
  const other = [...key.slice(0, 30), keyLines('', 61).at(-2) ?? '', ...key.slice(31)];
  const file = await one(text(key), text(other));
  expect(
    written(file)
      .flat()
      .some((line) => line.includes('BEGIN')),
  ).toBe(false);
  for (const line of [...key, ...other]) {
    for (let at = 0; at + 12 <= line.length; at += 1)
      expect(everything(file)).not.toContain(line.slice(at, at + 12));
  }
  expect(written(file)[0]).toContain('31 0 r [secret: Private key, continued]');
});

it.each(['old', 'new'])(
  'replaces an unchanged line that only the %s file shows to be a secret',
  async (side) => {
    const [begin = '', ...rest] = keyLines('', 6);
    const [whole, torn] = [text([begin, ...rest]), text(['nothing', ...rest])];
    const file = side === 'old' ? await one(whole, torn) : await one(torn, whole);
    for (const line of rest.slice(0, -1)) expect(everything(file)).not.toContain(line.slice(20, 32));
  },
);

it('shows nothing of an unchanged line in which the two files show different secrets', async () => {
  const differing = async (content: string) => content.replace(content.startsWith('1') ? 'one' : 'two', '*');
  const file = await one('1\none two\n', '2\none two\n', differing);
  expect(written(file)).toEqual([['1 0 r 1', '0 1 a 2', '2 2 c [secret: line withheld]']]);
});

it('shows what a hunk is in, redacted, though git has cut it in the middle of a token', async () => {
  const head = `function upload(file, retries, { user = "somebody", token = "${token}" }) {`;
  const body = numbers(1, 40).map((line) => `  ${line};`);
  const [before, after] = [
    [head, ...body, '}'],
    [head, ...body.with(30, '  changed;'), '}'],
  ];
  const file = await one(text(before), text(after));
  expect(file.hunks.map(({ section }) => section)).toEqual([
    `function upload(file, retries, { user = "somebody", token = "${STAND_IN}" }) {`,
  ]);
  expect(everything(file)).not.toContain(token.slice(0, 12));
});

it('says of later hunks in the same function what they are in', async () => {
  const body = numbers(1, 90).map((line) => `  ${line};`);
  const before = ['class A {', ...body, '}', 'class B {', ...body, '}'];
  const after = before.with(40, '  x;').with(80, '  y;').with(140, '  z;');
  const file = await one(text(before), text(after));
  expect(file.hunks.map(({ section }) => section)).toEqual(['class A {', 'class A {', 'class B {']);
});

it('is withheld, and said to be skipped, when its secrets cannot be searched for', async () => {
  const broken = () => redactSecrets('', () => Promise.reject(new TypeError('no')), []);
  const file = await one(null, `a = "${token}"\n`, broken);
  expect(file.withheld).toEqual({ outcome: 'skipped', reason: expect.stringContaining('TypeError') });
  expect(everything(file)).not.toContain(token);
});

it('is withheld when one side was searched and the other could not be', async () => {
  let searches = 0;
  const broken = async (side: string) => {
    searches += 1;
    if (searches > 2) throw new CodeAgentError('the search failed', { exitCode: EXIT.incomplete });
    return side;
  };
  expect(await one('a\n', 'b\n', broken)).toMatchObject({ hunks: [], withheld: { outcome: 'skipped' } });
});

it('is withheld when its path holds a secret', async () => {
  const [file] = await shown({}, { [`backup-${token}.txt`]: 'a\n' });
  expect(file).toMatchObject({
    hunks: [],
    withheld: { outcome: 'skipped', reason: 'its path holds a secret' },
  });
});

it('throws on a redaction that would move lines', async () => {
  await expect(one(null, 'a\nb\n', async (side) => side.replace('a\n', 'a'))).rejects.toThrow(RangeError);
});
