/** Where a program that nobody watches says what it does: fields first, then a sentence. Fields hold no secret and no payload. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** `err`: what was thrown. */
export type LogFields = Readonly<Record<string, unknown>>;
