/** What somebody who writes into a repository would have a model do. */
export interface PlantedCall {
  readonly tool: string;
  readonly input?: unknown;
  /** Instead of the input: what the model writes, JSON or not. */
  readonly raw?: string;
}

/** A call that a text asked for. */
export interface Instruction extends PlantedCall {
  /** The number of the attack. */
  readonly attack: number;
}

/** The language that the obedient model understands: `OBEY{"attack":7,"tool":"read_file","input":{"path":".git/config"}}`. */
export const plant = (attack: number, { tool, input, raw }: PlantedCall): string =>
  `OBEY${inAscii(JSON.stringify({ attack, tool, input, raw }))}`;

const inAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same where a name of git may stand: no space, no colon. */
export const encoded = (say: string): string => `OBEY64=${Buffer.from(say).toString('base64url')}`;

/** The instructions in a text, however they are hidden in it. */
export function instructionsIn(text: string): Instruction[] {
  const found: Instruction[] = [];
  for (const reading of readings(text)) {
    // What can be read as it is, is not read in another way too.
    const read = new Set(found.map(({ attack }) => attack));
    for (let at = reading.indexOf('OBEY{'); at >= 0; at = reading.indexOf('OBEY{', at + 1)) {
      const instruction = parseAt(reading, at + 'OBEY'.length);
      if (instruction !== null && !read.has(instruction.attack)) found.push(instruction);
    }
  }
  return found;
}

/** As it is, and as somebody reads it who sees through escapes, base 64, tags, and letters that only look like others. */
function* readings(text: string): Generator<string> {
  yield text;
  const seen = text
    .replace(/OBEY64=([\w-]+)/g, (_, code: string) => Buffer.from(code, 'base64url').toString())
    .replace(/<U\+([0-9A-F]{4,6})>/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/[\u{e0020}-\u{e007e}]/gu, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000))
    .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .normalize('NFKC');
  yield seen;
  yield seen.replaceAll('\\"', '"');
}

function parseAt(text: string, start: number): Instruction | null {
  const end = endOfObject(text, start);
  if (end === null) return null;
  try {
    const value: unknown = JSON.parse(text.slice(start, end));
    return isInstruction(value) ? value : null;
  } catch {
    return null;
  }
}

function endOfObject(text: string, start: number): number | null {
  let [depth, inString] = [0, false];
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') inString = !inString;
    else if (!inString && character === '{') depth += 1;
    else if (!inString && character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

const isInstruction = (value: unknown): value is Instruction =>
  typeof value === 'object' &&
  value !== null &&
  'attack' in value &&
  typeof value.attack === 'number' &&
  'tool' in value &&
  typeof value.tool === 'string';
