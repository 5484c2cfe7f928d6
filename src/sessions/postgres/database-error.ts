import postgres from 'postgres';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { errorCode } from './error-code.ts';

/** By SQLSTATE, whole or its class (PostgreSQL's documentation, appendix A), and by what Node and the client say of sockets. */
export function databaseError(error: unknown, place: string): unknown {
  if (error instanceof CodeAgentError) return error;
  const code = errorCode(error);
  if (code === null) return error;
  const known = KNOWN.find(([pattern]) => pattern.test(code));
  if (known !== undefined) {
    const [, says, { usage = false, retryable = false, advice }] = known;
    return new CodeAgentError(`the database at ${place} ${says} (${code})`, {
      exitCode: usage ? EXIT.usage : EXIT.incomplete,
      retryable,
      ...(advice !== undefined && { advice }),
      cause: error,
    });
  }
  if (!(error instanceof postgres.PostgresError)) return error;
  return new CodeAgentError(`the database at ${place}: ${error.message} (${code})`, {
    exitCode: EXIT.incomplete,
    cause: error,
  });
}

interface Known {
  /** It is not set up as it must be. */
  readonly usage?: boolean;
  readonly retryable?: boolean;
  readonly advice?: string;
}

const MIGRATE = '`code-agent db migrate` makes and updates its tables.';

const KNOWN: readonly (readonly [RegExp, string, Known])[] = [
  [/^28/, 'refuses the user or the password', { usage: true, advice: 'Is DATABASE_URL current?' }],
  [/^3D000$/, 'is not there', { usage: true, advice: 'Create it, or name another one in DATABASE_URL.' }],
  [
    /^(3F000|42P01|42883|42703)$/,
    'does not have the tables of this code-agent',
    { usage: true, advice: MIGRATE },
  ],
  [
    /^42501$/,
    'does not let this user do that',
    { usage: true, advice: 'docs/sessions.md says what each role may.' },
  ],
  [/^53300$/, 'has no connection left', { retryable: true }],
  [/^53/, 'has no room left', { retryable: true }],
  [/^25006$/, 'can only be read', { retryable: true }],
  [/^(08|57P0)/, 'went away', { retryable: true }],
  [/^(40001|40P01)$/, 'was too busy with the same rows', { retryable: true }],
  [
    /^(E[A-Z_]+|CONNECT_TIMEOUT|CONNECTION_(CLOSED|DESTROYED|ENDED))$/,
    'cannot be reached',
    {
      retryable: true,
      advice: 'Nothing is lost: what is to be stored stays in its journal, and is moved the next time.',
    },
  ],
];
