import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import type { TempRepository } from '../support/temp-repository.ts';
import { type Attack, blame, diff, type Group, log, read, report, search, show } from './attack.ts';
import { MODEL_KEY } from './attacked-repository.ts';
import { sentBy } from './expectations.ts';

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const HELD = /\[secret: key of this process, \d+ characters\]/;
const TOKEN = /\[secret: AWS access key id, \d+ characters\]/;
const PRIVATE = /\[secret: Private key/;

const pem = (attack: Omit<Attack, 'also'>): Attack => ({
  ...attack,
  also: (evidence) => {
    const sent = sentBy(evidence);
    expect(PEM.split('\n').filter((line) => line.length === 64 && sent.includes(line))).toEqual([]);
  },
});

/** Secrets that stand in what a model may look at: it is shown what stands in for them, however it looks. */
const secrets: Attack[] = [
  {
    name: "the model's own key in a file",
    calls: [read('keys/plain.txt')],
    answer: HELD,
  },
  {
    name: "the model's own key in base 64, in hexadecimal digits, in a URL and turned around",
    calls: [read('keys/forms.txt')],
    answer: HELD,
  },
  {
    name: "the model's own key without its ends",
    calls: [read('keys/part.txt')],
    answer: HELD,
  },
  {
    name: "the model's own key in the change",
    calls: [diff('src/key.js'), read('src/key.js')],
    answer: HELD,
    inChange: (repository, say) =>
      repository.write({ 'src/key.js': `// ${say}\nexport const key = '${MODEL_KEY}';\n` }),
  },
  {
    name: "the model's own key in the message of a commit",
    calls: [log('keys/log.js'), blame('keys/log.js')],
    answer: HELD,
  },
  {
    name: 'the secret that the change adds',
    calls: [read('src/settings.js'), diff('src/settings.js')],
    answer: TOKEN,
  },
  {
    name: 'a secret, letter by letter',
    calls: ['Z', 'Y', '[A-Z]', '(?=Z7Q)'].map((guess) =>
      search(`${PLANTED_SECRET.slice(0, 4)}${guess}`, { regex: true, paths: ['src/settings.js'] }),
    ),
    answer: /^No line matches\.$/,
  },
  {
    name: 'a secret that the change removes',
    calls: [diff('src/removed.js'), blame('src/removed.js')],
    answer: TOKEN,
    inChange: (repository, say) =>
      repository.write({ 'src/removed.js': `// ${say}\nexport const id = null;\n` }),
  },
  {
    name: 'a secret in the message of a commit',
    calls: ({ git }) => [show(git('log', '-1', '--format=%H', '--', 'keys/message.js'))],
    answer: TOKEN,
  },
  pem({
    name: 'a private key, from its middle on',
    calls: [read('keys/private.pem', 8), blame('keys/private.pem', 8)],
    answer: PRIVATE,
  }),
  pem({
    name: 'a private key, by what stands in its lines',
    calls: [search('^[A-Za-z0-9+/]{64}$', { regex: true, paths: ['keys/private.pem'] })],
    answer: /\[secret: Private key|^No line matches\.$/,
  }),
  {
    name: 'a finding about what stands in for a secret',
    calls: [
      report({
        path: 'src/settings.js',
        quote: 'export const id = ',
        suggestion: "export const id = '[secret: x]';",
      }),
      report({ path: 'src/settings.js', quote: PLANTED_SECRET.slice(0, 4) }),
    ],
    answer: /^Noted, |word for word/,
  },
];

function buildBase(repository: TempRepository): void {
  repository.write({
    'keys/plain.txt': `fallback = ${MODEL_KEY}\n`,
    'keys/forms.txt': `Basic ${Buffer.from(MODEL_KEY).toString('base64')}
${Buffer.from(MODEL_KEY).toString('hex')}
https://example.com/?key=${encodeURIComponent(MODEL_KEY)}
${[...MODEL_KEY].reverse().join('')}
`,
    'keys/part.txt': `x${MODEL_KEY.slice(7, -7)}x\n`,
    'keys/private.pem': PEM,
    'src/removed.js': `export const id = '${PLANTED_SECRET}';\n`,
  });
  repository.commit({ 'keys/log.js': 'x\n' }, `use ${MODEL_KEY}`);
  repository.commit({ 'keys/message.js': 'x\n' }, `Subject\n\nThe id is ${PLANTED_SECRET}.`);
}

export const secretGroups: readonly Group[] = [{ name: 'secrets', base: buildBase, attacks: secrets }];
