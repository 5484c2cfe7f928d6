import type { CaseFinding, CheckCase } from './check-case.ts';
import { base62Checksum } from './secret/checksum.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const UPPER_DIGITS = `${LOWER.toUpperCase()}${DIGITS}`;
const ALNUM = `${LOWER}${UPPER_DIGITS}`;
const WORD = `${ALNUM}_-`;
const BASE64 = `${ALNUM}+/`;

/** Characters drawn from an alphabet: the same in every run, so that a case that fails fails again. */
export function drawn(alphabet: string, length: number, seed = 1): string {
  let state = (seed * 2_654_435_761 + alphabet.length * 40_503 + length) >>> 0;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += alphabet[(state >>> 8) % alphabet.length] ?? '';
  }
  return text;
}

const checked = (prefix: string): string => {
  const random = drawn(ALNUM, 30);
  return `${prefix}${random}${base62Checksum(random)}`;
};

const uuid = (): string => [8, 4, 4, 4, 12].map((length) => drawn(HEX, length)).join('-');

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const webToken = (payload: object): string =>
  `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(payload)}.${drawn(WORD, 43)}`;

/** The lines of a private key that opens nothing. */
export const keyLines = (kind: string, lines = 8): string[] => [
  `-----BEGIN ${kind}PRIVATE ${'KEY'}-----`,
  ...Array.from({ length: lines }, (_, index) => drawn(BASE64, 64, index + 1)),
  `-----END ${kind}PRIVATE ${'KEY'}-----`,
];

