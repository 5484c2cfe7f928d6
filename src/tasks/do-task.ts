import * as z from 'zod/mini';
import type { AgentOutcome } from '../agent/events.ts';
import type { Persona } from '../agent/load-personas.ts';
import { ToolFailure } from '../agent/tool.ts';
import type { AnyTool } from '../agent/tool-registry.ts';
import { displayPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Finding } from '../review/finding.ts';
import type { Review } from '../review/review.ts';
import { createAsk } from '../tools/ask.ts';
import { createCommit } from '../tools/commit.ts';
import { createFinishTask, type TaskEnd } from '../tools/finish-task.ts';
import { createKeptOutputs, createShowOutput } from '../tools/kept-outputs.ts';
import { createProposePlan, type Plan } from '../tools/propose-plan.ts';
import { type CommandRun, createRunTests, createShell } from '../tools/run-command.ts';
import { createShowChanges } from '../tools/show-changes.ts';
import { createStepDone } from '../tools/step-done.ts';
import { commitMessage } from './commit-message.ts';
import { findTests } from './find-tests.ts';
import { isTestPath } from './is-test-path.ts';
import { protectedChanges } from './protected-changes.ts';
import { renderPlanning, renderWork } from './render-task.ts';
import { runPersona } from './run-persona.ts';
import { type Evidence, isGreen, type TaskReport, type TaskRequest, type TestEvidence } from './task.ts';
import type { ChangedFile, TaskDoor } from './task-door.ts';
import { personaOf } from './task-type.ts';
import { countsText, testCounts } from './test-counts.ts';

/** So often it is gone back to the one who did it: with red tests, or with what the review of its change has found. */
const ROUNDS = 3;
/** Seconds of one run of the tests. */
const TEST_SECONDS = 900;

const NO_EVIDENCE: Evidence = { before: null, after: null, withoutFix: null, unproven: null, review: null };

/**
 * Does a task, from the request to commits with evidence. Whatever it comes to, it says so in its report; it rejects only for
 * what is broken here. Nothing leaves the worktree by it.
 */
export async function doTask(task: TaskRequest, door: TaskDoor): Promise<TaskReport> {
  const report = await carryOut(task, door)
    .catch((error: unknown) => {
      if (door.signal.aborted) return ended('cancelled', null);
      if (error instanceof ToolFailure) return ended('failed', error.message);
      throw error;
    })
    .finally(() => door.work.close());
  return door.signal.aborted ? { ...report, ...ended('cancelled', 'it was stopped') } : report;
}

async function carryOut(task: TaskRequest, door: TaskDoor): Promise<TaskReport> {
  const found = task.tests === null ? await findTests(door.work.base) : null;
  const planned = await makePlan(task, door, task.tests ?? found?.command ?? null);
  if ('ended' in planned)
    return { ...ended('failed', `there is no plan: ${reasonOf(planned)}`), retryable: planned.retryable };
  const plan = { ...planned, tests: task.tests ?? found?.command ?? planned.tests };
  door.told({ type: 'plan', plan });
  if (task.planOnly || task.type === 'plan') return { ...ended('planned', null), plan };
  if (!(await door.person.agrees(plan))) return { ...ended('cancelled', 'the plan was not agreed to'), plan };

  const notInstalled = await door.work.install(door);
  const before = await runTests(door, plan.tests, 'before', 0);
  const worked = await workUntilDone(task, door, plan, before);
  const { end, after, review } = worked;
  const { reason, retryable } = worked;
  const report = { ...ended('failed', reason), retryable, plan, summary: end?.summary ?? null };
  if (end !== null && !end.done) return { ...report, reason: end.summary };
  const tree = await door.work.tree();
  const files = await door.work.changedFiles(tree);
  if (files.length === 0) return { ...report, reason: reason ?? 'nothing was changed' };

  const needYes = await protectedChanges(files, door.work.base, door.work.read(tree));
  if (end === null || reason !== null)
    // What there is may be of use to somebody; what needs a yes has none.
    return { ...report, head: needYes.length > 0 ? null : await commitAll(door, task, 'Unfinished work') };
  const head = await commitAll(door, task, end.commitMessage);
  const proof = await proveFix(task, door, plan.tests, files);
  const evidence: Evidence = { before, after, ...proof, review: review && judgement(review) };
  if (needYes.length > 0 && !(await door.person.allows(needYes, tree))) {
    const paths = needYes.map(({ path, why }) => `${displayPath(path)} (${why})`).join(', ');
    return { ...report, evidence, outcome: 'cancelled', reason: `nobody said yes to the change of ${paths}` };
  }
  return {
    ...report,
    head,
    outcome: 'completed',
    reason: null,
    evidence,
    red: redOf(door, plan, evidence, notInstalled),
  };
}

const ended = (outcome: TaskReport['outcome'], reason: string | null): TaskReport => ({
  ...{ outcome, reason, retryable: false, plan: null, summary: null, red: [], head: null },
  evidence: NO_EVIDENCE,
});

