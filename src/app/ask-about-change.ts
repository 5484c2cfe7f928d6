import type { ModelAsk } from '../local/model-reviewer.ts';
import { compare, type Door, type OpenRepository, openGit } from '../local/prepare-review.ts';
import { plainMarkdown } from '../report/pull-request/sanitize-markdown.ts';
import { spentTexts } from '../report/summary.ts';
import { answerQuestion, type QuestionAnswer } from '../review/answer-question.ts';
import { type ReachedLimit, whatLimits } from '../review/day-limits.ts';
import type { Question } from '../review/render-question.ts';
import { beginRun, endRun, usageToday } from '../sessions/postgres/pull-request-runs.ts';
import { shownPath } from '../tools/shown-path.ts';
import type { CommandCall, Reply } from './commands/command-call.ts';
import { withMirror } from './mirror-of.ts';
import { openQuestion } from './open-question.ts';
import { type PolicyAt, readPolicyAt } from './read-policy-at.ts';
import { cutOff } from './run-end.ts';
import { giveMemory } from './shared-memory.ts';

export interface Asked {
  readonly question: string;
  /** What it is about, when that is not said in the thread. */
  readonly about: string | null;
}

/** What a model says to a question about a pull request, sanitised. Null when this server asks none. */
export async function askAboutChange(call: CommandCall, asked: Asked): Promise<string | Reply | null> {
  const { door, subject, job, signal, operator, confirmAllowed } = call;
  const usage = await usageToday(door.sql, subject.key.repository, job.author.id);
  const reached = whatLimits(usage, operator.limits, new Date());
  if (reached !== null) return limitReply(reached, job.author.id);
  return withMirror(door, subject, signal, async (mirror) => {
    const git = await openGit({ cwd: mirror.gitDir, env: mirror.env, signal });
    try {
      const policy = await readPolicyAt(door, git, mirror.base, signal);
      if ('problem' in policy)
        return 'Not answered: the configuration of this repository is wrong. `/agent config` says why.';
      const here: Door = { cwd: mirror.gitDir, env: door.env, signal };
      const ask = await door.askModels(here, policy.config, {
        door: 'app',
        within: policy.config.review.timeout,
        message: `${subject.pull.title}\n\n${subject.pull.body}`,
      });
      if (ask === undefined) return null;
      if ('failure' in ask) return notAnswered(ask.failure.message);
      await confirmAllowed();
      const given = await askModel(call, asked, git, { ask, policy, here, ...mirror });
      if ('failure' in given) return notAnswered(given.failure);
      const hosts = [new URL(door.serverUrl).host, ...operator.linkHosts];
      const foot = spentTexts(ask.budget.spent()).join(' · ');
      return `${plainMarkdown(given.answer, { hosts })}${foot === '' ? '' : `\n\n<sub>${foot}</sub>`}`;
    } finally {
      git.close();
    }
  });
}

/** Said once a day to each person in the same place: who floods us with questions gets one answer behind the limit. */
function limitReply({ key, until }: ReachedLimit, person: number): Reply {
  const day = until.toISOString().slice(0, 16).replace('T', ' ');
  return {
    text: `Not answered: a limit of the day is reached (\`${key}\`). What you ask here goes unanswered until ${day} UTC.`,
    key: `limit-${person}-${until.toISOString().slice(0, 10)}`,
  };
}

const notAnswered = (why: string): string => `Not answered: ${plainMarkdown(why, { hosts: [] })}.`;

interface AskedModel {
  readonly ask: ModelAsk;
  readonly policy: PolicyAt;
  readonly here: Door;
  readonly gitDir: string;
  readonly head: string;
  readonly range: string;
}

/** Asks, as a session of its own. What it took is noted however it ends; one that was ended from outside is begun anew. */
async function askModel(
  call: CommandCall,
  asked: Asked,
  git: OpenRepository,
  { ask, policy, here, gitDir, head, range }: AskedModel,
): Promise<QuestionAnswer> {
  const { door, subject, job, signal } = call;
  const { key } = subject;
  const run = await beginRun(door.sql, {
    ...key,
    kind: 'question',
    head,
    baseRef: subject.pull.base.ref,
    askedBy: job.author.id,
  });
  let answer: QuestionAnswer | null = null;
  try {
    const opened = await openQuestion(git, await compare(git, here, range), policy, {
      ...ask,
      line: `pull/${key.number}`,
    });
    try {
      const question: Question = {
        text: await subject.redact(asked.question),
        ...(await whereAsked(call, asked.about)),
        files: opened.files,
        message: opened.setup.context.message,
      };
      answer = await answerQuestion(question, opened.setup, signal);
    } finally {
      opened.end(answer !== null && 'answer' in answer);
    }
    signal.throwIfAborted();
    return answer;
  } finally {
    const { calls, usage, usd } = ask.budget.spent();
    const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
    const outcome = answer !== null && 'answer' in answer ? 'answered' : 'failed';
    await endRun(door.sql, run, { ...cutOff('failed', null), outcome, calls, tokens, usd });
    await giveMemory(door, key.repository, gitDir);
  }
}

/** What was said before in the thread, and at which line, secrets taken out; else what the question is about. */
async function whereAsked(
  { job, subject }: CommandCall,
  about: string | null,
): Promise<Pick<Question, 'place' | 'thread'>> {
  const { redact, reader, key } = subject;
  const finding = about === null ? [] : [{ author: 'finding', text: await redact(about) }];
  if (job.kind === 'issue' || about !== null) return { place: null, thread: finding };
  const root = job.inReplyTo ?? job.comment;
  const { items } = await reader.reviewComments(key.number);
  const thread = items.filter(({ id, inReplyTo }) => id === root || inReplyTo === root);
  const [first] = thread;
  const line = first?.line ?? first?.originalLine ?? null;
  const place = first === undefined ? null : `${shownPath(first.path)}${line === null ? '' : `:${line}`}`;
  const before = thread.filter(({ id }) => id < job.comment);
  return {
    place: place === null ? null : await redact(place),
    thread: await Promise.all(
      before.map(async ({ author, body }) => ({
        author: author?.login ?? 'somebody',
        text: await redact(body),
      })),
    ),
  };
}
