import type { ShopModel } from './script-model.ts';
import { BEFORE, MEANWHILE, OPENED, PULL_REQUEST, PUSHED, SHOP } from './shop.ts';
import type { Shop } from './start-shop.ts';
import type { Teller } from './teller.ts';

/** A pull request from its beginning to a green check run, with what must be so on the way. */
export async function story({ github, warnings }: Shop, model: ShopModel, tell: Teller): Promise<void> {
  const { step, expect } = tell;
  await github.addRepository(SHOP, { files: BEFORE });

  const opened = await step(`mona opens pull request #1: ${PULL_REQUEST.title}`, () =>
    github.openPullRequest(SHOP, { ...PULL_REQUEST, push: { files: OPENED } }),
  );
  const paths = opened.seen.threads.map(({ path }) => path).sort();
  const first = opened.thread('src/coupon.ts');
  const suggested = opened.thread('src/charge.ts').texts[0] ?? '';
  expect('three comments: one of a check, two of the model', `${paths}` === `${FOUND}`);
  expect('one of them suggests what can be committed', suggested.includes('```suggestion\n      await '));
  expect('what it said of src/order.ts a second look refuted', opened.summary.includes('look refuted'));
  expect('the check run fails, and holds up the merge', opened.check === 'failure');

  const pushed = await step('mona pushes: the loop waits, the key is gone, a comment is longer', () =>
    github.push(SHOP, PULL_REQUEST.head, { files: PUSHED, message: 'Wait between attempts' }),
  );
  const fixed = `Fixed in \`${pushed.seen.headSha.slice(0, 7)}\``;
  const said = (path: string) => pushed.thread(path).texts.at(-1) ?? '';
  const moved = pushed.thread('src/coupon.ts');
  expect('only what was changed is paid for', pushed.calls > 0 && pushed.calls < opened.calls);
  expect(
    'two threads say where they are fixed',
    said(FOUND[0]).startsWith(fixed) && said(FOUND[2]).startsWith(fixed),
  );
  expect(
    `the third is where it was, and went from line ${first.line} to ${moved.line}`,
    isMoved(first, moved),
  );
  expect('the summary is the same comment', pushed.seen.issueComments.length === 1);
  expect('it counts', pushed.summary.includes('2 fixed, 1 still open, 0 new'));

  await github.push(SHOP, 'main', { files: MEANWHILE, message: 'Say where coupons come from' });
  const rebased = await step('others have changed the base branch, and mona rebases', () =>
    github.rebase(SHOP, 1),
  );
  const after = rebased.thread('src/coupon.ts');
  expect('nothing is paid', rebased.calls === 0);
  expect(
    `nothing is said; the thread went to line ${after.line}`,
    isMoved(moved, after) && isAsLong(rebased, pushed),
  );
  expect('the new head has its check run', rebased.check === 'failure');

  const explained = await step('mona wants to know more of the coupon', () =>
    github.replyInThread(SHOP, 1, first.id, '/agent explain'),
  );
  expect('it is answered by a model that looked around first', explained.calls === 2);
  expect('in the same thread', explained.thread('src/coupon.ts').texts.length === 3);

  const dismissed = await step('mona knows why that does not happen', () =>
    github.replyInThread(SHOP, 1, first.id, '/agent dismiss the basket takes no coupon above its total'),
  );
  expect('the check run of the same head turns', dismissed.check === 'success');
  expect('for nothing', dismissed.calls === 0);

  const asked = await step('mona asks what it cost', () => github.comment(SHOP, 1, '/agent cost'));
  const answer = asked.seen.issueComments.at(-1)?.body ?? '';
  expect('what the calls cost', answer.includes(`| $${model.spent().usd.toFixed(2)} |`));

  const wrong = [...github.refusals, ...github.violations].map((one) => `${one.operation}: ${one.problem}`);
  const lost = github.deliveries.filter(({ status }) => status !== 202).map(({ event }) => event);
  expect(['GitHub refused nothing that was sent', ...wrong].join('\n   '), wrong.length === 0);
  expect(['every webhook was taken', ...lost].join('\n   '), lost.length === 0);
  expect(['the App warned of nothing', ...warnings].join('\n   '), warnings.length === 0);
}

const FOUND = ['src/charge.ts', 'src/coupon.ts', 'src/receipts.ts'] as const;

type Step = Awaited<ReturnType<Teller['step']>>;
type Thread = ReturnType<Step['thread']>;

/** The same comment, and nothing behind it, further below. */
const isMoved = (before: Thread, after: Thread): boolean =>
  before.id === after.id && after.texts.length === 1 && (after.line ?? 0) > (before.line ?? 0);

const isAsLong = ({ seen: one }: Step, { seen: other }: Step): boolean =>
  one.reviewComments.length === other.reviewComments.length &&
  one.issueComments.length === other.issueComments.length;
