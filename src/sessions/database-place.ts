import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Where a URL leads to, without who goes there. Throws with exit code 2 when it is none. */
export function placeOf(url: string): string {
  const parsed = parseDatabaseUrl(url);
  const host = parsed.host || parsed.searchParams.get('host') || 'localhost';
  return `${host}${parsed.pathname}`;
}

/** The URL of a PostgreSQL server. Throws with exit code 2 when it is none. */
export function parseDatabaseUrl(url: string): URL {
  try {
    const parsed = new URL(url);
    const { protocol, username, password, pathname } = parsed;
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    // A password with a slash in it ends the host: what is behind it would be shown.
    if (/^postgres(ql)?:$/.test(protocol) && !pathname.includes('@')) return parsed;
  } catch {
    // As one that leads elsewhere.
  }
  throw noUrl();
}

const noUrl = (): CodeAgentError =>
  new CodeAgentError('DATABASE_URL is no URL of a PostgreSQL server', {
    exitCode: EXIT.usage,
    advice: 'It looks like postgres://user:password@host:5432/database. What it holds is not shown.',
  });
