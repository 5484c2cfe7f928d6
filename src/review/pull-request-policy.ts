import type { Config } from '../config/config.ts';
import { matchesPattern } from '../config/plain-pattern.ts';

/** What is known of a pull request before anything of it is read. */
export interface PullRequestFacts {
  readonly draft: boolean;
  readonly title: string;
  readonly labels: readonly string[];
  /** Login of who opened it; `name[bot]` of an App. */
  readonly author: string;
  /** The branch that it is to be merged into, without `refs/heads/`. */
  readonly base: string;
  readonly files: number;
  /** Added and removed lines together. */
  readonly lines: number;
  /** A person with write permission has asked for this review. */
  readonly commanded: boolean;
}

/** `checks`: without a model. */
export interface PullRequestDecision {
  readonly review: 'full' | 'checks' | 'none';
  /**
   * Why it is not `full`, as the end of a sentence that begins with "Not reviewed: ", and with the key that says so. It
   * may hold a pattern of the configuration, and no text of the pull request. Null when it is `full`.
   */
  readonly because: string | null;
}

/**
 * Whether a pull request is reviewed. `policy` is that of its base commit: nothing in the pull request changes it.
 *
 * A command of a person who may write overrides what only spares reviews that nobody asked for: `on-command`, base branches,
 * drafts, authors, labels and titles. It overrides neither `off`, which is a decision of the repository, nor the
 * size, which is about what a review takes.
 */
export function decidePullRequest(
  policy: Config['pullRequests'],
  pull: PullRequestFacts,
): PullRequestDecision {
  const none = policy.review === 'off' ? 'reviews are turned off (pullRequests.review)' : null;
  const spared = pull.commanded ? null : whySpared(policy, pull);
  const because = none ?? spared;
  if (because !== null) return { review: 'none', because };
  const size = whyTooLarge(policy, pull);
  if (size === null) return { review: 'full', because: null };
  return { review: policy.tooLarge === 'skip' ? 'none' : 'checks', because: size };
}

function whySpared(policy: Config['pullRequests'], pull: PullRequestFacts): string | null {
  const { review, drafts, baseBranches, ignoreAuthors, ignoreLabels, requireLabels, ignoreTitles } = policy;
  if (review === 'on-command') return 'only on command (pullRequests.review)';
  if (!baseBranches.some((pattern) => matchesPattern(pattern, pull.base)))
    return 'its base branch is none of pullRequests.baseBranches';
  if (pull.draft && !drafts) return 'it is a draft (pullRequests.drafts)';
  const author = matching(ignoreAuthors, [pull.author]);
  if (author !== null) return `its author is one of "${author}" (pullRequests.ignoreAuthors)`;
  const label = matching(ignoreLabels, pull.labels);
  if (label !== null) return `it has the label "${label}" (pullRequests.ignoreLabels)`;
  if (requireLabels.length > 0 && matching(requireLabels, pull.labels) === null)
    return 'it has none of the labels of pullRequests.requireLabels';
  const title = matching(ignoreTitles, [pull.title.trim()]);
  if (title !== null) return `its title is "${title}" (pullRequests.ignoreTitles)`;
  return null;
}

function whyTooLarge(
  { maxFiles, maxChangedLines }: Config['pullRequests'],
  { files, lines }: PullRequestFacts,
): string | null {
  if (maxFiles !== null && files > maxFiles)
    return `it has ${files} files, more than ${maxFiles} (pullRequests.maxFiles)`;
  if (maxChangedLines !== null && lines > maxChangedLines)
    return `it has ${lines} changed lines, more than ${maxChangedLines} (pullRequests.maxChangedLines)`;
  return null;
}

/**
 * The first pattern that one of the texts matches; null when none does. In upper or lower case: for GitHub, labels and
 * logins that differ in nothing else are the same.
 */
const matching = (patterns: readonly string[], texts: readonly string[]): string | null =>
  patterns.find((pattern) =>
    texts.some((text) => matchesPattern(pattern.toLowerCase(), text.toLowerCase())),
  ) ?? null;
