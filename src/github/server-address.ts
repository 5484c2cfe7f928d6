import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/**
 * The base of an address, without a slash at its end. Throws when tokens would go there in the open, or when it is more than a
 * base. `variable`: where it was set, for the message.
 */
export function parseServerAddress(text: string, variable: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username ||
    url.password ||
    url.search ||
    url.hash
  )
    throw wrong(`${variable} is not the address of a server`);
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw wrong(
      `${variable} is http, where a token would go in the open: only https will do, but on this machine`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** RFC 6890, section 2.2.2 and 2.2.3; RFC 6761, section 6.3. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

const wrong = (message: string): CodeAgentError =>
  new CodeAgentError(message, {
    exitCode: EXIT.usage,
    advice: 'Write it like https://github.example.com, for the API with /api/v3 behind it.',
  });
