import * as z from 'zod/mini';

/** Characters of a text that is written: more than any file that a person writes. */
const MOST_CHARACTERS = 1_000_000;

/** A text in a tool's input that becomes bytes of a file: half a surrogate pair or a NUL is none. */
export const textInput = (description: string, least = 0) =>
  z.string().check(
    z.minLength(least),
    z.maxLength(MOST_CHARACTERS),
    z.refine((text) => text.isWellFormed() && !text.includes('\0'), {
      error: 'must be text: it holds a NUL character or half a surrogate pair',
    }),
    z.describe(description),
  );
