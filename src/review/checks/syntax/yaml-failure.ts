import { isScalar, LineCounter, parseAllDocuments, visit, type YAMLMap } from 'yaml';
import { type SyntaxFailure, safeMessage, TOO_DEEP } from './syntax-failure.ts';

/** What is wrong with a text and where, as `yaml` sees it. Null when it reads it. */
export function yamlFailure(text: string): SyntaxFailure | null {
  const lines = new LineCounter();
  const failure = (message: string, offset: number): SyntaxFailure => {
    const { line, col } = lines.linePos(offset);
    return { message, place: { startLine: line, endLine: line, startColumn: col } };
  };
  // Its own search for repeated keys compares each with each: half a minute for 50,000 of them.
  const options = { lineCounter: lines, strict: false, uniqueKeys: false, prettyErrors: false } as const;
  for (const { errors, contents } of parseAllDocuments(text, { ...options, logLevel: 'silent' })) {
    const [error] = errors;
    if (error?.code === 'RESOURCE_EXHAUSTION') return TOO_DEEP;
    // What stands after a colon in a message is quoted from the file.
    if (error !== undefined)
      return failure(safeMessage(error.message.replace(/(?<=\w): .*/s, '')), error.pos[0]);
    let repeated: number | null = null;
    visit(contents, {
      Map: (_key, map) => {
        repeated ??= repeatedKey(map);
        return repeated === null ? undefined : visit.BREAK;
      },
    });
    if (repeated !== null) return failure('The same key twice in one mapping', repeated);
  }
  return null;
}

/** The offset of the first key that the mapping already has. Merge keys (`<<`) may be repeated. */
function repeatedKey(map: YAMLMap): number | null {
  const known = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key) || key.source === undefined || key.source === '<<') continue;
    const name = `${key.type} ${key.source}`;
    if (known.has(name)) return key.range?.[0] ?? null;
    known.add(name);
  }
  return null;
}
