import { displayPath } from '../change/path.ts';
import type { Check } from '../review/check.ts';
import {
  type Config,
  configEntries,
  type InstallRule,
  type PathRule,
  type ResolvedConfig,
} from './config.ts';
import { formatDuration, formatSize } from './units.ts';

type CheckDefault = Pick<Check, 'id' | 'severity'>;

/** What `code-agent config` prints: a line for each value, with where it came from. */
export function renderConfig(resolved: ResolvedConfig, checks: readonly CheckDefault[]): string {
  const { config, origins } = withChecks(resolved, checks);
  const rows = configEntries(config).map(([key, value]) => [
    key,
    displayPath(shownValue(key, value)),
    displayPath(origins.get(key) ?? 'default'),
  ]);
  const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const [keyWidth, valueWidth] = [width(0), Math.min(width(1), 48)];
  return rows
    .map(
      ([key = '', value = '', source = '']) =>
        `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`,
    )
    .join('');
}

/** The same for programs: sizes in bytes, durations in milliseconds. */
export function renderConfigJson(resolved: ResolvedConfig, checks: readonly CheckDefault[]): string {
  const { config, origins } = withChecks(resolved, checks);
  return `${JSON.stringify({ config, origins: Object.fromEntries(origins) }, null, 2)}\n`;
}

/** With the severity of every check, said or not. */
function withChecks({ config, origins }: ResolvedConfig, checks: readonly CheckDefault[]): ResolvedConfig {
  const own = Object.fromEntries(checks.map(({ id, severity }) => [id, severity]));
  const complete: Config = { ...config, checks: { ...own, ...config.checks } };
  const all = configEntries(complete).map(([key]) => [key, origins.get(key) ?? 'default'] as const);
  return { config: complete, origins: new Map(all) };
}

const DURATIONS = ['hook.budget', 'review.timeout', 'tasks.timeout'];

function shownValue(key: string, value: unknown): string {
  if (Array.isArray(value)) return '(none)';
  if (typeof value === 'number' && /^(?:limits|app\.mirrors)\./.test(key)) return formatSize(value);
  if (typeof value === 'number' && DURATIONS.includes(key)) return formatDuration(value);
  if (key === 'sandbox.install') return '(by lock files)';
  if (value === null) return key === 'tasks.tests' ? '(found out)' : 'no limit';
  if (key === 'review.maxCost' || key === 'tasks.maxCost' || key.endsWith('.costPerDay'))
    return `$${String(value)}`;
  if (isInstallRule(value)) return `${value.when}: ${value.run}`;
  return isPathRule(value) ? shownRule(value) : String(value);
}

const isInstallRule = (value: unknown): value is InstallRule =>
  typeof value === 'object' && value !== null && 'when' in value && 'run' in value;

const isPathRule = (value: unknown): value is PathRule =>
  typeof value === 'object' && value !== null && 'files' in value;

function shownRule({ files, ignore, checks = {}, reason }: PathRule): string {
  const said = [
    ...(ignore === undefined ? [] : [ignore ? 'ignore' : 'do not ignore']),
    ...Object.entries(checks).map(([check, level]) => `${check} ${level}`),
  ];
  return `${files.join(', ')}: ${said.join(', ') || 'nothing'}${reason === undefined ? '' : ` (${reason})`}`;
}
