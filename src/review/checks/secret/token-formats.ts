import { hasBase62Checksum } from './checksum.ts';
import type { Certainty } from './secret-span.ts';

/**
 * The published form of one kind of credential: a fact, found in the documentation of the service that issues it.
 *
 * `prefix` and `body` are regular expressions without groups that capture and without look-around, every repeat
 * bounded. A token is a prefix and its body, with no letter or digit on either side.
 */
export interface TokenFormat {
  /** Begins a sentence. */
  readonly name: string;
  readonly prefix: string;
  readonly body: string;
  /**
   * What to look for first. Absent: the prefix, which then ends in one of `-_.:~$` and is followed by fourteen or
   * more of `A-Za-z0-9_+/=.~-`. Present: a rare text that every token of this format contains.
   */
  readonly anchor?: string;
  /** Absent: proven. `likely` where the credential opens little, or where the form alone does not prove it. */
  readonly certainty?: Certainty;
  /** Also has no `-` or `_` in front. For a long body, so that a text of nothing but beginnings stays linear. */
  readonly apart?: boolean;
  /** What the form cannot say as an expression. A token that fails it is none. */
  readonly accepts?: (token: string) => boolean;
  /** The token proves itself: it counts even where it looks like one made up. Failing says nothing. */
  readonly proves?: (body: string) => boolean;
}

/** `count` or, with `most`, that many to `most` characters of the classes. */
const of = (classes: string, count: number, most?: number): string =>
  `[${classes}]{${count}${most === undefined ? '' : `,${most}`}}`;

const ALNUM = 'A-Za-z0-9';
const WORD = 'A-Za-z0-9_-';
const BASE64 = 'A-Za-z0-9+/';
const HEX = '0-9a-f';
const UUID = `${of(HEX, 8)}-${of(HEX, 4)}-${of(HEX, 4)}-${of(HEX, 4)}-${of(HEX, 12)}`;

const decoded = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString('latin1');

