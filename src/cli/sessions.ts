import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseDuration } from '../config/units.ts';
import { type FoundSession, findSession } from '../local/find-session.ts';
import { type Door, type OpenRepository, openGit } from '../local/prepare-review.ts';
import { pruneSessions } from '../local/prune-sessions.ts';
import { reachDatabase } from '../local/reach-database.ts';
import { replayReview } from '../local/replay-review.ts';
import { resumeReview } from '../local/resume-review.ts';
import { listSessions } from '../local/session-list.ts';
import { type SessionSummary, summaryOfJournal, summaryOfStored } from '../local/session-summary.ts';
import { showProgress } from '../local/show-progress.ts';
import { withRepositoryDatabase } from '../local/with-repository-database.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { sessionHtml } from '../report/session-html.ts';
import { sessionMarkdown } from '../report/session-markdown.ts';
import { durationText, modelTexts, plural } from '../report/summary.ts';
import { exitCodeOf } from '../review/verdict.ts';
import { movingOf } from '../sessions/database-link.ts';
import { holdLock } from '../sessions/hold-lock.ts';
import type { JournalDamage } from '../sessions/journal-record.ts';
import { storedSessions } from '../sessions/postgres/stored-sessions.ts';
import { daysAgo, flagDays } from './flag-days.ts';
import { flagNumber, flagRefusal, flagText, oneOfFlag } from './flags.ts';
import { moveAndWarn } from './move-and-warn.ts';
import { refuseUnwritable, writeOutput } from './output.ts';
import { renderReview } from './render-review.ts';

type Flags = Record<string, unknown>;

/** `code-agent sessions list | show <id> | export <id> | resume <id> | replay <id> | move | prune --older-than 90d`. */
export async function sessions(
  verb: string,
  id: string | undefined,
  flags: Flags,
  door: Door,
): Promise<number> {
  const git = await openGit(door);
  try {
    if (verb === 'list') return await list(git, door, flags);
    if (verb === 'move') return await move(git, door, flags);
    if (verb === 'prune') return await prune(git, door, flags);
    if (!ONE[verb])
      throw usage(
        `sessions has no verb ${JSON.stringify(verb)}: list, show, export, resume, replay, move or prune`,
      );
    if (id === undefined) throw usage(`which session? code-agent sessions ${verb} <id>`);
    const session = await findSession(git.repository.commonDir, door, id);
    return await ONE[verb]({ git, door, session, flags });
  } finally {
    git.close();
  }
}

/** What is done with one session. */
interface Asked {
  readonly git: OpenRepository;
  readonly door: Door;
  readonly session: FoundSession;
  readonly flags: Flags;
}

const ONE: Readonly<Record<string, (asked: Asked) => Promise<number>>> = {
  show,
  export: exportSession,
  resume,
  replay,
};

const LISTED = 50;

async function list(git: OpenRepository, door: Door, flags: Flags): Promise<number> {
  const limit = flagNumber(flags, 'limit') ?? LISTED;
  const reached = await reachDatabase(git, door, ({ sql, repository, moved }) => {
    for (const { id, why } of moved.left) warn(`session ${id} is not in the database as a whole: ${why}`);
    return storedSessions(sql, { repository: flags['all'] === true ? null : repository, limit });
  });
  const all =
    'done' in reached
      ? reached.done.map(summaryOfStored)
      : listSessions(git.repository.commonDir, limit).map(summaryOfJournal);
  if (flags['json'] === true) printJson(all);
  else if (all.length === 0) print('There are no sessions here: they begin with the first review.');
  else for (const session of all) print(listLine(session));
  if (all.length === limit) warn(`only the latest ${limit} are listed: --limit`);
  return warnOf(reached);
}

/** `…c0ffee12  2026-11-21 19:46  hook  fail  1 finding  4.1k tokens · $0.012  6.4 s`: the end of an id is what tells it. */
function listLine(session: SessionSummary): string {
  const { id, startedAt, door, outcome, ms, findings, calls, tokens, usd, damage } = session;
  if (startedAt === null || door === null) return `…${id.slice(-8)}  nothing of it can be read: ${damage}`;
  return [
    `…${id.slice(-8)}`,
    startedAt.slice(0, 16).replace('T', ' '),
    door,
    damage !== null ? 'damaged' : (outcome ?? 'not ended'),
    plural(findings, 'finding'),
    calls === 0
      ? 'no model asked'
      : modelTexts({ tokens: { ...tokens, estimated: false }, usd, unpriced: false }).join(' · '),
    ...(ms === null ? [] : [durationText(ms)]),
  ].join('  ');
}

/** Says what could not be looked at: then the answer is not the whole one. */
function warnOf(reached: { readonly missing: string | null } | { readonly done: unknown }): number {
  if ('done' in reached || reached.missing === null) return EXIT.pass;
  warn(`${reached.missing}. Only what is on this machine is shown.`);
  return EXIT.incomplete;
}