/** One or more tokens of every family: how the finding calls it, and the token. Nothing here opens anything. */
export const TOKENS: readonly (readonly [name: string, token: string])[] = [
  ['GitHub personal access token', checked('ghp_')],
  ['GitHub personal access token', `ghp_${drawn(ALNUM, 36)}`],
  ['GitHub OAuth access token', checked('gho_')],
  ['GitHub user-to-server token', checked('ghu_')],
  ['GitHub server-to-server token', checked('ghs_')],
  ['GitHub server-to-server token', `ghs_${drawn(DIGITS, 6)}_${webToken({ iss: 'x' })}`],
  ['GitHub refresh token', `ghr_${drawn(ALNUM, 76)}`],
  ['GitHub fine-grained personal access token', `github_pat_${drawn(ALNUM, 22)}_${drawn(ALNUM, 59)}`],
  ['GitLab personal access token', `glpat-${drawn(WORD, 20)}`],
  ['GitLab personal access token', `glpat-${drawn(ALNUM, 27)}.01.${drawn(`${LOWER}${DIGITS}`, 9)}`],
  ['GitLab deploy token', `gldt-${drawn(WORD, 20)}`],
  ['GitLab runner token', `glrt-${drawn(WORD, 20)}`],
  ['GitLab CI job token', `glcbt-64_${drawn(WORD, 20)}`],
  ['GitLab pipeline trigger token', `glptt-${drawn(HEX, 40)}`],
  ['GitLab OAuth application secret', `gloas-${drawn(HEX, 64)}`],
  ['GitLab feed token', `glft-${drawn(WORD, 20)}`],
  ['GitLab agent token', `glagent-${drawn(WORD, 50)}`],
  ['GitLab runner registration token', `GR1348941${drawn(WORD, 20)}`],
  ['AWS access key id', `AKIA${drawn(UPPER_DIGITS, 16)}`],
  ['AWS access key id', `ASIA${drawn(UPPER_DIGITS, 16)}`],
  ['Google API key', `AIza${drawn(WORD, 35)}`],
  ['Google OAuth client secret', `GOCSPX-${drawn(WORD, 28)}`],
  ['Slack token', `xoxb-${drawn(DIGITS, 12)}-${drawn(DIGITS, 12, 2)}-${drawn(ALNUM, 24)}`],
  [
    'Slack token',
    `xoxp-${drawn(DIGITS, 12)}-${drawn(DIGITS, 12, 2)}-${drawn(DIGITS, 12, 3)}-${drawn(HEX, 32)}`,
  ],
  ['Slack token', `xoxe.xoxp-1-${drawn(ALNUM, 100)}`],
  ['Slack app-level token', `xapp-1-A${drawn(UPPER_DIGITS, 10)}-${drawn(DIGITS, 13)}-${drawn(HEX, 64)}`],
  ['Stripe secret key', `sk_live_${drawn(ALNUM, 24)}`],
  ['Stripe secret key', `rk_live_${drawn(ALNUM, 99)}`],
  ['Webhook signing secret', `whsec_${drawn(ALNUM, 32)}`],
  ['Twilio API key', `SK${drawn(HEX, 32)}`],
  ['SendGrid API key', `SG.${drawn(WORD, 22)}.${drawn(WORD, 42)}A`],
  ['npm access token', checked('npm_')],
  ['PyPI upload token', `pypi-AgEIcHlwaS5vcmc${drawn(ALNUM, 150)}`],
  ['Docker access token', `dckr_pat_${drawn(ALNUM, 27)}`],
  ['Anthropic API key', `sk-ant-api03-${drawn(WORD, 93)}AA`],
  ['Anthropic API key', `sk-ant-admin01-${drawn(WORD, 93)}AA`],
  ['OpenAI API key', `sk-proj-${drawn(ALNUM, 74)}T3BlbkFJ${drawn(ALNUM, 74, 2)}`],
  ['OpenAI API key', `sk-${drawn(ALNUM, 20)}T3BlbkFJ${drawn(ALNUM, 20, 2)}`],
  ['Hugging Face token', `hf_${drawn(LOWER + LOWER.toUpperCase(), 34)}`],
  ['Groq API key', `gsk_${drawn(ALNUM, 52)}`],
  ['Telegram bot token', `${drawn(DIGITS.slice(1), 10)}:AA${drawn(WORD, 33)}`],
  [
    'Discord bot token',
    `${Buffer.from('123906578143209846').toString('base64url')}.${drawn(ALNUM, 6)}.${drawn(ALNUM, 38)}`,
  ],
  ['Shopify token', `shpat_${drawn(HEX, 32)}`],
  ['Shopify token', `shpss_${drawn(HEX, 32)}`],
  ['DigitalOcean token', `dop_v1_${drawn(HEX, 64)}`],
  ['Cloudflare API token', `cfut_${drawn(ALNUM, 40)}${drawn(HEX, 8)}`],
  ['Databricks token', `dapi${drawn(HEX, 32)}`],
  ['HashiCorp Vault token', `hvs.${drawn(WORD, 90)}A`],
  ['Terraform Cloud token', `${drawn(ALNUM, 14)}.atlasv1.${drawn(ALNUM, 67)}`],
  ['Linear API key', `lin_api_${drawn(ALNUM, 40)}`],
  ['Notion token', `ntn_${drawn(DIGITS, 11)}${drawn(ALNUM, 35)}`],
  ['Notion token', `secret_${drawn(ALNUM, 43)}`],
  ['Postman API key', `PMAK-${drawn(HEX, 24)}-${drawn(HEX, 34)}`],
  ['Sentry organization token', `sntrys_eyJpYXQiO${drawn(ALNUM, 80)}_${drawn(ALNUM, 43)}`],
  ['Sentry token', `sntryu_${drawn(HEX, 64)}`],
  ['New Relic user key', `NRAK-${drawn(UPPER_DIGITS, 27)}`],
  ['New Relic license key', `${drawn(HEX, 36)}NRAL`],
  ['Grafana service account token', `glsa_${drawn(ALNUM, 32)}_${drawn(HEX, 8)}`],
  ['Grafana Cloud token', `glc_${drawn(ALNUM, 60)}`],
  ['Doppler token', `dp.pt.${drawn(ALNUM, 43)}`],
  ['Doppler service token', `dp.st.prd.${drawn(ALNUM, 43)}`],
  ['Pulumi access token', `pul-${drawn(HEX, 40)}`],
  ['Atlassian API token', `ATATT3xFfGF0${drawn(WORD, 150)}=${drawn(UPPER_DIGITS, 8)}`],
  ['Bitbucket app password', `ATBB${drawn(ALNUM, 32)}`],
  ['Mailgun API key', `key-${drawn(HEX, 32)}`],
  ['Mailgun API key', `${drawn(HEX, 32)}-${drawn(HEX, 8)}-${drawn(HEX, 8, 2)}`],
  ['Mailchimp API key', `${drawn(HEX, 32)}-us21`],
  ['Square access token', `sq0atp-${drawn(WORD, 22)}`],
  ['Square application secret', `sq0csp-${drawn(WORD, 43)}`],
  ['Square access token', `EAAA${drawn(ALNUM, 60)}`],
  ['Microsoft Entra client secret', `${drawn(ALNUM, 3)}8Q~${drawn(ALNUM, 34)}`],
  ['Azure DevOps personal access token', `${drawn(ALNUM, 76)}AZDO${drawn(ALNUM, 4)}`],
  ['age secret key', `AGE-SECRET-KEY-1${drawn('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`],
  [
    '1Password service account token',
    `ops_${base64url({ signInAddress: 'x', muk: drawn(ALNUM, 202) }).replaceAll('-', '+')}`,
  ],
  ['HubSpot private app token', `pat-na1-${uuid()}`],
  ['Airtable personal access token', `pat${drawn(ALNUM, 14)}.${drawn(HEX, 64)}`],
  ['Tailscale key', `tskey-auth-${drawn(ALNUM, 16)}-${drawn(ALNUM, 32)}`],
  ['JSON Web Token', webToken({ sub: drawn(DIGITS, 8), role: 'admin' })],
  [
    'Slack webhook',
    `hooks.slack.com/services/T${drawn(UPPER_DIGITS, 8)}/B${drawn(UPPER_DIGITS, 10)}/${drawn(ALNUM, 24)}`,
  ],
  ['Discord webhook', `discord.com/api/webhooks/${drawn(DIGITS, 18)}/${drawn(WORD, 67)}A`],
];

