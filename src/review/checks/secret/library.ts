import type { SecretLintRuleContext, SecretLintSourceCode } from '@secretlint/types';
import { isStandIn, isTyped } from './placeholder.ts';
import type { SecretSpan } from './secret-span.ts';

/**
 * Rules of secretlint's recommended preset that are not run, and why.
 *
 * - filter-comments: lets the text under review switch the other rules off.
 * - gcp: reads `.p12` files from the working tree, and otherwise finds JSON files that hold a private key.
 * - privatekey, basicauth, database-connection-string, aws: `private-keys.ts`, `url-credentials.ts` and
 *   `assigned-secrets.ts` find all that they do and more, and know which hosts and passwords are placeholders.
 * - sendgrid: takes time in the square of the length of a text that is made to that end. Our table has the format.
 */
const LEFT_OUT = new Set(
  ['filter-comments', 'gcp', 'privatekey', 'basicauth', 'database-connection-string', 'aws', 'sendgrid'].map(
    (name) => `@secretlint/secretlint-rule-${name}`,
  ),
);

/** What the library calls its message, and what we call the secret. */
const NAMES: Readonly<Record<string, string>> = {
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

/** What a rule that is run may hit on and `mayHoldToken` does not ask for. */
const OTHER_BEGINNINGS = /x-oauth-basic|[kK]\.[cC][oO][mM]\/[sS]/;

/** Whether a rule of the library may hit where `mayHoldToken` says that there is nothing. */
export const mayConcernLibrary = (text: string): boolean => OTHER_BEGINNINGS.test(text);

/** What the library's rules find in the text. Loads the library: ask whether it may find anything first. */
export async function librarySecrets(text: string): Promise<SecretSpan[]> {
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
      // The range of one rule begins where the match does and has the length of the value in it.
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

/** `xoxb-the-bots-token`, `${GITHUB_TOKEN}`: every token that these rules know is long, has digits and no such signs. */
const isMadeUp = (value: string): boolean =>
  value.length < 20 || !/[0-9]/.test(value) || /[\s${}<>*]/.test(value) || isStandIn(value) || isTyped(value);

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
