/** One thing that a command says to the proxy, and what comes of it. Ports are those of servers of this machine. */
export interface ProxyAttempt {
  readonly name: string;
  /** Byte for byte. `listed`: of localhost, the one that may be reached; `other`: may not. */
  readonly send: (ports: { readonly listed: number; readonly other: number }) => string;
  /** How the answer begins. */
  readonly answer: string;
  /** What is said to have been refused. */
  readonly refused?: (ports: { readonly listed: number; readonly other: number }) => string;
  /** The paths that the listed server is asked for. The other one never is. */
  readonly reaches?: readonly string[];
}

const REFUSED = 'HTTP/1.1 403 Not in sandbox.hosts\r\n';
const head = (line: string, ...fields: string[]): string =>
  `${[line, 'Host: localhost', ...fields].join('\r\n')}\r\n\r\n`;

export const PROXY_ATTEMPTS: readonly ProxyAttempt[] = [
  // What may be done.
  {
    name: 'a listed host',
    send: ({ listed }) => head(`GET http://localhost:${listed}/plain HTTP/1.1`),
    answer: 'HTTP/1.1 200',
    reaches: ['/plain'],
  },
  {
    name: 'a listed host, in capitals and with a dot',
    send: ({ listed }) => head(`GET HTTP://LocalHost.:${listed}/capitals?a=b HTTP/1.1`),
    answer: 'HTTP/1.1 200',
    reaches: ['/capitals?a=b'],
  },
  // Who may not be reached.
  {
    name: 'a tunnel to another host',
    send: () => head('CONNECT evil.example:443 HTTP/1.1'),
    answer: REFUSED,
    refused: () => 'evil.example:443',
  },
  {
    name: 'another host',
    send: () => head('GET http://evil.example/x HTTP/1.1'),
    answer: REFUSED,
    refused: () => 'evil.example:80',
  },
  {
    name: 'the address of a listed host',
    send: ({ listed }) => head(`CONNECT 127.0.0.1:${listed} HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `127.0.0.1:${listed}`,
  },
  {
    name: 'the address of a listed host, as one number',
    send: ({ listed }) => head(`GET http://2130706433:${listed}/x HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `127.0.0.1:${listed}`,
  },
  {
    name: 'the other address of a listed host',
    send: ({ listed }) => head(`CONNECT [::1]:${listed} HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `[::1]:${listed}`,
  },
  {
    name: 'a listed host on another port',
    send: ({ other }) => head(`CONNECT localhost:${other} HTTP/1.1`),
    answer: REFUSED,
    refused: ({ other }) => `localhost:${other}`,
  },
  {
    name: 'a listed host with a port, without it',
    send: () => head('GET http://localhost/x HTTP/1.1'),
    answer: REFUSED,
    refused: () => 'localhost:80',
  },
  {
    name: 'a name that ends with a listed one',
    send: ({ listed }) => head(`GET http://evil.localhost:${listed}/x HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `evil.localhost:${listed}`,
  },
  {
    name: 'a name that begins with a listed one',
    send: ({ listed }) => head(`CONNECT localhost.evil.example:${listed} HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `localhost.evil.example:${listed}`,
  },
  {
    name: 'a user in front of another host',
    send: ({ listed }) => head(`CONNECT localhost:${listed}@127.0.0.1:443 HTTP/1.1`),
    answer: REFUSED,
    refused: () => '127.0.0.1:443',
  },
  {
    name: 'another host in front of a listed one',
    send: ({ listed }) => head(`CONNECT evil.example:443@localhost:${listed} HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `localhost:${listed}`,
  },
  {
    name: 'a password, which is not told',
    send: ({ listed }) => head(`GET http://ann:sesame@localhost:${listed}/x HTTP/1.1`),
    answer: REFUSED,
    refused: ({ listed }) => `localhost:${listed}`,
  },
  {
    name: 'what is no request to a proxy',
    send: () => head('GET /x HTTP/1.1'),
    answer: REFUSED,
    refused: () => '?',
  },
  {
    name: 'another protocol',
    send: () => head('GET file:///etc/passwd HTTP/1.1'),
    answer: REFUSED,
    refused: () => '?',
  },
  // What may not be said there.
  {
    name: 'a header that names another host',
    send: ({ listed, other }) =>
      `GET http://localhost:${listed}/host HTTP/1.1\r\nHost: localhost:${other}\r\n\r\n`,
    answer: 'HTTP/1.1 200',
    reaches: ['/host'],
  },
  {
    name: 'something that is to be kept there',
    send: ({ listed }) => `${head(`PUT http://localhost:${listed}/put HTTP/1.1`, 'Content-Length: 5')}hello`,
    answer: 'HTTP/1.1 405',
  },
  {
    name: 'a body',
    send: ({ listed }) => `${head(`GET http://localhost:${listed}/body HTTP/1.1`, 'Content-Length: 5')}hello`,
    answer: 'HTTP/1.1 200',
    reaches: ['/body'],
  },
  {
    name: 'headers without an end',
    send: ({ listed }) =>
      head(`GET http://localhost:${listed}/flood HTTP/1.1`, `X-Flood: ${'x'.repeat(20_000)}`),
    answer: 'HTTP/1.1 431',
  },
  {
    name: 'many headers',
    send: ({ listed }) =>
      head(
        `GET http://localhost:${listed}/flood HTTP/1.1`,
        ...Array.from({ length: 4_000 }, (_, index) => `X${index}: 1`),
      ),
    answer: 'HTTP/1.1 431',
  },
  {
    name: 'a second request behind the first',
    send: ({ listed }) =>
      head(`GET http://localhost:${listed}/first HTTP/1.1`) +
      head(`GET http://localhost:${listed}/second HTTP/1.1`),
    answer: 'HTTP/1.1 200',
    reaches: ['/first'],
  },
  {
    name: 'a second request in the body of the first',
    send: ({ listed, other }) => {
      const inner = head(`GET http://localhost:${other}/inner HTTP/1.1`);
      return head(`GET http://localhost:${listed}/outer HTTP/1.1`, `Content-Length: ${inner.length}`) + inner;
    },
    answer: 'HTTP/1.1 200',
    reaches: ['/outer'],
  },
  {
    name: 'two lengths',
    send: ({ listed }) =>
      `${head(`GET http://localhost:${listed}/lengths HTTP/1.1`, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    answer: 'HTTP/1.1 400',
  },
  {
    name: 'a line in a line',
    send: ({ listed }) => head(`GET http://localhost:${listed}/line\nX: b HTTP/1.1`),
    answer: 'HTTP/1.1 200',
    reaches: ['/line'],
  },
  {
    name: 'no HTTP at all',
    send: () => '\x16\x03\x01\x00\x05hello',
    answer: 'HTTP/1.1 400',
  },
];
