import picomatch from 'picomatch';

/**
 * Globs are matched against whole paths with `/` between their parts, on every platform, hidden files
 * included. `s`: a file name may hold a newline, and must not get around a rule by it.
 */
const OPTIONS: picomatch.PicomatchOptions = {
  dot: true,
  windows: false,
  flags: 's',
  strictBrackets: true,
  debug: true,
};

/** A test of paths. Throws when the glob does not compile: see {@link globProblem}. */
export function compileGlob(glob: string): (path: string) => boolean {
  return picomatch(glob, OPTIONS);
}

const LONGEST = 1000;

/** Why the glob cannot do what its writer wants, or null when it can. */
export function globProblem(glob: string): string | null {
  const outside = outsideProblem(glob);
  if (outside !== null) return outside;
  if (glob.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (glob.startsWith('!') && !glob.startsWith('!('))
    return 'begins with "!": to take files back in, add an entry to "paths" with "ignore: false"';
  if (glob.endsWith('/')) return `ends with "/" and so matches no file: write "${glob}**"`;
  try {
    compileGlob(glob);
    return null;
  } catch (error) {
    return `is no glob (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Why the path or glob is not one inside of the repository, or null when it is. */
export function outsideProblem(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path))
    return 'is absolute: write it from the top of the repository, without a "/" in front';
  if (path.split(/[\\/]/).includes('..')) return 'leaves the repository by ".."';
  return null;
}
