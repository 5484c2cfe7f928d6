import { EVENT_ID, type Event, parseEvents } from 'js-yaml';
import { type SyntaxFailure, TOO_LARGE } from './syntax-failure.ts';

/** The slower library takes up to 5 µs a character; what is larger than this is written by programs. */
const MAX_CHARACTERS = 256 * 1024;

/**
 * YAML 1.2, any number of documents. Tags that it does not know are none of its business. Two libraries have to refuse
 * a text: js-yaml reads one in a quarter of the time, `yaml` says what is wrong with it and where.
 */
export async function parseYaml(_path: string, text: string): Promise<SyntaxFailure | null> {
  if (text.length > MAX_CHARACTERS) return TOO_LARGE;
  return isRead(text) ? null : (await import('./yaml-failure.ts')).yamlFailure(text);
}

function isRead(text: string): boolean {
  try {
    return !repeatsKey(parseEvents(text, {}), text);
  } catch {
    return false;
  }
}

/** Whether a mapping has a key twice. Merge keys (`<<`) may be repeated. */
function repeatsKey(events: readonly Event[], text: string): boolean {
  /** Of each open collection, the keys so far and whether the next node is one; null for what is no mapping. */
  const open: ({ readonly keys: Set<string>; isKey: boolean } | null)[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const inside = open.at(-1);
    if (inside) {
      if (inside.isKey && event.type === EVENT_ID.SCALAR) {
        const key = text.slice(event.valueStart, event.valueEnd);
        if (inside.keys.has(key) && key !== '<<') return true;
        inside.keys.add(key);
      }
      inside.isKey = !inside.isKey;
    }
    if (event.type === EVENT_ID.MAPPING) open.push({ keys: new Set(), isKey: true });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) open.push(null);
  }
  return false;
}
