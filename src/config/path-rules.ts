import type { RepoPath } from '../change/path.ts';
import type { CheckId } from '../review/check-id.ts';
import type { CheckLevel, Config, PathRule } from './config.ts';

/** The configuration, asked about one path. */
export interface PathRules {
  /** The glob that takes the path out of the review. Null when none does. */
  ignoredBy(path: RepoPath): string | null;
  /** What the configuration sets a check to, in a file. Null when it says nothing: the check's own severity holds. */
  severityOf(path: RepoPath, check: CheckId): CheckLevel | null;
}

interface Glob {
  readonly text: string;
  matches(path: RepoPath): boolean;
}

/** A rule, and the glob of it that matched. */
interface Match {
  readonly rule: PathRule;
  readonly glob: string;
}

/** Compiles the globs of the configuration, once. The glob library is loaded only if there are any. */
export async function pathRules(config: Pick<Config, 'ignore' | 'paths' | 'checks'>): Promise<PathRules> {
  const { ignore, paths, checks } = config;
  if (ignore.length === 0 && paths.length === 0) {
    return { ignoredBy: () => null, severityOf: (_, check) => checks[check] ?? null };
  }
  const { compileGlob } = await import('./glob.ts');
  const compile = (text: string): Glob => ({ text, matches: compileGlob(text) });
  const ignoreGlobs = ignore.map(compile);
  const rules = paths.map((rule) => ({ rule, globs: rule.files.map(compile) })).reverse();

  const known = new Map<RepoPath, readonly Match[]>();
  const matchesOf = (path: RepoPath) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const matches = rules.flatMap(({ rule, globs }) => {
      const glob = globs.find((one) => one.matches(path));
      return glob === undefined ? [] : [{ rule, glob: glob.text }];
    });
    known.set(path, matches);
    return matches;
  };

  return {
    ignoredBy: (path) => {
      const last = matchesOf(path).find(({ rule }) => rule.ignore !== undefined);
      if (last !== undefined) return last.rule.ignore ? last.glob : null;
      return ignoreGlobs.find((glob) => glob.matches(path))?.text ?? null;
    },
    severityOf: (path, check) => {
      const last = matchesOf(path).find(({ rule }) => rule.checks?.[check] !== undefined);
      return last?.rule.checks?.[check] ?? checks[check] ?? null;
    },
  };
}
