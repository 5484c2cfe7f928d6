import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/git/history.ts';
import { openGit } from '../git/open-git.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';
import { openTools } from './open-tools.ts';

const DATE = '2026-02-03T12:00:00Z';
const body = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

/** A file with three commits, renamed between the second and the third, and staged under a third name. */
function renamed(): { repository: TempRepository; ids: string[] } {
  const repository = tempRepository();
  Object.assign(repository.env, { GIT_AUTHOR_DATE: DATE, GIT_COMMITTER_DATE: DATE });
  const first = repository.commit({ 'old.ts': body(10), 'other.ts': 'other\n' }, 'Begin');
  const second = repository.commit(
    { 'old.ts': `${body(9)}line ten\r\n` },
    'Spell it\n\nBecause it reads better.',
  );
  repository.git('mv', 'old.ts', 'new.ts');
  const third = repository.commit({}, 'Move it');
  repository.git('mv', 'new.ts', 'newest.ts');
  repository.write({ 'added.ts': 'added\n' });
  repository.git('add', '--all');
  return { repository, ids: [first, second, third] };
}
const short = (id = '') => id.slice(0, 12);

describe('history', () => {
  it('log: the commits of a file across its renames, the staged one too, newest first', async () => {
    const { repository, ids } = renamed();
    const { use } = await openTools(repository);
    const expected = (path: string) =>
      [
        `${path}, newest first:`,
        `${short(ids[2])} 2026-02-03 Move it`,
        `${short(ids[1])} 2026-02-03 Spell it`,
        `${short(ids[0])} 2026-02-03 Begin`,
      ].join('\n');
    expect(await use('history', { what: 'log', path: 'newest.ts' })).toBe(expected('new.ts'));
    expect(await use('history', { what: 'log', path: './new.ts' })).toBe(expected('new.ts'));
    expect(await use('history', { what: 'log', path: 'other.ts' })).toBe(
      `other.ts, newest first:\n${short(ids[0])} 2026-02-03 Begin`,
    );
  });

  it('log: of a message that begins with several lines, the first: they are not folded into one', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'a\n' }, '\nFirst line\nsecond line\n\nAnd a body.\n');
    repository.write({ 'a.ts': 'b\n' });
    repository.git('add', '--all');
    const { use } = await openTools(repository);
    expect(await use('history', { what: 'log', path: 'a.ts' })).toMatch(/ First line$/);
  });

  it('blame: the lines as they were before the change, with their commits', async () => {
    const { repository, ids } = renamed();
    const { use } = await openTools(repository);
    const wanted = { what: 'blame', path: 'newest.ts', start_line: 8, end_line: 99 };
    expect(await use('history', wanted)).toBe(
      [
        'new.ts, before the change:',
        `${short(ids[0])} 2026-02-03 Begin`,
        '8\tline 8',
        '9\tline 9',
        `${short(ids[1])} 2026-02-03 Spell it`,
        '10\tline ten',
      ].join('\n'),
    );
    expect(await use('history', { ...wanted, end_line: undefined })).toContain('8\tline 8');
    expect(await use('history', { ...wanted, start_line: 11, end_line: 12 })).toBe(
      'error: new.ts has only 10 lines before this change.',
    );
    expect(await use('history', { ...wanted, end_line: 7 })).toMatch(/comes before/);
  });

  it('show: the message and the files of a commit, the first one and a merge too', async () => {
    const { repository, ids } = renamed();
    const { use } = await openTools(repository);
    expect(await use('history', { what: 'show', commit: short(ids[1]) })).toBe(
      `${ids[1]} 2026-02-03\nSpell it\n\nBecause it reads better.\n+1 -1\told.ts`,
    );
    expect(await use('history', { what: 'show', commit: ids[0] })).toBe(
      `${ids[0]} 2026-02-03\nBegin\n+10 -0\told.ts\n+1 -0\tother.ts`,
    );
    repository.git('commit', '--quiet', '--no-verify', '--message=staged');
    repository.git('switch', '--quiet', '--create', 'side', 'HEAD~1');
    repository.commit({ 'side.ts': 'side\n' }, 'Side');
    repository.git('merge', '--quiet', '--no-ff', '--message=Merge', 'main');
    const merge = repository.git('rev-parse', 'HEAD');
    const merged = await openTools(repository);
    expect(await merged.use('history', { what: 'show', commit: merge })).toBe(
      `${merge} 2026-02-03\nMerge\n+1 -0\tadded.ts\n+0 -10\tnew.ts\n+10 -0\tnewest.ts`,
    );
  });

  it('tells what there is not', async () => {
    const { repository } = renamed();
    const { use } = await openTools(repository);
    expect(await use('history', { what: 'log', path: 'added.ts' })).toBe(
      'error: added.ts is new in this change: it has no history.',
    );
    expect(await use('history', { what: 'log', path: 'nothing.ts' })).toMatch(/^error: No commit before/);
    expect(await use('history', { what: 'blame', path: 'nothing.ts', start_line: 1 })).toBe(
      'error: There is no file nothing.ts before this change.',
    );
    expect(await use('history', { what: 'log' })).toBe('error: "log" needs path.');
    expect(await use('history', { what: 'blame', path: 'new.ts' })).toBe('error: "blame" needs start_line.');
    expect(await use('history', { what: 'show' })).toBe('error: "show" needs commit.');
    for (const commit of ['HEAD', '--all', 'main', '1234567..', 'ABCDEF1'])
      expect(await use('history', { what: 'show', commit })).toMatch(/^error: The input of history is wrong/);
    expect(await use('history', { what: 'show', commit: '1234567' })).toMatch(/^error: There is no commit/);
  });

  it('knows nothing of other branches, of a stash and of what comes after the base', async () => {
    const { repository } = renamed();
    repository.git('stash', '--quiet');
    const stash = repository.git('rev-parse', 'stash');
    repository.git('switch', '--quiet', '--create', 'side');
    const side = repository.commit({ 'side.ts': 'side\n' }, 'Side');
    repository.git('switch', '--quiet', 'main');
    const { use } = await openTools(repository);
    for (const commit of [stash, side])
      expect(await use('history', { what: 'show', commit })).toMatch(/^error: There is no commit/);
    const ranged = await openTools(repository, { range: 'HEAD~1' });
    const head = repository.git('rev-parse', 'HEAD');
    expect(await ranged.use('history', { what: 'show', commit: head })).toMatch(/^error: There is no commit/);
    expect(await ranged.use('history', { what: 'log', path: 'old.ts' })).not.toContain('Spell');
  });

  it('of a first commit is none', async () => {
    const repository = tempRepository();
    repository.write({ 'a.ts': 'a\n' });
    repository.git('add', '--all');
    const { use } = await openTools(repository);
    expect(await use('history', { what: 'log', path: 'a.ts' })).toBe(
      'error: There is no commit before this change.',
    );
  });

  it('names that look like options or patterns are names', async () => {
    const repository = tempRepository();
    const names = ['--output=x', '-S', ':(glob)*', ':!a', '*.ts', 'a\nb'];
    const id = repository.commit(Object.fromEntries(names.map((name) => [name, `${name}\nlast\n`])), 'Odd');
    const { use } = await openTools(repository);
    for (const path of names) {
      expect(await use('history', { what: 'log', path })).toContain(`${short(id)} `);
      expect(await use('history', { what: 'blame', path, start_line: 2, end_line: 9 })).toContain('\tlast');
    }
    expect(existsSync(join(repository.path, 'x'))).toBe(false);
    expect(existsSync(join(repository.path, '.git', 'x'))).toBe(false);
  });
});

