import { createHash, createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readAppSettings } from '../../src/app/app-settings.ts';
import type { JobHandlers } from '../../src/app/job-handlers.ts';
import { type ServeOptions, serve } from '../../src/app/serve.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { GitHubApp } from '../../src/github/github-app.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import type { Log, LogFields } from '../../src/tasks/log.ts';

/** Made anew for each run: nothing here is anybody's. */
export const SECRET = createHash('sha256').update(randomUUID()).digest('hex');
export const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

/** The App of the tests. */
export const APP_ID = 4711;
export const APP_USER = 900_001;
export const SLUG = 'code-agent-test';

export const appEnvironment = (more: Record<string, string> = {}): Record<string, string> => ({
  APP_ID: String(APP_ID),
  PRIVATE_KEY,
  WEBHOOK_SECRET: SECRET,
  HOST: '127.0.0.1',
  PORT: '0',
  ...more,
});

export const settingsOf = (more: Record<string, string> = {}) =>
  readAppSettings(readEnvironment(appEnvironment({ HOME: '/nowhere', ...more })));

/** A log that is kept. */
export function keptLog(): Log & { readonly lines: { level: string; fields: LogFields; message: string }[] } {
  const lines: { level: string; fields: LogFields; message: string }[] = [];
  const at = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A GitHub that has failed to hand over nothing. */
export const quietGitHub = (more: Partial<GitHubApp> = {}): GitHubApp => {
  const none = (): never => {
    throw new Error('GitHub was asked for what this test does not need');
  };
  return {
    identity: async () => ({ appId: APP_ID, slug: SLUG, userId: APP_USER }),
    token: none,
    client: none,
    async *deliveries() {},
    delivery: none,
    redeliver: none,
    ...more,
  };
};

/** Jobs that were done, by name and payload. */
export function keptJobs(): {
  readonly done: { name: string; payload: unknown }[];
  readonly handlers: JobHandlers;
} {
  const done: { name: string; payload: unknown }[] = [];
  const keep = (name: string) => async (payload: unknown) => void done.push({ name, payload });
  return {
    done,
    handlers: {
      review: keep('review'),
      closed: keep('closed'),
      comment: keep('comment'),
      thread: keep('thread'),
      installation: keep('installation'),
      tidy: keep('tidy'),
      task: keep('task'),
      labelled: keep('labelled'),
    },
  };
}

export interface Serving {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
  /** Of all that it does. */
  readonly ended: Promise<void>;
}

/** Runs `serve` until it is stopped. */
export async function startServing(
  options: Partial<ServeOptions> & Pick<ServeOptions, 'databaseUrl'>,
): Promise<Serving> {
  const stopping = new AbortController();
  let listening: (port: number) => void = () => {};
  const began = new Promise<number>((resolve) => {
    listening = resolve;
  });
  const ended = serve({
    settings: settingsOf(),
    github: quietGitHub(),
    jobs: () => keptJobs().handlers,
    mayBeCommand,
    trustedBots: async () => [],
    concurrency: 2,
    log: keptLog(),
    ...options,
    signal: stopping.signal,
    onListening: listening,
  });
  const port = await Promise.race([began, ended.then(() => 0)]);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

export interface Sent {
  readonly event: string;
  readonly payload: unknown;
  readonly id?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
  /** Instead of the payload. */
  readonly body?: string | Buffer;
}

export const signatureOf = (body: string | Buffer, secret = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Sends a webhook as GitHub does. */
export async function send(url: string, sent: Sent): Promise<{ status: number; text: string }> {
  const body = sent.body ?? JSON.stringify(sent.payload);
  const answer = await fetch(`${url}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': sent.event,
      'x-github-delivery': sent.id ?? randomUUID(),
      'x-hub-signature-256': signatureOf(body, sent.secret),
      ...sent.headers,
    },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

/** Waits until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
