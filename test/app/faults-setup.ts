import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { Files, SeenPullRequest } from '../support/github/loopback-github.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { type AppWorld, type AppWorldOptions, startApp } from './app-world.ts';
import { SECRET } from './intake-setup.ts';
import { type MarkingModel, markingModel } from './marking-model.ts';

export const REPOSITORY = 'acme/shop';

/** Lines that stay: so many that a hunk does not reach from one end to the other. */
export const lines = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, index) => `const line${from + index} = ${from + index};\n`).join('');

export interface Reviewed extends AppWorld {
  readonly model: MarkingModel;
  readonly number: number;
  /** As a person sees it now. */
  seen(): SeenPullRequest;
  /** By fingerprint: the findings of our comments, one for each comment. */
  told(): string[];
  /** Pushes and waits until nothing is left to be done. */
  push(files: Record<string, string | null>): Promise<void>;
}

export interface ReviewedOptions extends Partial<AppWorldOptions> {
  readonly base?: Files;
  readonly files: Record<string, string>;
  readonly github?: Parameters<typeof testGitHub>[0];
  /** Before the pull request is opened. */
  readonly before?: (world: AppWorld) => void;
  /** False: it is opened, and not waited for. */
  readonly wait?: boolean;
  readonly draft?: boolean;
  readonly title?: string;
  readonly labels?: readonly string[];
}

/** Writes the operator's own configuration. */
export function configure(world: AppWorld, yaml: string): void {
  const folder = join(world.door().env['HOME'] ?? '', '.config', 'code-agent');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yml'), yaml);
}

let databases: Databases;

/** PostgreSQL where there is one: for the tests of a file. */
export function useDatabases(): void {
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
  });
  afterAll(() => databases.stop());
}

/** A pull request of the App's, reviewed once. */
export async function openReviewed(options: ReviewedOptions): Promise<Reviewed> {
  const github = await testGitHub(options.github);
  await github.addRepository(REPOSITORY, { files: options.base ?? { 'src/a.ts': lines(40) } });
  const model = markingModel();
  const world = await startApp(github, {
    databaseUrl: await databases.migrated(),
    models: [model.model],
    ...options,
  });
  options.before?.(world);
  const { draft, title, labels } = options;
  const number = await github.openPullRequest(REPOSITORY, {
    head: 'topic',
    push: { files: options.files },
    ...{ draft: draft ?? false, title: title ?? 'A change', labels: labels ?? [] },
  });
  if (options.wait !== false) await world.idle();
  const seen = () => github.pullRequest(REPOSITORY, number);
  return {
    ...world,
    model,
    number,
    seen,
    told: () => toldIn(seen()),
    async push(files) {
      await github.push(REPOSITORY, 'topic', { files });
      await world.idle();
    },
  };
}

/** As `idle`, and what waits to be tried again does not wait. */
export async function hurried({ github, databaseUrl, log }: AppWorld): Promise<void> {
  await github.settled();
  await withDatabase(databaseUrl, {}, async ({ sql }) => {
    for (const end = Date.now() + 40_000; ; ) {
      const [left] = await sql<{ jobs: number }[]>`
        select count(*)::int as jobs from graphile_worker.jobs where attempts < max_attempts`;
      if (left?.jobs === 0) return;
      if (Date.now() > end) throw new Error(`still not done: ${JSON.stringify(log.lines, null, 1)}`);
      await sql`update graphile_worker._private_jobs set run_at = now() where run_at > now() and locked_at is null`;
      await sql`select pg_notify('jobs:insert', '{"r":0,"count":1}')`;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
}

/** GitHub tells the App of what happens, from now on. */
export const listen = ({ github, serving }: AppWorld): void =>
  github.setWebhook(`${serving.url}/api/github/webhooks`, SECRET);

/** The jobs that were not done, as the worker tells of them. */
export const failures = ({ log }: AppWorld): string[] =>
  log.lines.flatMap(({ level, message, fields }) =>
    level === 'warn' || level === 'error' ? [`${message}: ${String(fields['err'] ?? '')}`] : [],
  );

/** The fingerprints of our findings, by their markers. */
export const toldIn = (pull: SeenPullRequest): string[] =>
  bodiesOf(pull).flatMap((body) => markerOf(body, 'finding'));

/** Keys of our markers of a kind in a text. */
export const markerOf = (body: string, kind: string): string[] =>
  [...body.matchAll(/<!-- code-agent:(\w+):(\S+):[0-9a-f]{32} -->/g)].flatMap(([, of, key = '']) =>
    of === kind ? [key] : [],
  );

const bodiesOf = (pull: SeenPullRequest): string[] => pull.reviewComments.map(({ body }) => body);

/** The comments that begin a thread with a finding, by what its title says. */
export const findings = (pull: SeenPullRequest): string[] =>
  pull.threads.flatMap(({ comments: [first] }) => /^\*\*(.+)\*\*/.exec(first?.body ?? '')?.[1] ?? []);

/** What was said in threads that we began, behind the finding. */
export const replies = (pull: SeenPullRequest): string[] =>
  pull.threads.flatMap(({ comments }) => comments.slice(1).map(({ body }) => body.split('\n')[0] ?? ''));

export const summaries = (pull: SeenPullRequest): string[] =>
  pull.issueComments.flatMap(({ body }) => (markerOf(body, 'summary').length > 0 ? [body] : []));

/** `conclusion` of each check run on a head, or its status while it has none. */
export const checksOn = (pull: SeenPullRequest, head = pull.headSha): string[] =>
  pull.checkRuns
    .filter(({ headSha }) => headSha === head)
    .map(({ status, conclusion }) => conclusion ?? status);
