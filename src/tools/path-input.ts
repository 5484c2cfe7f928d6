import * as z from 'zod/mini';

/** A path in a tool's input. Which ones are allowed is the policy's to say. */
export const pathInput = (description: string) =>
  z.string().check(z.minLength(1), z.maxLength(4096), z.describe(description));

/** A line number in a tool's input. */
export const lineInput = (description: string) =>
  z.int().check(z.gte(1), z.lte(100_000_000), z.describe(description));
