import type { Model, ModelRequest, ModelTurn, Usage } from '../src/agent/model.ts';
import { createScriptedModel } from '../src/models/scripted.ts';

/** A model that knows this change by heart, and what it was asked. */
export interface ShopModel {
  readonly model: Model;
  /** How often it was asked, and US dollars. */
  spent(): { readonly calls: number; readonly usd: number };
}

/** US dollars for a million tokens. */
const PRICE = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

/** A problem that it reports wherever it is shown the code as an added line. */
interface Problem {
  readonly path: string;
  readonly quote: string;
  readonly severity: 'error' | 'warning';
  readonly category: string;
  readonly title: string;
  readonly body: string;
  readonly suggestion?: string;
  readonly confidence: number;
  /** What the second look at it comes to. */
  readonly judged: { readonly verdict: 'holds' | 'refuted'; readonly reason: string };
}

const PROBLEMS: readonly Problem[] = [
  {
    path: 'src/charge.ts',
    quote: '      backoff(attempt);',
    severity: 'error',
    category: 'concurrency',
    title: 'The retry loop never waits',
    body: '`backoff` returns a promise that nothing awaits. When `gateway.pay` throws `GatewayBusy`, all five attempts are made within a few milliseconds, and the charge fails although the gateway is back after a second.',
    suggestion: '      await backoff(attempt);',
    confidence: 0.97,
    judged: { verdict: 'holds', reason: 'src/charge.ts:14 calls `backoff`, and nothing awaits its promise.' },
  },
  {
    path: 'src/coupon.ts',
    quote: '  return cents - coupon.value;',
    severity: 'error',
    category: 'correctness',
    title: 'A coupon worth more than the order makes the amount negative',
    body: 'An order of 400 cents with a coupon of 500 cents comes to -100 cents, and `charge` hands that to `gateway.pay`. The gateway takes a negative amount for a refund or refuses it. Leave nothing to pay instead, or refuse the coupon.',
    confidence: 0.9,
    judged: {
      verdict: 'holds',
      reason: 'Nothing between src/coupon.ts and src/charge.ts looks at the sign.',
    },
  },
  {
    path: 'src/order.ts',
    quote: '  return discounted(cents, findCoupon(order.coupon));',
    severity: 'warning',
    category: 'correctness',
    title: 'An order without a coupon crashes in `findCoupon`',
    body: '`order.coupon` is null for most orders, and `findCoupon` calls `trim` on it.',
    confidence: 0.75,
    judged: {
      verdict: 'refuted',
      reason: 'src/coupon.ts:13 answers null for no code, before `trim` is called.',
    },
  },
];

const CHANGES: Readonly<Record<string, string>> = {
  'src/charge.ts': 'up to five attempts with a growing pause',
  'src/coupon.ts': '`discounted` takes a coupon off an amount',
  'src/order.ts': '`total` counts the coupon in',
  'src/receipts.ts': 'receipts in a folder for each year',
  'test/charge.test.ts': 'two refusals, then a receipt',
};

const EXPLANATION = `\`discounted\` takes the whole amount off, whatever the order comes to (\`src/coupon.ts:26\`). An order of 400 cents with the coupon \`HELLO5\` (500 cents):

1. \`total\` answers \`400 - 500 = -100\` (\`src/order.ts:21\`).
2. \`charge\` hands that to the gateway as it is (\`src/charge.ts:11\`).

\`Math.max(0, cents - coupon.value)\` would be enough, if a charge of nothing is one that the gateway takes.`;

/** Answers by what it is asked, so it does not matter in which order, or how often. */
export function shopModel(): ShopModel {
  const spent = { calls: 0, usd: 0 };
  const model = createScriptedModel(
    (request) => {
      const blocks = answer(request).map(([name, input], index) => ({
        ...({ type: 'tool-call' } as const),
        ...{ id: `call-${spent.calls}-${index}`, name, input },
      }));
      const usage = usageOf(request, blocks);
      spent.calls += 1;
      for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const)
        spent.usd += (usage[kind] * PRICE[kind]) / 1e6;
      return { blocks, stop: 'tool-calls', usage } satisfies ModelTurn;
    },
    { price: PRICE },
  );
  return { model, spent: () => ({ ...spent }) };
}

type Call = readonly [tool: string, input: unknown];

function answer({ tools, messages }: ModelRequest): readonly Call[] {
  const has = (tool: string) => tools.some(({ name }) => name === tool);
  const [first] = messages;
  const told = first?.role === 'user' ? first.text : '';
  if (has('judge_finding')) return [['judge_finding', judgementOf(told)]];
  if (!has('give_answer')) return review(told);
  // It looks before it speaks.
  return messages.length === 1
    ? [
        ['read_file', { path: 'src/coupon.ts' }],
        ['search', { pattern: 'discounted' }],
      ]
    : [['give_answer', { answer: EXPLANATION }]];
}

function review(told: string): readonly Call[] {
  const parts = new Map(
    told
      .split(/^(?=file: )/m)
      .slice(1)
      .map((part) => [/^file: (.*)/.exec(part)?.[1] ?? '', part.split('\n')]),
  );
  const found = PROBLEMS.filter(({ path, quote }) =>
    parts.get(path)?.some((line) => line.endsWith(`+${quote}`)),
  );
  const files = [...parts.keys()].map((path) => ({ path, change: CHANGES[path] ?? 'changed' }));
  return [
    ...found.map(({ judged: _, ...finding }): Call => ['report_finding', finding]),
    ['finish_review', { summary: 'Read the change and what it calls.', files }],
  ];
}

const judgementOf = (told: string): Problem['judged'] =>
  PROBLEMS.find(({ title }) => told.includes(title))?.judged ?? {
    verdict: 'refuted',
    reason: 'This is not one of the findings of the script.',
  };

/** As a provider would count it: about four characters a token, and what is the same in all requests is in its cache. */
function usageOf({ system, tools, messages }: ModelRequest, blocks: ModelTurn['blocks']): Usage {
  const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);
  return {
    input: tokens(messages),
    output: tokens(blocks),
    cacheRead: tokens([system, tools]),
    cacheWrite: 0,
    estimated: false,
  };
}
