/** All branches that tasks make lie below it. */
export const BRANCH_PREFIX = 'code-agent/';

/** `make-the-retry-wait`: of a request, what a branch can be called by; at most 40 characters, never empty. */
export function slugOf(request: string): string {
  const words = request
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const cut =
    words.length <= 40
      ? words
      : words
          .slice(0, 41)
          .replace(/-[^-]*$/, '')
          .slice(0, 40);
  return cut.replace(/^-+|-+$/g, '') || 'task';
}

/** The branch of a task: of one that has an issue, with its number in front, so that a second command finds it again. */
export const branchOf = (request: string, issue: number | null): string =>
  `${BRANCH_PREFIX}${issue === null ? '' : `${issue}-`}${slugOf(request)}`;

/** Whether a name can be a task's branch, by the rules of git-check-ref-format(1) and ours: nothing that looks like an option. */
export const isBranchName = (name: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/.test(name) && !/\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)|[./]$/.test(name);
