import * as z from 'zod/mini';
import { instantSchema } from './instant.ts';

/** One attempt of GitHub's to hand over a webhook. */
export interface HookDelivery {
  /** Digits: it is too large for a number. */
  readonly id: string;
  /** `X-GitHub-Delivery`: the same in a redelivery. */
  readonly guid: string;
  readonly deliveredAt: Date;
  readonly redelivery: boolean;
  /** For a person: `OK`, `Invalid HTTP Response: 503`, `failed to connect to host` … */
  readonly status: string;
  /** What we answered; 0 or an error of GitHub's own when we did not. */
  readonly statusCode: number;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

/** With what was sent. */
export interface HookDeliveryDetail extends HookDelivery {
  readonly request: {
    readonly headers: Readonly<Record<string, string>>;
    /** As it was sent, parsed: untrusted, and not signed any more but by the connection to GitHub. */
    readonly payload: unknown;
  };
}

/** Octokit parses integers beyond 2^53 as bigint; ids of deliveries are. */
const digits = z.pipe(z.union([z.int(), z.bigint()]), z.transform(String));
const optionalId = z.optional(z.nullable(z.union([z.int(), z.bigint()])));

const fields = {
  id: digits,
  guid: z.string(),
  delivered_at: instantSchema,
  redelivery: z.boolean(),
  status: z.string(),
  status_code: z.int(),
  event: z.string(),
  action: z.nullable(z.string()),
  installation_id: optionalId,
  repository_id: optionalId,
};
const itemSchema = z.object(fields);

function toDelivery(one: z.infer<typeof itemSchema>): HookDelivery {
  return {
    id: one.id,
    guid: one.guid,
    deliveredAt: one.delivered_at,
    redelivery: one.redelivery,
    status: one.status,
    statusCode: one.status_code,
    event: one.event,
    action: one.action,
    installationId: one.installation_id == null ? null : Number(one.installation_id),
    repositoryId: one.repository_id == null ? null : Number(one.repository_id),
  };
}

export const hookDeliverySchema = z.pipe(itemSchema, z.transform(toDelivery));

export const hookDeliveryDetailSchema = z.pipe(
  z.object({
    ...fields,
    request: z.object({
      headers: z.nullable(z.record(z.string(), z.unknown())),
      payload: z.nullable(z.unknown()),
    }),
  }),
  z.transform((one): HookDeliveryDetail => {
    const headers = Object.entries(one.request.headers ?? {}).map(([name, value]) => [name, String(value)]);
    return {
      ...toDelivery(one),
      request: { headers: Object.fromEntries(headers), payload: withoutBigints(one.request.payload) },
    };
  }),
);

/** As `JSON.parse` would have it, like a webhook that arrives. */
const withoutBigints = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json ?? null, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
