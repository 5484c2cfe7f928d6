import type { RepoPath } from '../change/path.ts';

/**
 * What decides what is run where, who must agree to what, and what this program may do: a change of it needs a person's yes,
 * whoever made it. Globs would be too weak: capitals are not told from small letters, for some platforms do not.
 */
const PROTECTED: readonly (readonly [RegExp, string])[] = [
  [/^\.github\/(?:workflows|actions)\//i, 'what GitHub Actions runs'],
  [
    /^(?:\.gitlab-ci\.ya?ml|\.gitlab\/ci\/|jenkinsfile|\.circleci\/|\.travis\.ya?ml|azure-pipelines[^/]*\.ya?ml|\.drone\.ya?ml|\.buildkite\/|bitbucket-pipelines\.ya?ml|\.teamcity\/|\.woodpecker)/i,
    'what a CI server runs',
  ],
  [
    /^(?:\.husky|\.githooks|hooks)\/|^(?:\.?lefthook(?:-local)?\.(?:ya?ml|toml|json)|\.pre-commit-config\.ya?ml|\.lintstagedrc[^/]*|\.simple-git-hooks\.[a-z]+)$/i,
    'what git hooks run',
  ],
  [/(?:^|\/)codeowners$/i, 'who must agree to changes'],
  [
    /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.c?js|\.bunfig\.toml|bunfig\.toml|pip\.conf|\.pypirc|\.cargo\/config(?:\.toml)?|nuget\.config)$/i,
    'where packages come from',
  ],
  [/(?:^|\/)(?:\.gitmodules|\.gitattributes|\.gitconfig)$/i, 'how git treats files'],
  [
    /(?:^|\/)\.code-agent|^\.claude\/|(?:^|\/)(?:agents|claude|review)\.md$|(?:^|\/)\.mcp\.json$|^\.cursor(?:rules$|\/)|^\.github\/copilot-instructions\.md$/i,
    'what agents are told and allowed',
  ],
  [/^\.(?:vscode|idea|devcontainer)\//i, 'what editors run'],
];

/** Why a path needs a person's yes; null when it needs none. */
export const protectionOf = (path: RepoPath): string | null =>
  PROTECTED.find(([pattern]) => pattern.test(path))?.[1] ?? null;

/** The parts of a package.json that make programs run: at install, or where somebody types `npm test`. */
const RUNNING = [
  'scripts',
  'bin',
  'husky',
  'lint-staged',
  'simple-git-hooks',
  'pre-commit',
  'packageManager',
  'publishConfig',
];

/** Which parts that make programs run differ between two versions of a package.json. What is no JSON differs in all. */
export function runningParts(before: string | null, after: string | null): string[] {
  const [one, other] = [parsed(before), parsed(after)];
  return RUNNING.filter((key) => JSON.stringify(one?.[key]) !== JSON.stringify(other?.[key]));
}

function parsed(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
  } catch {
    return null;
  }
}
