import type { SecretLintRuleContext, SecretLintSourceCode } from '@secretlint/types';
import { isStandIn, isTyped } from './placeholder.ts';
import type { SecretSpan } from './secret-span.ts';
import { mayHoldToken } from './tokens.ts';

/**
 * Rules of secretlint's recommended preset that are not run, and why.
 *
 * - filter-comments: lets the text under review switch the other rules off.
 * - gcp: reads `.p12` files from the working tree, and otherwise finds JSON files that hold a private key.
 * - privatekey, basicauth, database-connection-string: `private-keys.ts` and `url-credentials.ts` find all that they
 *   do and more, and know which hosts and passwords are placeholders.
 * - sendgrid: takes time in the square of the length of a text that is made to that end. Our table has the format.
 */
const LEFT_OUT = new Set(
  ['filter-comments', 'gcp', 'privatekey', 'basicauth', 'database-connection-string', 'sendgrid'].map(
    (name) => `@secretlint/secretlint-rule-${name}`,
  ),
);

/** What the library calls its message, and what we call the secret. */
const NAMES: Readonly<Record<string, string>> = {
  AWSSecretAccessKey: 'AWS secret access key',
  PackageJSON_xOauthToken: 'GitHub OAuth access token',
  NPM_ACCESS_TOKEN: 'npm access token',
  SLACK_TOKEN: 'Slack token',
  IncomingWebhook: 'Slack webhook',
  SHOPIFY_KEY: 'Shopify token',
  GITHUB_TOKEN: 'GitHub token',
  OPENAI_TOKEN: 'OpenAI API key',
  ANTHROPIC_API_KEY: 'Anthropic API key',
  LINEAR_API_TOKEN: 'Linear API key',
  OPS_TOKEN: '1Password service account token',
};

/** What a rule that is run may hit on and {@link mayHoldToken} does not ask for. */
const OTHER_BEGINNINGS = /x(?:ox[abopr]|app)-|x-oauth-basic|(?:CCESS|ccess)_?[Kk]|[kK]\.[cC][oO][mM]\/[sS]/;

/** Whether a rule of the library can hit anything in the text. False: loading it would be for nothing. */
export const mayConcernLibrary = (text: string): boolean => mayHoldToken(text) || OTHER_BEGINNINGS.test(text);

/** What the library's rules find in the text. Loads the library, if the text may hold something for it. */
export async function librarySecrets(text: string): Promise<SecretSpan[]> {
  if (!mayConcernLibrary(text)) return [];
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend');
  const spans: SecretSpan[] = [];
  const source = sourceCode(text);
  for (const rule of rules) {
    if (LEFT_OUT.has(rule.meta.id)) continue;
    await rule
      .create(
        context(text, (span) => spans.push(span)),
        {},
      )
      .file?.(source);
  }
  return spans;
}

/**
 * The rules are driven by their own interface and not by @secretlint/core, which takes 27 ms to load, keeps a
 * process-wide performance observer and compares each message with each: 54 s for 20,000 tokens.
 */
function context(text: string, report: (span: SecretSpan) => void): SecretLintRuleContext {
  return {
    sharedOptions: {},
    createTranslator: () => (messageId, data) => ({ message: '', messageId: String(messageId), data }),
    report({ message: { messageId, data }, range: [from] }) {
      const value: unknown = Object.values(data ?? {})[0];
      if (typeof value !== 'string')
        throw new TypeError(`secretlint reported ${messageId} without its value`);
      // The ranges of two rules begin where the match does and have the length of the value in it.
      const start = text.indexOf(value, from);
      if (isMadeUp(value)) return;
      report({
        start,
        end: start + value.length,
        name: NAMES[messageId] ?? 'Credential',
        certainty: 'proven',
      });
    },
    ignore() {},
  };
}

/** `xoxb-the-bots-token`, `${GITHUB_TOKEN}`: every token that these rules know has digits and no such signs. */
const isMadeUp = (value: string): boolean =>
  !/[0-9]/.test(value) || /[\s${}<>*]/.test(value) || isStandIn(value) || isTyped(value);

/** Without a path: rules that look at it then look at everything. */
function sourceCode(content: string): SecretLintSourceCode {
  const noPlaces = (): never => {
    throw new TypeError('a rule of secretlint asked for lines and columns');
  };
  return {
    content,
    contentType: 'text',
    hasBOM: false,
    ext: '',
    filePath: undefined,
    physicalFilePath: undefined,
    getFilePath: () => undefined,
    getPhysicalFilePath: () => undefined,
    indexToPosition: noPlaces,
    positionToIndex: noPlaces,
    locationToRange: noPlaces,
    rangeToLocation: noPlaces,
  };
}
