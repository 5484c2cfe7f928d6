import { compare, type Door, openGit } from '../local/prepare-review.ts';
import { plainMarkdown } from '../report/pull-request/sanitize-markdown.ts';
import { spentTexts } from '../report/summary.ts';
import { answerQuestion } from '../review/answer-question.ts';
import { whatLimits } from '../review/day-limits.ts';
import { beginRun, endRun, usageToday } from '../sessions/postgres/pull-request-runs.ts';
import type { CommandCall } from './commands/command-call.ts';
import { withMirror } from './mirror-of.ts';
import { openQuestion } from './open-question.ts';
import { readPolicyAt } from './read-policy-at.ts';
import { cutOff } from './run-end.ts';
import { giveMemory } from './shared-memory.ts';

export interface Asked {
  readonly question: string;
  /** What it is about, when that is not said in the thread. */
  readonly about: string | null;
}

/** What a model says to a question about a pull request, sanitised. Null when this server asks none. */
export async function askAboutChange(call: CommandCall, asked: Asked): Promise<string | null> {
  const { door, subject, job, signal, operator, confirmAllowed } = call;
  const { sql, serverUrl } = door;
  const reached = whatLimits(
    await usageToday(sql, subject.key.repository, job.author.id),
    operator.limits,
    new Date(),
  );
  if (reached !== null)
    return `Not answered: a limit of the day is reached (\`${reached.key}\`). It ends at ${reached.until.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
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
      if ('failure' in ask) return `Not answered: ${plainMarkdown(ask.failure.message, { hosts: [] })}.`;
      await confirmAllowed();
      const run = await beginRun(sql, {
        ...subject.key,
        kind: 'question',
        head: mirror.head,
        askedBy: job.author.id,
      });
      const comparison = await compare(git, here, mirror.range);
      const line = `pull/${subject.key.number}`;
      const opened = await openQuestion(git, comparison, policy, { ...ask, line, knownValues: door.held });
      const told = {
        text: await subject.redact(asked.question),
        thread: await threadOf(call, asked.about),
        files: opened.files,
        message: opened.setup.context.message,
      };
      const answer = await answerQuestion(told, opened.setup, signal);
      opened.end('answer' in answer);
      const { calls, usage, usd } = ask.budget.spent();
      const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
      const ended = 'answer' in answer ? ('answered' as const) : ('failed' as const);
      await endRun(sql, run, { ...cutOff('failed', null), outcome: ended, calls, tokens, usd });
      await giveMemory(door, subject.key.repository, mirror.gitDir);
      if ('failure' in answer) return `Not answered: ${plainMarkdown(answer.failure, { hosts: [] })}.`;
      const hosts = [new URL(serverUrl).hostname, ...operator.linkHosts];
      const foot = spentTexts(ask.budget.spent()).join(' · ');
      return `${plainMarkdown(answer.answer, { hosts })}${foot === '' ? '' : `\n\n<sub>${foot}</sub>`}`;
    } finally {
      git.close();
    }
  });
}

/** What was said before in the thread, secrets taken out; else what the question is about. */
async function threadOf(
  { thread, job, subject }: CommandCall,
  about: string | null,
): Promise<{ readonly author: string; readonly text: string }[]> {
  if (about !== null) return [{ author: 'finding', text: await subject.redact(about) }];
  const before = (thread?.thread.comments ?? []).filter(({ id }) => id < job.comment);
  return Promise.all(
    before.map(async ({ author, body }) => ({
      author: author?.login ?? 'somebody',
      text: await subject.redact(body),
    })),
  );
}
