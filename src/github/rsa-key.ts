import { createPrivateKey } from 'node:crypto';

/**
 * The PEM of an RSA private key, which GitHub takes JSON Web Tokens of (RS256: docs.github.com, "Generating a JWT for a GitHub
 * App"). `text`: that PEM, also in one line with `\n` written out, or its base64. Null when it is none: what the parser says of
 * it may hold parts of the key.
 */
export function rsaKey(text: string): string | null {
  const isPem = text.includes('-----BEGIN ');
  const pem = (isPem ? text : Buffer.from(text, 'base64').toString('latin1')).replaceAll('\\n', '\n').trim();
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? `${pem}\n` : null;
  } catch {
    return null;
  }
}
