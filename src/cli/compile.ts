/**
 * Keeps what V8 makes of the bundles while it runs a hook, so that later hooks need not compile them again:
 * `node dist/compile.cjs`, which `code-agent install` starts. Exits with 1 when the folder cannot be written.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { processEnvironment } from '../config/environment.ts';
import { compiledFile, found, foundFile, loaded, loadMain } from './load-bundle.ts';

/** Whatever the user's own settings are. */
const SETTINGS = [
  'user.name=nobody',
  'user.email=nobody@localhost',
  'commit.gpgSign=false',
  'core.hooksPath=/dev/null',
];

/** What most commits are made of: a hook that reviews these has run nearly all the code that the next ones need. */
const BEFORE: Readonly<Record<string, string>> = {
  'src/greeting.ts': 'export const greeting = (name: string): string => name.trim();\n',
  'package.json': '{ "name": "sample", "version": "1.0.0", "dependencies": {} }\n',
  '.code-agent.yml':
    'ignore: ["vendor/**"]\npaths:\n  - files: ["test/**"]\n    checks: { debugger: off }\n    reason: sample\n',
  'README.md': '# Sample\n',
  'compose.yml': 'services:\n  web:\n    image: web\n',
};
const AFTER: Readonly<Record<string, string>> = {
  'src/greeting.ts': 'export const greeting = (name: string): string => name.trim().toUpperCase();\n',
  'src/added.js': "import { greeting } from './greeting.ts';\n\nconsole.log(greeting('you'));\n",
  'package.json': '{ "name": "sample", "version": "1.0.1", "dependencies": {} }\n',
  'README.md': '# Sample\n\nSays hello.\n',
  'compose.yml': 'services:\n  web:\n    image: web\n    ports: ["80:80"]\n',
};

/**
 * All that it needs of the environment. With a key or a database in it, the review of the sample would ask and store, and with
 * what git tells a hook it would speak of another repository.
 */
const NEEDED = /^(?:PATH|SYSTEMROOT|WINDIR|TEMP|TMP|TMPDIR)$/i;

async function compile(): Promise<void> {
  const env = processEnvironment();
  for (const name of Object.keys(env)) if (!NEEDED.test(name)) delete env[name];
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-'));
  const { write } = process.stderr;
  try {
    stageSample(folder);
    process.chdir(folder);
    // What the review of the sample says is of no interest.
    process.stderr.write = () => true;
    writeFileSync('message', 'Say it louder\n');
    for (const hook of [['pre-commit'], ['commit-msg', 'message']]) {
      const code = await loadMain().main([process.execPath, 'code-agent', 'hook', ...hook]);
      if (code !== 0) throw new Error(`the review of the sample ended with ${code}`);
    }
  } finally {
    process.stderr.write = write;
    process.chdir(__dirname);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [file, { script }] of loaded) replace(compiledFile(file), script.createCachedData());
  replace(foundFile(), JSON.stringify([...found]));
}

/** In place at once: a hook may be reading it. */
function replace(file: string, content: string | Buffer): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

function stageSample(folder: string): void {
  const git = (...args: string[]): void => {
    execFileSync('git', [...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
      cwd: folder,
      stdio: 'ignore',
    });
  };
  git('init', '--quiet');
  write(folder, BEFORE);
  git('add', '.');
  git('commit', '--quiet', '--no-verify', '--message=sample');
  write(folder, AFTER);
  git('add', '.');
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

compile().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error}\n`);
});
