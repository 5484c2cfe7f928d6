import { sanitizeLine } from '../report/sanitize.ts';
import type { Log, LogFields } from '../tasks/log.ts';
import type { LogLevel } from './app-settings.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** What no line may hold. */
  readonly held: readonly string[];
  readonly write: (line: string) => void;
  /** For a person who looks on; else a line is JSON. */
  readonly isForPerson: boolean;
}

/** A shorter one is a word, and hides nothing. */
const SHORTEST = 8;
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A log of lines. A secret of this process that gets into one all the same is blotted out. */
export function createLog({ level, held, write, isForPerson }: LogOptions): Log {
  const secrets = held.filter((value) => value.length >= SHORTEST);
  const at = (own: LogLevel) => (fields: LogFields, message: string) => {
    if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
    const shown = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, shownValue(value)]),
    );
    const line = isForPerson ? forPerson(own, message, shown) : asJson(own, message, shown);
    write(`${secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const asJson = (level: LogLevel, message: string, fields: LogFields): string =>
  JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...fields });

function forPerson(level: LogLevel, message: string, fields: LogFields): string {
  const texts = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return ` ${name}=${text}`;
  });
  return sanitizeLine(
    `${new Date().toISOString().slice(11, 19)} ${level.padEnd(5)} ${message}${texts.join('')}`,
  );
}

/** Of what was thrown only what every error has: others hang whole requests and webhooks on theirs. */
function shownValue(value: unknown): unknown {
  if (value instanceof AggregateError) return { ...shownError(value), errors: value.errors.map(shownValue) };
  return value instanceof Error ? shownError(value) : value;
}

function shownError(error: Error): LogFields {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.cause instanceof Error && { cause: shownError(error.cause) }),
    stack: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((line) => line.trim()),
  };
}
