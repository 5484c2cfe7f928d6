import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Model, ModelRequest, ModelTurn } from '../../src/agent/model.ts';
import { jobs } from '../../src/app/jobs.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';
import type { JobPayload } from '../../src/tasks/job.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { LoopbackGitHub, SeenPullRequest } from '../support/github/loopback-github.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { type AppWorld, startApp } from './app-world.ts';

export const SHOP = 'acme/shop';

/** Two findings of a check: an error at line 2 of `src/a.ts`, another one in `src/b.ts`. */
export const TWO_FINDINGS = {
  'src/a.ts': 'export const a = 1;\ndebugger;\n',
  'src/b.ts': 'export const b = 1;\ndebugger;\n',
};

let databases: Databases;

/** For the tests of a file: PostgreSQL where there is one. */
export function useDatabases(): void {
  beforeAll(async () => {
    const [first] = DATABASES;
    if (first === undefined) throw new Error('no database');
    databases = await first[1]();
  });
  afterAll(() => databases.stop());
}

/** Writes the operator's own configuration. */
export function configure(world: AppWorld, yaml: string): void {
  const folder = join(world.door().env['HOME'] ?? '', '.config', 'code-agent');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yml'), yaml);
}

export interface TalkOptions {
  /** What a model answers to each of its turns. None: no model is there. */
  readonly model?: (request: ModelRequest) => ModelTurn;
  /** US dollars for each million tokens that it reads or writes. */
  readonly price?: number;
  /** Of the operator's own configuration. */
  readonly config?: string;
  readonly github?: Parameters<typeof testGitHub>[0];
  readonly base?: Parameters<LoopbackGitHub['addRepository']>[1];
  readonly pull?: Partial<Parameters<LoopbackGitHub['openPullRequest']>[1]>;
  /** Before the pull request is opened. */
  readonly before?: (world: AppWorld) => void | Promise<void>;
}

/** A pull request of the App's, and people who talk in it. */
export interface Talk extends AppWorld {
  readonly number: number;
  /** All that the model was asked. */
  readonly asked: readonly ModelRequest[];
  seen(): SeenPullRequest;
  /** Says something in the conversation and waits until nothing is left to be done. Answers the bodies that we have answered with. */
  say(body: string, by?: string): Promise<string[]>;
  /** The same in the thread of the finding at this file. */
  reply(path: string, body: string, by?: string): Promise<string[]>;
  /** Our answers to commands, in the conversation and in threads, without their markers. */
  answers(): string[];
  /** The id that stands below the comment about this file. */
  findingId(path: string): string;
}

export async function startTalk(options: TalkOptions = {}): Promise<Talk> {
  const github = await testGitHub(options.github);
  await github.addRepository(SHOP, {
    files: { 'src/a.ts': 'export const a = 1;\n', 'src/b.ts': 'export const b = 1;\n' },
    ...options.base,
  });
  const asked: ModelRequest[] = [];
  const { model, price: perMillion } = options;
  const price =
    perMillion === undefined
      ? null
      : { input: perMillion, output: perMillion, cacheRead: perMillion, cacheWrite: perMillion };
  const models: Model[] =
    model === undefined
      ? []
      : [
          createScriptedModel(
            (request) => {
              asked.push(request);
              return model(request);
            },
            { price },
          ),
        ];
  const world = await startApp(github, {
    databaseUrl: await databases.migrated(),
    ...(models.length > 0 && { models }),
  });
  if (options.config !== undefined) configure(world, options.config);
  await options.before?.(world);
  const number = await github.openPullRequest(SHOP, {
    head: 'topic',
    push: { files: TWO_FINDINGS },
    ...options.pull,
  });
  await world.idle();
  const seen = () => github.pullRequest(SHOP, number);
  const answers = () =>
    [...seen().issueComments, ...seen().reviewComments]
      .filter(({ user, body }) => user === github.app.login && body.includes('<!-- code-agent:answer:'))
      .map(({ body }) => body.slice(0, body.lastIndexOf('<!-- code-agent:')).trim());
  const saidBy = async (say: () => Promise<number>): Promise<string[]> => {
    const before = answers();
    await say();
    await world.idle();
    const more = [...answers()];
    for (const one of before) more.splice(more.indexOf(one), 1);
    return more;
  };
  const commentAt = (path: string) => {
    const found = seen().reviewComments.find((one) => one.path === path && one.inReplyTo === null);
    if (found === undefined) throw new Error(`there is no comment at ${path}`);
    return found;
  };
  return {
    ...world,
    ...{ number, asked, seen, answers },
    say: (body, by = 'mona') => saidBy(() => github.comment(SHOP, number, body, { by })),
    reply: (path, body, by = 'mona') =>
      saidBy(() => github.replyInThread(SHOP, number, commentAt(path).id, body, { by })),
    findingId(path) {
      const [, id = ''] = /<sub>`([0-9a-f]+)`/.exec(commentAt(path).body) ?? [];
      return id;
    },
  };
}

/** Runs the job of a comment in the conversation, as when a worker was killed before it was done. Answers the jobs that it added. */
export async function runAgain(
  talk: Talk,
  { comment, body, author }: Pick<JobPayload<'comment'>, 'comment' | 'body' | 'author'>,
): Promise<string[]> {
  const added: string[] = [];
  const job: JobPayload<'comment'> = {
    ...{ installation: talk.github.installationOf(SHOP), repository: talk.github.repositoryId(SHOP) },
    ...{ number: talk.number, kind: 'issue', comment, body, author, inReplyTo: null },
    updatedAt: new Date().toISOString(),
  };
  await jobs(talk.door()).comment(job, {
    ...{ id: '1', attempt: 2, maxAttempts: 10, signal: new AbortController().signal },
    queue: { add: async (name) => void added.push(name) },
  });
  return added;
}

let calls = 0;

/** A turn that calls tools. */
export const turn = (...uses: readonly (readonly [tool: string, input: unknown])[]): ModelTurn => ({
  blocks: uses.map(([name, input]) => ({ type: 'tool-call', id: `call${++calls}`, name, input })),
  stop: 'tool-calls',
  usage: { input: 1_000, output: 100, cacheRead: 0, cacheWrite: 0, estimated: false },
});

/** Whether a model is asked a question, to review, or to look a second time. */
export function roleOf({ tools }: ModelRequest): 'answerer' | 'reviewer' | 'judge' {
  const has = (name: string) => tools.some((tool) => tool.name === name);
  if (has('give_answer')) return 'answerer';
  return has('judge_finding') ? 'judge' : 'reviewer';
}

/** A reviewer that finds nothing, and who answers what is given. */
export const answering =
  (answer: (request: ModelRequest) => ModelTurn) =>
  (request: ModelRequest): ModelTurn =>
    roleOf(request) === 'answerer'
      ? answer(request)
      : turn(['finish_review', { summary: 'Nothing is wrong.' }]);

/** The text of all that was sent in a request. */
export const textOf = (request: ModelRequest): string => JSON.stringify(request);
