import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** Where a URL leads to, without who goes there. Throws with exit code 2 when it is none. */
export function placeOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw noUrl();
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw noUrl();
  const host = parsed.host || parsed.searchParams.get('host') || 'localhost';
  return `${host}${parsed.pathname}`;
}

const noUrl = (): CodeAgentError =>
  new CodeAgentError('DATABASE_URL is no URL of a PostgreSQL server', {
    exitCode: EXIT.usage,
    advice: 'It looks like postgres://user:password@host:5432/database. What it holds is not shown.',
  });
