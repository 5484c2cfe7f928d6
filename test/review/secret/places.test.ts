import { expect, it } from 'vitest';
import type { CheckCase } from '../../../src/review/checks/check-case.ts';
import { drawn, keyLines } from '../../../src/review/checks/secret.cases.ts';
import { secret } from '../../../src/review/checks/secret.ts';
import { caseChange } from '../../support/case-change.ts';

const TOKEN = `glpat-${drawn('abcdefghkmnpqrstuvwxyzABC23456789', 20)}`;

async function problems(change: CheckCase['change']) {
  const { files, context } = caseChange({ name: '', change, finds: [] });
  const found = [];
  for await (const problem of await secret.run(files, context)) found.push(problem);
  return found;
}

it('marks exactly the value, in the right file of several, and says nothing of it', async () => {
  const found = await problems({
    'empty.txt': '',
    'a.txt': `one\ntwo ${TOKEN} three\n`,
    'gone.txt': { before: 'x\n' },
    'b.txt': { before: 'one\ntwo\n', after: `zero\none\nthree\ntwo\n😀 "${TOKEN}"\n` },
  });
  expect(found).toMatchObject([
    {
      path: 'a.txt',
      place: { startLine: 2, endLine: 2, startColumn: 5, endColumn: 5 + TOKEN.length },
      secret: true,
    },
    {
      path: 'b.txt',
      place: { startLine: 5, endLine: 5, startColumn: 5, endColumn: 5 + TOKEN.length },
      secret: true,
    },
  ]);
  for (const { title, body } of found) expect(title + body).not.toContain(TOKEN.slice(-12));
});

it('spans all lines of a key', async () => {
  const key = keyLines('RSA ', 5);
  const [problem] = await problems({ 'a.py': `KEY = """${key.join('\n')}"""\n` });
  expect(problem?.place).toEqual({
    startLine: 1,
    endLine: 7,
    startColumn: 10,
    endColumn: (key.at(-1)?.length ?? 0) + 1,
  });
});

it('does not complete a key in one file with the next file', async () => {
  const [begin = '', ...rest] = keyLines('');
  const found = await problems({
    'a.ts': `const BEGIN = '${begin}';\n`,
    'b.txt': `${rest.slice(0, -1).join('\n')}\n`,
  });
  expect(found).toEqual([]);
});

it('does not give a name in one file the value in the next', async () => {
  expect(await problems({ 'a.env': 'API_KEY=', 'b.txt': `${drawn('abc789', 32)}\n` })).toEqual([]);
});

it('marks a password in a URL and not the URL', async () => {
  const password = drawn('abcdXYZ789', 14);
  const line = `url: postgres://app:${password}@db.acme.io/x`;
  const [problem] = await problems({ 'a.yaml': `${line}\n` });
  expect(line.slice((problem?.place?.startColumn ?? 0) - 1, (problem?.place?.endColumn ?? 0) - 1)).toBe(
    password,
  );
});
