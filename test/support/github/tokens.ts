import { createHmac, createSign, createVerify, randomBytes } from 'node:crypto';
import type { GitHubApp } from './github-app.ts';
import type { Permissions } from './loopback-github.ts';
import { GitHubRefusal } from './refusal.ts';
import type { Installation } from './state.ts';

/** An installation token and what it may do. */
export interface InstallationToken {
  readonly token: string;
  readonly installation: Installation;
  /** Null: every repository of the installation. */
  readonly repositoryIds: readonly number[] | null;
  readonly permissions: Permissions;
  expiresAt: Date;
}

/** Who a request comes from. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly token: InstallationToken };

/** What a request brings in `Authorization`: a token, also as Basic (git: user `x-access-token`), or nothing. */
export function credentialOf(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(header ?? '') ?? [];
  if (/^basic$/i.test(scheme))
    return Buffer.from(value, 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
  return value === '' ? null : value;
}

/**
 * Who has this credential.
 * @throws GitHubRefusal 401: a wrong JWT, a token that is unknown or has expired.
 */
export function identify(
  credential: string | null,
  app: GitHubApp,
  tokens: ReadonlyMap<string, InstallationToken>,
): Caller {
  if (credential === null) return { kind: 'anonymous' };
  const token = tokens.get(credential);
  if (token !== undefined) {
    if (token.installation.isGone || token.expiresAt.getTime() <= Date.now()) throw badCredentials();
    return { kind: 'installation', token };
  }
  if (credential.split('.').length === 3 && !credential.startsWith('ghs_')) {
    checkAppJwt(credential, app);
    return { kind: 'app' };
  }
  throw badCredentials();
}

/** The stateless form since 2026: `ghs_<app>_<JWT>`, about 500 characters. Nobody but GitHub can read what is in it. */
export function makeToken(app: GitHubApp, installation: number, expiresAt: Date): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(expiresAt.getTime() / 1000);
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({
    iss: 'loopback',
    installation,
    exp: seconds,
    jti: randomBytes(180).toString('base64url'),
  })}`;
  const signature = createHmac('sha512', randomBytes(32)).update(signed).digest('base64url');
  return ['ghs', app.id, `${signed}.${signature}`].join('_');
}

/** A JWT as an App makes one: for tests of what is refused. */
export function signAppJwt(privateKey: string, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`;
}

/** docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App": RS256, iat in the past, exp at most ten minutes ahead. */
function checkAppJwt(jwt: string, app: GitHubApp): void {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const read = (part: string): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
      return typeof value === 'object' && value !== null ? { ...value } : {};
    } catch {
      return {};
    }
  };
  const claims = read(payload);
  const isSigned = createVerify('RSA-SHA256')
    .update(`${header}.${payload}`)
    .verify(app.publicKey, Buffer.from(signature, 'base64url'));
  if (read(header)['alg'] !== 'RS256' || !isSigned)
    throw new GitHubRefusal(401, 'A JSON web token could not be decoded');
  const now = Math.floor(Date.now() / 1000);
  const [iat, exp] = [Number(claims['iat']), Number(claims['exp'])];
  if (![String(app.id), app.clientId].includes(String(claims['iss'])))
    throw new GitHubRefusal(401, "'Issuer' claim ('iss') must be an Integer or a String matching the App's");
  if (!(iat <= now))
    throw new GitHubRefusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (!(exp > now))
    throw new GitHubRefusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + 600)
    throw new GitHubRefusal(401, "'Expiration time' claim ('exp') is too far in the future");
}

const badCredentials = () => new GitHubRefusal(401, 'Bad credentials');
