import type { LoopbackGitHub, RecordedRequest } from '../../test/support/github/loopback-github.ts';
import { startGitHub } from '../../test/support/github/start-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { appChange } from './app-change.ts';
import { createCommentByComment, type LineComment } from './app-comment-by-comment.ts';
import { type AppUnderTest, startAppUnderTest } from './app-under-test.ts';
import type { Table } from './table.ts';
import type { Workbench } from './workbench.ts';

const FILES = 30;

/** A pull request, and maybe a push to it: how many findings there are in each head. */
interface Story {
  readonly title: string;
  readonly findings: readonly number[];
}

const STORIES: readonly Story[] = [
  { title: `5 findings in ${FILES} files`, findings: [5] },
  { title: `30 findings in ${FILES} files`, findings: [30] },
  { title: 'the same after a push, when 1 of 30 is new', findings: [29, 30] },
];

/** What is asked of GitHub's API for the last review of each story. */
export async function measureCalls(workbench: Workbench, server: PostgresServer): Promise<Table[]> {
  const app = await startAppUnderTest(workbench, server, 0);
  const peer = await startGitHub();
  try {
    // It asks once who it is.
    await app.github.addRepository('acme/first');
    await app.open('acme/first', { head: 'topic', push: { files: { 'a.md': '# A\n' } } });
    const tables: Table[] = [];
    for (const [index, story] of STORIES.entries())
      tables.push(await compare(app, peer, `acme/shop-${index}`, story));
    return tables;
  } finally {
    await peer.stop();
    await app.stop();
  }
}

/** The peer is given what the App has posted, for the same pull request on a GitHub without the App. */
async function compare(
  app: AppUnderTest,
  peer: LoopbackGitHub,
  repository: string,
  { title, findings }: Story,
): Promise<Table> {
  const { before, after } = appChange(FILES);
  for (const github of [app.github, peer]) await github.addRepository(repository, { files: before });
  const post = createCommentByComment(peer, repository);
  let ours: readonly RecordedRequest[] = [];
  let theirs: readonly RecordedRequest[] = [];
  let comments = 0;
  for (const [look, count] of findings.entries()) {
    const push = { files: after(1, count) };
    const [from, peerFrom] = [app.github.requests.length, peer.requests.length];
    if (look === 0) {
      await app.open(repository, { head: 'topic', push });
      await peer.openPullRequest(repository, { head: 'topic', push });
    } else {
      await app.push(repository, 1, 'topic', push);
      await peer.push(repository, 'topic', push);
    }
    const seen = app.github.pullRequest(repository, 1);
    comments = seen.reviewComments.length;
    if (comments !== count) throw new Error(`${comments} comments, not ${count}`);
    const lines = seen.reviewComments.flatMap(({ path, line, side, body }): LineComment[] =>
      line === null ? [] : [{ path, line, side, body }],
    );
    await post(1, lines, seen.issueComments[0]?.body ?? '');
    if (peer.pullRequest(repository, 1).reviewComments.length !== count)
      throw new Error('the peer has not posted all of them');
    [ours, theirs] = [app.github.requests.slice(from), peer.requests.slice(peerFrom)];
  }
  const [own, other] = [ours.filter(isApi), theirs.filter(isApi)];
  return {
    title: `Calls of GitHub's API: ${title}`,
    rows: [
      { what: 'a call for each comment', ratio: 1, note: described(other) },
      { what: '**the App**', ratio: own.length / other.length, note: described(own) },
    ],
  };
}

const isApi = ({ operation }: RecordedRequest): boolean => operation?.startsWith('git/') !== true;

/** A call that makes content: GitHub allows 80 a minute (docs.github.com, "Rate limits for the REST API"). */
const isWrite = ({ method, operation }: RecordedRequest): boolean =>
  method !== 'GET' && operation?.startsWith('graphql/') !== true && !operation?.startsWith('apps/');

function described(requests: readonly RecordedRequest[]): string {
  const kilobytes = (of: (one: RecordedRequest) => number): string =>
    `${(requests.reduce((sum, one) => sum + of(one), 0) / 1_000).toFixed(0)} kB`;
  return [
    `${requests.length} calls, ${requests.filter(isWrite).length} of them write`,
    `${kilobytes(({ bytesIn }) => bytesIn)} sent`,
    `${kilobytes(({ bytesOut }) => bytesOut)} received`,
  ].join('; ');
}
