import * as z from 'zod/mini';

/** A point of time as GitHub writes it: ISO 8601, with `Z` or an offset. */
export const instantSchema = z.pipe(
  z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
  z.transform((text) => new Date(text)),
);
