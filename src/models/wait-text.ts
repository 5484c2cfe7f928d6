const UNITS = [
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
] as const;

/** How long there is to wait, as a person says it, rounded up: `90 s`, `5 minutes`, `24 hours`, `7 days`. */
export function waitText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  // From two on: `24 hours` says more than `1 day`, and `1 days` is none.
  const unit = UNITS.find(([, size]) => seconds >= 2 * size);
  return unit === undefined ? `${seconds} s` : `${Math.ceil(seconds / unit[1])} ${unit[0]}`;
}
