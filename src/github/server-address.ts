import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { isLoopback } from '../is-loopback.ts';

/**
 * The base of an address, without a slash at its end. Throws with exit code 2 when tokens would go there in the open, or when it
 * is more than a base. `variable`: where it was set, for the message.
 */
export function parseServerAddress(text: string, variable: string): string {
  const advice = 'It looks like https://github.example.com, for the API with /api/v3 behind it.';
  if (!URL.canParse(text)) throw refusal(`${variable} is no URL`, advice);
  const { protocol, hostname, username, password, search, hash, origin, pathname } = new URL(text);
  if (username !== '' || password !== '') throw refusal(`${variable} has a user or a password in it`, advice);
  if (search !== '' || hash !== '') throw refusal(`${variable} has more than a path`, advice);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw refusal(
      `${variable}, or GHE_PROTOCOL, is not https`,
      'What is sent holds tokens: only a server on this machine is spoken to without it.',
    );
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

const refusal = (message: string, advice: string): CodeAgentError =>
  new CodeAgentError(message, { exitCode: EXIT.usage, advice });
