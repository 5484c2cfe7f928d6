import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type NetworkLimits, openAllowedNetwork } from '../../src/sandbox/allowed-network.ts';
import { openContainers } from '../../src/sandbox/container.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { PROXY_ATTEMPTS } from './allowed-network.cases.ts';
import { findEngines, IMAGE } from './find-engine.ts';
import { hasBubblewrap } from './has-bubblewrap.ts';
import { LIMITS } from './limits.ts';

/** Says each of some texts to the proxy, and what it answers to it. */
const SAY = `
const { connect } = require('node:net');
const { port } = new URL(process.env.HTTPS_PROXY);
const say = (text) => new Promise((resolve) => {
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
  socket.on('data', (chunk) => { answer += chunk; }).on('error', () => {}).on('close', () => resolve(answer));
});
Promise.all(JSON.parse(require('node:fs').readFileSync('say.json')).map(say)).then((all) => console.log(JSON.stringify(all)));
`;

/** Goes through a tunnel to $TARGET, and says there what it is told: as TLS for a host, or as it is. */
const TUNNEL = `
const { connect } = require('node:net');
const tls = require('node:tls');
const [what, text] = process.argv.slice(2);
const { port } = new URL(process.env.HTTPS_PROXY);
const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT ' + process.env.TARGET + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'));
socket.on('error', () => {}).once('data', (answer) => {
  console.log(String(answer).split('\\r\\n')[0]);
  if (what === 'tls') tls.connect({ socket, servername: text, rejectUnauthorized: false }).on('error', () => {});
  else socket.write(text);
});
socket.on('close', () => console.log('closed'));
`;

const SANDBOXES: readonly (readonly [kind: string, open: () => Promise<Sandbox>])[] = [
  ...(hasBubblewrap() ? [['bubblewrap', () => openSandbox(process.env)] as const] : []),
  ...findEngines().map(
    (engine) => [engine.kind, () => openContainers({ ...engine, image: IMAGE, env: process.env })] as const,
  ),
];

