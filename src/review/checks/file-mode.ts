import { displayPath } from '../../change/path.ts';
import type { Check, ReviewedFile } from '../check.ts';
import type { Problem } from '../finding.ts';
import { isFixturePath } from './test-path.ts';

/** Of a program: `#![no_std]` is Rust, `#compdef` is zsh. */
const SHEBANG = /^#![ \t]{0,20}\//;
/** Of what is run by its name and by nothing else: shell scripts, and files without an ending. */
const RUN_BY_NAME = /(?:^|\/)[^/.]+$|\.(?:sh|bash|zsh|ksh|csh|fish)$/;
/** Scripts that their users run through sh or make executable themselves: husky's and debhelper's. */
const RUN_BY_OTHERS = /(?:^|\/)(?:\.husky|debian)\//;
const WINDOWS = /\.(?:bat|cmd|ps1|psm1|psd1|exe|com|msi|dll|vbs)$/i;

/** So many of a kind are one habit (a file system without modes, `chmod -R`), and one finding. */
const MANY = 5;

/** Scripts that do not start, and files that are executable and are no scripts. */
export const fileMode: Check = {
  id: 'file-mode',
  summary:
    'Scripts that are not executable or end #! with a carriage return, and executable files that are no scripts',
  severity: 'warning',
  generatedToo: false,
  scope: 'files',
  async *run(files) {
    const executables: ReviewedFile[] = [];
    for (const file of files) {
      if (file.kind !== 'text' || file.change.hunks === null) continue;
      if (WINDOWS.test(file.path) || RUN_BY_OTHERS.test(file.path) || isFixturePath(file.path)) continue;
      const first = file.added[0]?.number === 1 ? file.added[0].text : null;
      if (first !== null && SHEBANG.test(first)) yield* newShebang(file);
      if (await isNoScript(file, first)) executables.push(file);
    }
    yield* noScripts(executables);
  },
};

async function* newShebang(file: ReviewedFile): AsyncGenerator<Problem> {
  const { path, change } = file;
  const place = { startLine: 1, endLine: 1 };
  const text = (await file.after()) ?? '';
  if (text.charAt(text.indexOf('\n') - 1) === '\r') {
    yield {
      path,
      place,
      title: 'Carriage return after #!',
      body: 'Linux and macOS look for an interpreter whose name ends with it, and find none. Commit the file with LF (`*.sh text eol=lf` in .gitattributes).',
      severity: 'error',
    };
  }
  const had = file.removed[0]?.number === 1 && SHEBANG.test(file.removed[0].text);
  if (change.after?.mode !== '100644' || had || !RUN_BY_NAME.test(path)) return;
  yield {
    path,
    place,
    title: 'Script is not executable',
    body: `It begins with #!, but has mode 644. Make it executable (git update-index --chmod=+x "${displayPath(path)}"), or remove the first line if it is only read.`,
  };
}

/** The change makes it executable, and nothing says with what to run it. */
async function isNoScript(file: ReviewedFile, addedFirst: string | null): Promise<boolean> {
  const { before, after } = file.change;
  if (after?.mode !== '100755' || before?.mode === '100755') return false;
  const first = addedFirst ?? (await file.after()) ?? '';
  return !first.startsWith('#!');
}

function* noScripts(files: readonly ReviewedFile[]): Generator<Problem> {
  const [first, ...others] = files;
  if (first === undefined) return;
  const body =
    'It has mode 755 and no #! line. Add one, or take the mode away (git update-index --chmod=-x).';
  if (files.length <= MANY) {
    for (const { path } of files) yield { path, place: null, title: 'Executable file is no script', body };
  } else {
    const title = `Executable file is no script, like ${others.length} others`;
    yield {
      path: first.path,
      place: null,
      title,
      body: `${body} git config core.fileMode false ignores the modes of a file system that has none.`,
    };
  }
}
