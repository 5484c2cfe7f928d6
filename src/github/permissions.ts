/** What an App, or a token of it, may do (docs.github.com/en/rest/apps/apps, `app-permissions`), as far as it is used here. */
export type Permissions = Readonly<
  Partial<Record<'contents' | 'pull_requests' | 'checks' | 'issues' | 'metadata', 'read' | 'write'>>
>;

/** To read a pull request and fetch its commits. */
export const REVIEW_READ = { contents: 'read', pull_requests: 'read', metadata: 'read' } as const;

/**
 * To post a review, answer in comments and gate by a check run. `pull_requests` holds for the comments and reactions of a
 * pull request, also where they are an issue's by their address (`issues: write` would not do).
 */
export const REVIEW_WRITE = { pull_requests: 'write', checks: 'write', metadata: 'read' } as const;

/** To resolve threads, for which GitHub asks more than for all else of a review: made for that call only. */
export const RESOLVE_THREADS = { contents: 'write', pull_requests: 'write' } as const;

/**
 * To make a pull request a draft, or ready: as that of threads, GitHub counts it as content (github.com/cli/cli/discussions/6924;
 * with `pull_requests` alone it answers FORBIDDEN). Made for that call only.
 */
export const CHANGE_DRAFT = { contents: 'write', pull_requests: 'write' } as const;

/** To read what a task is asked for in and which checks have failed, and fetch the commits that it begins at. */
export const TASK_READ = {
  checks: 'read',
  contents: 'read',
  issues: 'read',
  pull_requests: 'read',
  metadata: 'read',
} as const;

/** To answer in issues and pull requests, and to open the pull request of a task. No file can be written with it. */
export const TASK_WRITE = { issues: 'write', pull_requests: 'write', metadata: 'read' } as const;

/** To push the branch of a task: made for that alone. */
export const TASK_PUSH = { contents: 'write', metadata: 'read' } as const;
