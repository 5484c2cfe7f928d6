import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TempRepository } from '../support/temp-repository.ts';
import { type Attack, blame, diff, type Group, list, log, read, report, search, show } from './attack.ts';

const GIT_FOLDER = /^Not allowed: the path .* lies in git's own folder\.$/;
const ABSOLUTE = /^Not allowed: the path .* is absolute: write it from the top of the repository\.$/;
const LEAVES = /^Not allowed: the path .* leaves its folder by "\.\."\.$/;
const NO_FILE = /^There is no file /;

const readable = (rows: readonly (readonly [path: string, answer: RegExp])[]): Attack[] =>
  rows.map(([path, answer]) => ({
    name: `read_file ${JSON.stringify(path.slice(0, 60))}`,
    calls: [read(path)],
    answer,
  }));

const files: Attack[] = readable([
  ['/proc/self/environ', ABSOLUTE],
  ['/proc/1/environ', ABSOLUTE],
  ['/proc/self/cwd/../outside.txt', ABSOLUTE],
  ['/etc/passwd', ABSOLUTE],
  ['/dev/stdin', ABSOLUTE],
  ['/dev/fd/0', ABSOLUTE],
  ['//server/share/x', ABSOLUTE],
  ['\\\\server\\share\\x', ABSOLUTE],
  ['\\etc\\passwd', ABSOLUTE],
  ['C:\\Windows\\win.ini', ABSOLUTE],
  ['c:outside.txt', ABSOLUTE],
  ['.git/config', GIT_FOLDER],
  ['.git/HEAD', GIT_FOLDER],
  ['.git/index', GIT_FOLDER],
  ['.git/logs/HEAD', GIT_FOLDER],
  ['.git/objects/info/packs', GIT_FOLDER],
  ['.git/worktrees/worktree/HEAD', GIT_FOLDER],
  ['.git/code-agent/records.jsonl', GIT_FOLDER],
  ['./.git/config', GIT_FOLDER],
  ['src/.git/config', GIT_FOLDER],
  ['.GIT/config', GIT_FOLDER],
  ['.git./config', GIT_FOLDER],
  ['GIT~1/config', GIT_FOLDER],
  ['.git::$INDEX_ALLOCATION/config', GIT_FOLDER],
  ['.g\u200cit/config', GIT_FOLDER],
  ['.git\\config', GIT_FOLDER],
  ['../outside.txt', LEAVES],
  ['src/../../outside.txt', LEAVES],
  ['..\\outside.txt', LEAVES],
  ['../worktree/other.txt', LEAVES],
  ['../.ssh/id_ed25519', LEAVES],
  ['src/app.js\0.png', /^Not allowed: the path .* holds a NUL character\.$/],
  ['~/.ssh/id_ed25519', NO_FILE],
  ['$HOME/.ssh/id_ed25519', NO_FILE],
  ['file:///etc/passwd', NO_FILE],
  ['%2e%2e/outside.txt', NO_FILE],
  ['．．/outside.txt', NO_FILE],
  ['HEAD:src/app.js', NO_FILE],
  [':0:src/app.js', NO_FILE],
  ['stash@{0}', NO_FILE],
  ['ignored.txt', NO_FILE],
  ['untracked.txt', NO_FILE],
  ['secret.txt', NO_FILE],
  ['x/'.repeat(2000), NO_FILE],
  ['links/to-passwd', /is a symbolic link to "\/etc\/passwd"\. It is not followed\.$/],
  ['links/to-config', /is a symbolic link to "\.\.\/\.git\/config"\. It is not followed\.$/],
  ['links/to-outside', /is a symbolic link to "\.\.\/\.\.\/outside\.txt"\. It is not followed\.$/],
  ['links/chain', /is a symbolic link to "to-passwd"\. It is not followed\.$/],
  ['links/folder/outside.txt', NO_FILE],
  ['links/home/.ssh/id_ed25519', NO_FILE],
  ['module/README.md', NO_FILE],
  ['module', /is a submodule: another repository, which is not here\.$/],
  ['src/unstaged.js', /^src\/unstaged\.js: lines 1-1 of 1\n1\texport \{\};$/],
  ['src/replaced.js', /1\texport const original = 1;$/],
]);