/** An outcome says why there is no plan. */
async function makePlan(
  task: TaskRequest,
  door: TaskDoor,
  tests: string | null,
): Promise<Plan | AgentOutcome> {
  let plan: Plan | null = null;
  const outcome = await runPersona(door, {
    run: 'plan',
    persona: personaNamed(door, 'planner'),
    prompt: renderPlanning(task, door.around, tests, door.nonce),
    tools: [
      ...door.work.tools,
      createProposePlan((proposed) => {
        plan = proposed;
      }),
    ],
    isFinished: () => plan !== null,
    nudge: 'Give your plan with propose_plan.',
  });
  // It is set while the persona runs, which TypeScript does not see.
  const proposed = plan as Plan | null;
  return proposed ?? outcome;
}

interface Worked {
  /** Null: it ended without a word. */
  readonly end: TaskEnd | null;
  /** What the one who did it ended of, when it was not by its own word. */
  readonly reason: string | null;
  readonly retryable: boolean;
  readonly after: TestEvidence | null;
  readonly review: Review | null;
}

/** Has it done, tested and reviewed, and gone back to as long as something is wrong with it. */
async function workUntilDone(
  task: TaskRequest,
  door: TaskDoor,
  plan: Plan,
  before: TestEvidence | null,
): Promise<Worked> {
  let again: string[] = [];
  for (let round = 1; ; round += 1) {
    const { end, outcome } = await work(task, door, plan, before, round, again);
    const reason = outcome.ended === 'finished' ? null : reasonOf(outcome);
    const { retryable } = outcome;
    if (end === null || reason !== null || !end.done)
      return { end, reason, retryable, after: null, review: null };
    const after = await runTests(door, plan.tests, 'after', round);
    const review = await door.review(await door.work.tree());
    const failing = openFindings(review).filter(({ severity }) => severity === 'error');
    door.told({ type: 'review', verdict: review.verdict, findings: openFindings(review).length });
    again = [
      ...(after !== null && !isGreen(after) && (before === null || isGreen(before) || isWorse(after, before))
        ? [`The tests fail: ${sentenceOf(after)}`]
        : []),
      ...(review.verdict.outcome === 'fail' ? failing.map(findingText) : []),
    ];
    if (again.length === 0 || round === ROUNDS) return { end, reason: null, retryable, after, review };
    door.told({ type: 'again', because: again });
  }
}

async function work(
  task: TaskRequest,
  door: TaskDoor,
  plan: Plan,
  before: TestEvidence | null,
  round: number,
  again: readonly string[],
): Promise<{ readonly end: TaskEnd | null; readonly outcome: AgentOutcome }> {
  let end: TaskEnd | null = null;
  const outcome = await runPersona(door, {
    run: `work ${round}`,
    persona: personaNamed(door, task.persona ?? personaOf(task.type)),
    prompt: renderWork(
      task,
      door.around,
      {
        plan,
        tests: plan.tests,
        before: before === null ? '' : `Before the work: ${sentenceOf(before)}`,
        again,
      },
      door.nonce,
    ),
    tools: [
      ...workTools(task, door, plan),
      createFinishTask((said) => {
        end = said;
      }),
    ],
    isFinished: () => end !== null,
    nudge: 'End the task with finish_task: say whether it is done, and what was changed.',
  });
  return { end, outcome };
}

function workTools(task: TaskRequest, door: TaskDoor, plan: Plan): AnyTool[] {
  const { work, person, told } = door;
  const { turns, changed, run } = work;
  const outputs = createKeptOutputs();
  const commands: AnyTool[] = [];
  if (typeof run !== 'string') {
    const commandDoor = { run, turns, outputs, changed };
    commands.push(createShell(commandDoor), createShowOutput(outputs));
    if (plan.tests !== null)
      commands.push(
        createRunTests(commandDoor, plan.tests, {
          aside: work.aside,
          told: (ran) =>
            told({ type: 'tests', when: 'during', evidence: { ...ran, counts: testCounts(ran.run.output) } }),
        }),
      );
  }
  return [
    ...work.tools,
    ...commands,
    createShowChanges(turns, work.changes),
    createCommit(turns, (message) => commitWork(door, task, message)),
    createStepDone(plan.steps.length, (step) => told({ type: 'step', step })),
    createAsk(person.ask),
  ];
}

/** Null when there is nothing that is not in one. Made again, it is the same commit. */
async function commitWork(
  { work, record, told }: TaskDoor,
  task: TaskRequest,
  message: string,
): Promise<string | null> {
  const id = await work.commit(commitMessage(message, task.id), (what) =>
    record.step(
      `commit ${what}`,
      (value) => new Date(z.parse(z.iso.datetime(), value)),
      async () => new Date().toISOString(),
    ),
  );
  if (id !== null) told({ type: 'commit', id, subject: message.split('\n')[0] ?? '' });
  return id;
}