const tokenCases: CheckCase[] = TOKENS.map(([name, token], index) => ({
  name: `${name} (${index})`,
  change: { 'a.ts': `import a from 'a';\nconst it = "${token}";\n` },
  finds: [{ path: 'a.ts', line: 2, title: name, severity: 'error' }],
}));

/** Lines that give a secret away by the name that they give it. */
const NAMED: readonly (readonly [
  file: string,
  line: string,
  title: string,
  severity: 'error' | 'warning',
])[] = [
  ['a.env', `AWS_SECRET_ACCESS_KEY=${drawn(BASE64, 40)}`, 'AWS secret access key', 'error'],
  ['a.ini', `aws_secret_access_key = ${drawn(BASE64, 40)}`, 'AWS secret access key', 'error'],
  ['a.json', `{"secretAccessKey": "${drawn(BASE64, 40)}"}`, 'AWS secret access key', 'error'],
  [
    'a.config',
    `AccountName=x;AccountKey=${drawn(BASE64, 86)}==;EndpointSuffix=y`,
    'Azure storage account key',
    'error',
  ],
  [
    'a.txt',
    `Endpoint=sb://x;SharedAccessKeyName=y;SharedAccessKey=${drawn(BASE64, 43)}=`,
    'Azure shared access key',
    'error',
  ],
  ['.npmrc', `//registry.npmjs.org/:_authToken=${uuid()}`, 'npm registry token', 'error'],
  ['.npmrc', `_auth=${drawn(ALNUM, 31)}=`, 'npm registry token', 'error'],
  ['a.py', `twilio_auth_token = '${drawn(HEX, 32)}'`, 'Twilio auth token', 'error'],
  ['a.sh', `curl -H "Authorization: Bearer ${drawn(ALNUM, 40)}" x`, 'Access token in a header', 'error'],
  [
    'a.ts',
    `fetch(u, { headers: { Authorization: 'Bearer ${drawn(ALNUM, 40)}' } })`,
    'Access token in a header',
    'error',
  ],
  [
    'a.http',
    `Authorization: Basic ${Buffer.from(`jo:${drawn(ALNUM, 12)}`).toString('base64')}`,
    'Basic credentials',
    'error',
  ],
  ['a.env', `DB_PASSWORD=${drawn(ALNUM, 12)}7x`, 'Likely password', 'warning'],
  ['a.env', `DB_PASSWORD=${drawn(ALNUM, 6)}&(9;B`, 'Likely password', 'warning'],
  ['a.env', `export API_KEY="${drawn(ALNUM, 32)}"`, 'Likely key', 'warning'],
  ['a.yaml', `  password: ${drawn(ALNUM, 14)}4!`, 'Likely password', 'warning'],
  [
    'a.yaml',
    `      - name: DB_PASSWORD\n        value: "${drawn(ALNUM, 16)}3"`,
    'Likely password',
    'warning',
  ],
  ['a.yaml', `client_secret: '${drawn(WORD, 39)}7'`, 'Likely secret', 'warning'],
  ['a.json', `  "apiKey": "${drawn(HEX, 32)}",`, 'Likely key', 'warning'],
  ['a.json', `  "clientSecret": "${uuid()}",`, 'Likely secret', 'warning'],
  ['a.ts', `const authToken: string = "${drawn(ALNUM, 40)}";`, 'Likely token', 'warning'],
  ['a.ts', `login({ user, password: 'Tr0ub4dor&${drawn(DIGITS, 2)}' })`, 'Likely password', 'warning'],
  ['a.ts', `if (token === '${drawn(HEX, 40)}') {`, 'Likely token', 'warning'],
  ['a.py', `SECRET_KEY = "${drawn(`${LOWER}${DIGITS}=_+-`, 50)}"`, 'Likely secret', 'warning'],
  ['a.py', `client.login(password="xK9${drawn(ALNUM, 8)}")`, 'Likely password', 'warning'],
  ['a.go', `	var apiSecret string = "${drawn(ALNUM, 32)}"`, 'Likely secret', 'warning'],
  ['a.php', `define('DB_PASSWORD', '${drawn(ALNUM, 14)}5#');`, 'Likely password', 'warning'],
  ['a.rb', `  config.secret_key = '${drawn(HEX, 128)}'`, 'Likely secret', 'warning'],
  ['a.xml', `<password>${drawn(ALNUM, 12)}8Zq</password>`, 'Likely password', 'warning'],
  ['a.xml', `<add key="ApiSecret" value="${drawn(ALNUM, 32)}" />`, 'Likely secret', 'warning'],
  ['a.properties', `spring.datasource.password=${drawn(ALNUM, 14)}2`, 'Likely password', 'warning'],
  ['Dockerfile', `ENV APP_SECRET=${drawn(ALNUM, 32)}`, 'Likely secret', 'warning'],
  ['a.sh', `deploy --token ${drawn(ALNUM, 32)} --yes`, 'Likely token', 'warning'],
  ['a.js', `const s = "{\\"password\\": \\"${drawn(ALNUM, 14)}6\\"}";`, 'Likely password', 'warning'],
  ['a.txt', `Server=db;User Id=app;Password=${drawn(ALNUM, 13)}3;`, 'Likely password', 'warning'],
  [
    'a.env',
    `DATABASE_URL=postgres://app:${drawn(ALNUM, 16)}@db.acme.io:5432/app`,
    'Password in a URL',
    'error',
  ],
  ['a.yaml', `url: "mongodb+srv://app:${drawn(ALNUM, 16)}@c0.mongodb.net/x"`, 'Password in a URL', 'error'],
  ['a.ts', `connect('https://jo:${drawn(ALNUM, 16)}@git.acme.io/x.git')`, 'Password in a URL', 'error'],
  ['a.env', `REDIS_URL=redis://:${drawn(ALNUM, 24)}@cache.acme.io:6379`, 'Password in a URL', 'error'],
  ['a.env', `AMQP=amqp://app:p@${drawn(ALNUM, 10)}@mq.acme.io`, 'Password in a URL', 'error'],
  ['a.env', `DATABASE_URL=mysql://app:${drawn(ALNUM, 16)}@localhost/app`, 'Password in a URL', 'warning'],
];

