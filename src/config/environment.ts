import { posix, win32 } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { FailOn } from '../review/review.ts';
import { parseFailOn } from './config.ts';

/** All that the environment says to us. */
export interface Environment {
  /** `CODE_AGENT=0`: the hooks do nothing. */
  readonly disabled: boolean;
  /** `CODE_AGENT_FAIL_ON`. */
  readonly failOn: FailOn | null;
  /** `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`. `auto`: when it goes to a terminal. */
  readonly color: 'always' | 'never' | 'auto';
  /** A CI service runs us: nobody is there to answer. */
  readonly ci: boolean;
  /** `HUSKY=0`: husky's hooks do nothing, so ours that hang on them do not run. */
  readonly huskyDisabled: boolean;
  /** Where the user's own configuration file may be. Null when the environment names no home. */
  readonly userConfigPath: string | null;
  /** The user's home folder. */
  readonly home: string | null;
  /** Keys and servers of models. */
  readonly models: ModelEnvironment;
  /**
   * `CODE_AGENT_DATABASE_URL`, else `DATABASE_URL`: where sessions are moved to. Holds a password: never shown. The first
   * is for those whose own program has the second; one that is not PostgreSQL's is such a program's.
   */
  readonly databaseUrl: string | null;
  /** What the GitHub App is told. */
  readonly app: AppEnvironment;
  /** Keys and passwords among these: nothing that leaves this machine or is kept may hold one. */
  readonly held: readonly string[];
}

/** `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`. Keys are never shown. */
export interface ModelEnvironment {
  readonly anthropicKey: string | null;
  readonly anthropicBaseUrl: string | null;
  readonly openaiKey: string | null;
  readonly openaiBaseUrl: string | null;
}

/**
 * The variables of Probot (its documentation, "Configuration"), as they are written; what they must be is looked at by
 * `readAppSettings`. The key and the secrets are never shown.
 */
export interface AppEnvironment {
  /** `APP_ID`. */
  readonly appId: string | null;
  /** `PRIVATE_KEY`: PEM, PEM in one line with `\n` in it, or either in base64. */
  readonly privateKey: string | null;
  /** `PRIVATE_KEY_PATH`. */
  readonly privateKeyPath: string | null;
  /** `WEBHOOK_SECRET`. */
  readonly webhookSecret: string | null;
  /** `WEBHOOK_SECRET_PREVIOUS`: what GitHub signed with until it was changed. */
  readonly previousWebhookSecret: string | null;
  /** `GHE_HOST`, `GHE_PROTOCOL`. */
  readonly gheHost: string | null;
  readonly gheProtocol: string | null;
  /** `GITHUB_API_URL`, `GITHUB_SERVER_URL`. */
  readonly apiUrl: string | null;
  readonly serverUrl: string | null;
  /** `PORT`, `HOST`, `WEBHOOK_PATH`. */
  readonly port: string | null;
  readonly host: string | null;
  readonly webhookPath: string | null;
  /** `CODE_AGENT_DATA`: the folder of mirrors and of the embedded database. */
  readonly data: string | null;
  /** `LOG_LEVEL`. */
  readonly logLevel: string | null;
}

/** The environment that we were started with, for git and for {@link readEnvironment}. Nothing else reads it. */
export const processEnvironment = (): NodeJS.ProcessEnv => process.env;

