import { connect, createServer, type Socket } from 'node:net';

/** What lies between a client and a server, and does what networks do. */
export interface BadConnection {
  readonly port: number;
  /** Each way, so many milliseconds for each piece. */
  delay(ms: number): void;
  /** Nothing comes through any more, and nobody is told; when it does again, all that was open is at an end. */
  stall(isStalled: boolean): void;
  /** The connection ends instead of the next answer of the server that holds this text; the server has done its work. */
  cutAt(text: string): void;
  /** How often it was cut, and how many connections there were. */
  readonly cuts: number;
  readonly connections: number;
  close(): Promise<void>;
}

export async function badConnection(to: number): Promise<BadConnection> {
  let delayed = 0;
  let stalled = false;
  let cut: string | null = null;
  let cuts = 0;
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      // Either end may go away at any time: that is what it is for.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const pass = (from: Socket, other: Socket, isAnswer: boolean) =>
      from.on('data', (piece) => {
        if (isAnswer && cut !== null && piece.includes(cut)) {
          cut = null;
          cuts += 1;
          client.destroy();
          return;
        }
        if (stalled) return;
        if (delayed === 0) other.write(piece);
        else setTimeout(() => other.writable && other.write(piece), delayed);
      });
    pass(client, upstream, false);
    pass(upstream, client, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    delay: (ms) => {
      delayed = ms;
    },
    stall: (isStalled) => {
      stalled = isStalled;
      if (!isStalled) for (const socket of open) socket.destroy();
    },
    cutAt: (text) => {
      cut = text;
    },
    get cuts() {
      return cuts;
    },
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
