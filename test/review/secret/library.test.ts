import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { findSecrets } from '../../../src/review/checks/secret/find-secrets.ts';
import { librarySecrets, mayConcernLibrary } from '../../../src/review/checks/secret/library.ts';
import { mayHoldToken } from '../../../src/review/checks/secret/tokens.ts';
import { drawn, keyLines, TOKENS } from '../../../src/review/checks/secret.cases.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALNUM = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const tokensNamed = (name: RegExp): string[] =>
  TOKENS.filter(([known]) => name.test(known)).map(([, token]) => token);

/** What each rule of the preset finds, by its documentation, in forms that our own table also knows or does not. */
const FOUND_BY_RULE: Readonly<Record<string, readonly string[]>> = {
  aws: [
    `AWS_SECRET_ACCESS_KEY=${drawn(`${ALNUM}/+`, 40)}`,
    `"SecretAccessKey" : "${drawn(`${ALNUM}/+`, 40)}"`,
    `aws_secret_access_key => '${drawn(`${ALNUM}/+`, 40)}'`,
  ],
  gcp: [JSON.stringify({ private_key_id: 'a', private_key: `${keyLines('').join('\n')}\n` })],
  privatekey: ['', 'RSA ', 'DSA ', 'EC ', 'OPENSSH '].flatMap((kind) => {
    const lines = keyLines(kind);
    const begun = kind === 'OPENSSH ' ? 'b3BlbnNzaC1rZXktdjE' : 'MII';
    const key = [lines[0], `${begun}${drawn(ALNUM, 64 - begun.length)}`, ...lines.slice(2)];
    return [key.join('\n'), key.join('\\n')];
  }),
  npm: [
    ...tokensNamed(/^npm access/),
    `npm_${drawn(`${ALNUM}_`, 36)}`,
    `git+https://${drawn('abcdef0123456789', 40)}:x-oauth-basic@github.com/a/b.git`,
  ],
  basicauth: [`https://jo:${drawn(ALNUM, 12)}@acme.io/x`, `ftp://jo:${drawn(ALNUM, 12)}@files.acme.io`],
  slack: [
    ...tokensNamed(/^Slack/)
      .filter((token) => !token.startsWith('xoxe'))
      .map((token) => (token.startsWith('hooks') ? `https://${token}` : token)),
    `xoxa-2-${drawn('0123456789', 12)}-${drawn(ALNUM, 20)}`,
    `HTTPS://HOOKS.SLACK.COM/services/T0${drawn(ALNUM, 8)}/B0${drawn(ALNUM, 8)}/${drawn(ALNUM, 24)}`,
  ],
  sendgrid: tokensNamed(/^SendGrid/),
  shopify: tokensNamed(/^Shopify/),
  github: tokensNamed(/^GitHub/).filter((token) => !token.startsWith('ghr_') && token.length <= 93),
  openai: tokensNamed(/^OpenAI/),
  anthropic: tokensNamed(/^Anthropic/).filter((token) => token.includes('api03')),
  linear: tokensNamed(/^Linear/),
  '1password': tokensNamed(/^1Password/),
  'database-connection-string': [
    `postgres://app:${drawn(ALNUM, 16)}@db.acme.io:5432/app`,
    `mysql://app:${drawn(ALNUM, 16)}@db.acme.io/app`,
    `mongodb+srv://app:${drawn(ALNUM, 16)}@c0.mongodb.net/app`,
  ],
  /** Finds nothing: it switches the others off. */
  'filter-comments': [],
};

const ruleName = (id: string): string => id.replace('@secretlint/secretlint-rule-', '');

it('has examples for every rule of the preset', () => {
  expect(rules.map((rule) => ruleName(rule.meta.id)).sort()).toEqual(Object.keys(FOUND_BY_RULE).sort());
});

describe.each(
  Object.entries(FOUND_BY_RULE).flatMap(([rule, texts]) => texts.map((text) => [rule, text] as const)),
)('what the rule %s finds', (rule, text) => {
  it('is what that rule reports', async () => {
    // The path makes the rule for Google's keys look.
    expect(await reportsOf(rule, text)).toBeGreaterThan(0);
  });

  it('is found, and in the middle of other text', async () => {
    expect(await findSecrets(text)).not.toEqual([]);
    expect(await findSecrets(`const a = 1;\n${text}\nconst b = 2;\n`)).not.toEqual([]);
  });

  it('is not kept from the library by the quick look, if the library is to find it', async () => {
    const found = await librarySecrets(text);
    expect(found.length === 0 || mayHoldToken(text) || mayConcernLibrary(text)).toBe(true);
  });
});

async function reportsOf(name: string, content: string): Promise<number> {
  let reports = 0;
  const rule = rules.find(({ meta }) => ruleName(meta.id) === name);
  const handler = rule?.create(
    {
      sharedOptions: {},
      createTranslator: () => (messageId, data) => ({ message: '', messageId: String(messageId), data }),
      report: () => {
        reports += 1;
      },
      ignore() {},
    },
    {},
  );
  const unasked = () => {
    throw new Error('not asked for');
  };
  await handler?.file?.({
    content,
    contentType: 'text',
    hasBOM: false,
    ext: name === 'gcp' ? '.json' : '',
    filePath: undefined,
    physicalFilePath: undefined,
    getFilePath: () => undefined,
    getPhysicalFilePath: () => undefined,
    indexToPosition: unasked,
    positionToIndex: unasked,
    locationToRange: unasked,
    rangeToLocation: unasked,
  });
  return reports;
}

it('gives the exact place of what only the library knows', async () => {
  const value = drawn('abcdef0123456789', 40);
  const text = `\uFEFF{\n  "x": "git+https://${value}:x-oauth-basic@github.com/a/b.git"\n}`;
  const [span] = await librarySecrets(text);
  expect(text.slice(span?.start, span?.end)).toBe(value);
});

it('does not obey comments to the library', async () => {
  const token = `npm_${drawn(`${ALNUM}_`, 35)}_`;
  const found = await librarySecrets(`// secretlint-disable\n${token} // secretlint-disable-line\n`);
  expect(found).toMatchObject([{ name: 'npm access token' }]);
});

it('does not take a template for a token', async () => {
  expect(
    await librarySecrets(
      `https://${'$'}{TOKEN_1_OF_MANY_TOKENS_X}:x-oauth-basic@github.com/ xoxb-the-token-1`,
    ),
  ).toEqual([]);
});