/** Answers the last commit, which has all that there is. */
async function commitAll(door: TaskDoor, task: TaskRequest, message: string): Promise<string> {
  await commitWork(door, task, message);
  return door.work.head();
}

/** Null where there is nothing to run, or nothing to run it in. */
async function runTests(
  { work, record, told, signal }: TaskDoor,
  command: string | null,
  when: 'before' | 'after',
  round: number,
): Promise<TestEvidence | null> {
  const { run } = work;
  if (command === null || typeof run === 'string') return null;
  const ran = await record.step(`tests ${when} ${round}`, parseRun, async () => {
    await work.settled();
    const ended = await work.turns(() => work.aside(() => run(command, { seconds: TEST_SECONDS, signal })));
    // What was cut off says nothing of the tests.
    signal.throwIfAborted();
    return ended;
  });
  const evidence = { command, run: ran, counts: testCounts(ran.output) };
  told({ type: 'tests', when, evidence });
  return evidence;
}

/** Of a bug: that its new tests fail where nothing but they is changed. */
async function proveFix(
  task: TaskRequest,
  { work, record, told, signal }: TaskDoor,
  command: string | null,
  files: readonly ChangedFile[],
): Promise<Pick<Evidence, 'withoutFix' | 'unproven'>> {
  const without = (unproven: string | null) => ({ withoutFix: null, unproven });
  if (task.type !== 'bugfix') return without(null);
  if (command === null) return without('no tests are known');
  if (typeof work.run === 'string') return without(work.run);
  const changed = files.map(({ path }) => path);
  const tests = changed.filter(isTestPath);
  if (tests.length === 0) return without('no test was changed');
  if (tests.length === changed.length) return without('nothing but tests was changed');
  const run = await record.step('tests without the fix', parseRun, () =>
    work.runWithout(tests, command, { seconds: TEST_SECONDS, signal }),
  );
  const withoutFix = { command, run, counts: testCounts(run.output) };
  told({ type: 'tests', when: 'without-fix', evidence: withoutFix });
  return { withoutFix, unproven: null };
}

const commandRun = z.object({
  exitCode: z.nullable(z.int()),
  ended: z.string(),
  output: z.string(),
  lost: z.number(),
  ms: z.number(),
});
const parseRun = (value: unknown): CommandRun => z.parse(commandRun, value);

/** What keeps a change from being offered as ready. */
function redOf(
  { work }: TaskDoor,
  { tests }: Plan,
  { after, withoutFix, unproven, review }: Evidence,
  notInstalled: string | null,
): string[] {
  const red: string[] = [];
  if (typeof work.run === 'string') red.push(`nothing was run: ${work.run}`);
  else if (tests === null) red.push('no tests are known: nothing shows that it works');
  else if (after !== null && !isGreen(after)) red.push(`the tests fail: ${sentenceOf(after)}`);
  // Where the tests pass, nothing was missing.
  if (notInstalled !== null && (after === null || !isGreen(after))) red.push(notInstalled);
  if (withoutFix !== null && isGreen(withoutFix))
    red.push('its tests pass without the fix too: they do not show the bug');
  if (unproven !== null && typeof work.run !== 'string' && tests !== null)
    red.push(`nothing shows the bug that it mends: ${unproven}`);
  if (review !== null && review.verdict.outcome === 'fail')
    red.push('the review of the change has found errors');
  if (review !== null && review.verdict.outcome === 'incomplete')
    red.push('the review of the change is incomplete');
  return red;
}

const judgement = (review: Review): Evidence['review'] => ({
  verdict: review.verdict,
  findings: openFindings(review).map(findingText),
});

const openFindings = ({ findings }: Review): Finding[] =>
  findings.filter(({ suppressed }) => suppressed === null);

const findingText = ({ severity, path, place, title, body }: Finding): string =>
  `${severity}: ${displayPath(path)}${place === null ? '' : `:${place.startLine}`}: ${title}. ${body}`;

const isWorse = ({ counts: after }: TestEvidence, { counts: before }: TestEvidence): boolean =>
  after === null || before === null || after.failed > before.failed;

/** `npm test: 1 failed, 41 passed (exit code 1)`, without a full stop. */
export function sentenceOf({ command, run, counts }: TestEvidence): string {
  const how = run.exitCode === null ? `it was killed (${run.ended})` : `exit code ${run.exitCode}`;
  return `${command}: ${counts === null ? how : `${countsText(counts)} (${how})`}`;
}

const reasonOf = ({ reason, advice }: AgentOutcome): string =>
  [reason ?? 'it ended without a word', ...(advice === null ? [] : [advice])].join('. ');

function personaNamed({ personas }: TaskDoor, name: string): Persona {
  const persona = personas.get(name);
  if (persona === undefined)
    throw new CodeAgentError(`there is no persona ${name}`, { exitCode: EXIT.incomplete });
  return persona;
}
