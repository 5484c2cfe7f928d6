/**
 * Untrusted JSON, narrowed by hand: zod takes 25 ms to load, which is half of what a commit may wait for the hook.
 * Maps, because a key may be called `__proto__`.
 */

/** The entries of the object that the text is. Null when it is something else or no JSON. */
export function jsonRecord(text: string): ReadonlyMap<string, unknown> | null {
  try {
    return record(JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text));
  } catch {
    return null;
  }
}

/** The entries of an object; null of anything else. */
export const record = (value: unknown): ReadonlyMap<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : null;

/** The entries of an object whose values are strings. */
export function stringEntries(value: unknown): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  for (const [key, entry] of record(value) ?? []) if (typeof entry === 'string') strings.set(key, entry);
  return strings;
}
