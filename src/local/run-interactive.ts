import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionEvent } from '../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { keepBranch } from '../git/keep-branch.ts';
import { createWorktree } from '../git/worktree.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { type Redact, redactSecrets } from '../review/redact.ts';
import { journalIds, readJournal } from '../sessions/journal.ts';
import { slugOf } from '../tasks/branch-name.ts';
import { renderPlanning } from '../tasks/render-task.ts';
import { runPersona } from '../tasks/run-persona.ts';
import type { Person } from '../tasks/task-door.ts';
import { createAsk } from '../tools/ask.ts';
import { createWriteDesign, type Design } from '../tools/write-design.ts';
import { addTask, clearTask, type LocalTask, taskFolder, writeTask } from './local-tasks.ts';
import type { ModelAsk } from './model-reviewer.ts';
import { openTask } from './open-task.ts';
import { configAt, type Door, type OpenRepository } from './prepare-review.ts';
import { authorOf, freeBranch, headOf } from './run-task.ts';
import { goOnWithTask } from './task-session.ts';

export interface InteractiveOptions {
  /** What the person has in mind, in their words. */
  readonly idea: string;
  readonly ask: ModelAsk;
  readonly person: Person;
  /** Shows a design; null: it is agreed to, else what is to be changed. */
  readonly show: (design: Design, signal: AbortSignal) => Promise<string | null>;
}

export interface InteractiveEnd {
  readonly task: LocalTask;
  /** Null: nothing was agreed to. */
  readonly design: Design | null;
  readonly branch: string | null;
  /** Why there is no design. */
  readonly reason: string | null;
}

/**
 * A conversation about what is to be built, which ends in a design: `docs/<topic>-design.md`, as a commit on a branch of its own.
 * What was said before about the same idea is known. The person's files are not touched.
 */
export async function runInteractive(
  git: OpenRepository,
  door: Door,
  { idea, ask, person, show }: InteractiveOptions,
): Promise<InteractiveEnd> {
  const { repository } = git;
  const head = await headOf(git);
  const { config } = await configAt(git, door, head);
  const began = process.uptime();
  const added = addTask(repository.commonDir, {
    ...{ text: idea, type: 'design', state: 'in_progress', reason: null, pid: process.pid },
    ...{ startedAt: new Date().toISOString(), endedAt: null, base: head.commit },
    ...{ branch: null, head: null, session: null },
  });
  const folder = taskFolder(repository.commonDir, added.id);
  const redact: Redact = (text) => redactSecrets(text, findOverlappingSecrets, ask.knownValues);
  const line = `design/${slugOf(idea)}`;
  const before = earlier(repository.commonDir, line);
  const session = goOnWithTask(repository, { door: 'cli', models: ask.models, line }, redact, null);
  const task: LocalTask = { ...added, session: session.id };
  writeTask(repository.commonDir, task);
  let agreed: Design | null = null;
  const worktree = await createWorktree(repository, head.commit, join(folder, 'worktree'));
  try {
    const opened = await openTask(git, {
      ...{ door, worktree, folder, config, ask, session, redact, person, base: head.commit, policyAt: head },
      ...{ policyDoor: 'cli', permission: 'supervised', told() {}, author: await authorOf(repository) },
      sandbox: 'nothing is run in a conversation',
      dependencies: [],
    });
    const persona = opened.personas.get('analyst');
    if (persona === undefined)
      throw new CodeAgentError('there is no persona analyst', { exitCode: EXIT.incomplete });
    const request = {
      ...({
        id: String(task.id),
        type: 'design',
        permission: 'supervised',
        tests: null,
        persona: null,
        planOnly: false,
      } as const),
      text: await redact(idea),
      context: before === '' ? null : await redact(before),
    };
    const outcome = await runPersona(opened, {
      ...{ run: 'design', persona },
      prompt: renderPlanning(request, opened.around, null, session.nonce).replace(
        'Plan it with propose_plan. Look at the repository with the tools first.',
        'Talk it over with the person by ask, then show the design with write_design.',
      ),
      tools: [
        ...opened.work.tools,
        createAsk(person.ask),
        createWriteDesign(async (design, signal) => {
          const wanted = await show(design, signal);
          if (wanted === null) agreed = design;
          return wanted;
        }),
      ],
      isFinished: () => agreed !== null,
      nudge: 'Show the design with write_design, or ask what is not clear yet.',
    });
    // It is set while the persona runs, which TypeScript does not see.
    const design = agreed as Design | null;
    if (design === null) {
      const reason = outcome.reason ?? 'nothing was agreed to';
      const state = outcome.ended === 'aborted' ? 'cancelled' : 'failed';
      return { task: finished({ state, reason }), design: null, branch: null, reason };
    }
    const path = `docs/${design.topic}-design.md`;
    await opened.work.write(path, `${design.markdown.trimEnd()}\n`);
    await opened.work.commit(
      `Design of ${design.topic.replaceAll('-', ' ')}\n\nCode-Agent-Task: ${task.id}\n`,
      async () => new Date(),
    );
    const branch = await freeBranch(repository, null, `design ${design.topic}`);
    await keepBranch(repository, worktree, branch);
    const ended = finished({ state: 'completed', reason: null, branch, head: await worktree.head() });
    return { task: ended, design, branch, reason: null };
  } catch (error) {
    finished({ state: 'failed', reason: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    worktree.remove();
    rmSync(join(folder, 'worktree'), { recursive: true, force: true });
    clearTask(repository.commonDir, task.id);
  }

  function finished(end: Pick<LocalTask, 'state' | 'reason'> & Partial<LocalTask>): LocalTask {
    const { state } = end;
    const outcome = state === 'completed' || state === 'cancelled' ? state : 'failed';
    session.close(outcome, ask.budget.spent(), (process.uptime() - began) * 1000);
    const done: LocalTask = { ...task, ...end, endedAt: new Date().toISOString() };
    writeTask(repository.commonDir, done);
    return done;
  }
}

/** Sessions of conversations that are looked through. */
const LATEST = 50;

/** What was asked and answered about the same idea before, and the last design that was shown. */
function earlier(commonDir: string, line: string): string {
  for (const id of journalIds(commonDir).reverse().slice(0, LATEST)) {
    const events = readJournal(commonDir, id)?.events ?? [];
    const [first] = events;
    if (first?.type === 'session-started' && first.data.line === line) return conversation(events);
  }
  return '';
}

function conversation(events: readonly SessionEvent[]): string {
  const answers = new Map(
    events.flatMap(({ type, data }) => (type === 'tool-returned' ? [[data.callId, data] as const] : [])),
  );
  return events
    .flatMap(({ type, data }) => {
      if (type !== 'tool-called') return [];
      const { name, id, input } = data.call;
      const answer = answers.get(id);
      if (answer === undefined || typeof input !== 'object' || input === null) return [];
      if (name === 'ask' && 'question' in input)
        return [`Asked: ${input.question}\nAnswered: ${answer.content}`];
      if (name === 'write_design' && 'markdown' in input)
        return [`Shown:\n${input.markdown}\nAnswered: ${answer.content}`];
      return [];
    })
    .join('\n\n');
}
