import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Delivery, RawWebhook } from './loopback-github.ts';
import type { State } from './state.ts';

/** The hook of the App, and what was sent by it. */
export interface Webhooks {
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  setTarget(url: string | null, secret: string): void;
  /** Starts to send; nothing when there is no target. */
  deliver(event: string, payload: unknown): void;
  /** Sends and waits for what comes back. @throws Error when there is no target */
  send(webhook: RawWebhook): Promise<Delivery>;
  /** Sends once more what was sent, under the same guid; undefined when there is no such delivery. */
  redeliver(id: number): Delivery | undefined;
  /** Ends when nothing is on its way. */
  settled(): Promise<void>;
}

/** GitHub's headers, docs.github.com, "Webhook events and payloads", "Delivery headers". */
export function createWebhooks(state: State, timeoutMs: number): Webhooks {
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<unknown>>();
  let target: { readonly url: string; readonly secret: string } | null = null;

  const track = <T>(promise: Promise<T>): Promise<T> => {
    underWay.add(promise);
    void promise.finally(() => underWay.delete(promise)).catch(() => undefined);
    return promise;
  };

  const send = async (webhook: RawWebhook, isRedelivery = false): Promise<Delivery> => {
    if (target === null) throw new Error('there is no webhook: call setWebhook first');
    const { url, secret } = target;
    const body = webhook.body ?? JSON.stringify(webhook.payload);
    const guid = webhook.id ?? randomUUID();
    const signature = webhook.signature === undefined ? sign(secret, body) : webhook.signature;
    const headers = Object.fromEntries(
      Object.entries({
        accept: '*/*',
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/1a2b3c4',
        'x-github-delivery': guid,
        'x-github-event': webhook.event,
        'x-github-hook-id': '42',
        'x-github-hook-installation-target-id': String(state.app.id),
        'x-github-hook-installation-target-type': 'integration',
        ...(signature === null
          ? {}
          : { 'x-hub-signature-256': signature, 'x-hub-signature': sign(secret, body, 'sha1') }),
        ...webhook.headers,
      }).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const at = new Date();
    const status = await post(url, headers, body, timeoutMs);
    const text = typeof body === 'string' ? body : Buffer.from(body).toString();
    const delivery: Delivery = {
      id: state.nextId(),
      guid,
      event: webhook.event,
      action: actionOf(text),
      at,
      isRedelivery,
      status,
      durationMs: Date.now() - at.getTime(),
      body: text,
      headers,
    };
    deliveries.push(delivery);
    return delivery;
  };

  return {
    deliveries,
    setTarget(url, secret) {
      target = url === null ? null : { url, secret };
    },
    deliver(event, payload) {
      // As it is now, not as it is when the one before has been sent.
      if (target !== null) void track(send({ event, body: JSON.stringify(payload) }));
    },
    send: (webhook) => track(send(webhook)),
    redeliver(id) {
      const delivery = deliveries.find((one) => one.id === id);
      if (delivery !== undefined && target !== null)
        void track(send({ event: delivery.event, body: delivery.body, id: delivery.guid }, true));
      return delivery;
    },
    async settled() {
      while (underWay.size > 0) {
        await Promise.allSettled(underWay);
        // What was caused by it, in the same process.
        await setTimeout(0);
      }
    },
  };
}

/** `sha256=<HMAC of the body>`: all that the signature covers. */
export function sign(secret: string, body: string | Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

/** The status of the answer; 0 when there was none in time. */
async function post(
  url: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  timeoutMs: number,
): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : Buffer.from(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function actionOf(body: string): string | null {
  try {
    const payload: unknown = JSON.parse(body);
    return typeof payload === 'object' && payload !== null && 'action' in payload
      ? String(payload.action)
      : null;
  } catch {
    return null;
  }
}
