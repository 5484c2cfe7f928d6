/** A text that PostgreSQL takes: it has no NUL. */
export const storable = (text: string): string => text.replaceAll('\0', '\u{fffd}');