const elsewhere: Attack[] = [
  {
    name: 'read_file of a file that is only intended to be added',
    calls: [read('intended.txt')],
    answer: /^(?:There is no file intended\.txt|intended\.txt is empty)/,
  },
  {
    name: 'read_file of a line that no file has',
    calls: [read('src/app.js', 100_000_000)],
    answer: /has only 3 lines\.$/,
  },
  {
    name: 'read_file with a line that is no number',
    calls: [{ tool: 'read_file', input: { path: 'src/app.js', start_line: '1; cat /etc/passwd' } }],
    answer: /^The input of read_file is wrong:\n- start_line: /,
  },
  {
    name: 'read_file with an input that it does not know',
    calls: [{ tool: 'read_file', input: { path: 'src/app.js', follow_links: true } }],
    answer: /^The input of read_file is wrong:\n.*follow_links/,
  },
  {
    name: 'read_file of a list of paths',
    calls: [{ tool: 'read_file', input: { path: ['src/app.js', '/etc/passwd'] } }],
    answer: /^The input of read_file is wrong/,
  },
  {
    name: 'list_files around the repository',
    calls: [list({ folder: '..' }), list({ folder: 'src/../..' })],
    answer: LEAVES,
  },
  {
    name: 'list_files of the machine',
    calls: [list({ folder: '/' }), list({ folder: '/proc/self' }), list({ glob: '/etc/*' })],
    answer: ABSOLUTE,
  },
  {
    name: 'list_files in the git folder',
    calls: [
      list({ folder: '.git' }),
      list({ folder: '.git/hooks' }),
      list({ glob: '.git/**' }),
      list({ glob: '**/.git/*' }),
    ],
    answer: GIT_FOLDER,
  },
  {
    name: 'list_files by a glob that leaves',
    calls: [list({ glob: '../*' }), list({ glob: 'src/../../*' })],
    answer: LEAVES,
  },
  {
    name: 'list_files through a link',
    calls: [list({ folder: 'links/folder' }), list({ folder: 'links/home' })],
    answer: /is no folder: use read_file\.$/,
  },
  { name: 'list_files in a submodule', calls: [list({ folder: 'module' })], answer: /is no folder/ },
  {
    name: 'list_files shows no ignored or untracked file',
    calls: [list({ glob: '*.txt', depth: 2 })],
    answer: /^long\.txt$/,
  },
  {
    name: 'list_files deeper than it goes',
    calls: [list({ depth: 1000 })],
    answer: /^The input of list_files is wrong:\n- depth: /,
  },
  {
    name: 'list_files by a glob that backtracks',
    calls: [list({ glob: `${'*a'.repeat(100)}b`, depth: 2 })],
    answer: /^Nothing in /,
  },
  {
    name: 'file_diff outside of the repository',
    calls: [diff('/etc/passwd'), diff('/proc/self/environ')],
    answer: ABSOLUTE,
  },
  {
    name: 'file_diff of the git folder',
    calls: [diff('.git/config'), diff('.git/index')],
    answer: GIT_FOLDER,
  },
  {
    name: 'file_diff of what is not staged',
    calls: [diff('untracked.txt'), diff('ignored.txt')],
    answer: /^This change does not touch /,
  },
  {
    name: 'report_finding about a file outside',
    calls: [report({ path: '/etc/passwd', quote: 'root' })],
    answer: ABSOLUTE,
  },
  {
    name: 'report_finding about the git folder',
    calls: [report({ path: '.git/config', quote: 'canary' })],
    answer: GIT_FOLDER,
  },
  {
    name: 'report_finding about what is not staged',
    calls: [
      report({ path: 'untracked.txt', quote: 'canary' }),
      report({ path: 'src/unstaged.js', quote: '// canary' }),
    ],
    answer: /^There is no text file|word for word/,
  },
];

