import { displayPath } from '../change/path.ts';
import type { DoctorReport } from './doctor.ts';
import { configHookName } from './git-settings.ts';
import type { InstalledHook, InstallReport } from './install.ts';
import type { StatusReport } from './status.ts';
import type { UninstallReport } from './uninstall.ts';

/** What the commands of this folder say, as text for a terminal or a pipe, each line ended. */
export interface Teller {
  /** The user's home folder, written `~`; empty when there is none. */
  readonly home: string;
  /** How code-agent is started here: `npx code-agent`, `code-agent`. */
  readonly command: string;
  /** What is known of the model: "none configured: checks only. …" */
  readonly model: string;
}

/** What a repository has beside its hooks. */
export interface StatusBeside {
  readonly version: string;
  /** `2 journals here, the others moved to localhost:5432/reviews`. */
  readonly sessions: string;
  /** Those that go on behind a commit. */
  readonly reviews: readonly string[];
}

export function renderInstall(report: InstallReport, { home, command, model }: Teller): string {
  const git = `git ${report.gitVersion}${report.manager === null ? '' : `, ${report.manager}`}`;
  const ways = [...new Set(report.hooks.map(({ way }) => way))];
  const hooks = ways.map((way) => HOW[way](report.hooks.filter((hook) => hook.way === way)));
  return rows([
    ['Repository', `${shortened(report.topLevel, home)} (${git})`],
    ...labelled('Hooks', hooks),
    ['Node', shortened(report.node, home)],
    ['Model', model],
    ...labelled('Note', report.warnings),
    ['Undo', `${command} uninstall`],
    ...(report.changed ? [] : [['', 'All of it was so already: nothing was changed.'] as const]),
  ]);
}

export function renderUninstall(report: UninstallReport, { home }: Teller): string {
  const files = report.files.map(displayPath).join(', ');
  const entries = report.configHooks.map((hook) => `hook.code-agent-${hook}`).join(', ');
  const nothing = files === '' && entries === '';
  return rows([
    ['Repository', shortened(report.topLevel, home)],
    ...(nothing ? [['Hooks', 'none of code-agent were here'] as const] : []),
    ...(files === '' ? [] : [['Files', `as they were before: ${files}`] as const]),
    ...(entries === '' ? [] : [['git config', `removed: ${entries}`] as const]),
  ]);
}

export function renderStatus(
  report: StatusReport,
  { home, command, model }: Teller,
  { version, sessions, reviews }: StatusBeside,
): string {
  const hooks = report.hooks.map(({ hook, place, problem }) =>
    problem === null
      ? `${hook}: ${displayPath(place)}`
      : `${hook}: ${displayPath(place)} does not run: ${displayPath(problem.text)}. See ${command} doctor`,
  );
  const none = `none installed. To install them: ${command} install`;
  return rows([
    ['Version', version],
    ['Repository', `${shortened(report.topLevel, home)} (git ${report.gitVersion})`],
    ...labelled('Hooks', hooks.length === 0 ? [none] : hooks),
    ['Model', model],
    ['Sessions', sessions],
    ...labelled('Reviews', reviews),
  ]);
}

export function renderDoctor(report: DoctorReport, { home, command }: Teller): string {
  const lines = report.diagnoses.flatMap(({ level, text, mend }) => [
    `${LEVEL[level]}  ${shortened(text, home)}`,
    ...(mend === null ? [] : [`         mend: ${withCommand(mend, command)}`]),
  ]);
  const problems = report.diagnoses.filter(({ level }) => level === 'problem').length;
  const end = problems === 0 ? 'All well.' : `${problems} ${problems === 1 ? 'problem' : 'problems'}.`;
  return `${[...lines, '', end].join('\n')}\n`;
}

const LEVEL = { ok: 'ok     ', note: 'note   ', problem: 'problem' } as const;

const HOW: Readonly<Record<InstalledHook['way'], (hooks: readonly InstalledHook[]) => string>> = {
  config: (hooks) =>
    `${names(hooks)}: in git's configuration (${hooks.map(({ hook }) => `hook.${configHookName(hook)}`).join(', ')})`,
  script: (hooks) => `${names(hooks)}: ${paths(hooks)}`,
  line: (hooks) => `${names(hooks)}: one line added to ${paths(hooks)}`,
  kept: (hooks) => `${names(hooks)}: ${paths(hooks)}; what was there is kept beside it and runs after`,
  lefthook: (hooks) => `${names(hooks)}: a command in ${paths(hooks.slice(0, 1))}`,
  package: (hooks) => `${names(hooks)}: "simple-git-hooks" in ${paths(hooks.slice(0, 1))}`,
  present: (hooks) => `${names(hooks)}: already run by ${paths(hooks)}`,
};

function names(hooks: readonly InstalledHook[]): string {
  return hooks.map(({ hook }) => hook).join(', ');
}

function paths(hooks: readonly InstalledHook[]): string {
  return [...new Set(hooks.map(({ file }) => displayPath(file ?? '')))].join(', ');
}

/** Advice is written with the bare name; people have it in different ways. */
function withCommand(mend: string, command: string): string {
  return mend.replace(/^code-agent /, `${command} `);
}

function labelled(label: string, texts: readonly string[]): (readonly [string, string])[] {
  return texts.map((text, index) => [index === 0 ? label : '', text]);
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([label, text]) => `${label.padEnd(12)} ${text}\n`).join('');
}

function shortened(text: string, home: string): string {
  const shown = displayPath(text);
  return home === '' || home === '/' ? shown : shown.replaceAll(home, '~');
}
