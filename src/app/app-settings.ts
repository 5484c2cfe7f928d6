import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type AppEnvironment, type Environment, heldOfKey } from '../config/environment.ts';
import { rsaKey } from '../github/rsa-key.ts';
import { parseServerAddress } from '../github/server-address.ts';

/** What the GitHub App runs with. */
export interface AppSettings {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** What GitHub signs webhooks with, and behind it what it signed with before. */
  readonly webhookSecrets: readonly [string, ...string[]];
  /** `https://api.github.com`, or `https://<host>/api/v3`; no slash at its end. */
  readonly apiUrl: string;
  /** `https://github.com`; no slash at its end. */
  readonly serverUrl: string;
  readonly host: string;
  readonly port: number;
  readonly webhookPath: string;
  /** A folder of this machine: mirrors of repositories, and the embedded database. */
  readonly data: string;
  readonly logLevel: LogLevel;
  /** All of these that must not be shown, in any form. */
  readonly held: readonly string[];
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Reads the settings. Throws with exit code 2 when one is missing or is not what it must be; says which, and how to mend it, and
 * never what it holds.
 */
export function readAppSettings({ app, home, held }: Environment): AppSettings {
  const privateKey = readKey(app);
  const { apiUrl, serverUrl } = readServer(app);
  return {
    appId: readAppId(app.appId),
    privateKey,
    webhookSecrets: readSecrets(app),
    apiUrl,
    serverUrl,
    host: app.host ?? 'localhost',
    port: readPort(app.port),
    webhookPath: readPath(app.webhookPath),
    data: readData(app.data, home),
    logLevel: readLogLevel(app.logLevel),
    held: [...new Set([...held, ...heldOfKey(privateKey)])],
  };
}

function readAppId(text: string | null): number {
  if (text === null)
    throw refusal('APP_ID is not set', 'It is the number on the page of the GitHub App, "App ID".');
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw refusal('APP_ID is no number', 'It is "App ID" on the page of the GitHub App, not the client ID.');
  return Number(text);
}

const MAKE_KEY = 'The page of the GitHub App makes one: "Private keys", "Generate a private key".';

function readKey({ privateKey, privateKeyPath }: AppEnvironment): string {
  if (privateKey !== null) return asRsa(privateKey, 'PRIVATE_KEY');
  if (privateKeyPath === null) throw refusal('neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set', MAKE_KEY);
  try {
    return asRsa(readFileSync(privateKeyPath, 'utf8'), 'the file that PRIVATE_KEY_PATH names');
  } catch (cause) {
    if (cause instanceof CodeAgentError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw refusal(`PRIVATE_KEY_PATH: ${privateKeyPath} cannot be read${code}`, MAKE_KEY);
  }
}

function asRsa(text: string, from: string): string {
  const key = rsaKey(text);
  if (key === null) throw refusal(`${from} holds no RSA private key in PEM, or is cut off`, MAKE_KEY);
  return key;
}

const SHORTEST_SECRET = 32;
const MAKE_SECRET = `Make one with \`openssl rand -hex 32\`, and give the same one to the GitHub App ("Webhook secret") and to WEBHOOK_SECRET.`;

/** Probot takes "development" where none is set, also in production: whoever knows that could send anything. */
function readSecrets({ webhookSecret, previousWebhookSecret }: AppEnvironment): [string, ...string[]] {
  if (webhookSecret === null) throw refusal('WEBHOOK_SECRET is not set', MAKE_SECRET);
  const secrets: [string, ...string[]] = [webhookSecret];
  refuseWeak(webhookSecret, 'WEBHOOK_SECRET');
  if (previousWebhookSecret !== null) {
    refuseWeak(previousWebhookSecret, 'WEBHOOK_SECRET_PREVIOUS');
    secrets.push(previousWebhookSecret);
  }
  return secrets;
}

function refuseWeak(secret: string, name: string): void {
  const bytes = Buffer.byteLength(secret);
  if (bytes < SHORTEST_SECRET)
    throw refusal(`${name} is too short: ${SHORTEST_SECRET} bytes are needed`, MAKE_SECRET);
  // One word over and over, or hardly any characters at all.
  if (
    /^(.{1,16}?)\1+.{0,15}$/s.test(secret) ||
    new Set(secret).size < 8 ||
    /development|change.?me|secret/i.test(secret)
  )
    throw refusal(`${name} can be guessed`, MAKE_SECRET);
}

/** GitHub's own when nothing is set. `GHE_HOST` is that of a GitHub Enterprise Server, whose API is below /api/v3. */
function readServer({ gheHost, gheProtocol, apiUrl, serverUrl }: AppEnvironment) {
  if (gheProtocol !== null && gheProtocol !== 'https' && gheProtocol !== 'http')
    throw refusal('GHE_PROTOCOL is neither https nor http', 'It is https when it is not set.');
  const enterprise = gheHost === null ? null : `${gheProtocol ?? 'https'}://${gheHost}`;
  if (gheHost !== null && !/^[a-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:]+\](?::\d+)?$/i.test(gheHost))
    throw refusal('GHE_HOST is no host', 'It looks like github.example.com, without https:// before it.');
  if (enterprise === null && (apiUrl === null) !== (serverUrl === null))
    throw refusal(
      `${apiUrl === null ? 'GITHUB_SERVER_URL' : 'GITHUB_API_URL'} is set, and ${apiUrl === null ? 'GITHUB_API_URL' : 'GITHUB_SERVER_URL'} is not`,
      'Set both, or GHE_HOST, or none of them for github.com.',
    );
  return {
    apiUrl: parseServerAddress(
      apiUrl ?? (enterprise === null ? 'https://api.github.com' : `${enterprise}/api/v3`),
      'GITHUB_API_URL',
    ),
    serverUrl: parseServerAddress(serverUrl ?? enterprise ?? 'https://github.com', 'GITHUB_SERVER_URL'),
  };
}

/** As Probot's. */
function readPort(text: string | null): number {
  if (text === null) return 3000;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw refusal('PORT is no number of a port', 'It is 3000 when it is not set; 0 is any that is free.');
}

function readPath(text: string | null): string {
  const path = text ?? '/api/github/webhooks';
  if (/^(?:\/[\w.~-]+)+$/.test(path) && path !== '/health' && path !== '/ready') return path;
  throw refusal('WEBHOOK_PATH is no path for webhooks', 'It is /api/github/webhooks when it is not set.');
}

function readData(text: string | null, home: string | null): string {
  if (text !== null) return text;
  if (home !== null) return join(home, '.local', 'share', 'code-agent');
  throw refusal(
    'CODE_AGENT_DATA is not set, and there is no home',
    'It is the folder for copies of repositories.',
  );
}

function readLogLevel(text: string | null): LogLevel {
  const level = LOG_LEVELS.find((one) => one === (text ?? 'info'));
  if (level === undefined)
    throw refusal(`LOG_LEVEL is not one of ${LOG_LEVELS.join(', ')}`, 'It is info when it is not set.');
  return level;
}

const refusal = (message: string, advice: string): CodeAgentError =>
  new CodeAgentError(message, { exitCode: EXIT.usage, advice });
