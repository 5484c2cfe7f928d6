/** Where a connection is to lead. */
export interface Target {
  /** In small letters, without a dot at its end. */
  readonly host: string;
  readonly port: number;
}

const HTTPS = 443;
const HTTP = 80;

/** Says whether a target is one of a list like `registry.npmjs.org`, `npm.example.com:8443`: to the letter, no part of a name counts. */
export function allowedHosts(hosts: readonly string[]): {
  /** By CONNECT: without a port in the list it is that of HTTPS. */
  tunnel(target: Target): boolean;
  /** By a request for `http://`: without a port in the list it is that of HTTP. */
  plain(target: Target): boolean;
} {
  const names = new Set(hosts);
  const allows = ({ host, port }: Target, usual: number): boolean =>
    names.has(`${host}:${port}`) || (port === usual && names.has(host));
  return { tunnel: (target) => allows(target, HTTPS), plain: (target) => allows(target, HTTP) };
}

/** Of CONNECT: `registry.npmjs.org:443`. Null for whatever is more or less than a name and a port. */
export function authorityTarget(text: string): Target | null {
  const [, host, port] = /^([a-z0-9._-]{1,253}):([1-9]\d{0,4})$/i.exec(text) ?? [];
  return host === undefined ? null : { host: plainHost(host), port: Number(port) };
}

/** Of a request to a proxy: `http://registry.npmjs.org/left-pad`, with what to ask the host for. Null for anything else. */
export function absoluteTarget(text: string): (Target & { readonly path: string }) | null {
  if (!/^http:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { hostname, port, username, password, pathname, search } = new URL(text);
  if (username !== '' || password !== '') return null;
  return {
    host: plainHost(hostname),
    port: port === '' ? HTTP : Number(port),
    path: `${pathname}${search}`,
  };
}

const plainHost = (host: string): string => host.toLowerCase().replace(/\.$/, '');
