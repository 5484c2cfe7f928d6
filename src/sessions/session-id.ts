/**
 * A UUID that begins with the time, so that ids sort as the sessions began (RFC 9562, version 7). It is no secret, and has to be
 * another one only: Node has V8 seed `Math.random` with 64 bits of the system's entropy in each process, and what
 * draws from them each time takes a hook 2.5 ms to load.
 */
export function createSessionId(now = Date.now()): string {
  const variant = '89ab'.charAt(Math.random() * 4);
  const time = hexadecimal(now, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random(3)}-${variant}${random(3)}-${random(12)}`;
}

/** So many digits, at most 13: `Math.random` has 52 bits. */
const random = (digits: number): string => hexadecimal(Math.floor(Math.random() * 16 ** digits), digits);

const hexadecimal = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is the id of a session: nothing else becomes part of a path, or is asked for in a database. */
export const isSessionId = (text: string): boolean => SESSION_ID.test(text);
