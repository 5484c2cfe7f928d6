import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Span } from './mask.ts';

/** A part of a text that must not be sent, and what it is: "GitHub personal access token". */
export interface NamedSpan extends Span {
  readonly name?: string;
}

/** Where secrets stand in a text. */
export type FindNamedSecrets = (text: string) => Promise<readonly NamedSpan[]>;

/** A text as it may be sent to a model. Rejects with a CodeAgentError when that cannot be known. */
export type Redact = (text: string) => Promise<string>;

/**
 * The text with a stand-in for every secret: `[secret: GitHub personal access token, 40 characters]`. It has as many
 * lines as before, so that line numbers stay true. `knownValues`: what this process itself holds, its API keys; they
 * and any twelve characters of them are replaced in every form that a program is likely to print them in.
 *
 * Show it a whole file and take the lines afterwards: of a part of one, a key's beginning may be missing.
 * Fails closed: rejects with a CodeAgentError when the search fails, and the text must not be sent then.
 */
export async function redactSecrets(
  text: string,
  findSecrets: FindNamedSecrets,
  knownValues: readonly string[],
): Promise<string> {
  const spans = [...(await search(text, findSecrets)), ...knownSpans(text, knownValues)];
  let redacted = '';
  let at = 0;
  for (const span of united(spans)) {
    redacted += text.slice(at, span.start) + standIn(text.slice(span.start, span.end), span.name);
    at = span.end;
  }
  return redacted + text.slice(at);
}

async function search(text: string, findSecrets: FindNamedSecrets): Promise<readonly NamedSpan[]> {
  try {
    const spans = await findSecrets(text);
    const wrong = spans.find(({ start, end }) => !(start >= 0 && start <= end && end <= text.length));
    if (wrong !== undefined)
      throw new RangeError(`a secret from ${wrong.start} to ${wrong.end} is not in it`);
    return spans;
  } catch (cause) {
    // The message of the cause may quote the text.
    const kind = cause instanceof Error ? cause.name : typeof cause;
    throw new CodeAgentError(`the search for secrets failed (${kind}), so it was not shown to a model`, {
      exitCode: EXIT.incomplete,
      cause,
    });
  }
}

/** Spans that overlap or touch are one, under the name of the first. */
function united(spans: readonly NamedSpan[]): NamedSpan[] {
  const result: NamedSpan[] = [];
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    const last = result.at(-1);
    if (span.end === span.start) continue;
    if (last === undefined || span.start > last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}

/** In place of a secret on several lines stands something on each of them. */
function standIn(value: string, name = 'credential'): string {
  return value
    .split('\n')
    .map((line, index) => {
      const end = line.endsWith('\r') ? '\r' : '';
      if (index === 0) return `[secret: ${name}, ${value.length} characters]${end}`;
      return line === end ? line : `[secret: ${name}, continued]${end}`;
    })
    .join('\n');
}

/** With so many characters of a key in a row somebody may guess the rest or find it elsewhere. */
const WINDOW = 12;
/** A shorter value is a word (`ollama`, `none`), and hides nothing. */
const SHORTEST = 8;

/** So many characters are looked up first, at some places of a text: one of them is in each piece, wherever it begins. */
const GRAM = 6;

/** What is searched for, by its length: windows of long values, short ones as a whole; and the grams of all of them. */
type Pieces = ReadonlyMap<
  number,
  { readonly whole: ReadonlySet<string>; readonly grams: ReadonlySet<string> }
>;

/** Of a private key they are 25,000, and every string of a session is looked at: they are made once for a list of values. */
const madePieces = new WeakMap<readonly string[], Pieces>();

function piecesOf(values: readonly string[]): Pieces {
  const made = madePieces.get(values);
  if (made !== undefined) return made;
  const pieces = new Map<number, { whole: Set<string>; grams: Set<string> }>();
  for (const form of values.filter((value) => value.length >= SHORTEST).flatMap(formsOf)) {
    const size = Math.min(WINDOW, form.length);
    const known = pieces.get(size) ?? { whole: new Set(), grams: new Set() };
    pieces.set(size, known);
    for (let at = 0; at + size <= form.length; at += 1) known.whole.add(form.slice(at, at + size));
    for (let at = 0; at + GRAM <= form.length; at += 1) known.grams.add(form.slice(at, at + GRAM));
  }
  madePieces.set(values, pieces);
  return pieces;
}

function* knownSpans(text: string, values: readonly string[]): Generator<NamedSpan> {
  for (const [size, { whole, grams }] of piecesOf(values)) {
    // A piece at any place holds the gram at one of these.
    const step = size - GRAM + 1;
    let open: { start: number; end: number } | null = null;
    for (let place = 0; place + GRAM <= text.length; place += step) {
      if (!grams.has(text.slice(place, place + GRAM))) continue;
      for (let at = Math.max(0, place - step + 1); at <= place; at += 1) {
        if (!whole.has(text.slice(at, at + size))) continue;
        if (open !== null && at <= open.end) open.end = at + size;
        else {
          if (open !== null) yield { ...open, name: HELD };
          open = { start: at, end: at + size };
        }
      }
    }
    if (open !== null) yield { ...open, name: HELD };
  }
}

const HELD = 'key of this process';

/** The value as programs print it: as it is, backwards, in a URL, in base 16 and in base 64, alone or amid other bytes. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => base64Amid(bytes, before));
  const forms = [
    value,
    [...value].reverse().join(''),
    encodeURIComponent(value.toWellFormed()),
    ...[hex, hex.toUpperCase()],
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/** Of the base 64 of something that holds the bytes, what they alone decide: it depends on how many stand before, modulo 3. */
function base64Amid(bytes: Buffer, before: number): string {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  return all.toString('base64').slice(before && before + 1, Math.floor((all.length * 8) / 6));
}
