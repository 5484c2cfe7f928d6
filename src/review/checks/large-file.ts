import { displayPath } from '../../change/path.ts';
import type { Check } from '../check.ts';

/** Long by nature, and of no use outside git. */
const LOCKFILE =
  /(?:^|\/)(?:[^/]*\.lock|[^/]*\.lockb|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum)$/;

/** https://docs.github.com/repositories/working-with-files/managing-large-files */
const GITHUB_REFUSES = 100 * 2 ** 20;

/** Files that this change makes large. One that was large before is no news. */
export const largeFile: Check = {
  id: 'large-file',
  summary: 'Files that are added or grow beyond the size limit',
  severity: 'warning',
  generatedToo: false,
  scope: 'files',
  *run(files, { limits }) {
    const limit = limits.largeFileBytes;
    for (const { path, change } of files) {
      const size = change.after?.size ?? 0;
      if (size <= limit || (change.before?.size ?? 0) > limit || LOCKFILE.test(path)) continue;
      const refused = size > GITHUB_REFUSES ? ' GitHub refuses files over 100 MiB.' : '';
      yield {
        path,
        place: null,
        title: `File of ${bytes(size)}`,
        body: `Every clone will carry it for ever, whatever becomes of it.${refused} Leave it out, or keep it in Git LFS (git lfs track "${displayPath(path)}").`,
      };
    }
  },
};

function bytes(size: number): string {
  const [divisor, unit] = size < 1e6 ? [1e3, 'kB'] : size < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(size / divisor).toFixed(1).replace(/\.0$/, '')} ${unit}`;
}
