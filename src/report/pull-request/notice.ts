import type { ReachedLimit } from '../../review/day-limits.ts';
import { plural } from '../summary.ts';
import { codeSpan } from './code-text.ts';
import { commentBody } from './comment-body.ts';
import { cut } from './finding-text.ts';
import { plainLine } from './sanitize-markdown.ts';

/** Something a person should know that is no review. */
export type Notice =
  /** No model could be asked: the checks ran. */
  | { readonly kind: 'no-model'; readonly reason: string }
  | { readonly kind: 'paused'; readonly by: string }
  /** Commits, as a person reads them. */
  | { readonly kind: 'head-moved'; readonly from: string; readonly to: string }
  /** `limit` is the setting. */
  | { readonly kind: 'too-large'; readonly files: number; readonly lines: number; readonly limit: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly advice: string | null };

export interface NoticeOptions {
  /** Of the kind `notice` or `answer`. */
  readonly marker: string;
  /** Hosts that a link may lead to. */
  readonly hosts: readonly string[];
}

const LONGEST = 1000;

/** A limit of the day, which says itself when it ends. */
export function renderLimitNotice({ whose, what, most, key, until }: ReachedLimit, marker: string): string {
  const used = what === 'cost' ? `$${most}` : `${most} ${what}`;
  return commentBody(
    [
      `**Not reviewed: a limit of the day is reached.** ${used} a day for each ${whose} (${codeSpan(key)}) are used up. Reviews go on at ${minuteText(until)}: \`/agent review\` after that, or the next push.`,
    ],
    marker,
  );
}

/** What happened, then what to do. */
export const renderNotice = (notice: Notice, { marker, hosts }: NoticeOptions): string =>
  commentBody([noticeText(notice, (text) => plainLine(cut(text, LONGEST), hosts))], marker);

function noticeText(notice: Notice, plain: (text: string) => string): string {
  switch (notice.kind) {
    case 'no-model':
      return `**Incomplete: no model was asked**: ${sentence(plain(notice.reason))} The checks ran. \`/agent review\` when that is solved.`;
    case 'paused':
      return `**Reviews of this pull request are paused**, by ${codeSpan(notice.by)}. New commits are not reviewed. \`/agent resume\` starts them again, \`/agent review\` reviews once.`;
    case 'head-moved':
      return `**Stopped: there are new commits.** The review was of ${codeSpan(notice.from)}; the one of ${codeSpan(notice.to)} comes by itself.`;
    case 'too-large':
      return `**Not reviewed: the change is too large.** It has ${plural(notice.files, 'file')} and ${plural(notice.lines, 'line')}, more than ${codeSpan(notice.limit)} lets through. Split it, or raise the limit.`;
    case 'failed':
      return `**The review failed**: ${sentence(plain(notice.reason))} ${notice.advice === null ? '`/agent review` tries again.' : sentence(plain(notice.advice))}`;
  }
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** `2026-11-30 04:05 UTC` */
const minuteText = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