const namedCases: CheckCase[] = NAMED.map(([path, line, title, severity], index) => ({
  name: `${title} in ${path} (${index})`,
  change: { [path]: `${line}\n` },
  finds: [{ path, line: line.split('\n').length, title, severity }],
}));

const KEY = keyLines('');

const keyCases: CheckCase[] = [
  ...['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH ', 'ENCRYPTED '].map(
    (kind): CheckCase => ({
      name: `a ${kind}private key`,
      change: { 'id.pem': `${keyLines(kind).join('\n')}\n` },
      finds: [{ path: 'id.pem', line: 1, title: 'rivate key added' }],
    }),
  ),
  {
    name: 'a PGP private key with headers',
    change: {
      'k.asc': [
        `-----BEGIN PGP PRIVATE ${'KEY'} BLOCK-----`,
        'Version: GnuPG v2',
        '',
        ...KEY.slice(1, -1),
        '=aB3d',
        `-----END PGP PRIVATE ${'KEY'} BLOCK-----`,
        '',
      ].join('\n'),
    },
    finds: [{ path: 'k.asc', line: 1, title: 'PGP private key added' }],
  },
  {
    name: 'a private key on one line of JSON',
    change: { 'sa.json': `{\n  "private_key": "${KEY.join('\\n')}\\n"\n}\n` },
    finds: [{ path: 'sa.json', line: 2, title: 'Private key added' }],
  },
  {
    name: 'a private key joined from strings',
    change: { 'k.ts': KEY.map((line) => `  '${line}\\n' +`).join('\n') },
    finds: [{ path: 'k.ts', line: 1, title: 'Private key added' }],
  },
  {
    name: 'a private key in YAML, and a second one',
    change: { 'k.yaml': `a: |\n${[...KEY, ...keyLines('RSA ')].map((line) => `  ${line}`).join('\n')}\n` },
    finds: [
      { path: 'k.yaml', line: 2, title: 'Private key added' },
      { path: 'k.yaml', line: 12, title: 'RSA private key added' },
    ],
  },
  {
    name: 'a private key without its end',
    change: { 'id.pem': KEY.slice(0, -2).join('\n') },
    finds: [{ path: 'id.pem', line: 1, title: 'Private key added' }],
  },
  {
    name: 'a private key put in the place of another',
    change: {
      'id.pem': {
        before: `${keyLines('', 4).join('\n')}\n`,
        after: `${[KEY[0], ...Array.from({ length: 4 }, (_, index) => drawn(BASE64, 64, index + 50)), KEY.at(-1)].join('\n')}\n`,
      },
    },
    finds: [{ path: 'id.pem', line: 2, title: 'Private key added' }],
  },
];