/** What the variables say. An empty one is one that is not set. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Environment {
  const read = (name: string) => env[name] || null;
  const disabled = readDisabled(read('CODE_AGENT'));
  const failOn = read('CODE_AGENT_FAIL_ON');
  const databaseUrl = read('CODE_AGENT_DATABASE_URL') ?? postgresUrl(read('DATABASE_URL'));
  const app = readApp(read);
  const keys = [read('ANTHROPIC_API_KEY'), read('OPENAI_API_KEY'), passwordOf(databaseUrl)];
  const secrets = [app.webhookSecret, app.previousWebhookSecret, ...heldOfKey(app.privateKey)];
  return {
    disabled,
    // What is switched off does not stop a commit over another variable.
    failOn: failOn === null || disabled ? null : parseFailOn(failOn, 'CODE_AGENT_FAIL_ON'),
    color: readColor(read('FORCE_COLOR'), read('NO_COLOR'), read('TERM')),
    ci: !['0', 'false', null].includes(read('CI')),
    huskyDisabled: read('HUSKY') === '0',
    userConfigPath: userConfigPath(read, platform),
    home: read('HOME') ?? read('USERPROFILE'),
    models: {
      anthropicKey: read('ANTHROPIC_API_KEY'),
      anthropicBaseUrl: read('ANTHROPIC_BASE_URL'),
      openaiKey: read('OPENAI_API_KEY'),
      openaiBaseUrl: read('OPENAI_BASE_URL'),
    },
    databaseUrl,
    app,
    held: [...keys, ...secrets].filter((key) => key !== null),
  };
}

function readApp(read: (name: string) => string | null): AppEnvironment {
  return {
    appId: read('APP_ID'),
    privateKey: read('PRIVATE_KEY'),
    privateKeyPath: read('PRIVATE_KEY_PATH'),
    webhookSecret: read('WEBHOOK_SECRET'),
    previousWebhookSecret: read('WEBHOOK_SECRET_PREVIOUS'),
    gheHost: read('GHE_HOST'),
    gheProtocol: read('GHE_PROTOCOL'),
    apiUrl: read('GITHUB_API_URL'),
    serverUrl: read('GITHUB_SERVER_URL'),
    port: read('PORT'),
    host: read('HOST'),
    webhookPath: read('WEBHOOK_PATH'),
    data: read('CODE_AGENT_DATA'),
    logLevel: read('LOG_LEVEL'),
  };
}

/**
 * What of a private key must not be shown: its content, without the lines around it, which are the same for all keys and stand in
 * many a file. `key`: as `PRIVATE_KEY` has it.
 */
export function heldOfKey(key: string | null): string[] {
  if (key === null) return [];
  const isPem = key.includes('-----BEGIN ');
  const pem = isPem ? key : Buffer.from(key, 'base64').toString('latin1');
  const content = pem
    .replaceAll('\\n', '\n')
    .replace(/-----[A-Z ]+-----/g, '')
    .replace(/\s+/g, '');
  return isPem ? [content] : [content, key];
}

const postgresUrl = (url: string | null): string | null =>
  url !== null && /^postgres(?:ql)?:\/\//.test(url) ? url : null;

/** A shorter password may be a word that stands in many files: `postgres`. */
const SHORTEST_PASSWORD = 12;

function passwordOf(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { password } = new URL(url);
  return password.length < SHORTEST_PASSWORD ? null : decode(password);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readDisabled(value: string | null): boolean {
  if (value === null || value === '1') return false;
  if (value === '0') return true;
  throw new CodeAgentError(`CODE_AGENT: expected 0 or 1, got ${JSON.stringify(value)}.`, {
    exitCode: EXIT.usage,
    advice: 'CODE_AGENT=0 switches the hooks off.',
  });
}

/** https://no-color.org, https://force-color.org. As in Node.js, what is forced wins, and 0 forces it off. */
function readColor(force: string | null, no: string | null, term: string | null): Environment['color'] {
  if (force !== null) return force === '0' || force === 'false' ? 'never' : 'always';
  return no !== null || term === 'dumb' ? 'never' : 'auto';
}

/** https://specifications.freedesktop.org/basedir-spec: a relative XDG_CONFIG_HOME is to be ignored. */
function userConfigPath(read: (name: string) => string | null, platform: NodeJS.Platform): string | null {
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix;
  const home = read('HOME');
  const folders = [
    read('XDG_CONFIG_HOME'),
    platform === 'win32' ? read('APPDATA') : null,
    home === null ? null : join(home, '.config'),
  ];
  const folder = folders.find((path) => path !== null && isAbsolute(path)) ?? null;
  return folder === null ? null : join(folder, 'code-agent', 'config.yml');
}
