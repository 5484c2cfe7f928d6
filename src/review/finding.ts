import type { RepoPath } from '../change/path.ts';

export const SEVERITIES = ['error', 'warning', 'info'] as const;
/** `error`: must not be committed. `warning`: look before you commit. `info`: worth knowing. */
export type Severity = (typeof SEVERITIES)[number];

/** Where in a file. Lines count from 1; columns count UTF-16 code units from 1, `endColumn` is exclusive. */
export interface Place {
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
}

/** What a check or another tool says about a change, before it is anchored, merged and judged. */
export interface Problem {
  readonly path: RepoPath;
  /** Null: the problem is the file's, not a line's. Places are in the new file. */
  readonly place: Place | null;
  /** One line, no full stop: what is wrong. Never holds a secret. */
  readonly title: string;
  /** Why it is wrong and what to do. Never holds a secret. May be ''. */
  readonly body: string;
  /** Only where it differs from the check's own severity. */
  readonly severity?: Severity;
  /** The text at `place` is a secret: every output shows it masked. */
  readonly secret?: boolean;
}

/** Why a finding does not count. It is kept and shown on request, not dropped. */
export interface Suppression {
  readonly by: 'inline-ignore' | 'baseline' | 'dismissed';
  readonly reason: string;
}

/** One problem with everything that a reader of it needs. */
export interface Finding {
  /** Short and stable: the first characters of the fingerprint, as many as tell it from the others. */
  readonly id: string;
  /** sha256 of path, category, normalised anchored text and occurrence. No line number is in it. */
  readonly fingerprint: string;
  readonly path: RepoPath;
  readonly place: Place | null;
  readonly severity: Severity;
  /** The check's id, or what the other tool calls its rule. */
  readonly category: string;
  readonly title: string;
  readonly body: string;
  /** `check` for ours, else the name of the tool or model that found it. */
  readonly source: string;
  /** 0 to 1. 1 for a check. */
  readonly confidence: number;
  /** The lines around the place, secrets masked. Null for a file's finding. */
  readonly excerpt: Excerpt | null;
  /** Proven: put into the file in place of those lines, it parses. */
  readonly suggestion: Suggestion | null;
  readonly suppressed: Suppression | null;
}

/** Whole lines of the new file, and what to put there instead: without line ends, none of them: the lines go. */
export interface Suggestion {
  readonly startLine: number;
  readonly endLine: number;
  readonly lines: readonly string[];
}

export interface Excerpt {
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** What to mark, in the masked lines: columns as in {@link Place}, on the line `startLine`. */
  readonly caret: { readonly line: number; readonly startColumn: number; readonly endColumn: number } | null;
}
