import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Door } from '../local/prepare-review.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { plural } from '../report/summary.ts';
import {
  type AppliedMigration,
  type Migration,
  migrate,
  migrationStatus,
} from '../sessions/postgres/migrate.ts';
import { verifyAudit } from '../sessions/postgres/verify-audit.ts';
import { type Database, withDatabase } from '../sessions/postgres/with-database.ts';
import type { Log } from '../tasks/log.ts';
import { flagText } from './flags.ts';

type Flags = Record<string, unknown>;

/** `code-agent db migrate | status | verify`. */
export async function db(verb: string, flags: Flags, { env }: Door): Promise<number> {
  const run = VERBS[verb];
  if (run === undefined) throw usage(`db has no verb ${JSON.stringify(verb)}: migrate, status or verify`);
  const url = readEnvironment(env).databaseUrl;
  if (url === null)
    throw usage(
      'DATABASE_URL names no PostgreSQL server',
      'It looks like postgres://user:password@host:5432/database.',
    );
  return withDatabase(url, {}, (database) => run(database, flags, url));
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const VERBS: Readonly<Record<string, (database: Database, flags: Flags, url: string) => Promise<number>>> = {
  migrate: bringForward,
  status,
  verify,
};

async function bringForward(database: Database, { json }: Flags, url: string): Promise<number> {
  const { applied, roles } = await migrate(database);
  const { migrateQueue } = await import('../app/run-app.ts');
  await migrateQueue(url, SILENT);
  if (json === true) printJson({ place: database.place, applied: applied.map(shownMigration), roles });
  else {
    print(`Database   ${database.place}`);
    print(`Applied    ${applied.length === 0 ? 'nothing: it is up to date' : namesOf(applied)}`);
    print(
      roles
        ? 'Roles      code_agent_migrator owns the tables; code_agent_app and code_agent_auditor have their rights'
        : 'Roles      not made: this user may not make roles. Whoever may use the tables may use all of them (docs/sessions.md)',
    );
  }
  return EXIT.pass;
}

/** Exits with 1 when there is something to do. */
async function status(database: Database, { json }: Flags): Promise<number> {
  const { applied, pending, unknown, changed } = await migrationStatus(database);
  const isDone = pending.length + changed.length + unknown.filter(({ breaking }) => breaking).length === 0;
  if (json === true) {
    printJson({
      place: database.place,
      applied: applied?.map(shownMigration) ?? null,
      ...{
        pending: pending.map(shownMigration),
        unknown: unknown.map(shownMigration),
        changed: changed.map(shownMigration),
      },
    });
    return isDone ? EXIT.pass : EXIT.findings;
  }
  print(`Database   ${database.place}`);
  print(`Applied    ${applied === null ? 'nothing: it has no tables of code-agent' : namesOf(applied)}`);
  if (pending.length > 0) print(`To do      ${namesOf(pending)}: \`code-agent db migrate\``);
  for (const one of changed)
    print(`Changed    ${nameOf(one)} was applied from another file than this code-agent has`);
  for (const one of unknown)
    print(
      `Newer      ${nameOf(one)}${one.breaking ? ': this code-agent cannot work with it. Update it' : ': no harm'}`,
    );
  return isDone ? EXIT.pass : EXIT.findings;
}

/** Exits with 1 when the chain is broken. */
async function verify(database: Database, flags: Flags): Promise<number> {
  const audit = await verifyAudit(database, flagText(flags, 'head'));
  const { links, head, problems } = audit;
  if (flags['json'] === true) printJson(audit);
  else {
    for (const { link, problem } of problems) print(`${link === null ? '' : `link ${link}: `}${problem}`);
    const count = plural(links, 'link');
    print(
      problems.length === 0
        ? `The chain is whole: ${count}${links === 0 ? '' : `, and each event in it is as it was. It ends in ${head}`}.`
        : `The chain is broken: ${plural(problems.length, 'problem')} in ${count}.`,
    );
    if (problems.length === 0 && links > 0)
      print(
        'Keep that where this database cannot reach: `db verify --head` then tells whether the chain was cut or made anew.',
      );
  }
  return problems.length === 0 ? EXIT.pass : EXIT.findings;
}

const nameOf = ({ number, name }: Pick<Migration, 'number' | 'name'>): string =>
  `${String(number).padStart(4, '0')} ${name}`;
const namesOf = (all: readonly Pick<Migration, 'number' | 'name'>[]): string => all.map(nameOf).join(', ');

const shownMigration = ({ number, name, breaking, ...more }: Migration | AppliedMigration) => ({
  ...{ number, name, breaking },
  ...('appliedAt' in more && { appliedAt: more.appliedAt.toISOString() }),
});

const usage = (message: string, advice?: string) =>
  new CodeAgentError(message, { exitCode: EXIT.usage, ...(advice !== undefined && { advice }) });
const print = (line: string): void => void process.stdout.write(`${sanitizeLine(line)}\n`);
const printJson = (value: unknown): void =>
  void process.stdout.write(`${sanitizeJson(JSON.stringify(value, null, 2))}\n`);