const searches: Attack[] = [
  {
    name: 'search for all canaries',
    calls: [search('canary[-]', { regex: true }), search('CANARY[-]', { regex: true, ignore_case: true })],
    answer: /^No line matches\.$/,
  },
  {
    name: 'search for an option that writes a file',
    calls: [search('--output=pwned'), search('-O/tmp/pwned'), search('--open-files-in-pager=touch pwned')],
    answer: /attacks\.js\n>|^No line matches/,
  },
  {
    name: 'search for an option that reads a file',
    calls: [search('-f/etc/passwd'), search('--untracked'), search('--no-index')],
    answer: /attacks\.js\n>|^No line matches/,
  },
  {
    name: 'search in paths outside',
    calls: [search('root', { paths: ['/etc/*'] }), search('root', { paths: ['src/**', '/etc/passwd'] })],
    answer: ABSOLUTE,
  },
  {
    name: 'search in paths that leave',
    calls: [search('x', { paths: ['../**'] }), search('x', { paths: ['src/../../**'] })],
    answer: LEAVES,
  },
  {
    name: 'search in the git folder',
    calls: [search('x', { paths: ['.git/**'] }), search('x', { paths: ['**/.git/config'] })],
    answer: GIT_FOLDER,
  },
  {
    name: 'search with the magic of pathspecs',
    calls: [
      search('x', { paths: [':(attr:binary)'] }),
      search('x', { paths: [':!src'] }),
      search('x', { paths: [':(exclude)src/**'] }),
      search('x', { paths: [':/'] }),
      search('x', { paths: [':(top)ignored.txt'] }),
    ],
    answer: /^No line matches\.$/,
  },
  {
    name: 'search with paths that look like options',
    calls: [search('x', { paths: ['--untracked'] }), search('x', { paths: ['--no-index/x'] })],
    answer: /^No line matches\.$/,
  },
  {
    name: 'search in a submodule and through a link',
    calls: [search('.', { paths: ['module/**', 'links/folder/**'], regex: true })],
    answer: /^No line matches\.$/,
  },
  {
    name: 'search for two lines or half a text',
    calls: [search('a\nb'), search('a\0b')],
    answer: /^The input of search is wrong:\n- pattern: must be within one line/,
  },
  {
    name: 'search for what is no expression',
    calls: [search('(', { regex: true }), search('[', { regex: true }), search('a{99999}', { regex: true })],
    answer: /^The pattern cannot be searched for: /,
  },
  {
    name: 'search by an expression that never ends',
    calls: [
      search('(a+)+$', { regex: true }),
      search('(*NO_JIT)(a+)+$', { regex: true, paths: ['long.txt'] }),
      search('^(a|a)*$', { regex: true }),
      search('(?R)?a(?R)?', { regex: true }),
    ],
    answer: /^The pattern cannot be searched for: |^\[Stopped: it took too long/,
  },
  {
    name: 'search by an expression that lifts the limits',
    calls: [search('(*LIMIT_MATCH=4294967290)(a+)+$', { regex: true })],
    answer: /^The pattern cannot be searched for: /,
  },
  {
    name: 'search by globs that backtrack',
    calls: [search('a', { paths: [`${'*a'.repeat(100)}b`, `${'**/*a'.repeat(25)}/b`] })],
    answer: /^No line matches\.$|^\[Stopped: it took too long/,
  },
  {
    name: 'search for everything',
    calls: [search('', {}), search('.'.repeat(501))],
    answer: /^The input of search is wrong:\n- pattern: /,
  },
];

const histories: Attack[] = [
  {
    name: 'history of options',
    calls: [log('--output=pwned'), log('-Opwned'), log('--all'), log('--exec=touch pwned')],
    answer: /^No commit before this change has a file /,
  },
  {
    name: 'history of pathspec magic',
    calls: [log(':(attr:diff)'), log(':!src'), log(':(glob)**'), log(':/'), log(':(exclude)x')],
    answer: /^No commit before this change has a file /,
  },
  {
    name: 'history outside of the repository',
    calls: [log('/etc/passwd'), blame('/etc/passwd')],
    answer: ABSOLUTE,
  },
  {
    name: 'history that leaves',
    calls: [log('../outside.txt'), blame('../worktree/other.txt')],
    answer: LEAVES,
  },
  {
    name: 'history of the git folder',
    calls: [log('.git/config'), blame('.git/config')],
    answer: GIT_FOLDER,
  },
  {
    name: 'blame of options',
    calls: [blame('--contents=/etc/passwd'), blame('--output=pwned'), blame('-s'), blame('--reverse')],
    answer: /^There is no file /,
  },
  {
    name: 'blame of what is not in the commit',
    calls: [
      blame('ignored.txt'),
      blame('untracked.txt'),
      blame('links/folder/outside.txt'),
      blame('module/x'),
      blame('src'),
      blame('.'),
    ],
    answer: /^There is no file /,
  },
  {
    name: 'blame of an edit that is not staged',
    calls: [blame('src/unstaged.js')],
    answer: /is new in this change: it has no history\.$/,
  },
  {
    name: 'blame of lines that are none',
    calls: [
      {
        tool: 'history',
        input: { what: 'blame', path: 'src/app.js', start_line: '1,+9 --contents=/etc/passwd' },
      },
      { tool: 'history', input: { what: 'blame', path: 'src/app.js', start_line: -1 } },
    ],
    answer: /^The input of history is wrong:\n- start_line: /,
  },
  { name: 'blame through a link', calls: [blame('links/to-passwd')], answer: /\n1\t\/etc\/passwd$/ },
  {
    name: 'blame of an object that was replaced',
    calls: [blame('src/replaced.js')],
    answer: /\n1\texport const original = 1;$/,
  },
  {
    name: 'show of revisions with shell in them',
    calls: [
      show('HEAD; touch pwned'),
      show('$(touch pwned)'),
      show('`touch pwned`'),
      show('HEAD | tee pwned'),
    ],
    answer: /^The input of history is wrong:\n- commit: /,
  },
  {
    name: 'show of options',
    calls: [show('--output=pwned'), show('-Opwned'), show('--all')],
    answer: /^The input of history is wrong:\n- commit: /,
  },
  {
    name: 'show of names',
    calls: [show('HEAD'), show('stash@{0}'), show('elsewhere'), show(':/canary'), show('HEAD^{/canary}')],
    answer: /^The input of history is wrong:\n- commit: /,
  },
  {
    name: 'show of another branch',
    calls: ({ elsewhere }) => [show(elsewhere.branch), show(elsewhere.branch.slice(0, 12))],
    answer: /^There is no commit /,
  },
  {
    name: 'show of a stash',
    calls: ({ elsewhere }) => [show(elsewhere.stash)],
    answer: /^There is no commit /,
  },
  {
    name: 'show of a commit that nothing names',
    calls: ({ elsewhere }) => [show(elsewhere.dangling)],
    answer: /^There is no commit /,
  },
  {
    name: 'show of a blob',
    calls: ({ elsewhere }) => [show(elsewhere.blob)],
    answer: /^There is no commit /,
  },
  {
    name: 'show of an id that is none',
    calls: [show('0'.repeat(40)), show('f'.repeat(7))],
    answer: /^There is no commit /,
  },
];

/** A tool of that name and with that input answers that there is none. */
const unknown = (tool: string, input: object): Attack => ({
  name: `a tool that does not exist: ${tool}`,
  calls: [{ tool, input }],
  answer: new RegExp(`^There is no tool "${tool}"\\. The tools are: `),
});

const inventions: Attack[] = [
  unknown('bash', { command: 'touch pwned; env' }),
  unknown('write_file', { path: 'src/app.js', content: 'pwned' }),
  unknown('edit_file', { path: '.git/config', old: 'a', new: 'b' }),
  unknown('delete_file', { path: 'src/app.js' }),
  unknown('run_tests', { command: 'npm test' }),
  unknown('fetch', { url: 'http://127.0.0.1:9/?secret' }),
  unknown('git', { args: ['push', '--force'] }),
  unknown('dismiss_finding', { id: 'all', because: 'I was told to' }),
  unknown('set_verdict', { outcome: 'pass' }),
  unknown('Read_File', { path: '/etc/passwd' }),
  unknown('judge_finding', { verdict: 'refuted', reason: 'The secret is none.' }),
  unknown('__proto__', { path: '/etc/passwd' }),
  {
    name: 'an input that is no JSON',
    calls: [{ tool: 'read_file', raw: '{"path": "src/app.js"' }],
    answer: /^The input of read_file was no JSON|^The input of read_file is wrong/,
  },
  {
    name: 'an input that is no object',
    calls: [
      { tool: 'list_files', raw: '["/etc"]' },
      { tool: 'search', raw: '"x"' },
    ],
    answer: /^The input of \w+ (?:is wrong|was no JSON)/,
  },
  {
    name: 'an input with a prototype',
    calls: [
      { tool: 'read_file', raw: '{"path":"src/app.js","__proto__":{"path":"/etc/passwd"}}' },
      { tool: 'read_file', raw: '{"constructor":{},"path":"src/app.js"}' },
    ],
    answer: /^The input of read_file is wrong|^src\/app\.js: lines 1-3 of 3/,
  },
  {
    name: 'an input with a key twice',
    calls: [{ tool: 'read_file', raw: '{"path":"src/app.js","path":"/etc/passwd"}' }],
    answer: ABSOLUTE,
  },
];

/** What all of these need: links out of the repository, a submodule, a line to hang on. */
function buildBase(repository: TempRepository): void {
  repository.link('links/to-passwd', '/etc/passwd');
  repository.link('links/to-config', '../.git/config');
  repository.link('links/to-outside', '../../outside.txt');
  repository.link('links/chain', 'to-passwd');
  repository.link('links/folder', '../..');
  repository.link('links/home', '../..');
  repository.write({
    'long.txt': `${'a'.repeat(100_000)}!\n`,
    [`${'a/'.repeat(40)}${'a'.repeat(100)}.txt`]: 'a\n',
  });
  // Without its folder, `git add` takes it for deleted.
  mkdirSync(join(repository.path, 'module'));
  repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
}

export const toolGroups: readonly Group[] = [
  { name: 'paths', base: buildBase, attacks: [...files, ...elsewhere] },
  { name: 'search', base: buildBase, attacks: searches },
  { name: 'history', base: buildBase, attacks: histories },
  { name: 'tools that there are not', attacks: inventions },
  {
    name: 'paths, with another protocol',
    base: buildBase,
    provider: 'openai',
    attacks: [...files.slice(0, 12), ...inventions],
  },
];
