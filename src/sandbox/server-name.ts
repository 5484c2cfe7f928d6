/** RFC 8446: a handshake record, the first message in it, and extensions of that. */
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ENCRYPTED_HELLO = 0xfe0d;

const RECORD_HEAD = 5;
/** What a record may hold (RFC 8446, 5.1). */
const LARGEST_RECORD = 16_384;

/**
 * The host that a TLS client names in the first bytes that it sends (RFC 6066, 3), in small letters; '' when it names none. Null: this is
 * not how TLS begins, or it cannot be told which host is meant: the message is in pieces, or has an encrypted one in it. Undefined: more
 * bytes are needed.
 */
export function serverName(bytes: Buffer): string | null | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return null;
  if (bytes.length < RECORD_HEAD) return undefined;
  const length = bytes.readUInt16BE(3);
  if (length > LARGEST_RECORD) return null;
  if (bytes.length < RECORD_HEAD + length) return undefined;
  try {
    return nameIn(bytes.subarray(RECORD_HEAD, RECORD_HEAD + length));
  } catch (error) {
    // It says of itself that it is longer than it is.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function nameIn(record: Buffer): string | null {
  if (record[0] !== CLIENT_HELLO || record.readUIntBE(1, 3) !== record.length - 4) return null;
  // Behind its version and its random bytes.
  let at = 4 + 2 + 32;
  at += 1 + record.readUInt8(at);
  at += 2 + record.readUInt16BE(at);
  at += 1 + record.readUInt8(at);
  if (at === record.length) return '';
  const end = at + 2 + record.readUInt16BE(at);
  if (end !== record.length) return null;
  let name = '';
  for (at += 2; at < end; ) {
    const type = record.readUInt16BE(at);
    const size = record.readUInt16BE(at + 2);
    const extension = record.subarray(at + 4, at + 4 + size);
    if (extension.length < size || type === ENCRYPTED_HELLO) return null;
    if (type === SERVER_NAME) {
      // A list of one name, which is that of a host.
      if (name !== '' || extension.readUInt8(2) !== 0 || extension.readUInt16BE(3) !== size - 5) return null;
      name = extension.toString('latin1', 5).toLowerCase();
    }
    at += 4 + size;
  }
  return name;
}
