import type {
  LoopbackGitHub,
  NewPullRequest,
  PushSource,
} from '../../test/support/github/loopback-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startAppBehindGitHub } from './app-behind-github.ts';
import type { AppNews } from './app-process.ts';
import type { Workbench } from './workbench.ts';

/** The App (support/app-process) in front of a GitHub of this process. */
export interface AppUnderTest {
  readonly github: LoopbackGitHub;
  /** Opens a pull request and waits until all of its review is done. */
  open(repository: string, pull: NewPullRequest): Promise<TimedReview>;
  push(repository: string, number: number, branch: string, source: PushSource): Promise<TimedReview>;
  stop(): Promise<void>;
}

/** From the webhook to the completed check run. Milliseconds. */
export interface TimedReview {
  readonly number: number;
  readonly whole: number;
  /** Up to where the mirror has the head. */
  readonly fetch: number;
  /** From there to where it asks what stands there already, to post what does not. */
  readonly review: number;
  readonly posting: number;
  /** Of all of it: that GitHub's API was waited for. */
  readonly waited: number;
}

/** With a database of its own. */
export async function startAppUnderTest(
  workbench: Workbench,
  server: PostgresServer,
  writeGapMs: number,
): Promise<AppUnderTest> {
  const app = await startAppBehindGitHub(workbench, server, { writeGapMs, tasks: 0 });
  const { github, news, stop } = app;
  const timed = async (change: () => Promise<number>): Promise<TimedReview> => {
    app.forget();
    const from = github.deliveries.length;
    const number = await change();
    await app.idle();
    const sent = github.deliveries.slice(from).find(({ event }) => event === 'pull_request');
    if (sent === undefined) throw new Error('no webhook was sent');
    return timesOf(number, sent.at.getTime(), news);
  };
  return {
    github,
    open: (repository, pull) => timed(() => github.openPullRequest(repository, pull)),
    push: (repository, number, branch, source) =>
      timed(async () => {
        await github.push(repository, branch, source);
        return number;
      }),
    stop,
  };
}

function timesOf(number: number, sentAt: number, news: readonly AppNews[]): TimedReview {
  const answers = news.filter((one) => one.kind === 'answered');
  const fetchedAt = news.find((one) => one.kind === 'fetched')?.at;
  // Asked at the beginning, for what people think of what stands there, and when it is to be posted.
  const standing = answers.findLast(({ operation }) => operation.startsWith('graphql/'));
  const last = answers.findLast(({ operation }) => operation === 'checks/update');
  if (fetchedAt === undefined || standing === undefined || last === undefined)
    throw new Error(`it was not reviewed: ${answers.map(({ operation }) => operation).join(', ')}`);
  const postingAt = standing.at - standing.ms;
  return {
    number,
    whole: last.at - sentAt,
    fetch: fetchedAt - sentAt,
    review: postingAt - fetchedAt,
    posting: last.at - postingAt,
    waited: answers.reduce((sum, { ms }) => sum + ms, 0),
  };
}
