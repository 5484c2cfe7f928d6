import { record } from '../json-record.ts';

/** The top table of a TOML text; null when it cannot be parsed. The parser is loaded on first use. */
export async function tomlTable(text: string): Promise<ReadonlyMap<string, unknown> | null> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return record(parse(text, { integersAsBigInt: 'asNeeded' }));
  } catch (error) {
    if (error instanceof TomlError) return null;
    throw error;
  }
}

/** What stands under a path of keys, as a table; null when there is none. */
export function subTable(
  table: ReadonlyMap<string, unknown>,
  ...[key = '', ...rest]: readonly string[]
): ReadonlyMap<string, unknown> | null {
  const inner = record(table.get(key));
  return inner === null || rest.length === 0 ? inner : subTable(inner, ...rest);
}

/** A value as text; '' of a table, which the parser makes without a prototype, so that `String` throws. */
export const scalarText = (value: unknown): string => (typeof value === 'object' ? '' : String(value));
