import * as z from 'zod/mini';
import { type Account, accountSchema } from './account.ts';
import { instantSchema } from './instant.ts';

/** An account that has the App. */
export interface Installation {
  readonly id: number;
  /** Null when it is an enterprise. */
  readonly account: Account | null;
  /** Null when it is not. */
  readonly suspendedAt: Date | null;
}

export const installationSchema = z.pipe(
  z.object({
    id: z.int(),
    account: z.catch(z.nullable(accountSchema), null),
    suspended_at: z.optional(z.nullable(instantSchema)),
  }),
  z.transform(
    ({ id, account, suspended_at }): Installation => ({ id, account, suspendedAt: suspended_at ?? null }),
  ),
);
