/** What a size may look like, without flags so that JSON Schema can hold it: `512kB`, `5 MB`, `1MiB`, `100B`. */
export const SIZE_PATTERN = /^[1-9][0-9]{0,14} ?([kKmMgG]i?)?[bB]$/;

/**
 * What a duration may look like: `500ms`, `20s`, `2m`. All are below 2^31 ms; a timer that is set to more fires at
 * once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const DURATION_PATTERN = /^([1-9][0-9]{0,5} ?ms|[1-9][0-9]{0,4} ?s|[1-9][0-9]{0,3} ?m)$/;

const SIZE_UNITS = [
  ['GiB', 1024 ** 3],
  ['GB', 1000 ** 3],
  ['MiB', 1024 ** 2],
  ['MB', 1000 ** 2],
  ['KiB', 1024],
  ['kB', 1000],
  ['B', 1],
] as const;

const DURATION_UNITS = [
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Bytes, or null when the text is no size. */
export const parseSize = (text: string): number | null =>
  SIZE_PATTERN.test(text) ? parseUnits(text, SIZE_UNITS) : null;

/** Milliseconds, or null when the text is no duration. */
export const parseDuration = (text: string): number | null =>
  DURATION_PATTERN.test(text) ? parseUnits(text, DURATION_UNITS) : null;

/** The shortest text that {@link parseSize} reads back as the same number of bytes. */
export const formatSize = (bytes: number): string => formatUnits(bytes, SIZE_UNITS);

/** The shortest text that {@link parseDuration} reads back as the same number of milliseconds. */
export const formatDuration = (ms: number): string => formatUnits(ms, DURATION_UNITS);

type Units = readonly (readonly [name: string, factor: number])[];

function parseUnits(text: string, units: Units): number {
  const count = Number.parseInt(text, 10);
  const name = text.slice(String(count).length).trim().toLowerCase();
  return count * (units.find(([unit]) => unit.toLowerCase() === name)?.[1] ?? 1);
}

function formatUnits(value: number, units: Units): string {
  const texts = units.flatMap(([name, factor]) => (value % factor === 0 ? [`${value / factor}${name}`] : []));
  return texts.toSorted((one, other) => one.length - other.length)[0] ?? String(value);
}
