import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { type Ran, type TempRepository, tempRepository } from '../support/temp-repository.ts';

/**
 * The twelve ways to hide a staged secret from a reviewer that other tools fall for. Each is a real `git commit`
 * through the real hook: it must be stopped, and the secret named by its file and never shown.
 */
const LINE = `const key = '${PLANTED_SECRET}';\n`;

interface Way {
  readonly name: string;
  readonly init?: readonly string[];
  /** Prepares the repository; what it returns commits the secret. */
  hide(repository: TempRepository): () => Promise<Ran>;
  readonly path: string;
}

const commit =
  (repository: TempRepository, ...args: string[]) =>
  () =>
    repository.tryGit(['commit', '--message=hidden', ...args]);

const WAYS: readonly Way[] = [
  {
    name: '01 an attribute says that the file is binary, and is not even staged',
    path: 'a.ts',
    hide(repository) {
      repository.commit({ 'a.ts': 'export {};\n' });
      repository.write({ 'a.ts': LINE });
      repository.git('add', '.');
      repository.write({ '.gitattributes': '*.ts -diff binary\n' });
      return commit(repository);
    },
  },
  {
    name: '02 a textconv program shows something else',
    path: 'a.ts',
    hide(repository) {
      repository.commit({ '.gitattributes': '*.ts diff=harmless\n' });
      repository.git('config', 'diff.harmless.textconv', 'echo harmless #');
      repository.git('config', 'diff.external', 'true');
      repository.write({ 'a.ts': LINE });
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '03 colour is always on',
    path: 'a.ts',
    hide(repository) {
      repository.commit();
      for (const key of ['color.ui', 'color.diff']) repository.git('config', key, 'always');
      repository.git('config', 'diff.colorMoved', 'zebra');
      repository.write({ 'a.ts': LINE });
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '04 the file is UTF-16',
    path: 'a.ps1',
    hide(repository) {
      repository.commit();
      repository.write({ 'a.ps1': Buffer.from(`\ufeff${LINE}`, 'utf16le') });
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '05 a NUL makes it binary for git',
    path: 'a.dat',
    hide(repository) {
      repository.commit();
      repository.write({ 'a.dat': Buffer.from(`\0\0\n${LINE}`) });
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '06 it comes in with a rename',
    path: 'new/name.ts',
    hide(repository) {
      const text = Array.from({ length: 40 }, (_, number) => `export const n${number} = ${number};\n`).join(
        '',
      );
      repository.commit({ 'old.ts': text });
      repository.git('config', 'diff.renames', 'copies');
      repository.write({ 'new/name.ts': `${text}${LINE}` });
      repository.git('rm', '--quiet', 'old.ts');
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '07 commit -a: it is only in the temporary index',
    path: 'a.ts',
    hide(repository) {
      repository.commit({ 'a.ts': 'export {};\n' });
      repository.write({ 'a.ts': LINE });
      return commit(repository, '--all');
    },
  },
  {
    name: '08 commit <path>: it is only in the temporary index',
    path: 'a.ts',
    hide(repository) {
      repository.commit({ 'a.ts': 'export {};\n', 'b.ts': 'export {};\n' });
      repository.write({ 'a.ts': LINE, 'b.ts': 'export const b = 1;\n' });
      repository.git('add', 'b.ts');
      return commit(repository, 'a.ts');
    },
  },
  {
    name: '09 a linked worktree, from a folder in it',
    path: 'pkg/a.ts',
    hide(repository) {
      repository.commit({ 'pkg/b.ts': 'export {};\n' });
      const linked = join(repository.path, '..', 'linked');
      repository.git('worktree', 'add', '--quiet', linked);
      const inside = (...args: string[]) => repository.tryGit(args, { cwd: join(linked, 'pkg') });
      return async () => {
        mkdirSync(join(linked, 'pkg'), { recursive: true });
        await repository
          .tryGit(['hash-object', '-w', '--stdin'], { stdin: LINE })
          .then(async ({ stdout }) => {
            await inside('update-index', '--add', '--cacheinfo', `100644,${stdout.trim()},pkg/a.ts`);
          });
        return inside('commit', '--message=hidden');
      };
    },
  },
  {
    name: '10 a name in Latin-1',
    path: 'caf\\xe9.ts',
    hide(repository) {
      repository.commit();
      return async () => {
        const { stdout } = await repository.tryGit(['hash-object', '-w', '--stdin'], { stdin: LINE });
        const entry = Buffer.concat([
          Buffer.from(`100644 ${stdout.trim()}\tcaf`),
          Buffer.of(0xe9),
          Buffer.from('.ts\0'),
        ]);
        await repository.tryGit(['update-index', '-z', '--index-info'], { stdin: entry });
        return commit(repository)();
      };
    },
  },
  {
    name: '11 a repository with sha256',
    init: ['--object-format=sha256'],
    path: 'a.ts',
    hide(repository) {
      repository.commit();
      repository.write({ 'a.ts': LINE });
      repository.git('add', '.');
      return commit(repository);
    },
  },
  {
    name: '12 no commit yet',
    path: 'a.ts',
    hide(repository) {
      repository.write({ 'a.ts': LINE });
      repository.git('add', '.');
      return commit(repository);
    },
  },
];

it.each(WAYS)('$name', async ({ init = [], hide, path }) => {
  const repository = tempRepository(...init);
  const commitIt = hide(repository);
  repository.hook('pre-commit');
  const heads = repository.git('for-each-ref');
  const { code, stderr } = await commitIt();
  expect(stderr).toContain(`secret  ${path}`);
  expect(stderr).not.toContain(PLANTED_SECRET);
  expect(code).toBe(1);
  expect(repository.git('for-each-ref')).toBe(heads);
});
