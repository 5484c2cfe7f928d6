import { describe, expect, it } from 'vitest';
import { tempRepository } from '../support/temp-repository.ts';
import { openTools } from './open-tools.ts';

async function tools(range?: string) {
  const repository = tempRepository();
  repository.commit({
    'src/a.ts': 'function retry() {}\nretry();\n\n\nretry(2);\r\n',
    'src/deep/b.ts': 'call Retry()\n',
    'docs/c.md': '(retry)\n',
    'bin/x.bin': Buffer.from('retry\0\n'),
  });
  repository.write({
    'src/new.ts': 'const again = retry;\n',
    'src/untracked.ts': 'retry in the working tree\n',
  });
  repository.git('add', 'src/new.ts');
  repository.write({ 'src/new.ts': 'retry only in the working tree\n' });
  return openTools(repository, range === undefined ? {} : { range });
}
const search = async (input: Record<string, unknown>, range?: string) =>
  (await tools(range)).use('search', input);

describe('search', () => {
  it('finds lines in what will be committed, and shows them with their numbers', async () => {
    expect(await search({ pattern: 'retry' })).toBe(
      [
        'bin/x.bin: 1 lines, not shown: it is binary\n',
        'docs/c.md\n>1\t(retry)\n',
        'src/a.ts\n>1\tfunction retry() {}\n>2\tretry();\n>5\tretry(2);\n',
        'src/new.ts\n>1\tconst again = retry;',
      ].join('\n'),
    );
  });

  it('finds lines in a commit', async () => {
    expect(await search({ pattern: 'again' }, 'HEAD')).toBe('No line matches.');
    expect(await search({ pattern: 'call' }, 'HEAD')).toBe('src/deep/b.ts\n>1\tcall Retry()');
  });

  it('shows the lines around them', async () => {
    expect(await search({ pattern: 'retry(', context: 1, paths: ['a.ts'] })).toBe(
      'src/a.ts\n>1\tfunction retry() {}\n>2\tretry();\n 3\t\n 4\t\n>5\tretry(2);',
    );
    expect(await search({ pattern: '2)', context: 1, paths: ['a.ts'] })).toBe(
      'src/a.ts\n 4\t\n>5\tretry(2);',
    );
  });

  it('takes a pattern for text, or for a regular expression when asked', async () => {
    expect(await search({ pattern: '^retry' })).toBe('No line matches.');
    expect(await search({ pattern: '^retry\\(\\d?\\)', regex: true })).toBe(
      'src/a.ts\n>2\tretry();\n>5\tretry(2);',
    );
    expect(await search({ pattern: '(?<=call )R', regex: true })).toContain('src/deep/b.ts');
    expect(await search({ pattern: 'CALL RETRY', ignore_case: true })).toContain('src/deep/b.ts');
  });

  it('looks only where it is told', async () => {
    expect(await search({ pattern: 'retry', paths: ['src/*.ts'], ignore_case: true })).not.toContain('deep');
    expect(await search({ pattern: 'retry', paths: ['src/**'], ignore_case: true })).toContain(
      'src/deep/b.ts',
    );
    expect(await search({ pattern: 'retry', paths: ['*.md', 'b.ts'] })).toBe('docs/c.md\n>1\t(retry)');
    expect(await search({ pattern: 'retry', paths: ['docs/'] })).toBe('docs/c.md\n>1\t(retry)');
    for (const odd of [':(exclude)src', ':!src', '--cached', '-O/bin/false', ':/'])
      expect(await search({ pattern: 'retry', paths: [odd] })).toBe('No line matches.');
  });

  it('a pattern may look like an option', async () => {
    for (const pattern of ['--open-files-in-pager', '-O', '-e', '--', '--output=x'])
      expect(await search({ pattern })).toBe('No line matches.');
  });

  it('tells the model what is wrong with its pattern', async () => {
    expect(await search({ pattern: 'retry(', regex: true })).toBe(
      'error: The pattern cannot be searched for: missing closing parenthesis.',
    );
    expect(await search({ pattern: 'a\nb' })).toMatch(/^error: .*\n- pattern: must be within one line$/);
    expect(await search({ pattern: 'a\0' })).toMatch(/- pattern: must be within one line$/);
    expect(await search({ pattern: '' })).toMatch(/- pattern: Too small/);
  });

  it('stops at a hundred lines, and says so', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'same\n'.repeat(5_000), 'b.ts': 'same\n' });
    const answer = await (await openTools(repository)).answer('search', { pattern: 'same' });
    const rows = answer.result.content.split('\n');
    expect(rows.filter((row) => row.startsWith('>'))).toHaveLength(100);
    expect(rows.at(-1)).toBe('[Only the first 100 lines. Narrow the pattern, or name paths.]');
    expect(answer.details).toEqual({ matches: 100, files: 1, stopped: 'most' });
  });

  it('shows the beginning of a line of a megabyte, and of a file over the limit only its name', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.js': `one\n${'x'.repeat(999_000)} needle\n` });
    const { use } = await openTools(repository);
    expect(await use('search', { pattern: 'needle' })).toBe(
      `a.js\n>2\t${'x'.repeat(2_000)}… [997007 more characters]`,
    );
    const limited = await openTools(repository, { fileBytes: 1000 });
    expect(await limited.use('search', { pattern: 'needle' })).toMatch(
      /^a\.js: 1 lines, not shown: a\.js is larger/,
    );
  });

  it('names of every kind are kept apart from what is found', async () => {
    const repository = tempRepository();
    repository.commit({ '--\nx.ts': 'needle\n', 'a\nb:1:.ts': '--\nneedle\n', 'c:2.ts': 'needle\n' });
    const { use } = await openTools(repository);
    const expected = ['"--\\nx.ts"\n>1\tneedle', '"a\\nb:1:.ts"\n>2\tneedle', 'c:2.ts\n>1\tneedle'].join(
      '\n\n',
    );
    expect(await use('search', { pattern: 'needle' })).toBe(expected);
    const { use: inCommit } = await openTools(repository, { range: 'HEAD' });
    expect(await inCommit('search', { pattern: 'needle' })).toBe(expected);
  });

  it('of a file that is kept from the model tells nothing', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'needle\n', 'private/b.ts': 'needle\n' });
    const { answer } = await openTools(repository, {
      redact: async (text) => text,
      ignores: (path) => path.startsWith('private/'),
    });
    const { result, details } = await answer('search', { pattern: 'needle' });
    expect(result.content).toBe('a.ts\n>1\tneedle');
    expect(details).toEqual({ matches: 1, files: 1, stopped: null });
  });
});
