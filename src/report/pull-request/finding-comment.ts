import type { Finding } from '../../review/finding.ts';
import type { FilePost, InlinePost } from '../../review/posts/plan-posts.ts';
import { commentBody } from './comment-body.ts';
import {
  bodyText,
  excerptText,
  idText,
  kindText,
  sourceText,
  suggestionBlock,
  suggestionText,
  titleText,
  whereText,
} from './finding-text.ts';

export interface CommentOptions {
  /** See `createMarkers`: of the kind `finding`, with the fingerprint. */
  readonly marker: string;
  /** Hosts that a link may lead to. */
  readonly hosts: readonly string[];
}

/** So many others of the same line are told in one comment; a line has seldom two. */
const MOST_ALSO = 5;

/** A comment about one finding: the problem in bold, why, what to put there, and how to say that it is none. */
export function renderFindingComment(post: InlinePost | FilePost, { marker, hosts }: CommentOptions): string {
  const { finding, also } = post;
  return commentBody(
    [
      headText(finding, hosts),
      // Beside the diff, the code is in sight.
      post.kind === 'file' ? codeText(finding) : '',
      bodyText(finding, hosts),
      suggestedText(post),
      ...also
        .slice(0, MOST_ALSO)
        .map((other) => `Also here: ${titleText(other, hosts)} (${kindText(other)})`),
      also.length > MOST_ALSO ? `And ${also.length - MOST_ALSO} more here.` : '',
      footText(finding),
    ],
    marker,
  );
}

/** The same finding, told in full to one who asks: the answer to `/agent explain`. */
export function renderExplanation(finding: Finding, { marker, hosts }: CommentOptions): string {
  const source = sourceText(finding);
  return commentBody(
    [
      headText(finding, hosts),
      `In ${whereText(finding)}:`,
      excerptText(finding),
      bodyText(finding, hosts),
      finding.suggestion === null ? '' : suggestionText(finding.suggestion, finding.path),
      source === null
        ? `A check found it: it does the same for the same code, and asks no model. \`checks\` in \`.code-agent.yml\` sets what it weighs.`
        : `A model found it (${source}). Its quote of the code was looked up in the file.`,
      finding.suppressed === null
        ? 'It counts until the code changes or somebody with write permission dismisses it: `/agent dismiss` and why.'
        : `It does not count (${finding.suppressed.by}).`,
      footText(finding),
    ],
    marker,
  );
}

const headText = (finding: Finding, hosts: readonly string[]): string =>
  `**${titleText(finding, hosts)}**\n<sub>${kindText(finding)}</sub>`;

const codeText = (finding: Finding): string =>
  finding.excerpt === null ? '' : `${whereText(finding)}\n\n${excerptText(finding)}`;

function suggestedText(post: InlinePost | FilePost): string {
  const { finding } = post;
  if (finding.suggestion === null) return '';
  const offered =
    post.kind === 'inline' && post.suggestion !== null ? suggestionBlock(post.suggestion) : null;
  return offered ?? suggestionText(finding.suggestion, finding.path);
}

function footText(finding: Finding): string {
  const source = sourceText(finding);
  const parts = [
    idText(finding),
    ...(source === null ? [] : [source]),
    'Not a problem? Reply `/agent dismiss` and why',
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