describe('what could bend it', () => {
  const cases: readonly [string, readonly [string, string][], string?][] = [
    ['plain', []],
    [
      'signatures',
      [
        ['log.showSignature', 'true'],
        ['gpg.program', 'PROGRAM'],
      ],
    ],
    [
      'formats',
      [
        ['format.pretty', 'raw'],
        ['log.date', 'relative'],
        ['log.decorate', 'full'],
        ['log.abbrevCommit', 'true'],
      ],
    ],
    [
      'patches',
      [
        ['log.diffMerges', 'on'],
        ['log.showRoot', 'true'],
        ['diff.external', 'PROGRAM'],
        ['diff.renames', 'false'],
      ],
    ],
    [
      'colour',
      [
        ['color.ui', 'always'],
        ['core.pager', 'PROGRAM'],
        ['pager.log', 'PROGRAM'],
        ['pager.blame', 'PROGRAM'],
      ],
    ],
    [
      'notes',
      [
        ['notes.displayRef', 'refs/notes/*'],
        ['core.notesRef', 'refs/notes/x'],
      ],
    ],
    [
      'mailmap',
      [
        ['mailmap.file', 'OUTSIDE'],
        ['mailmap.blob', 'HEAD:old.ts'],
        ['log.mailmap', 'true'],
      ],
    ],
    [
      'blame',
      [
        ['blame.ignoreRevsFile', 'OUTSIDE'],
        ['blame.markIgnoredLines', 'true'],
        ['blame.blankBoundary', 'true'],
        ['blame.showEmail', 'true'],
        ['blame.coloring', 'highlightRecent'],
        ['blame.date', 'relative'],
      ],
    ],
    [
      'encoding',
      [
        ['i18n.logOutputEncoding', 'UTF-16'],
        ['core.quotePath', 'true'],
      ],
    ],
    [
      'order',
      [
        ['diff.orderFile', 'OUTSIDE'],
        ['diff.noprefix', 'true'],
        ['diff.relative', 'true'],
        ['diff.algorithm', 'patience'],
      ],
    ],
    [
      'textconv',
      [
        ['diff.bent.textconv', 'PROGRAM'],
        ['diff.bent.command', 'PROGRAM'],
        ['diff.bent.binary', 'true'],
      ],
      '* diff=bent',
    ],
    ['binary', [], '* binary'],
  ];
  for (const [name, settings, attributes] of cases) {
    it(`${name} does not`, async () => {
      const { repository, ids } = renamed();
      const outside = join(repository.path, '..', 'outside');
      writeFileSync(outside, `${ids[1]}\n`);
      const canary = join(repository.path, '..', 'canary');
      const program = join(repository.path, '..', 'program');
      writeFileSync(program, `#!/bin/sh\ntouch '${canary}'\necho nothing\n`, { mode: 0o755 });
      repository.git('notes', 'add', '-m', 'a note', ids[1] ?? '');
      for (const [key, value] of settings)
        repository.git('config', key, value.replace('PROGRAM', program).replace('OUTSIDE', outside));
      if (attributes !== undefined) {
        repository.write({ '.gitattributes': `${attributes}\n` });
        appendFileSync(join(repository.path, '.git/info/attributes'), `${attributes}\n`);
      }
      const opened = await openGit(repository);
      const history = createHistory(opened.repository, opened.reader, ids[2] ?? '');
      const { signal } = new AbortController();
      const commits = ['Begin', 'Spell it', 'Move it'].map((subject, index) => ({
        id: ids[index],
        date: '2026-02-03',
        subject,
      }));
      expect(await history.log('new.ts', 9, signal)).toEqual([...commits].reverse());
      expect(await history.blame('new.ts', 9, 10, signal)).toEqual([
        { number: 9, text: 'line 9', commit: commits[0] },
        { number: 10, text: 'line ten', commit: commits[1] },
      ]);
      expect(await history.show(ids[1] ?? '', signal)).toEqual({
        ...commits[1],
        message: 'Spell it\n\nBecause it reads better.',
        // What is binary, attributes say; no more depends on it than these two numbers.
        files: [{ path: 'old.ts', added: attributes ? null : 1, removed: attributes ? null : 1 }],
      });
      expect(existsSync(canary)).toBe(false);
    });
  }

  it('blame.ignoreRevsFile is found where the user has it, and has no effect', async () => {
    const { repository, ids } = renamed();
    repository.write({ 'ignored-revs': `${ids[1]}\n` });
    repository.git('config', 'blame.ignoreRevsFile', 'ignored-revs');
    const { use } = await openTools(repository);
    const wanted = { what: 'blame', path: 'new.ts', start_line: 10 };
    expect(await use('history', wanted)).toContain('Spell it\n10\tline ten');
    repository.git('config', 'blame.ignoreRevsFile', 'nowhere');
    expect(await use('history', wanted)).toMatch(/^error: There is no blame here/);
  });

  it('a signature is not looked at: that would run a program', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'a\n' });
    const canary = join(repository.path, '..', 'canary');
    const program = join(repository.path, '..', 'program');
    writeFileSync(program, `#!/bin/sh\ntouch '${canary}'\n`, { mode: 0o755 });
    repository.git('config', 'log.showSignature', 'true');
    repository.git('config', 'gpg.program', program);
    const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n';
    const { stdout: unsigned } = await repository.tryGit(['cat-file', 'commit', 'HEAD']);
    const { stdout: id } = await repository.tryGit(['hash-object', '-t', 'commit', '-w', '--stdin'], {
      stdin: unsigned.replace('\n\n', `\n${signature}\n`),
    });
    repository.git('reset', '--quiet', id.trim());
    const { use } = await openTools(repository);
    expect(await use('history', { what: 'log', path: 'a.ts' })).toContain(short(id));
    expect(await use('history', { what: 'show', commit: id.trim() })).toContain('+1 -0\ta.ts');
    expect(await use('history', { what: 'blame', path: 'a.ts', start_line: 1 })).toContain(short(id));
    expect(existsSync(canary)).toBe(false);
    repository.git('log', '-1');
    expect(existsSync(canary)).toBe(true);
  });

  it('a date that no calendar has is no failure', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'a\n' });
    const tree = repository.git('rev-parse', 'HEAD^{tree}');
    const text = `tree ${tree}\nauthor A <a@b> 99999999999999999 +0000\ncommitter A <a@b> 1 +0000\n\nOdd\n`;
    const { stdout } = await repository.tryGit(
      ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'],
      {
        stdin: text,
      },
    );
    const { repository: opened, reader } = await openGit(repository);
    const [line] = await createHistory(opened, reader, stdout.trim()).blame(
      'a.ts',
      1,
      1,
      new AbortController().signal,
    );
    expect(line?.commit.subject).toBe('Odd');
  });
});
