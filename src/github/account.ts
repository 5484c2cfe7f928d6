import * as z from 'zod/mini';

/** Somebody on GitHub. */
export interface Account {
  /** May change hands, and is another one's by then: compare the id. */
  readonly login: string;
  readonly id: number;
  /** `User`, `Bot`, `Organization`, `Mannequin` … */
  readonly type: string;
}

export const accountSchema = z.object({ login: z.string(), id: z.int(), type: z.string() });

/** Of a comment whose author has left GitHub, null. */
export const authorSchema = z._default(z.nullable(accountSchema), null);
