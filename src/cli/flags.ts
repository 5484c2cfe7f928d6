import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** The value of `--name value`, as text. Rejects (exit code 2) a flag without a value or given more than once. */
export function flagText(flags: Record<string, unknown>, name: string): string | undefined {
  const values = flagTexts(flags, name);
  if (values.length > 1) throw refusal(name, 'is given more than once');
  return values[0];
}

/** The values of a flag that may be given more than once. */
export function flagTexts(flags: Record<string, unknown>, name: string): string[] {
  const value = flags[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((one) => {
    if (typeof one === 'boolean') throw refusal(name, 'needs a value');
    return String(one);
  });
}

/** The value of a flag that has a fixed set of them. */
export function oneOfFlag<T extends string>(
  flags: Record<string, unknown>,
  name: string,
  values: readonly T[],
): T {
  const text = flagText(flags, name);
  const value = values.find((one) => one === text);
  if (value === undefined) throw refusal(name, `is ${values.join(', ')}; got ${JSON.stringify(text)}`);
  return value;
}

function refusal(name: string, problem: string): CodeAgentError {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new CodeAgentError(`--${flag} ${problem}`, { exitCode: EXIT.usage });
}

/** The value of a flag that is a number above 0. */
export function flagNumber(flags: Record<string, unknown>, name: string): number | undefined {
  const text = flagText(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw refusal(name, `is a number above 0; got ${JSON.stringify(text)}`);
  return value;
}