async function show({ session, flags }: Asked): Promise<number> {
  const { id, state, damage, events, isHere } = session;
  if (flags['json'] === true) {
    printJson({ id, state, damage, events });
    return EXIT.pass;
  }
  print(`Session    ${id}${isHere ? '' : '  (in the database)'}`);
  print(`Summary    ${listLine(summaryOfJournal(session))}`);
  if (damage !== null) print(`Damage     ${damageText(damage)}`);
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

const damageText = ({ kind, why, good, lost }: JournalDamage): string =>
  `${kind}: ${why}; ${good} bytes are good, ${lost} are not read`;

async function resume({ git, door, session, flags }: Asked): Promise<number> {
  const progress = showProgress(process.stderr);
  try {
    const review = await resumeReview(git, door, session, {
      model: flagText(flags, 'model'),
      maxCost: flagNumber(flags, 'maxCost'),
      onProgress: progress.show,
    });
    progress.end();
    const format = flags['json'] === true ? 'json' : 'terminal';
    const stream = process.stdout;
    process.stdout.write(await renderReview(review, format, { env: door.env, stream, verbose: false }));
    await moveAndWarn(git, door);
    return exitCodeOf(review.verdict);
  } finally {
    progress.end();
  }
}

/** All of it, to a file or to stdout. Without secrets, for there are none in it. */
async function exportSession({ session: { id, events, damage }, flags }: Asked): Promise<number> {
  const format = oneOfFlag(flags, 'format', ['json', 'markdown', 'html']);
  const output = flagText(flags, 'output');
  if (output !== undefined) await refuseUnwritable(output);
  const render = {
    json: () => `${sanitizeJson(JSON.stringify({ id, events, damage }, null, 2))}\n`,
    markdown: () => sessionMarkdown(id, events),
    html: () => sessionHtml(id, events),
  };
  await writeOutput(render[format](), output);
  if (damage !== null) process.stderr.write(`The session is damaged: ${sanitizeLine(damageText(damage))}\n`);
  return damage === null ? EXIT.pass : EXIT.incomplete;
}

/** Exits with 1 when it went another way. */
async function replay({ git, door, session, flags }: Asked): Promise<number> {
  const result = await replayReview(git, door, session);
  const { same, divergences, added, missing } = result;
  if (flags['json'] === true) printJson(result);
  else {
    const asked = `${plural(same, 'request')} the same, byte for byte; ${divergences.length} not`;
    print(same + divergences.length === 0 ? 'The checks ran again: no model was asked' : asked);
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

/** Moves journals now, and says of each that stays why. Exits with 3 when one does that could have gone. */
async function move(git: OpenRepository, { env }: Door, flags: Flags): Promise<number> {
  const url = readEnvironment(env).databaseUrl;
  if (url === null)
    throw usage(
      'DATABASE_URL names no PostgreSQL server: the sessions stay in their journals, where `sessions list` reads them',
    );
  const within = flagDuration(flags, 'within');
  const release = holdLock(movingOf(git.repository.commonDir), 'moving the journals of this repository');
  const limit = within === undefined ? {} : { within };
  const { moved, place } = await withRepositoryDatabase(git, url, limit, async (all) => all).finally(release);
  if (flags['json'] === true) printJson({ place, ...moved });
  else {
    const copied =
      moved.copied.length === 0
        ? ''
        : `; ${moved.copied.length} not ended yet, copied as far as ${moved.copied.length === 1 ? 'it goes' : 'they go'}`;
    print(`${plural(moved.moved.length, 'session')} moved to ${place}${copied}`);
    for (const { id, why } of moved.left) print(`…${id.slice(-8)} stays: ${why}`);
  }
  return moved.left.length === 0 ? EXIT.pass : EXIT.incomplete;
}

function flagDuration(flags: Flags, name: string): number | undefined {
  const text = flagText(flags, name);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === null) throw flagRefusal(name, `is a time such as 20s; got ${JSON.stringify(text)}`);
  return ms;
}

async function prune(git: OpenRepository, door: Door, flags: Flags): Promise<number> {
  const days = flagDays(flags, 'olderThan', '90d');
  const dryRun = flags['dryRun'] === true;
  const pruned = await pruneSessions(git, door, { before: daysAgo(days), dryRun });
  const { journals, stored } = pruned;
  if (flags['json'] === true) printJson(pruned);
  else {
    const inDatabase = stored === null ? '' : `, ${stored} of them in the database`;
    const done = dryRun ? 'would be removed' : 'removed';
    print(
      `${plural(journals + (stored ?? 0), 'session')} older than ${plural(days, 'day')} ${done}${inDatabase}`,
    );
  }
  return warnOf(pruned);
}

const warn = (text: string): void => void process.stderr.write(`code-agent: ${sanitizeLine(text)}\n`);
const usage = (message: string) => new CodeAgentError(message, { exitCode: EXIT.usage });
const print = (line: string): void => void process.stdout.write(`${sanitizeLine(line)}\n`);
const printJson = (value: unknown): void =>
  void process.stdout.write(`${sanitizeJson(JSON.stringify(value, null, 2))}\n`);
