import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { WorkPlace } from './work-place.ts';

/** One way to get at something outside of a worktree, at what is git's in it, or to hang who reads it. */
export interface EscapeAttempt {
  readonly name: string;
  /** What the shell of a model, or a repository, has put there. Answers false where it cannot be done on this machine. */
  readonly arrange?: (place: WorkPlace) => unknown;
  /** Asked for in every way in which a file can be. */
  readonly paths: (place: WorkPlace) => readonly string[];
  /** Folders of submodules. */
  readonly submodules?: readonly string[];
  /** It may be done, for it leads nowhere. */
  readonly mayBeDone?: boolean;
}

const link =
  (target: (place: WorkPlace) => string, name: string) =>
  (place: WorkPlace): void => {
    const file = join(place.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(target(place), file);
  };

const paths =
  (...named: string[]) =>
  () =>
    named;

function makeNode(place: WorkPlace, ...args: string[]): boolean {
  try {
    execFileSync(args[0] ?? '', [join(place.folder, 'node'), ...args.slice(1)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const ESCAPE_ATTEMPTS: readonly EscapeAttempt[] = [
  {
    name: 'a link where the file is',
    arrange: link(({ outside }) => join(outside, 'canary.txt'), 'link.txt'),
    paths: paths('link.txt'),
  },
  {
    name: 'a link to a file outside that is not there yet',
    arrange: link(({ outside }) => join(outside, 'new.txt'), 'src/new.txt'),
    paths: paths('src/new.txt'),
  },
  {
    name: 'a link where the first folder is',
    arrange: link(({ outside }) => outside, 'out'),
    paths: paths('out/canary.txt', 'out/new.txt', 'out/src/canary.txt', 'out/new/new.txt', 'out'),
  },
  {
    name: 'a link where a folder in the middle is',
    arrange: link(({ outside }) => join(outside, 'src'), 'a/src'),
    paths: paths('a/src/deep/canary.txt', 'a/src/deep/new.txt', 'a/src/new/new.txt'),
  },
  {
    name: 'a link where the last folder is',
    arrange: link(({ outside }) => join(outside, 'src/deep'), 'a/b/deep'),
    paths: paths('a/b/deep/canary.txt', 'a/b/deep/new.txt'),
  },
  {
    name: 'a link to the root, and from there on by the whole path',
    arrange: link(() => '/', 'root'),
    paths: ({ outside }) => [`root${outside}/canary.txt`, 'root/etc/passwd', 'root/proc/self/environ'],
  },
  {
    name: 'a relative link',
    arrange: link(() => '../../outside', 'src/up'),
    paths: paths('src/up/canary.txt', 'src/up/new.txt'),
  },
  {
    name: 'a link to a link to a link',
    arrange: (place) => {
      link(() => 'second', 'first')(place);
      link(() => 'src/third', 'second')(place);
      link(({ outside }) => outside, 'src/third')(place);
    },
    paths: paths('first/canary.txt', 'second/canary.txt', 'src/third/new.txt', 'first'),
  },
  {
    name: 'a link to the folder above',
    arrange: link(() => '..', 'above'),
    paths: paths('above/outside/canary.txt', 'above/new.txt', 'above/work/README.md'),
  },
  {
    name: 'a link that stays inside',
    arrange: (place) => {
      link(() => 'src', 'same')(place);
      link(() => 'README.md', 'READ.me')(place);
    },
    paths: paths('same/a.ts', 'same/new.ts', 'READ.me'),
  },
  {
    name: 'links in a circle',
    arrange: (place) => {
      link(() => 'two', 'one')(place);
      link(() => 'one', 'two')(place);
    },
    paths: paths('one', 'two/x'),
  },
  {
    name: "a link to git's own folder",
    arrange: link(() => '.git', 'git'),
    paths: paths('git/config', 'git/hooks/pre-commit'),
  },
  {
    name: 'the environment of this process',
    arrange: link(() => '/proc/self/environ', 'environ'),
    paths: paths('environ', '/proc/self/environ', '/proc/1/environ', '../../../proc/self/environ'),
  },
  {
    name: 'the open files of this process',
    arrange: (place) => {
      link(() => '/proc/self/fd', 'fd')(place);
      link(() => '/proc/self/cwd', 'cwd')(place);
    },
    paths: paths(
      'fd/0',
      'fd/1',
      'cwd/package.json',
      '/proc/self/fd/1',
      '/dev/fd/1',
      '/proc/self/root/etc/passwd',
    ),
  },
  {
    name: 'devices',
    arrange: link(() => '/dev/zero', 'zero'),
    paths: paths('zero', '/dev/zero', '/dev/stdin', '/dev/shm/new'),
  },
  {
    name: 'a device in the worktree',
    arrange: (place) => makeNode(place, 'mknod', 'c', '1', '5'),
    paths: paths('node', 'node/x'),
  },
  {
    name: 'a fifo that nobody writes to',
    arrange: (place) => makeNode(place, 'mkfifo'),
    paths: paths('node', 'node/x'),
  },
  {
    name: 'a socket',
    arrange: async ({ folder }) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
      server.unref();
      return true;
    },
    paths: paths('socket', 'socket/x'),
  },
  {
    name: 'absolute paths',
    paths: ({ outside, folder }) => [
      join(outside, 'canary.txt'),
      join(outside, 'new.txt'),
      join(folder, 'src/a.ts'),
      `/${outside}/canary.txt`,
      '/etc/passwd',
    ],
  },
  {
    name: 'up and out',
    paths: paths(
      ...['../outside/canary.txt', '../new.txt', 'src/../../outside/canary.txt', './../outside/canary.txt'],
      ...['src/..', '..', 'src/deep/../../..', 'src/../README.md', '../work/README.md'],
    ),
  },
  {
    name: 'up and out, as Windows has it',
    paths: paths(
      ...['..\\outside\\canary.txt', 'src\\..\\..\\outside\\canary.txt', 'src/..\\..\\outside/canary.txt'],
      ...[
        'C:\\Windows\\win.ini',
        'C:canary.txt',
        'c:/canary.txt',
        '\\\\server\\share\\x',
        '\\x',
        '\\\\?\\C:\\x',
      ],
    ),
  },
  {
    name: 'a NUL',
    paths: paths(
      'src/a.ts\0.md',
      '\0',
      '../outside/canary.txt\0',
      'src\0/../../outside/canary.txt',
      '\0/etc/passwd',
    ),
  },
  {
    name: 'names that are too long',
    paths: paths(
      ...['x'.repeat(5_000), `src/${'x'.repeat(256)}`, 'é'.repeat(128), `${'x'.repeat(256)}/a.ts`],
      ...[`${`${'x'.repeat(200)}/`.repeat(30)}x`, `${'../'.repeat(2_000)}etc/passwd`],
    ),
  },
  { name: 'folders without an end', paths: paths(`${'d/'.repeat(5_000)}x`, `${'d/'.repeat(101)}x`) },
  {
    name: 'paths that are none',
    paths: paths('', '.', './', '/', '//', 'src//a.ts', 'src/', 'src/./a.ts', './src/a.ts', 'new/', '/.'),
  },
  {
    name: "git's own folder",
    paths: paths(
      '.git',
      '.git/config',
      '.git/hooks/pre-commit',
      '.git/new',
      'src/.git/hooks/x',
      'src/.git',
      'new/.git/x',
    ),
  },
  {
    name: "git's own folder, in capitals",
    paths: paths('.GIT/config', '.Git/hooks/x', '.gIt/config', 'src/.GIT/x', '.GIT'),
  },
  {
    name: "git's own folder, by its short name",
    paths: paths('git~1/config', 'GIT~1/hooks/x', 'src/git~1', 'Git~1/x'),
  },
  {
    name: "git's own folder, with what Windows drops",
    paths: paths(
      ...[
        '.git /config',
        '.git./config',
        '.git . /x',
        '.git::$INDEX_ALLOCATION/config',
        '.git:x',
        'git~1 /x',
      ],
      ...['src\\.git\\config', '.git\\config', 'src/x\\.git', '.git....'],
    ),
  },
  {
    name: "git's own folder, with what HFS+ leaves out",
    paths: paths(
      ...['.g\u200cit/config', '.gi\u200dt/x', '\ufeff.git/config', '.git\u200e/x', '.\u202ag\u202eit/x'],
      ...['.g\u206ai\u206ft/config', '\u200f.G\u200cI\u200dT', 'src/.git\u202c/hooks/x'],
    ),
  },
  {
    name: "git's own folder, in a second spelling of its bytes",
    paths: paths(
      '.g\udce2\udc80\udc8cit/config',
      '\udcef\udcbb\udcbf.git/x',
      '.git\udce2\udc80\udc8e',
      'a\ud800b',
      '\udc41',
    ),
  },
  { name: 'a folder where a file is', paths: paths('README.md/x', 'src/a.ts/x/y', 'README.md/.') },
  { name: 'a file where a folder is', paths: paths('src') },
  {
    name: 'an empty folder where a file should be',
    arrange: ({ folder }) => mkdirSync(join(folder, 'empty')),
    paths: paths('empty'),
  },
  {
    name: 'a submodule that is not there',
    arrange: ({ folder }) => mkdirSync(join(folder, 'vendor/module'), { recursive: true }),
    submodules: ['vendor/module', 'gone'],
    paths: paths('vendor/module', 'vendor/module/x', 'vendor/module/deep/x', 'gone', 'gone/x'),
  },
  {
    name: 'a submodule that is there',
    arrange: ({ folder }) => {
      mkdirSync(join(folder, 'module/src'), { recursive: true });
      writeFileSync(join(folder, 'module/.git'), 'gitdir: ../.git/modules/module\n');
      writeFileSync(join(folder, 'module/src/x'), 'x\n');
    },
    paths: paths('module/x', 'module/src/x', 'module/new/x'),
  },
  {
    name: 'another repository in a folder, with hooks of its own',
    arrange: ({ folder }) => {
      mkdirSync(join(folder, 'a/inner/.git/hooks'), { recursive: true });
      writeFileSync(join(folder, 'a/inner/.git/config'), '[core]\n');
    },
    paths: paths('a/inner/.git/config', 'a/inner/.git/hooks/post-checkout', 'a/inner/x', 'a/inner/new/x'),
  },
  {
    name: 'another repository that a link makes one',
    arrange: (place) => {
      mkdirSync(join(place.folder, 'inner'));
      link(() => '../.git', 'inner/.git')(place);
    },
    paths: paths('inner/.git/config', 'inner/x'),
  },
  {
    name: 'a second name of a file outside',
    arrange: ({ folder, outside }) => linkSync(join(outside, 'canary.txt'), join(folder, 'src/hard.txt')),
    paths: paths('src/hard.txt'),
    mayBeDone: true,
  },
  {
    name: "a second name of git's own file",
    arrange: ({ folder }) => linkSync(join(folder, '.git/config'), join(folder, 'config')),
    paths: paths('config'),
    mayBeDone: true,
  },
  {
    name: "a worktree of git's, where .git is a file",
    arrange: ({ folder, outside }) => {
      renameSync(join(folder, '.git'), join(outside, 'real'));
      writeFileSync(join(folder, '.git'), 'gitdir: ../outside/real\n');
    },
    paths: paths('.git', '.git/x', '.GIT', 'git~1'),
  },
];
