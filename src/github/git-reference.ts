import * as z from 'zod/mini';

/** The answer of `git/get-ref`: the object that a ref is at. */
export const gitReferenceSchema = z.pipe(
  z.object({ ref: z.string(), object: z.object({ sha: z.string() }) }),
  z.transform(({ ref, object }) => ({ ref, sha: object.sha })),
);
