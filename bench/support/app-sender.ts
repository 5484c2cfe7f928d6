/** A process that sends webhooks as GitHub does, so many a second, whether those before them were answered or not. */
import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** What it is told. */
export interface Load {
  readonly url: string;
  readonly secret: string;
  readonly rate: number;
  readonly seconds: number;
  readonly templates: readonly WebhookTemplate[];
}

/** A webhook, in whose body {@link PLACEHOLDER} is another number each time. */
export interface WebhookTemplate {
  readonly event: string;
  /** JSON. */
  readonly body: string;
}

export const PLACEHOLDER = 'NUMBER-OF-THIS-DELIVERY';

/** What it says when all are answered. */
export interface Sent {
  readonly answers: readonly WebhookAnswer[];
}

export interface WebhookAnswer {
  readonly id: string;
  /** 0: there was none within GitHub's ten seconds. */
  readonly status: number;
  /** From the beginning of the request to the end of the answer. */
  readonly ms: number;
}

/** docs.github.com, "Best practices for using webhooks": an answer within ten seconds. */
const PATIENCE_MS = 10_000;

const agent = new Agent({ keepAlive: true });

function send(
  { url, secret }: Load,
  { event, body }: WebhookTemplate,
  number: number,
): Promise<WebhookAnswer> {
  const id = randomUUID();
  const bytes = Buffer.from(body.replaceAll(PLACEHOLDER, String(number)));
  const signature = createHmac('sha256', secret).update(bytes).digest('hex');
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (status: number): void => resolve({ id, status, ms: performance.now() - start });
    const sending = request(url, {
      method: 'POST',
      agent,
      timeout: PATIENCE_MS,
      headers: {
        'content-type': 'application/json',
        'content-length': bytes.length,
        'user-agent': 'GitHub-Hookshot/1a2b3c4',
        'x-github-delivery': id,
        'x-github-event': event,
        'x-hub-signature-256': `sha256=${signature}`,
      },
    });
    sending.on('response', (response) => {
      response.resume().on('end', () => end(response.statusCode ?? 0));
    });
    sending.on('timeout', () => sending.destroy()).on('error', () => end(0));
    sending.end(bytes);
  });
}

async function sendAll(load: Load): Promise<Sent> {
  const { rate, seconds, templates } = load;
  const under: Promise<WebhookAnswer>[] = [];
  const start = performance.now();
  for (let number = 0; number < rate * seconds; number += 1) {
    const ms = start + (number * 1_000) / rate - performance.now();
    if (ms > 1) await wait(ms);
    const template = templates[number % templates.length];
    if (template !== undefined) under.push(send(load, template, number));
  }
  return { answers: await Promise.all(under) };
}

process.on('message', (load: Load) => {
  void sendAll(load).then((sent) => process.send?.(sent));
});
process.once('disconnect', () => agent.destroy());
