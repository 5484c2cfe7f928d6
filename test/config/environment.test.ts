import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { readEnvironment } from '../../src/config/environment.ts';

const NOT_ENCODED = '%zz-not-encoded';

describe('readEnvironment', () => {
  it('says nothing of an empty environment', () => {
    expect(readEnvironment({}, 'linux')).toEqual({
      disabled: false,
      failOn: null,
      color: 'auto',
      ci: false,
      huskyDisabled: false,
      userConfigPath: null,
      home: null,
      models: { anthropicKey: null, anthropicBaseUrl: null, openaiKey: null, openaiBaseUrl: null },
      databaseUrl: null,
      app: {
        appId: null,
        privateKey: null,
        privateKeyPath: null,
        webhookSecret: null,
        previousWebhookSecret: null,
        gheHost: null,
        gheProtocol: null,
        apiUrl: null,
        serverUrl: null,
        port: null,
        host: null,
        webhookPath: null,
        data: null,
        logLevel: null,
      },
      held: [],
    });
  });

  it('takes an empty variable as one that is not set', () => {
    const empty = {
      CODE_AGENT: '',
      CODE_AGENT_FAIL_ON: '',
      NO_COLOR: '',
      FORCE_COLOR: '',
      CI: '',
      HUSKY: '',
    };
    expect(readEnvironment(empty, 'linux')).toEqual(readEnvironment({}, 'linux'));
  });

  it('holds keys, and a password of a database that is no common word', () => {
    const { held } = readEnvironment({
      ...{ ANTHROPIC_API_KEY: 'key of claude', OPENAI_API_KEY: 'key of another' },
      DATABASE_URL: `postgres://me:${encodeURIComponent('correct horse battery')}@host/db`,
    });
    expect(held).toEqual(['key of claude', 'key of another', 'correct horse battery']);
  });

  it.each([
    [{ DATABASE_URL: 'postgres://h/d' }, { databaseUrl: 'postgres://h/d' }],
    [{ DATABASE_URL: 'postgresql://h/d' }, { databaseUrl: 'postgresql://h/d' }],
    [{ DATABASE_URL: 'mysql://h/d' }, { databaseUrl: null }],
    [{ DATABASE_URL: 'file:./dev.db' }, { databaseUrl: null }],
    [
      { DATABASE_URL: 'postgres://h/d', CODE_AGENT_DATABASE_URL: 'postgres://h/e' },
      { databaseUrl: 'postgres://h/e' },
    ],
    [{ DATABASE_URL: 'postgres://me:postgres@h/d' }, { held: [] }],
    [{ DATABASE_URL: `postgres://me:${NOT_ENCODED}@h/d` }, { held: [NOT_ENCODED] }],
    [{ CODE_AGENT: '0' }, { disabled: true }],
    [{ CODE_AGENT: '1' }, { disabled: false }],
    [{ CODE_AGENT_FAIL_ON: 'warning' }, { failOn: 'warning' }],
    [
      { CODE_AGENT: '0', CODE_AGENT_FAIL_ON: 'nonsense' },
      { disabled: true, failOn: null },
    ],
    [{ HUSKY: '0' }, { huskyDisabled: true }],
    [{ HUSKY: '1' }, { huskyDisabled: false }],
    [{ CI: 'true' }, { ci: true }],
    [{ CI: '1' }, { ci: true }],
    [{ CI: 'false' }, { ci: false }],
    [{ CI: '0' }, { ci: false }],
    [{ NO_COLOR: '1' }, { color: 'never' }],
    [{ NO_COLOR: '0' }, { color: 'never' }],
    [{ TERM: 'dumb' }, { color: 'never' }],
    [{ TERM: 'xterm' }, { color: 'auto' }],
    [{ FORCE_COLOR: '1' }, { color: 'always' }],
    [{ FORCE_COLOR: 'true', NO_COLOR: '1' }, { color: 'always' }],
    [{ FORCE_COLOR: '0' }, { color: 'never' }],
    [{ FORCE_COLOR: 'false' }, { color: 'never' }],
  ])('%j', (env, expected) => expect(readEnvironment(env, 'linux')).toMatchObject(expected));

  it.each([
    ['linux', { HOME: '/h' }, '/h/.config/code-agent/config.yml'],
    ['darwin', { HOME: '/h', XDG_CONFIG_HOME: '/x' }, '/x/code-agent/config.yml'],
    ['linux', { HOME: '/h', XDG_CONFIG_HOME: 'x' }, '/h/.config/code-agent/config.yml'],
    ['linux', { HOME: '/h', APPDATA: '/a' }, '/h/.config/code-agent/config.yml'],
    ['win32', { HOME: 'C:\\h', APPDATA: 'C:\\a' }, 'C:\\a\\code-agent\\config.yml'],
    ['win32', { HOME: 'C:\\h' }, 'C:\\h\\.config\\code-agent\\config.yml'],
    ['linux', { HOME: 'h' }, null],
  ] as const)('on %s with %j the user file is %s', (platform, env, path) => {
    expect(readEnvironment(env, platform).userConfigPath).toBe(path);
  });

  it.each([
    [{ CODE_AGENT: 'off' }, 'CODE_AGENT: expected 0 or 1, got "off".'],
    [
      { CODE_AGENT_FAIL_ON: 'none' },
      'CODE_AGENT_FAIL_ON: expected error, warning, info or never, got "none".',
    ],
  ])('refuses %j', (env, message) => {
    expect(() => readEnvironment(env, 'linux')).toThrow(
      expect.objectContaining({ name: CodeAgentError.name, message, exitCode: 2 }),
    );
  });
});
