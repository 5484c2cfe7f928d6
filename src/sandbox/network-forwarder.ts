/** Of the folder that leads to an allowed network. */
export const SOCKET = 'socket';
export const FORWARDER = 'forward.cjs';

/**
 * A program for the node that a command finds in its sandbox: runs its argument with sh, as itself, where the usual variables name a
 * proxy. Each connection to that proxy, which listens on the loopback of the sandbox, is one to the socket beside this file.
 *
 * By a relative name: the path of a socket has at most 107 bytes (unix(7)). npm's own variables stand above a `.npmrc`; Yarn from 2 on
 * knows no others than its own. What the machine trusts is trusted too: node and pip bring certificates of their own, and a network of a
 * company may have others.
 */
export const FORWARDER_SOURCE = `'use strict';
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { constants } = require('node:os');
const cwd = process.cwd();
process.chdir(__dirname);
const server = createServer((inner) => {
  const outer = connect('${SOCKET}');
  for (const [one, other] of [[inner, outer], [outer, inner]]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
});
server.listen(0, '127.0.0.1', () => {
  const proxy = 'http://127.0.0.1:' + server.address().port;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'npm_config_proxy', 'npm_config_https_proxy', 'YARN_HTTP_PROXY', 'YARN_HTTPS_PROXY'];
  const env = { ...process.env, NO_PROXY: '', no_proxy: '', npm_config_noproxy: '' };
  for (const name of names) env[name] = proxy;
  const trusted = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'].find(existsSync);
  if (trusted !== undefined) env.NODE_EXTRA_CA_CERTS = env.PIP_CERT = trusted;
  const child = spawn('/bin/sh', ['-c', process.argv[2]], { cwd, env, stdio: 'inherit' });
  child.on('error', (error) => { console.error(error.message); process.exit(126); });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
});
`;
