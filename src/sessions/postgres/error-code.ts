/** The SQLSTATE of an error, or what Node or a client calls it by: `42501`, `ECONNREFUSED`. Null when it has none. */
export function errorCode(error: unknown): string | null {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
