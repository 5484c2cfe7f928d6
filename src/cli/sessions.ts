import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type Door, type OpenRepository, openGit } from '../local/prepare-review.ts';
import { replayReview } from '../local/replay-review.ts';
import { resumeReview } from '../local/resume-review.ts';
import { type ListedSession, listSessions, readSession, sessionId } from '../local/session-list.ts';
import { showProgress } from '../local/show-progress.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { sessionMarkdown } from '../report/session-markdown.ts';
import { durationText, modelTexts, plural } from '../report/summary.ts';
import { exitCodeOf } from '../review/verdict.ts';
import { readJournal, takeJournal } from '../sessions/journal.ts';
import { flagNumber, flagText, oneOfFlag } from './flags.ts';
import { refuseUnwritable, writeOutput } from './output.ts';
import { renderReview } from './render-review.ts';

type Flags = Record<string, unknown>;

/** `code-agent sessions list | show <id> | export <id> | resume <id> | replay <id> | prune --older-than 90d`. */
export async function sessions(
  verb: string,
  id: string | undefined,
  flags: Flags,
  door: Door,
): Promise<number> {
  const git = await openGit(door);
  try {
    const { commonDir } = git.repository;
    if (verb === 'list') return list(listSessions(commonDir), flags);
    if (verb === 'prune') return prune(commonDir, flags);
    if (id === undefined) throw usage(`which session? code-agent sessions ${verb} <id>`);
    const whole = sessionId(commonDir, id);
    if (verb === 'show') return show(commonDir, whole, flags);
    if (verb === 'export') return await exportSession(commonDir, whole, flags);
    if (verb === 'resume') return await resume(git, door, whole, flags);
    if (verb === 'replay') return await replay(git, door, whole, flags);
    throw usage(`sessions has no verb ${JSON.stringify(verb)}: list, show, export, resume, replay or prune`);
  } finally {
    git.close();
  }
}

function list(all: readonly ListedSession[], { json }: Flags): number {
  if (json === true) printJson(all);
  else if (all.length === 0)
    print('There are no sessions here: they begin with the first review by a model.');
  else for (const session of all) print(listLine(session));
  return EXIT.pass;
}

/** `…c0ffee12  2026-11-21 19:46  hook  fail  1 finding  4.1k tokens · $0.012  6.4 s`: the end of an id is what tells it. */
function listLine({ id, state, damage }: ListedSession): string {
  if (state === null) return `…${id.slice(-8)}  nothing of it can be read: ${damage?.why ?? 'it is empty'}`;
  const { ended, findings, usage, usd, calls, startedAt, started } = state;
  return [
    `…${id.slice(-8)}`,
    startedAt.slice(0, 16).replace('T', ' '),
    started.door,
    damage !== null ? 'damaged' : (ended?.outcome ?? 'not ended'),
    plural(findings.length, 'finding'),
    calls === 0 ? 'no model asked' : modelTexts({ tokens: usage, usd, unpriced: false }).join(' · '),
    ...(ended === null ? [] : [durationText(ended.ms)]),
  ].join('  ');
}

function show(commonDir: string, id: string, { json }: Flags): number {
  const session = readSession(commonDir, id);
  if (json === true) {
    printJson({ ...session, events: readJournal(commonDir, id).events });
    return EXIT.pass;
  }
  print(`Session    ${id}`);
  print(`Summary    ${listLine(session)}`);
  const { state, damage } = session;
  if (damage !== null)
    print(
      `Damage     ${damage.kind}: ${damage.why}; ${damage.good} bytes are good, ${damage.lost} are not read`,
    );
  for (const { run, persona, paths, turns, toolCalls, ended } of state?.runs ?? [])
    print(
      `Run ${run}  ${persona}  ${paths.slice(0, 3).join(', ')}  ${plural(turns, 'turn')}, ${plural(toolCalls, 'call')}  ${ended ?? 'not ended'}`,
    );
  for (const { severity, category, path, place, title } of state?.findings ?? [])
    print(
      `Finding    ${severity}  ${category}  ${path}${place === null ? '' : `:${place.startLine}`}  ${title}`,
    );
  return damage === null ? EXIT.pass : EXIT.incomplete;
}

async function resume(git: OpenRepository, door: Door, id: string, flags: Flags): Promise<number> {
  const progress = showProgress(process.stderr);
  try {
    const review = await resumeReview(git, door, id, {
      model: flagText(flags, 'model'),
      maxCost: flagNumber(flags, 'maxCost'),
      onProgress: progress.show,
    });
    progress.end();
    const format = flags['json'] === true ? 'json' : 'terminal';
    const stream = process.stdout;
    process.stdout.write(await renderReview(review, format, { env: door.env, stream, verbose: false }));
    return exitCodeOf(review.verdict);
  } finally {
    progress.end();
  }
}

/** All of it, to a file or to stdout. Without secrets, for there are none in it. */
async function exportSession(commonDir: string, id: string, flags: Flags): Promise<number> {
  const format = oneOfFlag(flags, 'format', ['json', 'markdown']);
  const output = flagText(flags, 'output');
  if (output !== undefined) await refuseUnwritable(output);
  const { events, damage } = readJournal(commonDir, id);
  const text =
    format === 'json'
      ? `${sanitizeJson(JSON.stringify({ id, events, damage }, null, 2))}\n`
      : sessionMarkdown(id, events);
  await writeOutput(text, output);
  return damage === null ? EXIT.pass : EXIT.incomplete;
}

/** Exits with 1 when it went another way. */
async function replay(git: OpenRepository, door: Door, id: string, { json }: Flags): Promise<number> {
  const result = await replayReview(git, door, id);
  const { same, divergences, added, missing } = result;
  if (json === true) printJson(result);
  else {
    print(`${plural(same, 'request')} the same, byte for byte; ${divergences.length} not`);
    for (const { model, at, was, is } of divergences) {
      print(`To ${model}, at byte ${at}`);
      print(`  then  …${was}…`);
      print(`  now   …${is}…`);
    }
    for (const one of missing) print(`Not found now: ${one.slice(0, 8)}`);
    for (const one of added) print(`Found only now: ${one.slice(0, 8)}`);
  }
  return divergences.length + added.length + missing.length === 0 ? EXIT.pass : EXIT.findings;
}

const DAY_MS = 86_400_000;

function prune(commonDir: string, flags: Flags): number {
  const text = flagText(flags, 'olderThan') ?? '90d';
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days === undefined)
    throw usage(`--older-than is a number of days such as 90d; got ${JSON.stringify(text)}`);
  const before = new Date(Date.now() - Number(days) * DAY_MS).toISOString();
  const old = listSessions(commonDir).filter(({ state }) => state !== null && state.lastAt < before);
  for (const { id } of old) {
    const journal = takeJournal(commonDir, id);
    journal.remove();
    journal.release();
  }
  print(`${plural(old.length, 'session')} older than ${days} days removed`);
  return EXIT.pass;
}

const usage = (message: string) => new CodeAgentError(message, { exitCode: EXIT.usage });
const print = (line: string): void => void process.stdout.write(`${sanitizeLine(line)}\n`);
const printJson = (value: unknown): void =>
  void process.stdout.write(`${sanitizeJson(JSON.stringify(value, null, 2))}\n`);
