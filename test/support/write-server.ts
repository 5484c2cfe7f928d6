import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { PLANTED_SECRET } from './planted-secret.ts';

/** What a session writes to. It would keep what is written twice under one key twice. */
export interface WriteServer {
  readonly baseUrl: string;
  /** All that was written, in order. */
  readonly writes: readonly { readonly key: string; readonly body: string }[];
  /** The keys that it was asked for, and whether they were there. */
  readonly finds: readonly { readonly key: string; readonly isThere: boolean }[];
}

/** Takes `PUT /<key>` and answers a result of its own, with a secret in it; `GET /<key>` answers that again, or 404. */
export async function startWriteServer(): Promise<WriteServer> {
  const writes: { key: string; body: string }[] = [];
  const finds: { key: string; isThere: boolean }[] = [];
  const resultOf = (at: number) => JSON.stringify({ id: at + 1, token: PLANTED_SECRET });
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(request.url?.slice(1) ?? '');
    const at = writes.findIndex((one) => one.key === key);
    if (request.method === 'PUT') {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      response.end(resultOf(writes.push({ key, body }) - 1));
    } else {
      finds.push({ key, isThere: at >= 0 });
      response.writeHead(at < 0 ? 404 : 200).end(at < 0 ? '' : resultOf(at));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { baseUrl: `http://127.0.0.1:${address.port}`, writes, finds };
}
