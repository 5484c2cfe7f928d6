import { type Assignment, assignments } from './assignments.ts';
import { isPlaceholder, isStandIn } from './placeholder.ts';
import { looksRandom } from './randomness.ts';
import type { SecretSpan } from './secret-span.ts';

/** Endings of names whose value is not the secret but speaks of it. */
const ABOUT_IT =
  /(?:name|names|type|types|ur[li]|urls|endpoint|ids?|path|file|filename|dir|field|header|prefix|suffix|length|len|size|policy|regexp?|pattern|label|hint|message|msg|error|expiry|expires?|expiration|ttl|env|ref|arn|count|index|kind|class|title|text|description|manager|provider|param|hash|hashed|digest|checksum|fingerprint|algorithm|alg|format|version|location|selector|icon|page|owner|domain|issuer|audience|scope|status|encrypted|sha(?:1|256|512)?|pub)$/i;

/** Words before `token` and `key` that make them something that may be public. */
const HARMLESS =
  /(?:public|publishable|pub|site|map|idempotency|cache|csrf|xsrf|page|next|continuation|cancell?ation|sync|design|anti.?forgery)[_.-]?(?:token|key)/i;

/** `key` alone names anything. What makes it a secret stands before it. */
const SECRET_KEY =
  /(?:api|access|secret|private|auth|account|encrypt(?:ion)?|signing|signature|master|shared|service|client|license|hmac|aes|jwt|session|storage|admin|webhook|deploy|crypto|application|consumer|subscription|instrumentation)[_.-]?key/i;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An expression that computes or finds the value elsewhere: a call, a member, a constant's name, a path, a file. */
const EXPRESSION =
  /^[\w$.]+\(|^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$|^[\w$.]+\[|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^\.{0,2}\/|:\/\/|\.[a-z]{2,4}$|^[a-z]:\\|^\*+$/;

/** Values that the name that they have turns into a published form. */
const KEYED_FORMATS: readonly { readonly name: string; readonly key: RegExp; readonly value: RegExp }[] = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
  {
    name: 'AWS secret access key',
    key: /secret_?access_?key|aws.{0,20}(?:secret|key)/i,
    value: /^[A-Za-z0-9/+]{40}$/,
  },
  // https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string: 64 and 32 bytes.
  { name: 'Azure storage account key', key: /account_?key|storage/i, value: /^[A-Za-z0-9/+]{86}==$/ },
  { name: 'Azure shared access key', key: /shared_?access_?key/i, value: /^[A-Za-z0-9/+]{43}=$/ },
  // https://docs.npmjs.com/cli/configuring-npm/npmrc
  { name: 'npm registry token', key: /_auth(?:token)?$/i, value: /^[A-Za-z0-9_+/=-]{16,}$/ },
  { name: 'Twilio auth token', key: /twilio.{0,20}token/i, value: /^[0-9a-f]{32}$/ },
  {
    name: 'Datadog key',
    key: /(?:datadog|^dd).{0,10}(?:api|app(?:lication)?)_?key/i,
    value: /^(?:[0-9a-f]{32}|[0-9a-f]{40})$/,
  },
];

/** The secrets in the text that only the name tells that they are given to, in order. */
export function* assignedSecrets(text: string): Generator<SecretSpan> {
  for (const assignment of assignments(text)) {
    const secret = judge(assignment);
    if (secret !== null) yield { start: assignment.start, end: assignment.end, ...secret };
  }
}

function judge({ name, value, scheme, literal }: Assignment): Pick<SecretSpan, 'name' | 'certainty'> | null {
  if (scheme === 'basic') return isBasic(value) ? { name: 'Basic credentials', certainty: 'proven' } : null;
  // Of 32 characters drawn from 64, one text in 250 has no digit; most words have none.
  if (value.length < 32 && !/[0-9]/.test(value)) return null;
  if (isStandIn(value) || EXPRESSION.test(value) || ABOUT_IT.test(name)) return null;
  const keyed = KEYED_FORMATS.find((format) => format.key.test(name) && format.value.test(value));
  if (keyed !== undefined) {
    // Forty characters of the very alphabet under the very name, and no word for an example, have no other reason.
    return value.length >= 40 || looksRandom(value) ? { name: keyed.name, certainty: 'proven' } : null;
  }
  if (isPlaceholder(value)) return null;
  if (scheme !== '')
    return isRandomToken(value) ? { name: 'Access token in a header', certainty: 'proven' } : null;
  if (/passw|passph|pwd/i.test(name)) {
    return (literal && isPassword(value)) || isRandomToken(value)
      ? { name: 'Likely password', certainty: 'likely' }
      : null;
  }
  if (HARMLESS.test(name)) return null;
  const kind = /secret|credent/i.test(name)
    ? 'secret'
    : SECRET_KEY.test(name)
      ? 'key'
      : /token/i.test(name)
        ? 'token'
        : null;
  if (kind === null || !(isRandomToken(value) || (kind !== 'token' && UUID.test(value)))) return null;
  return { name: `Likely ${kind}`, certainty: 'likely' };
}

/** RFC 7617: `user:password` in base 64. */
function isBasic(value: string): boolean {
  const [, password] =
    /^[\x20-\x7e]*?:([\x20-\x7e]{4,})$/.exec(Buffer.from(value, 'base64').toString('latin1')) ?? [];
  return password !== undefined && !isPlaceholder(password);
}

/** Sixteen characters of an alphabet that tokens have, that look drawn at random. */
const isRandomToken = (value: string): boolean =>
  value.length >= 16 &&
  /^[\w+/=.~:-]+$/.test(value) &&
  !UUID.test(value) &&
  /[0-9]/.test(value) &&
  looksRandom(value);

/** It has digits, and three of small letters, capitals, digits and signs or no words. */
const isPassword = (value: string): boolean =>
  /[0-9]/.test(value) &&
  (looksRandom(value) ||
    [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length >= 3);
