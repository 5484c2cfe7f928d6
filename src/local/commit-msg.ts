import { readFileSync } from 'node:fs';
import type { ChangeSet } from '../change/change-set.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { DEFAULTS } from '../config/config.ts';
import { runGit } from '../git/run-git.ts';
import { renderTerminal } from '../report/terminal.ts';
import { allChecks } from '../review/all-checks.ts';
import { findSecrets } from '../review/checks/secret/find-secrets.ts';
import type { Policy } from '../review/policy.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import { failedOutcome, type HeldUp, hookOutcome } from './hook-outcome.ts';
import { conclude, say, terminalOptions } from './pre-commit.ts';
import { compare, configAt, type Door, openGit } from './prepare-review.ts';
import { renderError } from './render-error.ts';

/** The checks that read a message as they read a file. */
const MESSAGE_CHECKS: ReadonlySet<string> = new Set(['secret', 'invisible-text']);
const HELD: HeldUp = { what: 'commit', bypass: 'git commit --no-verify' };

/** The hook that is given the file with the commit's message: githooks(5), `commit-msg`. */
export async function commitMsg([file]: readonly string[], door: Door): Promise<number> {
  let hook = DEFAULTS.hook;
  try {
    if (file === undefined) {
      throw new CodeAgentError('commit-msg needs the file with the message', {
        exitCode: EXIT.usage,
        advice: 'git gives it to the hook: code-agent hook commit-msg "$1"',
      });
    }
    const git = await openGit(door);
    try {
      const { config } = await configAt(git, door, (await compare(git, door)).base);
      hook = config.hook;
      const mark = await runGit(['config', '--default', '#', 'core.commentChar'], git.repository.call);
      const message = withoutComments(readFileSync(file, 'utf8'), mark.toString().trim());
      const review = await reviewMessage(message);
      if (review.verdict.outcome !== 'pass') say(renderTerminal(review, terminalOptions(door.env)));
      return conclude(hookOutcome(review, hook, HELD));
    } finally {
      git.close();
    }
  } catch (error) {
    say(renderError(error, false));
    return conclude(failedOutcome(error, hook, HELD));
  }
}

/** The message as git will record it: without comments and without what is below the scissors (git-commit(1)). */
function withoutComments(text: string, mark: string): string {
  const comment = mark === 'auto' || mark === '' ? '#' : mark;
  const lines = text.split('\n');
  const scissors = lines.findIndex((line) => line.startsWith(comment) && line.includes('-- >8 --'));
  const kept = scissors < 0 ? lines : lines.slice(0, scissors);
  return kept.map((line) => (line.startsWith(comment) ? '' : line)).join('\n');
}

/** The message, reviewed as a new file of that name. */
export function reviewMessage(message: string, path = 'COMMIT_EDITMSG'): Promise<Review> {
  const content = Buffer.from(message.endsWith('\n') ? message : `${message}\n`);
  const lines = content.toString().split('\n').slice(0, -1);
  const change: ChangeSet = {
    base: { commit: null, tree: '' },
    head: { commit: null },
    id: '',
    files: [
      {
        path,
        oldPath: path,
        status: 'added',
        before: null,
        after: { mode: '100644', oid: '', size: content.length },
        hunks: [
          {
            oldStart: 0,
            oldCount: 0,
            newStart: 1,
            newCount: lines.length,
            section: '',
            body: Buffer.from(lines.map((line) => `+${line}\n`).join('')),
          },
        ],
        unread: null,
      },
    ],
  };
  const nothing: Snapshot = { read: async () => null, list: async () => [] };
  return reviewChange({
    change,
    others: [],
    checks: allChecks.filter((check) => MESSAGE_CHECKS.has(check.id)),
    policy: MESSAGE_POLICY,
    before: nothing,
    after: nothing,
    readBlob: async () => content,
    findSecrets,
    reviewer: null,
    external: [],
    notes: [],
    confirm: async () => null,
    startedAt: process.uptime(),
    signal: new AbortController().signal,
  });
}

const MESSAGE_POLICY: Policy = {
  failOn: DEFAULTS.failOn,
  ignoredBy: () => null,
  generatedBy: () => null,
  severityOf: () => null,
  baseline: new Map(),
  dismissed: new Map(),
  limits: DEFAULTS.limits,
};
