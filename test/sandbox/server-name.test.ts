import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { serverName } from '../../src/sandbox/server-name.ts';

/** What a client of this node says first. */
function hello(options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        resolve(chunk);
        done();
      },
    });
    connect({ socket, ...options }).on('error', () => undefined);
  });
}

/** With an extension more. */
function withExtension(bytes: Buffer, type: number, content: Buffer): Buffer {
  const added = Buffer.alloc(4 + content.length);
  added.writeUInt16BE(type, 0);
  added.writeUInt16BE(content.length, 2);
  content.copy(added, 4);
  const changed = Buffer.concat([bytes, added]);
  changed.writeUInt16BE(bytes.readUInt16BE(3) + added.length, 3);
  changed.writeUIntBE(bytes.readUIntBE(6, 3) + added.length, 6, 3);
  let at = 5 + 4 + 34;
  at += 1 + bytes.readUInt8(at);
  at += 2 + bytes.readUInt16BE(at);
  at += 1 + bytes.readUInt8(at);
  changed.writeUInt16BE(bytes.readUInt16BE(at) + added.length, at);
  return changed;
}

describe('serverName', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of a client that speaks %s', async (maxVersion) => {
    expect(serverName(await hello({ servername: 'Registry.npmjs.org', maxVersion }))).toBe(
      'registry.npmjs.org',
    );
  });

  it('is empty when the client names none', async () => {
    expect(serverName(await hello({ servername: '' }))).toBe('');
  });

  it('needs all of the message, and nothing behind it', async () => {
    const bytes = await hello({ servername: 'a.example' });
    for (let end = 0; end < bytes.length; end += 1)
      expect(serverName(bytes.subarray(0, end))).toBe(undefined);
    expect(serverName(Buffer.concat([bytes, Buffer.from('more')]))).toBe('a.example');
  });

  it('of one with two names, or one that is encrypted, is not known', async () => {
    const bytes = await hello({ servername: 'a.example' });
    const other = Buffer.from('\0\x0c\0\0\x09b.example', 'latin1');
    expect(serverName(withExtension(bytes, 0, other))).toBe(null);
    expect(serverName(withExtension(bytes, 0xfe0d, Buffer.alloc(8)))).toBe(null);
    expect(serverName(withExtension(bytes, 0xfefe, Buffer.alloc(8)))).toBe('a.example');
  });

  it('of what is no such message is not known', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n',
      'SSH-2.0-OpenSSH',
      '\x15\x03\x01\0\x02\0\0',
      '\x16\x03\x01\xff\xff',
    ])
      expect(serverName(Buffer.from(text, 'latin1')), text).toBe(null);
  });

  it('never fails, whatever single byte is another one', async () => {
    const bytes = await hello({ servername: 'a.example' });
    for (let at = 0; at < Math.min(bytes.length, 2_000); at += 1)
      for (const value of [0, 1, 127, 255]) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        expect([null, undefined, 'string']).toContain(
          typeof serverName(changed) === 'string' ? 'string' : serverName(changed),
        );
      }
  });
});
