import type {
  ReactionContent,
  SeenCheckRun,
  SeenPullRequest,
  SeenReaction,
} from '../test/support/github/loopback-github.ts';

/** Something that came to a pull request, for a person. */
export interface Posted {
  /** `code-agent[bot] at src/a.ts:3` */
  readonly what: string;
  /** Markdown; '' when `what` says it all. */
  readonly text: string;
}

/** All that came between two looks, or was changed. `before`: null when there was none. */
export function postedBetween(before: SeenPullRequest | null, after: SeenPullRequest): Posted[] {
  const bodies = new Map(
    [...(before?.issueComments ?? []), ...(before?.reviewComments ?? [])].map(({ id, body }) => [id, body]),
  );
  const said = after.issueComments.flatMap((one): Posted[] => {
    const was = bodies.get(one.id);
    if (was === one.body) return [];
    if (was === undefined)
      return [{ what: `${one.user} in the conversation${reactionsOf(one)}`, text: one.body }];
    return [{ what: `${one.user} edits a comment, and it says now`, text: newLines(was, one.body) }];
  });
  const inThreads = after.reviewComments.flatMap((one): Posted[] => {
    if (bodies.get(one.id) === one.body) return [];
    const { path, line, originalLine, inReplyTo } = one;
    const place = inReplyTo === null ? `at ${path}:${line ?? originalLine}` : `in the thread at ${path}`;
    return [{ what: `${one.user} ${place}${reactionsOf(one)}`, text: one.body }];
  });
  return [...inThreads, ...said, ...checkRuns(before, after)];
}

/** Those of a text that were not in it before. */
function newLines(before: string, after: string): string {
  const known = new Set(before.split('\n'));
  return after
    .split('\n')
    .filter((line) => !known.has(line))
    .join('\n');
}

/** ` · 👀 by code-agent[bot]` */
const reactionsOf = ({ reactions }: { readonly reactions: readonly SeenReaction[] }): string =>
  reactions.map(({ user, content }) => ` · ${REACTIONS[content]} by ${user}`).join('');

/** As GitHub shows them. */
export const REACTIONS: Readonly<Record<ReactionContent, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

function checkRuns(before: SeenPullRequest | null, after: SeenPullRequest): Posted[] {
  const known = new Map((before?.checkRuns ?? []).map((run) => [run.id, stateOf(run)]));
  return after.checkRuns
    .filter((run) => known.get(run.id) !== stateOf(run))
    .map((run) => ({
      what: `check run on ${run.headSha.slice(0, 7)}: ${stateOf(run)}, ${run.title}`,
      text: '',
    }));
}

/** `in_progress`, `failure`, … */
export const stateOf = ({ conclusion, status }: SeenCheckRun): string => conclusion ?? status;

/** The text of a comment on lines of a terminal: without what only GitHub or we ourselves read in it. */
export const plainText = (markdown: string): string[] =>
  markdown
    .replace(/<!--.*?-->/gs, '')
    .replace(/<\/?(?:sub|details)>/g, '')
    .replace(/<summary>(.*?)<\/summary>/g, '$1:')
    .trim()
    .split(/\n+/)
    .filter((line) => line !== '');
