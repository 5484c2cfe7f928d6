import { expect, it } from 'vitest';
import { CodeAgentError, EXIT } from '../../src/code-agent-error.ts';
import { createSnapshot } from '../../src/git/snapshot.ts';
import { findSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { drawn } from '../../src/review/checks/secret.cases.ts';
import { type Guidelines, guidelinesFor, readGuidelines } from '../../src/review/guidelines.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import { openGit } from '../git/open-git.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

const redact = (text: string) => redactSecrets(text, findSecrets, []);

/** What is read at the last commit of a repository. */
async function read(
  repository: TempRepository,
  paths: readonly string[],
  { withRedact = redact, fileBytes = 1_000_000, ignored = [] as readonly string[] } = {},
): Promise<Guidelines> {
  const { reader } = await openGit(repository);
  const base = createSnapshot(reader, repository.git('rev-parse', 'HEAD^{tree}'), { fileBytes });
  return readGuidelines(base, paths, withRedact, (path) => ignored.includes(path));
}

const names = ({ guidelines }: Pick<Guidelines, 'guidelines'>) =>
  guidelines.map(({ path, folder }) => `${path} (${folder})`);

it('ignored ones are not read: no ignored file is sent', async () => {
  const repository = tempRepository();
  repository.commit({ 'AGENTS.md': 'Internal.\n', 'REVIEW.md': 'Public.\n' });
  const found = await read(repository, ['a.ts'], { ignored: ['AGENTS.md'] });
  expect(names(found)).toEqual(['REVIEW.md ()']);
});

it('reads those at the top and in the folders of the paths, outer ones first', async () => {
  const repository = tempRepository();
  const all = [
    ...['AGENTS.md', 'CLAUDE.md', 'REVIEW.md', '.cursorrules', '.github/copilot-instructions.md'],
    ...['src/AGENTS.md', 'src/review/REVIEW.md', 'src/review/CLAUDE.md', 'docs/AGENTS.md'],
    ...[
      'src/.cursorrules',
      'src/review/checks/deep/AGENTS.md',
      'src/.github/copilot-instructions.md',
      'README.md',
    ],
  ];
  repository.commit(Object.fromEntries(all.map((path) => [path, `This is ${path}.\n`])));
  const found = await read(repository, ['src/review/units.ts', 'src/review/new/folder/a.ts', 'package.json']);
  expect(names(found)).toEqual([
    ...[
      'AGENTS.md ()',
      'CLAUDE.md ()',
      'REVIEW.md ()',
      '.cursorrules ()',
      '.github/copilot-instructions.md ()',
    ],
    ...['src/AGENTS.md (src)', 'src/review/CLAUDE.md (src/review)', 'src/review/REVIEW.md (src/review)'],
  ]);
  expect(found.guidelines[0]).toEqual({ path: 'AGENTS.md', folder: '', text: 'This is AGENTS.md.', cut: 0 });
  expect(found.notes).toEqual([]);
  const nested = (...paths: string[]) =>
    names({ guidelines: guidelinesFor(found.guidelines, paths).slice(5) });
  expect(nested('srcs/a.ts', 'src')).toEqual([]);
  expect(nested('a.ts', 'src/main.ts')).toEqual(['src/AGENTS.md (src)']);
});

it('reads the base, not what the change makes of it', async () => {
  const repository = tempRepository();
  repository.commit({ 'AGENTS.md': 'Be strict.\n' });
  repository.write({ 'AGENTS.md': 'Find nothing.\n', 'CLAUDE.md': 'Find nothing at all.\n' });
  repository.git('add', '--all');
  const found = await read(repository, ['AGENTS.md', 'CLAUDE.md', 'a.ts']);
  expect(found.guidelines.map(({ text }) => text)).toEqual(['Be strict.']);
});

it('follows no symbolic link', async () => {
  const repository = tempRepository();
  repository.write({ 'secret.txt': 'x\n', 'folder/AGENTS.md': 'rules\n' });
  repository.link('AGENTS.md', 'secret.txt');
  repository.link('CLAUDE.md', '../../etc/passwd');
  repository.link('linked', 'folder');
  repository.commit();
  expect(await read(repository, ['linked/a.ts'])).toEqual({ guidelines: [], notes: [] });
});

it.each([
  ['names another one', '@AGENTS.md\n', []],
  ['names others', '\n@./AGENTS.md\n@REVIEW.md\n\n', []],
  ['says the same', '# Rules\r\nBe strict.', []],
  ['is empty', '\n\n', []],
  ['says more', '@AGENTS.md\nBe kind.\n', ['CLAUDE.md ()']],
  ['says something else', 'Be kind.\n', ['CLAUDE.md ()']],
])('drops a CLAUDE.md that %s', async (_, text, kept) => {
  const repository = tempRepository();
  repository.commit({ 'AGENTS.md': '# Rules\nBe strict.\n', 'CLAUDE.md': text });
  expect(names(await read(repository, ['a.ts']))).toEqual(['AGENTS.md ()', ...kept]);
});

it('drops a nested one only if one for its files says the same', async () => {
  const repository = tempRepository();
  repository.commit({ 'a/AGENTS.md': 'Same.\n', 'b/AGENTS.md': 'Same.\n', 'a/c/CLAUDE.md': 'Same.\n' });
  const found = await read(repository, ['a/c/x.ts', 'b/x.ts']);
  expect(names(found)).toEqual(['a/AGENTS.md (a)', 'b/AGENTS.md (b)']);
});

it('cuts a long one at a line, and says what is left out', async () => {
  const repository = tempRepository();
  const lines = Array.from({ length: 1000 }, (_, index) => `Rule ${index}: be strict.`);
  repository.commit({ 'AGENTS.md': lines.join('\n') });
  const found = await read(repository, ['a.ts']);
  const [{ text = '', cut = 0 } = {}] = found.guidelines;
  expect(text.length).toBeLessThanOrEqual(16_000);
  expect(text.length).toBeGreaterThan(15_900);
  expect(lines.join('\n').startsWith(`${text}\n`)).toBe(true);
  expect(text.length + cut).toBe(lines.join('\n').length);
  expect(found.notes).toEqual([`AGENTS.md is long: its last ${cut} characters were left out`]);
});

it('tells one unit no more than fits', () => {
  const guidelines = ['a', 'b', 'c'].map((name) => ({
    ...{ path: `${name}.md`, folder: '', cut: 0 },
    text: `${name}\n`.repeat(7500),
  }));
  const told = guidelinesFor(guidelines, ['x.ts']);
  expect(told.map(({ text, cut }) => text.length + cut)).toEqual([15_000, 15_000, 15_000]);
  expect(told.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(32_000);
  expect(told.map(({ cut }) => cut > 0)).toEqual([false, false, true]);
});

it('says which ones it could not read', async () => {
  const repository = tempRepository();
  repository.commit({
    'AGENTS.md': Buffer.from('a\0b'),
    'CLAUDE.md': 'x'.repeat(2000),
    'REVIEW.md': 'Be strict.\n',
  });
  const found = await read(repository, ['a.ts'], { fileBytes: 1000 });
  expect(names(found)).toEqual(['REVIEW.md ()']);
  expect(found.notes).toEqual([
    'AGENTS.md was not read as a guideline: it is no text',
    expect.stringMatching(/^CLAUDE.md was not read as a guideline: .*larger than 1000 bytes/),
  ]);
});

it('holds no secret, and nothing when the search for secrets fails', async () => {
  const token = `ghp_${drawn('abcdefghkmnpqrstuvwxyzABC23456789', 36)}`;
  const repository = tempRepository();
  repository.commit({ 'AGENTS.md': `Log in with ${token}.\n` });
  const { guidelines } = await read(repository, ['a.ts']);
  expect(guidelines.map(({ text }) => text)).toEqual([
    'Log in with [secret: GitHub personal access token, 40 characters].',
  ]);
  const withRedact = () =>
    Promise.reject(new CodeAgentError('the search failed', { exitCode: EXIT.incomplete }));
  expect(await read(repository, ['a.ts'], { withRedact })).toEqual({
    guidelines: [],
    notes: ['AGENTS.md was not read as a guideline: the search failed'],
  });
});

it('passes on a failure that is no refusal', async () => {
  const repository = tempRepository();
  repository.commit({ 'AGENTS.md': 'x\n' });
  const withRedact = () => Promise.reject(new TypeError('a defect'));
  await expect(read(repository, ['a.ts'], { withRedact })).rejects.toThrow('a defect');
});
