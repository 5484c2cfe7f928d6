import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/app/create-log.ts';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { heldOfKey, readEnvironment } from '../../src/config/environment.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { appEnvironment, PRIVATE_KEY, SECRET, settingsOf } from './intake-setup.ts';

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

describe('readAppSettings', () => {
  it('reads what Probot reads', () => {
    expect(settingsOf()).toMatchObject({
      ...{
        appId: 4711,
        privateKey: PRIVATE_KEY,
        webhookSecrets: [SECRET],
        webhookPath: '/api/github/webhooks',
      },
      ...{ apiUrl: 'https://api.github.com', serverUrl: 'https://github.com', port: 0, host: '127.0.0.1' },
      ...{ data: '/nowhere/.local/share/code-agent', logLevel: 'info' },
    });
  });

  it('reads a key in one line, in base64 and from a file', () => {
    const file = join(tempFolder(), 'key.pem');
    writeFileSync(file, PRIVATE_KEY);
    const ways = [
      { PRIVATE_KEY: PRIVATE_KEY.replaceAll('\n', '\\n') },
      { PRIVATE_KEY: Buffer.from(PRIVATE_KEY).toString('base64') },
      { PRIVATE_KEY: '', PRIVATE_KEY_PATH: file },
    ];
    for (const way of ways) expect(settingsOf(way).privateKey).toBe(PRIVATE_KEY);
  });

  it.each([
    [{ GHE_HOST: 'git.example.com' }, 'https://git.example.com/api/v3', 'https://git.example.com'],
    [
      { GHE_HOST: 'localhost:8080', GHE_PROTOCOL: 'http' },
      'http://localhost:8080/api/v3',
      'http://localhost:8080',
    ],
    [
      { GITHUB_API_URL: 'https://api.example.com/x/', GITHUB_SERVER_URL: 'https://example.com' },
      'https://api.example.com/x',
      'https://example.com',
    ],
  ])('%j', (env: Record<string, string>, apiUrl: string, serverUrl: string) =>
    expect(settingsOf(env)).toMatchObject({ apiUrl, serverUrl }),
  );

  it('takes two secrets while one takes the place of the other', () => {
    const before = 'another 0123456789 long and mixed enough';
    expect(settingsOf({ WEBHOOK_SECRET_PREVIOUS: before }).webhookSecrets).toEqual([SECRET, before]);
  });

  const cut = PRIVATE_KEY.slice(0, 400);
  it.each([
    [{ APP_ID: '' }, 'APP_ID is not set'],
    [{ APP_ID: 'Iv1.abc' }, 'APP_ID is no number'],
    [{ APP_ID: '0' }, 'APP_ID is no number'],
    [{ PRIVATE_KEY: '' }, 'neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set'],
    [{ PRIVATE_KEY: cut }, 'PRIVATE_KEY holds no RSA private key in PEM, or is cut off'],
    [{ PRIVATE_KEY: 'no key at all' }, 'PRIVATE_KEY holds no RSA private key'],
    [{ PRIVATE_KEY: ecKey }, 'PRIVATE_KEY holds no RSA private key'],
    [{ PRIVATE_KEY: '', PRIVATE_KEY_PATH: '/nowhere/key.pem' }, '/nowhere/key.pem cannot be read (ENOENT)'],
    [{ WEBHOOK_SECRET: '' }, 'WEBHOOK_SECRET is not set'],
    [{ WEBHOOK_SECRET: 'development' }, 'WEBHOOK_SECRET is too short'],
    [{ WEBHOOK_SECRET: SECRET.slice(0, 31) }, 'WEBHOOK_SECRET is too short: 32 bytes are needed'],
    [{ WEBHOOK_SECRET: 'a'.repeat(64) }, 'WEBHOOK_SECRET can be guessed'],
    [{ WEBHOOK_SECRET: 'abcabcabc'.repeat(8) }, 'WEBHOOK_SECRET can be guessed'],
    [{ WEBHOOK_SECRET: `development${'0123456789abcdef'.repeat(2)}` }, 'WEBHOOK_SECRET can be guessed'],
    [{ WEBHOOK_SECRET_PREVIOUS: 'short' }, 'WEBHOOK_SECRET_PREVIOUS is too short'],
    [{ GHE_HOST: 'https://git.example.com' }, 'GHE_HOST is no host'],
    [{ GHE_HOST: 'git.example.com', GHE_PROTOCOL: 'http' }, 'is not https'],
    [{ GHE_HOST: '127.0.0.1.example.com', GHE_PROTOCOL: 'http' }, 'is not https'],
    [{ GHE_HOST: 'x', GHE_PROTOCOL: 'ftp' }, 'GHE_PROTOCOL is neither https nor http'],
    [{ GITHUB_API_URL: 'https://x' }, 'GITHUB_API_URL is set, and GITHUB_SERVER_URL is not'],
    [{ GITHUB_API_URL: 'http://10.0.0.1', GITHUB_SERVER_URL: 'https://x' }, 'is not https'],
    [{ GITHUB_API_URL: 'https://me:pw@x', GITHUB_SERVER_URL: 'https://x' }, 'has a user or a password in it'],
    [{ GITHUB_API_URL: 'x', GITHUB_SERVER_URL: 'https://x' }, 'GITHUB_API_URL is no URL'],
    [{ PORT: '70000' }, 'PORT is no number of a port'],
    [{ PORT: '80a' }, 'PORT is no number of a port'],
    [{ WEBHOOK_PATH: 'hooks' }, 'WEBHOOK_PATH is no path'],
    [{ WEBHOOK_PATH: '/health' }, 'WEBHOOK_PATH is no path'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is not one of'],
    [{ HOME: '' }, 'CODE_AGENT_DATA is not set, and there is no home'],
  ])('refuses %j', (env: Record<string, string>, message) => {
    const refused = failureOf(() => settingsOf(env));
    expect(refused.exitCode).toBe(2);
    expect(refused.message).toContain(message);
    expect(refused.advice).toMatch(/\S/);
    const shown = `${refused.message} ${refused.advice} ${refused.stack} ${refused.cause}`;
    for (const name of ['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS', 'PRIVATE_KEY'])
      if ((env[name] ?? '').length > 12) expect(shown).not.toContain(env[name]?.slice(0, 12));
    expect(shown).not.toContain('me:pw');
  });
});

describe('what must not be shown', () => {
  it('is known, in the form in which it stands in a key', () => {
    const environment = readEnvironment(
      appEnvironment({ HOME: '/x', WEBHOOK_SECRET_PREVIOUS: `previous ${SECRET}` }),
    );
    const content = PRIVATE_KEY.split('\n').slice(1, -2).join('');
    expect(environment.held).toEqual([SECRET, `previous ${SECRET}`, content]);
    const inLine = PRIVATE_KEY.replaceAll('\n', '\\n');
    expect(heldOfKey(inLine)).toEqual([content]);
    const base64 = Buffer.from(inLine).toString('base64');
    expect(heldOfKey(base64)).toEqual([content, base64]);
    const file = join(tempFolder(), 'key.pem');
    writeFileSync(file, PRIVATE_KEY);
    expect(settingsOf({ PRIVATE_KEY: '', PRIVATE_KEY_PATH: file }).held).toEqual([SECRET, content]);
  });

  it('is in no line of the log, nor is what hangs on an error', () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    for (const isForPerson of [true, false]) {
      const log = createLog({ level: 'info', held: settingsOf().held, write, isForPerson });
      log.debug({}, 'not said');
      log.info({ some: SECRET }, `with ${SECRET} in it`);
      const cause = Object.assign(new Error(`cause ${SECRET}`), { code: 'ECODE' });
      const err = Object.assign(new AggregateError([cause], 'several', { cause }), {
        event: { payload: 'a payload' },
      });
      log.error({ err }, 'failed\u001b[31m');
    }
    expect(lines).toHaveLength(4);
    const text = lines.join('');
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('a payload');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('ECODE');
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ level: 'error', err: { message: 'several' } });
  });
});

function failureOf(work: () => unknown): CodeAgentError {
  try {
    work();
  } catch (error) {
    if (error instanceof CodeAgentError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