describe.each(SANDBOXES)('a network of some hosts in %s', (_kind, open) => {
  let sandbox: Sandbox;
  const servers: Server[] = [];
  /** What the listed server was asked for, and by which name; what has come to the raw one; who has come to the other. */
  const asked: { path: string; host: string | undefined; text: string }[] = [];
  const heard: Buffer[] = [];
  let visitors = 0;
  /** Called when a connection to the raw server has ended. */
  let onLeave = (): void => {};
  const ports = { listed: 0, other: 0, raw: 0 };

  beforeAll(async () => {
    sandbox = await open();
    const listen = (server: Server): Promise<number> =>
      new Promise((resolve) => {
        servers.push(server);
        server.listen(0, 'localhost', () => {
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
    ports.listed = await listen(
      createServer(async (request, response) => {
        let text = '';
        for await (const chunk of request) text += chunk;
        asked.push({ path: request.url ?? '', host: request.headers.host, text });
        response.setHeader('X-Seen', 'yes').end(request.url === '/large' ? 'x'.repeat(3_000_000) : 'welcome');
      }),
    );
    ports.other = await listen(
      createTcpServer((socket) => {
        visitors += 1;
        socket.destroy();
      }),
    );
    ports.raw = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => undefined).on('close', () => onLeave());
        socket.on('data', (chunk) => {
          heard.push(chunk);
          socket.end();
        });
      }),
    );
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  function work(files: Readonly<Record<string, string>> = {}): string {
    const folder = join(tempFolder(), 'work');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  async function withNetwork(
    script: string,
    {
      hosts = [`localhost:${ports.listed}`, `localhost:${ports.raw}`],
      folder = work(),
      variables = {},
      limits,
    }: {
      hosts?: readonly string[];
      folder?: string;
      variables?: Record<string, string>;
      limits?: NetworkLimits;
    } = {},
  ) {
    const place = join(folder, '../network');
    const network = await openAllowedNetwork(place, hosts, limits);
    try {
      const { output, exitCode } = await sandbox.run(
        {
          script: network.script(script),
          folder,
          readable: [network.folder],
          variables: { FOLDER: place, ...variables },
          limits: LIMITS,
        },
        new AbortController().signal,
      );
      return { text: output.toString(), exitCode, refused: network.refused(), isSpent: network.isSpent() };
    } finally {
      await network.close();
    }
  }

  test('runs a script as it is, in its folder, and ends as it does', async () => {
    const ran = await withNetwork(
      'echo "it\'s $PWD"; printf "%s\\n" "$https_proxy" "$NO_PROXY"; printenv NODE_EXTRA_CA_CERTS || echo none; for f in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do test -f $f && break; f=none; done; echo $f; exit 7',
    );
    expect(ran.text).toMatch(/^it's \/work\nhttp:\/\/127\.0\.0\.1:\d+\n\n(.+)\n\1\n$/);
    expect(ran.exitCode).toBe(7);
    expect((await withNetwork('kill -9 $$')).exitCode).toBe(137);
  });

  test('what is said to the proxy', async () => {
    const folder = work({
      'say.cjs': SAY,
      'say.json': JSON.stringify(PROXY_ATTEMPTS.map(({ send }) => send(ports))),
    });
    asked.length = 0;
    const { text, refused } = await withNetwork('node say.cjs', { folder });
    const answers: string[] = JSON.parse(text);
    for (const [index, { name, answer }] of PROXY_ATTEMPTS.entries())
      expect(answers[index]?.slice(0, answer.length), name).toBe(answer);
    expect(answers[0]).toContain('x-seen: yes');
    expect(answers[0]).toMatch(/\r\n\r\nwelcome$/);
    expect(refused.toSorted()).toEqual(
      PROXY_ATTEMPTS.flatMap((attempt) => attempt.refused?.(ports) ?? [])
        .filter((name, index, all) => all.indexOf(name) === index)
        .toSorted(),
    );
    expect(asked.map(({ path }) => path).toSorted()).toEqual(
      PROXY_ATTEMPTS.flatMap(({ reaches = [] }) => reaches).toSorted(),
    );
    for (const { host, text: body } of asked) expect([host, body]).toEqual([`localhost:${ports.listed}`, '']);
    expect(visitors).toBe(0);
  });

  test.each([
    ['TLS for the host', 'tls localhost', true],
    ['TLS for another host at its address', 'tls evil.example', false],
    ['TLS for nobody', 'tls ""', false],
    ['what is no TLS', 'say "GET / HTTP/1.1"', false],
    ['nothing, which is refused to nobody', 'say ""', null],
  ])('through a tunnel: %s', async (_, what, isLet) => {
    heard.length = 0;
    const { text, refused } = await withNetwork(`node tunnel.cjs ${what}`, {
      folder: work({ 'tunnel.cjs': TUNNEL }),
      variables: { TARGET: `localhost:${ports.raw}` },
      limits: { bytes: 1e6, connections: 8, patienceMs: what === 'say ""' ? 500 : 15_000 },
    });
    expect(text).toBe('HTTP/1.1 200 Connection established\nclosed\n');
    expect(heard.length > 0).toBe(isLet === true);
    const name = what.includes('evil') ? 'evil.example' : 'localhost';
    expect(refused).toEqual(isLet === false ? [`${name}:${ports.raw}`] : []);
  });

  test('who leaves is not kept a connection for', async () => {
    const folder = work({ 'tunnel.cjs': TUNNEL.replace('socket.write(text)', 'socket.destroy()') });
    const leaving = new Promise<void>((resolve) => {
      onLeave = () => {
        writeFileSync(join(folder, 'left'), '');
        resolve();
      };
    });
    const { exitCode } = await withNetwork('node tunnel.cjs say; while ! test -e left; do sleep 0.02; done', {
      folder,
      variables: { TARGET: `localhost:${ports.raw}` },
    });
    await leaving;
    expect(exitCode).toBe(0);
  });

  test('a host that is not there is not one that is refused', async () => {
    const { text, refused } = await withNetwork('node tunnel.cjs say x', {
      folder: work({ 'tunnel.cjs': TUNNEL }),
      hosts: ['localhost:1'],
      variables: { TARGET: 'localhost:1' },
    });
    expect(text).toBe('HTTP/1.1 502 Bad Gateway\nclosed\n');
    expect(refused).toEqual([]);
  });

  test('names that are refused are told as plain text, and only so many', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `h${index};$%1b'.example:443`);
    const folder = work({
      'say.cjs': SAY,
      'say.json': JSON.stringify(names.map((name) => `CONNECT ${name} HTTP/1.1\r\nHost: x\r\n\r\n`)),
    });
    const { refused } = await withNetwork('node say.cjs', { folder });
    expect(refused).toHaveLength(20);
    for (const name of refused) expect(name).toMatch(/^h\d+\?\?\?1b\?\.example:443$/);
  });

  test('who has fetched too much fetches no more', async () => {
    const get = `node -e 'require("http").get({ host: "127.0.0.1", port: new URL(process.env.http_proxy).port, path: process.argv[1] }, (r) => { let n = 0; r.on("data", (c) => { n += c.length }).on("error", () => {}).on("close", () => console.log(n)) }).on("error", () => console.log("no"))'`;
    const limits = { bytes: 1_000_000, connections: 8, patienceMs: 5_000 };
    const url = `http://localhost:${ports.listed}`;
    const { text, isSpent } = await withNetwork(
      `${get} ${url}/small; ${get} ${url}/large; ${get} ${url}/small`,
      { limits },
    );
    const [small, large, next] = text.split('\n');
    expect([small, next, isSpent]).toEqual(['7', 'no', true]);
    expect(Number(large)).toBeLessThan(1_500_000);
  });

  test('who says nothing, or comes too often, is sent away', async () => {
    const script = `node -e '
      const { connect } = require("net");
      const port = new URL(process.env.HTTPS_PROXY).port;
      const come = () => new Promise((resolve) => {
        let said = "";
        connect(port, "127.0.0.1").on("error", () => {}).on("data", (chunk) => { said += chunk; }).on("close", () => resolve(said.slice(0, 12)));
      });
      Promise.all([come(), come(), come()]).then((all) => console.log(all.sort().join()));
    '`;
    const limits = { bytes: 1_000_000, connections: 1, patienceMs: 500 };
    expect((await withNetwork(script, { limits })).text).toBe(',,HTTP/1.1 408\n');
  });

  test('around the proxy: no connection, no name, no packet, no other socket', async () => {
    visitors = 0;
    const { text } = await withNetwork(
      `node -e '
        const { connect } = require("net");
        const { lookup } = require("dns");
        for (const host of ["127.0.0.1", "::1", "localhost", "192.0.2.1"]) connect(process.env.OTHER, host).on("connect", () => console.log("WON", host)).on("error", (e) => console.log(host, e.code));
        lookup("registry.npmjs.org", (error) => console.log("name", error ? "not known" : "WON"));
      '`,
      { variables: { OTHER: String(ports.other) } },
    );
    expect(text).not.toContain('WON');
    expect(text.match(/ E[A-Z]+/g)?.length, text).toBe(4);
    expect(text).toContain('name not known');
    expect(visitors).toBe(0);
  });

  test('its folder cannot be written', async () => {
    const { text } = await withNetwork(
      'cat "$FOLDER/forward.cjs" | head -c 12; echo; echo evil > "$FOLDER/forward.cjs"; rm -f "$FOLDER/socket"; mv "$FOLDER" "$FOLDER.x"; touch "$FOLDER/new"; mount -o remount,rw "$FOLDER"; chmod 777 "$FOLDER"; ls "$FOLDER"; test -w "$FOLDER" && echo WON',
    );
    expect(text).toContain("'use strict'");
    expect(text.trimEnd().split('\n').slice(-2)).toEqual(['forward.cjs', 'socket']);
    expect(text).not.toContain('WON');
  });

  test('a command that it is not given to does not find it', async () => {
    const folder = work();
    const place = join(folder, '../network');
    const network = await openAllowedNetwork(place, [`localhost:${ports.listed}`]);
    onTestFinished(() => network.close());
    const { output } = await sandbox.run(
      {
        script: `ls '${place}' && echo WON; env | grep -i proxy=. && echo WON; node -e 'require("net").connect("${place}/socket").on("connect", () => console.log("WON")).on("error", (e) => console.log(e.code))'`,
        folder,
        readable: [],
        limits: LIMITS,
      },
      new AbortController().signal,
    );
    expect(output.toString()).not.toContain('WON');
    expect(output.toString()).toContain('ENOENT');
  });

  test('in a folder whose path is too long for a socket; ended, nothing is left of it', async () => {
    const folder = join(tempFolder(), 'long'.repeat(40), 'work');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'say.cjs'), SAY);
    writeFileSync(
      join(folder, 'say.json'),
      JSON.stringify([`GET http://localhost:${ports.listed}/long HTTP/1.1\r\nHost: x\r\n\r\n`]),
    );
    expect((await withNetwork('node say.cjs', { folder })).text).toContain('HTTP/1.1 200');
    expect(existsSync(join(folder, '../network'))).toBe(false);
    expect(readFileSync(join(folder, 'say.cjs'), 'utf8')).toBe(SAY);
  });
});
