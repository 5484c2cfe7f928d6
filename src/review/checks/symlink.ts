import { posix } from 'node:path';
import { isSymlink } from '../../change/change-set.ts';
import { isDotGit } from '../../change/dot-git.ts';
import { displayPath, type RepoPath } from '../../change/path.ts';
import type { Check, CheckContext, ReviewedFile } from '../check.ts';
import type { Problem, Severity } from '../finding.ts';

/** Links are judged by their text alone: none is followed. */
export const symlink: Check = {
  id: 'symlink',
  summary: 'Links that leave the repository, lead into .git or nowhere, and files that became links',
  severity: 'error',
  generatedToo: true,
  scope: 'files',
  async *run(files, context) {
    for (const file of files) {
      const { before, after } = file.change;
      if (after === null) continue;
      const problem = (title: string, body: string, severity: Severity): Problem => ({
        path: file.path,
        place: null,
        title,
        body,
        severity,
      });
      if (!isSymlink(after)) {
        if (isSymlink(before)) yield problem('A link became a file', '', 'info');
        continue;
      }
      const target = (await file.after()) ?? '';
      const shown = displayPath(target.length > 200 ? `${target.slice(0, 200)}\u2026` : target);
      const wrong = await wrongTarget(file, target, context);
      if (wrong !== null) yield problem(`Link to ${shown} ${wrong.title}`, wrong.body, wrong.severity);
      else if (before !== null && !isSymlink(before)) {
        yield problem(`A file became a link to ${shown}`, 'Its content is gone.', 'warning');
      }
    }
  },
};

/** git reads these, and not through a link: release notes of 2.32 and, for `.gitmodules`, CVE-2018-11235. */
const READ_BY_GIT = /^\.git(?:modules|attributes|ignore)$/i;

/** Absolute to Unix or to Windows. */
const ABSOLUTE = /^(?:[/\\]|[A-Za-z]:)/;

type Wrong = Pick<Problem, 'title' | 'body'> & { readonly severity: Severity };

async function wrongTarget(file: ReviewedFile, target: string, context: CheckContext): Promise<Wrong | null> {
  // What it points to is the same everywhere: nothing. systemd masks a unit so.
  if (target === '/dev/null') return null;
  if (ABSOLUTE.test(target)) {
    return { title: 'is absolute', body: 'It is another file on every machine, or none.', severity: 'error' };
  }
  const resolved = posix.join(posix.dirname(file.path), target.replaceAll('\\', '/'));
  if (resolved === '..' || resolved.startsWith('../')) {
    return {
      title: 'leaves the repository',
      body: 'What reads or writes through it reaches whatever lies beside the clone.',
      severity: 'error',
    };
  }
  if (resolved.split('/').some(isDotGit)) {
    return {
      title: 'leads into .git',
      body: 'What writes through it can change hooks and configuration.',
      severity: 'error',
    };
  }
  if (READ_BY_GIT.test(posix.basename(file.path))) {
    return {
      title: 'is not read by git',
      body: 'git refuses to read this file through a link.',
      severity: 'error',
    };
  }
  if (target === '' || (await isMissing(resolved, context))) {
    return {
      title: 'leads nowhere',
      body: 'There is no such file in the repository after the change.',
      severity: 'warning',
    };
  }
  return null;
}

/** False where another link or a submodule is on the way: what is behind it is not ours to know. */
async function isMissing(path: RepoPath, { after }: CheckContext): Promise<boolean> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  let folder = '';
  for (const [index, part] of parts.entries()) {
    // Bytes that are no UTF-8 were lost when the target was decoded.
    if (part.includes('\ufffd')) return false;
    const entry = (await after.list(folder)).find(({ name }) => name === part);
    if (entry === undefined) return true;
    if (entry.kind === 'symlink' || entry.kind === 'submodule') return false;
    if (entry.kind === 'file') return index < parts.length - 1;
    folder = folder === '' ? part : `${folder}/${part}`;
  }
  return false;
}