const GITHUB_TOKEN = checked('ghp_');

const placeCases: CheckCase[] = [
  {
    name: 'the same token twice: each place',
    change: { 'a.ts': `a("${GITHUB_TOKEN}");\n\nb("${GITHUB_TOKEN}", "${GITHUB_TOKEN}");\n` },
    finds: [1, 3, 3].map(
      (line): CaseFinding => ({ path: 'a.ts', line, title: 'GitHub personal access token added' }),
    ),
  },
  {
    name: 'a generated file',
    change: { 'dist/a.js': { after: `var a="${GITHUB_TOKEN}"\n`, generated: true } },
    finds: [{ path: 'dist/a.js', line: 1 }],
  },
  {
    name: 'a binary file',
    change: { 'a.bin': `\0\x01\n\0${GITHUB_TOKEN}\0\n` },
    finds: [{ path: 'a.bin', line: 2 }],
  },
  {
    name: 'a comment that switches the library off',
    change: { 'a.ts': `// secretlint-disable\nconst a = "${GITHUB_TOKEN}"; // secretlint-disable-line\n` },
    finds: [{ path: 'a.ts', line: 2 }],
  },
  {
    name: 'a token that was there before',
    change: { 'a.ts': { before: `a("${GITHUB_TOKEN}");\n`, after: `a("${GITHUB_TOKEN}");\nb();\n` } },
    finds: [],
  },
  {
    name: 'a token that goes away',
    change: { 'a.ts': { before: `a("${GITHUB_TOKEN}");\n`, after: 'a();\n' } },
    finds: [],
  },
  {
    name: 'a token behind an escape',
    change: { 'a.ts': `"one\\n${GITHUB_TOKEN}\\ntwo" + "x%3D${GITHUB_TOKEN}"\n` },
    finds: [
      { path: 'a.ts', line: 1 },
      { path: 'a.ts', line: 1 },
    ],
  },
  {
    name: 'a token of digits and letters in order: typed by somebody',
    change: { 'a.md': `ghp_${DIGITS}${LOWER}\n` },
    finds: [{ path: 'a.md', line: 1, severity: 'warning' }],
  },
];

/** `${name}`, which a template string cannot be asked for in quotes. */
const reference = (name: string): string => `\${${name}}`;

