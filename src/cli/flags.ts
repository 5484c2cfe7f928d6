import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** The value of `--name value`, as text. Rejects (exit code 2) a flag that is given more than once. */
export function flagText(flags: Record<string, unknown>, name: string): string | undefined {
  const values = flagTexts(flags, name);
  if (values.length > 1) throw flagRefusal(name, 'is given more than once');
  return values[0];
}

/** The values of a flag that may be given more than once. */
export function flagTexts(flags: Record<string, unknown>, name: string): string[] {
  return [flags[name] ?? []].flat().map(String);
}

/** The value of a flag that has a fixed set of them. */
export function oneOfFlag<T extends string>(
  flags: Record<string, unknown>,
  name: string,
  values: readonly T[],
): T {
  const text = flagText(flags, name);
  const value = values.find((one) => one === text);
  if (value === undefined) throw flagRefusal(name, `is ${values.join(', ')}; got ${JSON.stringify(text)}`);
  return value;
}

/** The value of a flag that is a number above 0. */
export function flagNumber(flags: Record<string, unknown>, name: string): number | undefined {
  const text = flagText(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw flagRefusal(name, `is a number above 0; got ${JSON.stringify(text)}`);
  return value;
}

/** The flag `maxCost` as it is typed behind `--`: `max-cost`. */
export const spelledFlag = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What is wrong with a flag: wrong usage. */
export const flagRefusal = (name: string, problem: string): CodeAgentError =>
  new CodeAgentError(`--${spelledFlag(name)} ${problem}`, { exitCode: EXIT.usage });
