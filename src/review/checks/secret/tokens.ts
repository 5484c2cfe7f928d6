import { isStandIn, isTyped } from './placeholder.ts';
import type { Certainty, SecretSpan } from './secret-span.ts';
import { TOKEN_FORMATS, type TokenFormat } from './token-formats.ts';

/** A sign with a long run behind it and a known prefix before it: one pass, however many prefixes there are. */
const PREFIXED = new RegExp(
  `[-_.:~$](?=[\\w+/=.~-]{14})(?<=${alternatives(TOKEN_FORMATS.flatMap(({ prefix, anchor }) => (anchor === undefined ? [prefix] : [])))})`,
);
const ANCHORED = new RegExp(TOKEN_FORMATS.flatMap(({ anchor }) => anchor ?? []).join('|'));

/** What may stand before a token though it ends in a letter or digit: escapes of a line end, of `=` and the like. */
const ESCAPE = '(?<=\\\\[nrt]|%[0-9A-Fa-f]{2}|\\\\u00[0-9A-Fa-f]{2})';

/**
 * All formats at once, one named group each, so that a text is passed over once. Made when it is first needed: that
 * takes 1 ms.
 */
const tokenPattern = (): RegExp =>
  new RegExp(
    `(?:(?<![A-Za-z0-9])|${ESCAPE})${alternatives(
      TOKEN_FORMATS.map(({ prefix, body, apart }, index) => {
        const before = apart === true ? `(?:(?<![A-Za-z0-9_-])|${ESCAPE})` : '';
        return `${before}(?<f${index}>${prefix}${body})`;
      }),
    )}(?![A-Za-z0-9])`,
    'g',
  );

function alternatives(sources: readonly string[]): string {
  return `(?:${sources.join('|')})`;
}

/** Whether a token may be in the text. Fast; false means that there is none. */
export const mayHoldToken = (text: string): boolean => PREFIXED.test(text) || ANCHORED.test(text);

let pattern: RegExp | undefined;

/** The tokens of published formats in the text, in order. Slow: ask {@link mayHoldToken} first. */
export function* tokens(text: string): Generator<SecretSpan> {
  pattern ??= tokenPattern();
  for (const match of text.matchAll(pattern)) {
    const token = match[0];
    const format = formatOf(match.groups ?? {});
    const certainty = format === undefined ? null : certaintyOf(token, format);
    if (format === undefined || certainty === null) continue;
    yield { start: match.index, end: match.index + token.length, name: format.name, certainty };
  }
}

function formatOf(groups: Readonly<Record<string, string | undefined>>): TokenFormat | undefined {
  const group = Object.keys(groups).find((name) => groups[name] !== undefined);
  return group === undefined ? undefined : TOKEN_FORMATS[Number(group.slice(1))];
}

/** Null: it is none. A wrong checksum says nothing, since formats change; a right one outweighs looking made up. */
function certaintyOf(token: string, { prefix, certainty, accepts, proves }: TokenFormat): Certainty | null {
  if (accepts?.(token) === false) return null;
  const rest = token.replace(new RegExp(`^${prefix}`), '');
  // Of a few formats the part that is random stands in front.
  const body = rest.length < 8 ? token : rest;
  if (proves?.(body) === true) return 'proven';
  if (isStandIn(body)) return null;
  return isTyped(body) ? 'likely' : (certainty ?? 'proven');
}