/** Lines that hold no secret. */
export const CLEAN: readonly string[] = [
  `ghp_${'x'.repeat(36)}`,
  `ghp_${'EXAMPLE'.repeat(6).slice(0, 36)}`,
  `glpat-${'your-token-goes-here'}`,
  `AKIA${'IOSFODNN7EXAMPLE'}`,
  `sk_live_${'*'.repeat(24)}`,
  `xoxb-${'the-token-of-your-bot'}`,
  `pk_live_${drawn(ALNUM, 24)}`,
  `its token begins with ghp_${drawn(ALNUM, 12)}`,
  `-----BEGIN PUBLIC KEY-----\n${drawn(BASE64, 64)}\n-----END PUBLIC KEY-----`,
  `-----BEGIN CERTIFICATE-----\nMII${drawn(BASE64, 61)}\n-----END CERTIFICATE-----`,
  `-----BEGIN RSA PRIVATE ${'KEY'}-----\n...\n-----END RSA PRIVATE ${'KEY'}-----`,
  `const begin = '-----BEGIN PRIVATE ${'KEY'}-----';\nconst a = 1;\nconst data = '${drawn(BASE64, 400)}';`,
  `if (pem.includes('-----BEGIN PRIVATE ${'KEY'}-----')) { return parsePrivateKeyInfoFromTheGivenString(pem); }`,
  webToken({ role: 'anon', iss: 'supabase' }),
  webToken({ sub: '1234567890', name: 'John Doe' }),
  `password: ${reference('DB_PASSWORD')}`,
  'password = process.env.DB_PASSWORD',
  'password = os.environ["DB_PASSWORD"]',
  'const password = await readPassword2(prompt);',
  `api_key: ${reference('{ secrets.API_KEY_2 }')}`,
  'DB_PASSWORD=changeme123!',
  'PASSWORD=<your-password-1>',
  'interface Login { password: string; token: string | undefined }',
  'token: string, secret: Buffer, apiKey: ApiKey2',
  "password: 'Passwort1'",
  '"login.password.label": "Mot-de-passe2",',
  'passwordField: "#Input-42.password"',
  'tokenUrl: "https://auth.acme.io/oauth2/v1/token"',
  'secretName: db-credentials-7f9c2',
  'password_hash = "$2b$10$abcdefghijkLMNOPQRSTuv"',
  `"integrity": "sha512-${drawn(BASE64, 86)}=="`,
  `resolved "https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#${drawn(HEX, 40)}"`,
  `commit ${drawn(HEX, 40)}`,
  `  uses: actions/checkout@${drawn(HEX, 40)}`,
  `key: ${drawn(HEX, 40)}`,
  `publicKey: "${drawn(BASE64, 43)}="`,
  `cacheKey = "${drawn(HEX, 32)}"`,
  `csrf_token = "${drawn(ALNUM, 32)}"`,
  `nextPageToken: "${drawn(ALNUM, 32)}"`,
  `session_token_id: ${uuid()}`,
  `url(data:image/png;base64,${drawn(BASE64, 400)})`,
  `//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjoz${drawn(ALNUM, 200)}`,
  '.token-keyword-2 { color: #a1b2c3d4 }',
  'http://user:pass@example.com/',
  `https://jo:${drawn(ALNUM, 14)}@git.example.com/x`,
  `https://jo:${drawn(ALNUM, 14)}@host.test`,
  'postgres://postgres:postgres@localhost:5432/app',
  `postgres://user:${reference('PASSWORD')}@db.acme.io/app`,
  `https://${reference('user')}:${reference('token')}@git.acme.io/x`,
  'redis://:password@cache.acme.io',
  'http://localhost:3000/a@b',
  'ssh://git@git.acme.io:22/x',
  `Authorization: Bearer ${reference('token')}`,
  `headers.set('Authorization', \`Bearer ${reference('this.accessToken1')}\`)`,
  'Authorization: Basic dXNlcjpwYXNzd29yZA==',
  'const tokens2 = tokenize(source2, keywordTable2)',
  'monkey = turkey ? keyboard1 : keyOf<T1>',
  'mapped secrets: A1, B2, C3, and the token 42',
];

const cleanCases: CheckCase[] = CLEAN.map((line, index) => ({
  name: `no secret (${index}): ${line.slice(0, 12)}…`,
  change: { 'a.txt': `${line}\n` },
  finds: [],
}));

export const cases: readonly CheckCase[] = [
  ...tokenCases,
  ...namedCases,
  ...keyCases,
  ...placeCases,
  ...cleanCases,
];
