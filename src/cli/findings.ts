import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { person } from '../git/person.ts';
import { dismissedList, dismissFinding, reopenFinding } from '../local/dismiss-finding.ts';
import { type Door, type OpenRepository, openGit } from '../local/prepare-review.ts';
import { reachDatabase } from '../local/reach-database.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../review/redact.ts';
import { type StoredFinding, storedFindings } from '../sessions/postgres/stored-findings.ts';
import { flagNumber, flagText, oneOfFlag } from './flags.ts';
import { moveAndWarn } from './move-and-warn.ts';

type Flags = Record<string, unknown>;

/** `code-agent findings list | dismiss <id> --because … | reopen <id>`. */
export async function findings(
  verb: string,
  id: string | undefined,
  flags: Flags,
  door: Door,
): Promise<number> {
  const git = await openGit(door);
  try {
    const { commonDir } = git.repository;
    if (verb === 'list') return await list(git, door, flags);
    if (verb === 'dismiss') {
      const because = flagText(flags, 'because')?.trim();
      if (!because) throw usage('a dismissal needs a reason: --because "…"');
      // It is kept, and others read it.
      const reason = await redactSecrets(because, findOverlappingSecrets, readEnvironment(door.env).held);
      const by = await person(git.repository);
      const { title } = dismissFinding(commonDir, named(id, verb), { reason, by });
      write(`Dismissed: ${title}`);
    } else if (verb === 'reopen') {
      const { title } = reopenFinding(commonDir, named(id, verb), await person(git.repository));
      write(`Open again: ${title}`);
    } else throw usage(`findings has no verb ${JSON.stringify(verb)}: list, dismiss or reopen`);
    await moveAndWarn(git, door);
    return EXIT.pass;
  } finally {
    git.close();
  }
}

const STATES = {
  dismissed: ['dismissed'],
  open: ['open'],
  fixed: ['fixed'],
  all: ['open', 'dismissed', 'fixed'],
} as const;
const LISTED = 100;

/** Without a database, what is dismissed on this machine: of the others nothing is known but their reviews. */
async function list(git: OpenRepository, door: Door, flags: Flags): Promise<number> {
  const state = oneOfFlag(flags, 'state', ['dismissed', 'open', 'fixed', 'all']);
  const limit = flagNumber(flags, 'limit') ?? LISTED;
  const reached = await reachDatabase(git, door, ({ sql, repository }) =>
    storedFindings(sql, repository, { states: STATES[state], limit }),
  );
  if ('done' in reached) {
    if (flags['json'] === true) printJson(reached.done);
    else for (const finding of reached.done) write(lineOf(finding));
    if (reached.done.length === limit)
      process.stderr.write(`code-agent: only those seen last are listed, ${limit} of them: --limit\n`);
    return EXIT.pass;
  }
  if (reached.missing === null && state !== 'dismissed')
    throw usage(
      'without a database only dismissed findings are listed',
      'Set DATABASE_URL, or look into `code-agent sessions list`.',
    );
  const dismissed = dismissedList(git.repository.commonDir);
  if (flags['json'] === true) printJson(dismissed);
  else
    for (const { fingerprint, title, reason } of dismissed)
      write(`${fingerprint.slice(0, 8)}  ${title}: ${reason}`);
  if (reached.missing === null) return EXIT.pass;
  process.stderr.write(
    `code-agent: ${sanitizeLine(reached.missing)}. Only what is known on this machine is listed.\n`,
  );
  return EXIT.incomplete;
}

/** `a7f3c0de  open       error  correctness  src/upload.ts:31  The retry loop never waits`. */
function lineOf(finding: StoredFinding): string {
  const { fingerprint, state, severity, category, path, line, title, by, because } = finding;
  const place = path === null ? null : line === null ? path : `${path}:${line}`;
  const why = because === null ? '' : `: ${because}`;
  const who = state === 'dismissed' && by !== null ? ` (${by})` : '';
  return [fingerprint.slice(0, 8), state.padEnd(9), severity, category, place, `${title}${why}${who}`]
    .filter((part) => part !== null)
    .join('  ');
}

function named(id: string | undefined, verb: string): string {
  if (id === undefined) throw usage(`which finding? code-agent findings ${verb} <id>`);
  return id;
}

const usage = (message: string, advice?: string) =>
  new CodeAgentError(message, { exitCode: EXIT.usage, ...(advice !== undefined && { advice }) });

function write(line: string): void {
  process.stdout.write(`${sanitizeLine(line)}\n`);
}
const printJson = (value: unknown): void =>
  void process.stdout.write(`${sanitizeJson(JSON.stringify(value, null, 2))}\n`);
