import { ToolFailure } from '../agent/tool.ts';
import type { ChangeSet } from '../change/change-set.ts';
import type { ReportedFinding } from '../tools/report-finding.ts';
import { touchesChange } from './anchor.ts';
import { escapeHidden } from './escape-hidden.ts';
import type { Place, Severity, Suggestion } from './finding.ts';
import { type LocatedQuote, locateQuote, type NotLocated } from './locate-quote.ts';
import type { Redact } from './redact.ts';
import { checkSuggestion, type ParseFile } from './suggestion.ts';

/** A model's finding whose place is proven: the quoted code stands there. */
export interface ModelFinding {
  readonly path: string;
  readonly side: 'new' | 'old';
  /** In the file of that side. */
  readonly place: Place;
  readonly severity: Severity;
  readonly category: string;
  readonly title: string;
  readonly body: string;
  readonly confidence: number;
  readonly suggestion: Suggestion | null;
  /** As the model reported it, to be placed anew in another state of the files. */
  readonly reported: ReportedFinding;
}

export interface Texts {
  readonly change: ChangeSet;
  /** The whole text of a file, null when there is none: not only of changed ones. */
  readonly textOf: (path: string, side: 'new' | 'old') => Promise<string | null>;
  readonly redact: Redact;
  readonly parse: ParseFile;
}

/**
 * Proves where a finding is. Rejects with a ToolFailure, which goes back to the model, when its quote is not in the
 * file. A finding on code that the change does not touch weighs a warning at most.
 */
export async function placeFinding(reported: ReportedFinding, texts: Texts): Promise<ModelFinding> {
  const { path, quote, lineHint, side, category, confidence } = reported;
  const text = await texts.textOf(path, side);
  if (text === null)
    throw new ToolFailure(`There is no text file ${path} ${side === 'old' ? 'before' : 'after'} the change.`);
  // What a model quotes, it has read with stand-ins for secrets and for characters that are not seen. They keep the
  // lines, so that the lines of a place are the file's.
  const shown = await texts.redact(text);
  const plain = locateQuote(shown, quote, lineHint);
  const located = plain.found === 'no' ? locateQuote(escapeHidden(shown), quote, lineHint) : plain;
  if (located.found === 'no') throw new ToolFailure(WHY[located.why]);
  const { found: _, ...place } = located;
  // A model may repeat what it should not have seen.
  const [title, body] = [await texts.redact(reported.title), await texts.redact(reported.body)];
  const touches = touchesChange(texts.change, path, place, side === 'new' ? 'RIGHT' : 'LEFT');
  return {
    path,
    side,
    place: wholeLines(place),
    severity: !touches && reported.severity === 'error' ? 'warning' : reported.severity,
    category,
    title,
    body,
    confidence,
    // Columns are those of what was shown: they mean nothing where that is not the file.
    suggestion:
      side === 'new' && sameLines(text, escapeHidden(shown), located)
        ? await provenSuggestion(reported, text, located, texts)
        : null,
    reported: { ...reported, title, body, suggestion: await withoutSecrets(reported.suggestion, texts) },
  };
}

function sameLines(one: string, other: string, { startLine, endLine }: Place): boolean {
  const lines = (text: string) =>
    text
      .split('\n')
      .slice(startLine - 1, endLine)
      .map((line) => line.replace(/\r$/, ''))
      .join('\n');
  return lines(one) === lines(other);
}

/** Null where there is one: half a suggestion is none. */
async function withoutSecrets(suggestion: string | null, { redact }: Texts): Promise<string | null> {
  return suggestion !== null && (await redact(suggestion)) === suggestion ? suggestion : null;
}

const WHY: Readonly<Record<NotLocated, string>> = {
  absent:
    'The quote is not in the file word for word. Read the lines with read_file and quote them exactly, or leave the finding out.',
  'too-short': 'The quote is too short to know the place by. Quote at least one whole line.',
  punctuation:
    'The quote stands in several places and holds no word. Quote the line that the finding is about.',
};

async function provenSuggestion(
  { path, suggestion }: ReportedFinding,
  text: string,
  place: LocatedQuote,
  { parse, redact }: Texts,
): Promise<Suggestion | null> {
  if (suggestion === null) return null;
  // A stand-in must not get into a file.
  if (/\[secret: /.test(suggestion) || (await redact(suggestion)) !== suggestion) return null;
  return (await checkSuggestion({ path, text, place, replacement: suggestion }, parse)).suggestion;
}

/** Columns are of the text with stand-ins, which may be longer or shorter than the file's. */
const wholeLines = ({ startLine, endLine }: Place): Place => ({ startLine, endLine });