/** RFC 7519: header and payload are JSON objects. A token with the role `anon` (Supabase) is made to be published. */
function isSecretWebToken(token: string): boolean {
  const [header, payload] = token.split('.').map(decoded);
  return (
    header !== undefined &&
    payload !== undefined &&
    /^\{.*"alg"\s?:/s.test(header) &&
    payload.startsWith('{') &&
    !/"role"\s?:\s?"anon"|"name"\s?:\s?"John Doe"|"sub"\s?:\s?"1234567890"/.test(payload)
  );
}

/** The first part of a bot's token is the bot's number in base 64. https://discord.com/developers/docs/reference */
const isDiscordToken = (token: string): boolean => /^\d{17,20}$/.test(decoded(token.split('.')[0]));

/** More specific formats stand before those that they are a case of. */
export const TOKEN_FORMATS: readonly TokenFormat[] = [
  // https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
  {
    name: 'GitHub personal access token',
    prefix: 'ghp_',
    body: of(ALNUM, 36, 251),
    proves: hasBase62Checksum,
  },
  { name: 'GitHub OAuth access token', prefix: 'gho_', body: of(ALNUM, 36, 251), proves: hasBase62Checksum },
  {
    name: 'GitHub user-to-server token',
    prefix: 'ghu_',
    body: of(ALNUM, 36, 251),
    proves: hasBase62Checksum,
  },
  // The stateless ones hold dots and dashes, and are longer.
  {
    name: 'GitHub server-to-server token',
    prefix: 'ghs_',
    body: `${of('A-Za-z0-9._-', 35, 2000)}[A-Za-z0-9_-]`,
    proves: hasBase62Checksum,
  },
  { name: 'GitHub refresh token', prefix: 'ghr_', body: of(ALNUM, 36, 251), proves: hasBase62Checksum },
  {
    name: 'GitHub fine-grained personal access token',
    prefix: 'github_pat_',
    body: of('A-Za-z0-9_', 70, 244),
  },

  // https://docs.gitlab.com/security/tokens/#token-prefixes; routable tokens add a part for the cell and a checksum.
  {
    name: 'GitLab personal access token',
    prefix: 'glpat-',
    body: `${of(WORD, 20, 310)}(?:\\.${of('0-9a-z', 2)}\\.${of('0-9a-z', 9)})?`,
  },
  { name: 'GitLab OAuth application secret', prefix: 'gloas-', body: of(WORD, 64) },
  { name: 'GitLab deploy token', prefix: 'gldt-', body: of(WORD, 20, 64) },
  {
    name: 'GitLab runner token',
    prefix: 'glrtr?-',
    body: `${of(WORD, 20, 310)}(?:\\.${of('0-9a-z', 2)}\\.${of('0-9a-z', 9)})?`,
  },
  { name: 'GitLab CI job token', prefix: 'glcbt-', body: of(WORD, 20, 64) },
  { name: 'GitLab pipeline trigger token', prefix: 'glptt-', body: of(WORD, 20, 64) },
  { name: 'GitLab feed token', prefix: 'glft-', body: of(WORD, 20, 64) },
  { name: 'GitLab incoming mail token', prefix: 'glimt-', body: of(WORD, 20, 64) },
  { name: 'GitLab agent token', prefix: 'glagent-', body: of(WORD, 40, 64) },
  { name: 'GitLab SCIM token', prefix: 'glsoat-', body: of(WORD, 20, 64) },
  { name: 'GitLab feature flags token', prefix: 'glffct-', body: of(WORD, 20, 64) },
  { name: 'GitLab runner registration token', prefix: 'GR1348941', body: of(WORD, 20), anchor: 'GR1348941' },

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  {
    name: 'AWS access key id',
    prefix: 'A(?:KIA|SIA|BIA|CCA)',
    body: of('A-Z0-9', 16),
    anchor: 'A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}',
  },
  {
    name: 'Amazon Bedrock API key',
    prefix: 'ABSK',
    body: `${of(BASE64, 109, 269)}={0,2}`,
    anchor: 'ABSK',
  },
  { name: 'Amazon MWS token', prefix: 'amzn\\.mws\\.', body: UUID },

  { name: 'Google API key', prefix: 'AIza', body: of(WORD, 35), anchor: 'AIza[\\w-]' },
  { name: 'Google OAuth client secret', prefix: 'GOCSPX-', body: of(WORD, 28) },
  { name: 'Google OAuth access token', prefix: 'ya29\\.', body: of(WORD, 20, 400) },
  { name: 'Firebase Cloud Messaging server key', prefix: `AAAA${of(WORD, 7)}:`, body: of(WORD, 140) },

  // https://api.slack.com/authentication/token-types
  { name: 'Slack token', prefix: 'xoxe\\.xox[bp]-', body: of(`${ALNUM}-`, 20, 300) },
  { name: 'Slack token', prefix: 'xox[a-z]-', body: of(`${ALNUM}-`, 20, 300) },
  { name: 'Slack app-level token', prefix: 'xapp-', body: of(`${ALNUM}-`, 20, 300) },

  // https://docs.stripe.com/keys
  { name: 'Stripe secret key', prefix: '[sr]k_live_', body: of(ALNUM, 16, 247) },
  { name: 'Stripe test key', prefix: '[sr]k_test_', body: of(ALNUM, 16, 247), certainty: 'likely' },
  { name: 'Webhook signing secret', prefix: 'whsec_', body: `${of(BASE64, 32, 90)}={0,2}` },
  { name: 'Square access token', prefix: 'sq0atp-', body: of(WORD, 22) },
  { name: 'Square application secret', prefix: 'sq0csp-', body: of(WORD, 43) },
  { name: 'Square access token', prefix: 'EAAA', body: of(WORD, 60), anchor: 'EAAA[\\w-]{60}' },
  {
    name: 'Meta access token',
    prefix: 'EAA[MCBG]',
    body: of(ALNUM, 100, 300),
    anchor: 'EAA[MCBG][A-Za-z0-9]{60}',
  },
  {
    name: 'Braintree access token',
    prefix: 'access_token\\$production\\$',
    body: `${of('0-9a-z', 16)}\\$${of(HEX, 32)}`,
  },
  { name: 'Plaid access token', prefix: 'access-(?:production|development)-', body: UUID },
  { name: 'Razorpay key', prefix: 'rzp_live_', body: of(ALNUM, 14) },
  { name: 'Shippo API token', prefix: 'shippo_live_', body: of(HEX, 40) },
  { name: 'EasyPost API key', prefix: 'EZAK', body: of(ALNUM, 54), anchor: 'EZAK[A-Za-z0-9]{54}' },
  { name: 'Duffel API token', prefix: 'duffel_live_', body: of(WORD, 43) },

  // https://www.twilio.com/docs/iam/api-keys
  { name: 'Twilio API key', prefix: 'SK', body: of(HEX, 32), anchor: 'SK[0-9a-f]{32}' },
  { name: 'SendGrid API key', prefix: 'SG\\.', body: `${of(WORD, 22)}\\.${of(WORD, 43)}` },
  { name: 'Mailgun API key', prefix: 'key-', body: of(HEX, 32) },
  { name: 'Mailgun API key', prefix: `${of(HEX, 32)}-`, body: `${of(HEX, 8)}-${of(HEX, 8)}` },
  { name: 'Mailchimp API key', prefix: `${of(HEX, 32)}-us`, body: of('0-9', 1, 2), anchor: '-us[0-9]' },
  { name: 'Brevo API key', prefix: 'xkeysib-', body: `${of(HEX, 64)}-${of(ALNUM, 16)}` },
  { name: 'Resend API key', prefix: 're_', body: `${of(ALNUM, 8)}_${of(ALNUM, 24)}` },

  // https://docs.npmjs.com/about-access-tokens, https://pypi.org/help/#apitoken
  { name: 'npm access token', prefix: 'npm_', body: of(ALNUM, 36), proves: hasBase62Checksum },
  { name: 'PyPI upload token', prefix: 'pypi-', body: of(WORD, 85, 1000) },
  { name: 'RubyGems API key', prefix: 'rubygems_', body: of(HEX, 48) },
  { name: 'Clojars deploy token', prefix: 'CLOJARS_', body: of('a-z0-9', 60) },
  { name: 'Docker access token', prefix: 'dckr_[po]at_', body: of(WORD, 27, 64) },
  { name: 'JFrog API key', prefix: 'AKCp', body: of(ALNUM, 69), anchor: 'AKCp[A-Za-z0-9]' },

  // https://docs.anthropic.com/en/api, https://platform.openai.com/docs/api-reference/authentication
  { name: 'Anthropic API key', prefix: 'sk-ant-', body: of(WORD, 40, 250) },
  { name: 'OpenRouter API key', prefix: 'sk-or-v1-', body: of(HEX, 64) },
  { name: 'OpenAI API key', prefix: 'sk-(?:proj|svcacct|admin|None)-', body: of(WORD, 40, 250) },
  { name: 'Langfuse secret key', prefix: 'sk-lf-', body: UUID },
  { name: 'OpenAI API key', prefix: 'sk-', body: of(ALNUM, 32, 64), accepts: (token) => /\d/.test(token) },
  { name: 'Hugging Face token', prefix: '(?:hf|api_org)_', body: of(ALNUM, 34, 40) },
  { name: 'Groq API key', prefix: 'gsk_', body: of(ALNUM, 52) },
  { name: 'xAI API key', prefix: 'xai-', body: of(ALNUM, 80) },
  { name: 'Perplexity API key', prefix: 'pplx-', body: of(ALNUM, 48) },
  { name: 'Replicate API token', prefix: 'r8_', body: of(ALNUM, 37) },
  { name: 'LangSmith API key', prefix: 'lsv2_(?:pt|sk)_', body: `${of(HEX, 32)}_${of(HEX, 10)}` },
  { name: 'Pinecone API key', prefix: 'pcsk_', body: of('A-Za-z0-9_', 50, 80) },

  // https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret
  {
    name: 'Microsoft Entra client secret',
    prefix: '[A-Za-z0-9_~.]{3}[0-9]Q~',
    body: of('A-Za-z0-9_~.-', 31, 34),
  },
  {
    name: 'Azure DevOps personal access token',
    prefix: `${of(ALNUM, 76)}AZDO`,
    body: of(ALNUM, 4),
    anchor: 'AZDO[A-Za-z0-9]{4}',
  },

  // https://core.telegram.org/bots/api#authorizing-your-bot
  { name: 'Telegram bot token', prefix: `${of('0-9', 8, 10)}:`, body: `AA${of(WORD, 33)}` },
  {
    name: 'Discord bot token',
    prefix: `[MNO]${of(WORD, 23, 27)}\\.${of(WORD, 6)}\\.`,
    body: of(WORD, 27, 40),
    accepts: isDiscordToken,
  },

  // https://shopify.dev/docs/apps/auth
  { name: 'Shopify token', prefix: 'shp(?:at|ss|ca|pa|tka)_', body: of(ALNUM, 32, 64) },
  { name: 'DigitalOcean token', prefix: 'do[opr]_v1_', body: of(HEX, 64) },
  // https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
  { name: 'Cloudflare API token', prefix: 'cf(?:k|ut|at)_', body: `${of(ALNUM, 40)}${of(HEX, 8)}` },
  { name: 'Cloudflare origin CA key', prefix: 'v1\\.0-', body: `${of(HEX, 24)}-${of(HEX, 146)}` },
  { name: 'Vercel token', prefix: 'vc[aikpr]_', body: of(ALNUM, 24, 60) },
  { name: 'Heroku API key', prefix: 'HRKU-', body: of(WORD, 36, 70) },
  { name: 'Netlify token', prefix: 'nf[pc]_', body: of(ALNUM, 36, 40) },
  { name: 'Fly.io token', prefix: 'fo1_', body: of(WORD, 43) },
  { name: 'Tailscale key', prefix: 'tskey-[a-z]{3,12}-', body: `${of(ALNUM, 10, 24)}-${of(ALNUM, 20, 64)}` },
  {
    name: 'Databricks token',
    prefix: 'dapi',
    body: `${of('0-9a-fA-F', 32)}(?:-[0-9]{1,2})?`,
    anchor: 'dapi[0-9a-fA-F]{32}',
  },
  // https://developer.hashicorp.com/vault/docs/concepts/tokens
  { name: 'HashiCorp Vault token', prefix: 'hv[sbr]\\.', body: of(WORD, 24, 300) },
  { name: 'Terraform Cloud token', prefix: `${of(ALNUM, 14)}\\.atlasv1\\.`, body: of(WORD, 60, 70) },
  { name: 'Pulumi access token', prefix: 'pul-', body: of(HEX, 40) },
  { name: 'Doppler token', prefix: 'dp\\.(?:pt|ct|sa|scim|audit)\\.', body: of(ALNUM, 40, 44) },
  {
    name: 'Doppler service token',
    prefix: `dp\\.st\\.(?:${of('a-z0-9_-', 2, 35)}\\.)?`,
    body: of(ALNUM, 40, 44),
  },
  { name: 'OpenShift token', prefix: 'sha256~', body: of(WORD, 43) },
  { name: 'PlanetScale credential', prefix: 'pscale_(?:tkn|pw|oauth)_', body: of('A-Za-z0-9_=.-', 32, 64) },
  { name: 'Supabase secret key', prefix: 'sb(?:p|_secret)_', body: of(WORD, 31, 50) },
  { name: 'Neon API key', prefix: 'napi_', body: of('a-z0-9', 64) },
  { name: 'Prefect API key', prefix: 'pn[ub]_', body: of(ALNUM, 36) },

  { name: 'Linear API key', prefix: 'lin_(?:api|oauth)_', body: of('A-Za-z0-9_', 32, 128) },
  { name: 'Notion token', prefix: 'ntn_', body: of(ALNUM, 40, 50) },
  { name: 'Notion token', prefix: 'secret_', body: of(ALNUM, 43) },
  { name: 'Airtable personal access token', prefix: `pat${of(ALNUM, 14)}\\.`, body: of(HEX, 64) },
  { name: 'Postman API key', prefix: 'PMAK-', body: `${of(HEX, 24)}-${of(HEX, 34)}` },
  { name: 'Figma token', prefix: 'fig[dourh]{1,2}_', body: of(WORD, 40, 60) },
  // https://developer.atlassian.com/cloud: API tokens hold their checksum behind an equals sign.
  {
    name: 'Atlassian API token',
    prefix: 'AT[AC]TT3',
    body: of('A-Za-z0-9_=-', 60, 300),
    anchor: 'AT[AC]TT3',
  },
  { name: 'Bitbucket app password', prefix: 'ATBB', body: of(ALNUM, 32), anchor: 'ATBB[A-Za-z0-9]{32}' },
  { name: 'HubSpot private app token', prefix: 'pat-(?:na|eu)[0-9]-', body: UUID },
  { name: 'Typeform token', prefix: 'tfp_', body: of('A-Za-z0-9_=.-', 40, 80) },
  { name: 'Contentful token', prefix: 'CFPAT-', body: of(WORD, 43) },
  { name: 'Mapbox secret token', prefix: `sk\\.eyJ${of(WORD, 20, 300)}\\.`, body: of(WORD, 22) },
  { name: 'Dropbox access token', prefix: 'sl\\.(?:u\\.)?', body: of(WORD, 100, 1500) },
  { name: 'LaunchDarkly key', prefix: '(?:sdk|api)-', body: UUID },

  { name: 'Sentry organization token', prefix: 'sntrys_', body: `eyJ${of(`${BASE64}=_-`, 40, 400)}` },
  { name: 'Sentry token', prefix: 'sntry[aiu]_', body: of(HEX, 64) },
  // https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
  { name: 'New Relic user key', prefix: 'NRAK-', body: of('A-Z0-9', 27) },
  { name: 'New Relic insert key', prefix: 'NRII-', body: of(WORD, 32) },
  { name: 'New Relic license key', prefix: of(HEX, 36), body: 'NRAL', anchor: 'NRAL' },
  // https://grafana.com/docs/grafana-cloud/security-and-account-management/
  { name: 'Grafana service account token', prefix: 'glsa_', body: `${of(ALNUM, 32)}_${of('A-Fa-f0-9', 8)}` },
  { name: 'Grafana Cloud token', prefix: 'glc_', body: `${of(BASE64, 32, 400)}={0,2}` },
  { name: 'Dynatrace token', prefix: 'dt0[a-z]01\\.', body: `${of('A-Z0-9', 24)}\\.${of('A-Z0-9', 64)}` },
  { name: 'PostHog personal API key', prefix: 'phx_', body: of(ALNUM, 40, 60) },
  { name: 'CircleCI token', prefix: 'CCIPAT_', body: `${of(ALNUM, 22)}_${of(HEX, 40)}` },
  { name: 'Buildkite token', prefix: 'bk[a-z]{1,3}_', body: of('a-z0-9', 40) },
  { name: 'SonarQube token', prefix: 'sq[apu]_', body: of(HEX, 40) },
  { name: 'Sourcegraph token', prefix: `sgp_(?:${of(HEX, 16)}_|local_)?`, body: of(HEX, 40) },
  { name: 'Octopus Deploy API key', prefix: 'API-', body: of('A-Z0-9', 26) },
  { name: 'Harness token', prefix: `[ps]at\\.${of(WORD, 22)}\\.`, body: `${of(HEX, 24)}\\.${of(ALNUM, 20)}` },
  { name: 'Adafruit IO key', prefix: 'aio_', body: of(ALNUM, 28) },

  // https://developer.1password.com/docs/service-accounts/security/
  { name: '1Password service account token', prefix: 'ops_', body: `eyJ${of(BASE64, 100, 1300)}={0,2}` },
  // https://age-encryption.org/v1: Bech32 of 32 bytes.
  {
    name: 'age secret key',
    prefix: 'AGE-SECRET-KEY-',
    body: `1${of('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`,
  },
  {
    name: 'age plugin identity',
    prefix: 'AGE-PLUGIN-[A-Z0-9]{1,30}-',
    body: `1${of('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 40, 300)}`,
  },

  // https://api.slack.com/messaging/webhooks, https://discord.com/developers/docs/resources/webhook
  {
    name: 'Slack webhook',
    prefix: 'hooks\\.slack\\.',
    body: `com/(?:services|workflows|triggers)/${of(`${BASE64}-`, 32, 120)}`,
  },
  {
    name: 'Discord webhook',
    prefix: 'discord(?:app)?\\.',
    body: `com/api/webhooks/${of('0-9', 17, 20)}/${of(WORD, 60, 80)}`,
  },
  {
    name: 'Microsoft Teams webhook',
    prefix: 'webhook\\.office\\.',
    body: `com/webhookb2/${UUID}@${UUID}/IncomingWebhook/${of(ALNUM, 32)}/${UUID}`,
  },

  // RFC 7519. A token is a session of somebody or a key to an API; many in tests open nothing.
  {
    name: 'JSON Web Token',
    prefix: `eyJ${of(WORD, 10, 2000)}\\.`,
    body: `eyJ${of(WORD, 16, 8000)}\\.${of(WORD, 16, 1400)}`,
    apart: true,
    accepts: isSecretWebToken,
  },
];
