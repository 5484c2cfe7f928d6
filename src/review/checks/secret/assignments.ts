/** A value that a text gives to a name which speaks of a secret. */
export interface Assignment {
  /** The whole name: `AWS_SECRET_ACCESS_KEY`. */
  readonly name: string;
  readonly value: string;
  /** Where in the text the value is. */
  readonly start: number;
  readonly end: number;
  /** What stands before the value in an Authorization header, in small letters: `bearer`, `basic`, …, or ''. */
  readonly scheme: string;
  /** The value is written as text, and is not what may be the name of a variable. */
  readonly literal: boolean;
}

/** What stands between a name and its value, in the languages and formats that people commit. */
const GIVES = [
  // A declared type and `=`: only before a quote, else it is the value itself that ends in `=`.
  String.raw`[ \t]{0,8}(?:[ \t]string[ \t]{0,4}|:[ \t]{0,4}[&\w<>[\]|.' ]{1,40})=(?=[ \t]{0,4}["'${'`'}])`,
  // Assignment, comparison, mapping, the next argument, the end of an XML tag.
  String.raw`[ \t]{0,8}(?:=>|\?\?=|\|\|=|:=|[=!]==?|[=:,>])`,
  String.raw`\(`,
  // `name: DB_PASSWORD` and then `value: …`: Kubernetes, .NET, JSON.
  String.raw`,?\s{1,60}["']?value["']?[ \t]{0,4}[:=]`,
  // The flag of a command.
  String.raw`[ \t]{1,4}(?<=--[\w-]{1,40}[ \t]{1,4})`,
].join('|');

/** A name that speaks of a secret, up to where its value begins. The name is taken whole or not at all. */
const NAMED = new RegExp(
  String.raw`(?:pass(?:w|ph)|pwd|secret|token|key|credent|auth)(?=(?<rest>[\w.-]{0,30}))\k<rest>(?:\\?["'${'`'}\])]){0,2}(?:${GIVES})[ \t]{0,8}`,
  'gi',
);

/** In quotes, which may be escaped and have a letter before them as in Python. */
const QUOTED =
  /[a-z@$]{0,2}(\\?["'`])(?:(bearer|basic|token|bot)[ \t]{1,3})?([^\s"'`\\<>]{8,256})(?=\\?["'`])/iy;
const BARE =
  /(?:(bearer|basic|token|bot)[ \t]{1,3})?([^\s"'`\\<>,;&|(){}[\]]{8,256})(?=$|[\s"'`\\<,;&)}\]])/imy;
/** A line of an environment file or of a shell: all up to its end. */
const ENVIRONMENT = /([^\s"'`\\]{8,256})(?=$|[ \t]*(?:#.*)?$)/my;

/** Longer than the other three take: data. To look at every name in it would take the square of its length. */
const UNBROKEN = /[^\s"'`\\<>,;&|(){}[\]]{257}/y;

/** What may stand before a name that begins a line: of a YAML or environment file, a Dockerfile, a shell. */
const LINE_START = /(?:^|\n)(?:[ \t]|- |export |set |ENV |ARG |-e |["'])*$/;

/** The values of eight characters or more that the text gives to such names, in order. */
export function* assignments(text: string): Generator<Assignment> {
  let unbrokenUntil = 0;
  for (const named of text.matchAll(NAMED)) {
    const valueStart = named.index + named[0].length;
    if (valueStart < unbrokenUntil) continue;
    if (matchAt(UNBROKEN, text, valueStart) !== null) {
      unbrokenUntil = UNBROKEN.lastIndex;
      continue;
    }
    const before = text.slice(Math.max(0, named.index - 60), named.index);
    const ownName = /[\w.-]*$/.exec(before)?.[0] ?? '';
    const name = ownName + (/^[\w.-]+/.exec(named[0])?.[0] ?? '');
    const startsLine = LINE_START.test(before.slice(0, before.length - ownName.length));
    const inEnvironment = startsLine && named[0].endsWith('=') && /^[A-Z0-9_]+$/.test(name);
    const found = valueAt(text, valueStart, inEnvironment);
    if (found === null) continue;
    const { value, scheme, end, quoted } = found;
    const literal = quoted || isDelimited(startsLine, before.at(-ownName.length - 1), text[end]);
    yield { name, value, start: end - value.length, end, scheme, literal };
  }
}

/** A line of its own, a part of a connection string (`…;Password=x;…`), an XML element. */
const isDelimited = (startsLine: boolean, before: string | undefined, after = '\n'): boolean =>
  (startsLine && after === '\n') ||
  (before === ';' && /[;"'\n]/.test(after)) ||
  (before === '<' && after === '<');

interface FoundValue {
  readonly value: string;
  readonly scheme: string;
  readonly end: number;
  readonly quoted: boolean;
}

function valueAt(text: string, start: number, inEnvironment: boolean): FoundValue | null {
  const quoted = matchAt(QUOTED, text, start);
  if (quoted !== null) {
    const [all, , scheme = '', value = ''] = quoted;
    return { value, scheme: scheme.toLowerCase(), end: start + all.length, quoted: true };
  }
  const line = inEnvironment ? matchAt(ENVIRONMENT, text, start) : null;
  if (line !== null) return { value: line[0], scheme: '', end: start + line[0].length, quoted: false };
  const bare = matchAt(BARE, text, start);
  if (bare === null) return null;
  const [all, scheme = '', value = ''] = bare;
  return { value, scheme: scheme.toLowerCase(), end: start + all.length, quoted: false };
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
