import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Delivery, StoredAs } from '../sessions/postgres/deliveries.ts';
import type { Log } from '../tasks/log.ts';
import { inTime } from './in-time.ts';
import { agreement } from './webhook-event.ts';

export interface IntakeOptions {
  /** What GitHub signs with, and what it signed with before. */
  readonly secrets: readonly string[];
  /** Stores a delivery and queues it, both or neither. */
  readonly store: (delivery: Delivery) => Promise<StoredAs>;
  readonly log: Log;
  /** When it is not stored by then, GitHub is told that it is not taken: it waits ten seconds. 8 s. */
  readonly withinMs?: number;
}

export interface Answer {
  readonly status: number;
  /** For whoever looks at the delivery on GitHub. */
  readonly says: string;
  /** Nothing more is read from this connection. */
  readonly closes?: boolean;
}

/** GitHub's own limit of a payload (docs.github.com, "Webhook events and payloads", "Payload cap"). */
const MOST_BYTES = 25 * 1024 * 1024;
/** Of bodies in memory at once: beyond it GitHub is told to come again. By bytes: who sends slowly keeps nobody else out. */
const MOST_HELD = 16 * MOST_BYTES;
/** Deliveries that wait for the database, also those that GitHub no longer waits for. */
const MOST_WAITING = 64;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EVENT = /^[a-z][a-z_]{0,63}$/;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/**
 * Takes deliveries in: looks at the size, then at the signature, then at what it holds, and answers when it is stored and
 * queued. Until the signature is found to be right nothing of the body is read as anything, and nothing is logged of it.
 */
export function createIntake({ secrets, store, log, withinMs = 8_000 }: IntakeOptions) {
  const held: Held = { bytes: 0 };
  let waiting = 0;

  return async function take(request: IncomingMessage): Promise<Answer> {
    const { headers } = request;
    const id = one(headers['x-github-delivery']);
    const event = one(headers['x-github-event']);
    const signature = SIGNATURE.exec(one(headers['x-hub-signature-256']))?.[1];
    const refusal = refusalOf(headers, id, event, signature);
    if (refusal !== null || signature === undefined) return refusal ?? UNSIGNED;
    if (waiting >= MOST_WAITING) return BUSY;
    const body = await readBody(request, held);
    if (!Buffer.isBuffer(body)) return body;
    try {
      if (isSigned(body, signature, secrets)) return await accept(id.toLowerCase(), event, body);
      log.warn({ bytes: body.length }, 'a delivery with a wrong signature was refused');
      return WRONG_SIGNATURE;
    } finally {
      held.bytes -= body.length;
    }
  };

  async function accept(id: string, event: string, body: Buffer): Promise<Answer> {
    const parsed = parse(body);
    if (parsed === null) return { status: 400, says: 'the body is no JSON in UTF-8' };
    const { payload, text } = parsed;
    const agreed = agreement(event, payload);
    if (agreed === 'unused') return { status: 202, says: 'nothing is done for this event' };
    if (agreed !== 'used') {
      log.warn({ delivery: id, event, why: agreed.refused }, 'a delivery was refused');
      return { status: 400, says: agreed.refused };
    }
    const sha256 = createHash('sha256').update(body).digest();
    waiting += 1;
    const storing = store({ id, event, payload: text, sha256 }).finally(() => {
      waiting -= 1;
    });
    try {
      // One that comes too late is known when it is sent again.
      const stored = await inTime(storing, withinMs);
      log.info({ delivery: id, event, stored }, 'a delivery was taken in');
      return stored === 'queued'
        ? { status: 202, says: 'stored and queued' }
        : { status: 200, says: 'it is already here' };
    } catch (err) {
      log.error({ delivery: id, event, err }, 'a delivery could not be stored');
      return { status: 503, says: 'it could not be stored: send it again', closes: true };
    }
  }
}

const UNSIGNED: Answer = { status: 401, says: 'X-Hub-Signature-256 is missing', closes: true };
const WRONG_SIGNATURE: Answer = { status: 401, says: 'the signature is wrong' };
const TOO_LARGE: Answer = { status: 413, says: 'the body is larger than 25 MB', closes: true };
const BUSY: Answer = { status: 503, says: 'too many deliveries at once: send it again', closes: true };

/** By the headers alone, before any of the body is read. */
function refusalOf(
  headers: IncomingMessage['headers'],
  id: string,
  event: string,
  signature: string | undefined,
): Answer | null {
  const refuse = (status: number, says: string): Answer => ({ status, says, closes: true });
  if (!/^application\/json(?:;|$)/i.test(headers['content-type'] ?? ''))
    return refuse(415, 'the content type is not application/json');
  if (headers['content-encoding'] !== undefined) return refuse(415, 'the body is encoded');
  if (!UUID.test(id)) return refuse(400, 'X-GitHub-Delivery is no id of a delivery');
  if (!EVENT.test(event)) return refuse(400, 'X-GitHub-Event is no name of an event');
  if (signature === undefined) return UNSIGNED;
  return Number(headers['content-length'] ?? 0) > MOST_BYTES ? TOO_LARGE : null;
}

const one = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : '');

interface Held {
  bytes: number;
}

/**
 * The body, which counts as held from then on; or why it is not read to its end: nothing is kept of it then. Rejects when the
 * other side goes away.
 */
function readBody(request: IncomingMessage, held: Held): Promise<Buffer | Answer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const giveUp = (): void => {
      request.removeAllListeners('data');
      held.bytes -= size;
      parts.length = 0;
      size = 0;
    };
    request.on('data', (part: Buffer) => {
      const answer =
        size + part.length > MOST_BYTES ? TOO_LARGE : held.bytes + part.length > MOST_HELD ? BUSY : null;
      if (answer === null) {
        parts.push(part);
        size += part.length;
        held.bytes += part.length;
        return;
      }
      request.pause();
      giveUp();
      resolve(answer);
    });
    request.once('end', () => resolve(Buffer.concat(parts, size)));
    request.once('error', () => {});
    request.once('close', () => {
      if (request.complete) return;
      giveUp();
      reject(new Error('the other side went away amid the body'));
    });
  });
}

function isSigned(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  const given = Buffer.from(signature, 'hex');
  // Each is computed, also behind one that is right.
  const right = secrets.map((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given),
  );
  return right.includes(true);
}

function parse(body: Buffer): { readonly payload: unknown; readonly text: string } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return { payload: JSON.parse(text), text };
  } catch {
    return null;
  }
}
