/** A JSON value with every text of it, names included, as it may be stored. */
export async function redactJson(
  value: unknown,
  redact: (text: string) => Promise<string>,
): Promise<unknown> {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return Promise.all(value.map((one) => redactJson(one, redact)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) =>
    Promise.all([redact(name), redactJson(inner, redact)]),
  );
  return Object.fromEntries(await Promise.all(entries));
}
