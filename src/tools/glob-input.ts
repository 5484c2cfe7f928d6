import * as z from 'zod/mini';

/** A pattern of paths in a tool's input, as git has them in gitignore(5) and pathspecs: `*` stops at `/`, `**` does not. */
export const globInput = (description: string) =>
  z.string().check(z.minLength(1), z.maxLength(300), z.describe(description));

/** A glob without `/` stands for a name at any depth, as in gitignore(5); one that ends in `/` for all that is in there. */
export function anyDepth(glob: string): string {
  const from = glob.startsWith('./') ? glob.slice(2) : glob;
  if (from.endsWith('/')) return `${from}**`;
  return from.includes('/') ? from : `**/${from}`;
}
