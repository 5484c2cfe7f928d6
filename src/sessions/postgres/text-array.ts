/** As PostgreSQL reads an array of texts (documentation, 8.15.2): for `${…}::text[]`. */
export const textArray = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
