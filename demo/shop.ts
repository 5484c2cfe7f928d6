import type { Files } from '../test/support/github/loopback-github.ts';
import { PLANTED_SECRET } from '../test/support/planted-secret.ts';

/** The repository of the demo, `owner/name`. */
export const SHOP = 'acme/shop';

/** What is changed in it, and by which branch. */
export const PULL_REQUEST = {
  author: 'mona',
  head: 'retry-charges',
  base: 'main',
  title: 'Try a charge again while the gateway is busy',
  body: 'The gateway refuses charges for a few seconds when it is restarted. We try again, and take coupons into account on the way.',
} as const;

/** One file a part, so that it can be seen that only what changes is paid for. */
const POLICY = `review:
  unitTokens: 500
`;

const README = `# shop

Takes orders, takes the money for them, keeps the receipts.
`;

const ORDER = `import { discounted, findCoupon } from './coupon.ts';

/** One kind of thing in an order. */
export interface Line {
  readonly sku: string;
  /** Of one of them. */
  readonly cents: number;
  readonly count: number;
}

export interface Order {
  readonly id: string;
  readonly lines: readonly Line[];
  /** The code of a coupon, as the customer typed it. */
  readonly coupon: string | null;
}

/** What the customer pays, in cents. */
export function total(order: Order): number {
  const cents = order.lines.reduce((sum, line) => sum + line.cents * line.count, 0);
  return discounted(cents, findCoupon(order.coupon));
}
`;

const ORDER_BEFORE = ORDER.replace("import { discounted, findCoupon } from './coupon.ts';\n\n", '')
  .replace('  const cents = order', '  return order')
  .replace('  return discounted(cents, findCoupon(order.coupon));\n', '');

const COUPON_BEFORE = `import { readFileSync } from 'node:fs';

export interface Coupon {
  readonly kind: 'percent' | 'amount';
  /** Percent, or cents. */
  readonly value: number;
}

const coupons = new Map<string, Coupon>(JSON.parse(readFileSync('coupons.json', 'utf8')));

/** The coupon of a code; null when there is none. */
export function findCoupon(code: string | null): Coupon | null {
  if (code === null) return null;
  return coupons.get(code.trim().toUpperCase()) ?? null;
}
`;

const DISCOUNTED = `export function discounted(cents: number, coupon: Coupon | null): number {
  if (coupon === null) return cents;
  if (coupon.kind === 'percent') return Math.round(cents * (1 - coupon.value / 100));
  return cents - coupon.value;
}
`;

const GATEWAY = `/** The gateway takes no charges for the moment. */
export class GatewayBusy extends Error {}

export interface Gateway {
  /** Takes money, and answers the number of the receipt. The same order is charged once, however often it is sent. */
  pay(order: string, cents: number): Promise<string>;
}
`;

const CHARGE_BEFORE = `import type { Gateway } from './gateway.ts';
import { type Order, total } from './order.ts';

/** Takes the money for an order. Answers the number of the receipt. */
export async function charge(gateway: Gateway, order: Order): Promise<string> {
  return gateway.pay(order.id, total(order));
}
`;

const CHARGE = `import { setTimeout } from 'node:timers/promises';
import { type Gateway, GatewayBusy } from './gateway.ts';
import { type Order, total } from './order.ts';

const ATTEMPTS = 5;

/** Takes the money for an order, again while the gateway is busy. Answers the number of the receipt. */
export async function charge(gateway: Gateway, order: Order): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await gateway.pay(order.id, total(order));
    } catch (error) {
      if (!(error instanceof GatewayBusy) || attempt === ATTEMPTS) throw error;
      backoff(attempt);
    }
  }
}

/** 200 ms, 400 ms, 800 ms, … */
const backoff = (attempt: number): Promise<void> => setTimeout(100 * 2 ** attempt);
`;

const CHARGE_TEST = `import { strictEqual } from 'node:assert';
import { test } from 'node:test';
import { charge } from '../src/charge.ts';
import { GatewayBusy } from '../src/gateway.ts';

test('a charge is tried again while the gateway is busy', async () => {
  let tries = 0;
  const gateway = {
    async pay() {
      tries += 1;
      if (tries < 3) throw new GatewayBusy();
      return 'receipt 7';
    },
  };
  strictEqual(await charge(gateway, { id: 'a', lines: [], coupon: null }), 'receipt 7');
});
`;

/** `keyId` and `name`: expressions. */
const receipts = (keyId: string, name: string): string => `import { putObject } from './bucket.ts';

const bucket = {
  name: 'shop-receipts',
  keyId: ${keyId},
  secret: process.env['RECEIPTS_SECRET'] ?? '',
};

/** Keeps the receipt of an order. */
export async function keepReceipt(order: string, receipt: string): Promise<void> {
  await putObject(bucket, ${name}, receipt);
}
`;

const BUCKET = `export interface Bucket {
  readonly name: string;
  readonly keyId: string;
  readonly secret: string;
}

/** Stores a text under a name. */
export async function putObject(bucket: Bucket, name: string, text: string): Promise<void> {
  const url = new URL(name, \`https://\${bucket.name}.storage.example/\`);
  const answer = await fetch(url, { method: 'PUT', body: text, headers: { authorization: bucket.keyId } });
  if (!answer.ok) throw new Error(\`\${url} was not stored: \${answer.status}\`);
}
`;

const FROM_ENVIRONMENT = "process.env['RECEIPTS_KEY_ID'] ?? ''";
const BY_ORDER = `\`\${order}.txt\``;
const BY_YEAR = `\`\${new Date().getFullYear()}/\${order}.txt\``;

/** As it is on the branch \`main\`. */
export const BEFORE: Files = {
  '.code-agent.yml': POLICY,
  'README.md': README,
  'src/bucket.ts': BUCKET,
  'src/charge.ts': CHARGE_BEFORE,
  'src/coupon.ts': COUPON_BEFORE,
  'src/gateway.ts': GATEWAY,
  'src/order.ts': ORDER_BEFORE,
  'src/receipts.ts': receipts(FROM_ENVIRONMENT, BY_ORDER),
};

/** As it is opened: with two faults that a model finds, and a key in it. */
export const OPENED: Files = {
  'src/charge.ts': CHARGE,
  'src/coupon.ts': `${COUPON_BEFORE}\n/** What is left to pay, in cents. */\n${DISCOUNTED}`,
  'src/order.ts': ORDER,
  'src/receipts.ts': receipts(`'${PLANTED_SECRET}'`, BY_YEAR),
  'test/charge.test.ts': CHARGE_TEST,
};

/** What is pushed to it then: the loop waits, the key is gone, and the fault that stays has moved down. */
export const PUSHED: Files = {
  'src/charge.ts': CHARGE.replace('      backoff(', '      await backoff('),
  'src/coupon.ts': `${COUPON_BEFORE}
/**
 * What is left to pay, in cents. Percents are rounded to the nearest cent, halves upwards,
 * as the basket that the customer sees rounds them.
 */
${DISCOUNTED}`,
  'src/receipts.ts': receipts(FROM_ENVIRONMENT, BY_YEAR),
};

/** What meanwhile comes to `main`, above lines that are under review. */
export const MEANWHILE: Files = {
  'README.md': `${README}\nCoupons are in \`coupons.json\`.\n`,
  'src/coupon.ts': `// Who sells them writes the file; see README.md.\n\n${COUPON_BEFORE}`,
};
