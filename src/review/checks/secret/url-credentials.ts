import { isReference, isStandIn, isWording } from './placeholder.ts';
import type { Certainty, SecretSpan } from './secret-span.ts';

/** RFC 3986 §3.2.1, with the signs in a password that people forget to escape. The last `@` before a `/` counts. */
const WITH_USER = /:\/\/([^\s/:@"'`<>]{0,100}):([^\s/"'`<>]{1,200})@([^\s/?#"'`<>@:,;)\]}\\]{1,253})/g;

/** RFC 2606 and RFC 6761: names that nothing real has. */
const RESERVED_HOST =
  /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid)\.?$|^(?:host(?:name)?|server|domain(?:\.com)?|your.*|my.*|foo.*)$/i;
/** A machine of one's own, or a name without a dot: a container beside it. */
const LOCAL_HOST =
  /^(?:localhost|127\.[\d.]+|0\.0\.0\.0|10\.[\d.]+|192\.168\.[\d.]+|host\.docker\.internal|[^.]+)$/i;

/** Accounts that images and manuals come with, and that the password of is as often the name. */
const FACTORY_SET =
  /^(?:postgres|mysql|mariadb|mongo|redis|rabbitmq|guest|minio(?:admin)?|sa|elastic|neo4j|pwd?|pass|x-oauth-basic|x-token-auth)$/i;

/** Parts of a format string, a template or a regular expression. */
const TEMPLATE = /\$[A-Za-z_{(]|^\$|[{}()[\]|\\]|\*\*|%[sv]|%d(?![0-9a-f])/i;

/** The passwords that stand in URLs: `scheme://user:password@host`. */
export function* urlCredentials(text: string): Generator<SecretSpan> {
  if (!text.includes('://')) return;
  for (const match of text.matchAll(WITH_USER)) {
    const [, user = '', password = '', host = ''] = match;
    if (!/[a-z0-9+.-]/i.test(text[match.index - 1] ?? '')) continue;
    if (RESERVED_HOST.test(host) || isReference(host)) continue;
    const certainty = certaintyOf(password, user, LOCAL_HOST.test(host));
    if (certainty === null) continue;
    const start = match.index + '://'.length + user.length + ':'.length;
    yield { start, end: start + password.length, name: 'Password in a URL', certainty };
  }
}

/** Null: no password, but what stands for one. */
function certaintyOf(password: string, user: string, local: boolean): Certainty | null {
  if (password.length < 4 || password === user || FACTORY_SET.test(password)) return null;
  if (isStandIn(password) || (user.length > 3 && isStandIn(user)) || TEMPLATE.test(password)) return null;
  const wording = isWording(password);
  if (wording && (local || !/[0-9]/.test(password.replaceAll(/%[0-9a-f]{2}/gi, '')))) return null;
  // Letters of one case alone are as often a word for a password as a password.
  return local || wording || /^(?:[a-z_-]*|[A-Z_-]*)$/.test(password) ? 'likely' : 'proven';
}
