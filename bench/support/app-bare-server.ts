/** The least that takes a webhook in: a process that reads the body, looks at the signature and stores it by one INSERT. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import postgres from 'postgres';

/** What it is told. */
export interface BareSettings {
  readonly databaseUrl: string;
  readonly secret: string;
}

/** What it says when it listens. */
export interface BareListening {
  readonly port: number;
}

/** As many as the App has for its intake. */
const CONNECTIONS = 4;

async function listen({ databaseUrl, secret }: BareSettings): Promise<void> {
  const sql = postgres(databaseUrl, { max: CONNECTIONS, onnotice() {} });
  await sql`create table if not exists bare_deliveries (id text primary key, event text not null, payload json not null)`;
  const server = createServer(async (message, response) => {
    const body = await read(message);
    const expected = createHmac('sha256', secret).update(body).digest();
    const given = Buffer.from(`${message.headers['x-hub-signature-256']}`.slice('sha256='.length), 'hex');
    const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
    if (isSigned)
      await sql`insert into bare_deliveries values
        (${`${message.headers['x-github-delivery']}`}, ${`${message.headers['x-github-event']}`}, ${body.toString()}::text::json)`;
    response.writeHead(isSigned ? 202 : 401).end();
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
  });
  process.once('disconnect', () => {
    server.close();
    server.closeAllConnections();
    void sql.end({ timeout: 1 });
  });
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

process.on('message', (settings: BareSettings) => void listen(settings));
