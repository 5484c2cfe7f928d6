import { monotonicMs } from '../src/agent/clock.ts';
import { plural } from '../src/report/summary.ts';
import type { SeenPullRequest } from '../test/support/github/loopback-github.ts';
import { plainText, postedBetween, stateOf } from './posted.ts';
import type { ShopModel } from './script-model.ts';
import { SHOP } from './shop.ts';
import type { Shop } from './start-shop.ts';
import { wrap } from './wrap.ts';

export interface TellerOptions {
  readonly shop: Shop;
  readonly model: ShopModel;
  readonly color: boolean;
  readonly write: (line: string) => void;
}

/** What a step has come to. */
export interface Step {
  readonly seen: SeenPullRequest;
  /** Calls of the model. */
  readonly calls: number;
  /** Of the newest check run on the head; '' when there is none. */
  readonly check: string;
  /** The first comment of the App in the conversation. */
  readonly summary: string;
  /** The first thread of a file: its first comment, where that stands, and all texts in it. */
  thread(path: string): {
    readonly id: number;
    readonly line: number | null;
    readonly texts: readonly string[];
  };
}

/** Tells what happens to pull request 1 of the shop, and whether it is what should. */
export interface Teller {
  /** Does it, waits until the App has nothing left to do, and tells what was posted and what it took. */
  step(title: string, act: () => Promise<unknown>): Promise<Step>;
  /** Says whether that is so; remembers it when it is not. */
  expect(text: string, isSo: boolean): void;
  /** What should be so and is not. */
  readonly mismatches: readonly string[];
}

export function createTeller({ shop, model, color, write }: TellerOptions): Teller {
  const { github, idle } = shop;
  const mismatches: string[] = [];
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  let before: SeenPullRequest | null = null;
  let steps = 0;
  return {
    mismatches,
    async step(title, act) {
      const [start, requests, spent] = [monotonicMs(), github.requests.length, model.spent()];
      await act();
      await idle();
      const seconds = (monotonicMs() - start) / 1000;
      const asked = github.requests.slice(requests);
      const ofGit = asked.filter(({ operation }) => operation?.startsWith('git/')).length;
      const { calls, usd } = model.spent();
      const seen = github.pullRequest(SHOP, 1);

      steps += 1;
      write(`\n${paint(1, `${steps}  ${title}`)}`);
      for (const { what, text } of postedBetween(before, seen)) {
        write(`   ${paint(36, what)}`);
        for (const line of plainText(text).flatMap((one) => wrap(one))) write(`   ${paint(2, '│')} ${line}`);
      }
      const facts = [
        `${seconds.toFixed(1)} s`,
        `${plural(asked.length - ofGit, 'request')} to GitHub and ${ofGit} of git`,
        `${plural(calls - spent.calls, 'call')} of the model`,
        ...(calls > spent.calls ? [`$${(usd - spent.usd).toFixed(3)}`] : []),
      ];
      write(`   ${paint(2, facts.join(' · '))}`);
      before = seen;
      return { ...looked(seen, github.app.login), calls: calls - spent.calls };
    },
    expect(text, isSo) {
      write(`   ${isSo ? paint(32, '✓') : paint(31, '✗ not so:')} ${text}`);
      if (!isSo) mismatches.push(text);
    },
  };
}

function looked(seen: SeenPullRequest, bot: string): Omit<Step, 'calls'> {
  const run = seen.checkRuns.findLast(({ headSha }) => headSha === seen.headSha);
  return {
    seen,
    check: run === undefined ? '' : stateOf(run),
    summary: seen.issueComments.find(({ user }) => user === bot)?.body ?? '',
    thread(path) {
      const { line = null, comments = [] } = seen.threads.find((one) => one.path === path) ?? {};
      return { id: comments[0]?.id ?? 0, line, texts: comments.map(({ body }) => body) };
    },
  };
}
