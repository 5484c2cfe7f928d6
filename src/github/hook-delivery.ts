import * as z from 'zod/mini';
import { instantSchema } from './instant.ts';

/** One attempt of GitHub's to hand over a webhook. */
export interface HookDelivery {
  /** Digits: it is too large for a number. */
  readonly id: string;
  /** `X-GitHub-Delivery`: the same in a redelivery. */
  readonly guid: string;
  readonly deliveredAt: Date;
  /** What we answered; 0 or an error of GitHub's own when we did not. */
  readonly statusCode: number;
  readonly event: string;
  readonly action: string | null;
}

/** With what was sent. */
export interface HookDeliveryDetail extends HookDelivery {
  readonly request: {
    /** As it was sent, parsed: untrusted, and not signed any more but by the connection to GitHub. */
    readonly payload: unknown;
  };
}

/** Octokit parses integers beyond 2^53 as bigint; ids of deliveries are. */
const digits = z.pipe(z.union([z.int(), z.bigint()]), z.transform(String));

const fields = {
  id: digits,
  guid: z.string(),
  delivered_at: instantSchema,
  status_code: z.int(),
  event: z.string(),
  action: z.nullable(z.string()),
};
const itemSchema = z.object(fields);

function toDelivery(one: z.infer<typeof itemSchema>): HookDelivery {
  return {
    id: one.id,
    guid: one.guid,
    deliveredAt: one.delivered_at,
    statusCode: one.status_code,
    event: one.event,
    action: one.action,
  };
}

export const hookDeliverySchema = z.pipe(itemSchema, z.transform(toDelivery));

export const hookDeliveryDetailSchema = z.pipe(
  z.object({ ...fields, request: z.object({ payload: z.nullable(z.unknown()) }) }),
  z.transform(
    ({ request, ...one }): HookDeliveryDetail => ({
      ...toDelivery(one),
      request: { payload: withoutBigints(request.payload) },
    }),
  ),
);

/** As `JSON.parse` would have it, like a webhook that arrives. */
const withoutBigints = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json ?? null, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
