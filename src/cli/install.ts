import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseHookNames } from '../install/hook-name.ts';
import { install as installHooks } from '../install/install.ts';
import {
  renderDoctor,
  renderInstall,
  renderStatus,
  renderUninstall,
  type Teller,
} from '../install/report-text.ts';
import { status as readStatus } from '../install/status.ts';
import { uninstall as uninstallHooks } from '../install/uninstall.ts';
import { modelText } from '../local/model-text.ts';
import { type Door, openGit } from '../local/prepare-review.ts';
import { sessionsText } from '../local/sessions-text.ts';
import { outcomeText, unreadOutcomes } from '../local/unread-outcomes.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { type RunningReview, runningReviews } from '../sessions/running-reviews.ts';
import { flagText, oneOfFlag } from './flags.ts';

const VIAS = ['auto', 'config', 'file'] as const;

type Flags = Record<string, unknown>;

/** Where this package lies: the bundle is in its `dist`. */
const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** `code-agent install`. */
export async function install(flags: Flags, { cwd, env }: Door): Promise<number> {
  const names = flagText(flags, 'hooks');
  const hooks = names === undefined ? {} : { hooks: parseHookNames(names) };
  const via = oneOfFlag(flags, 'via', VIAS);
  const report = await installHooks({ cwd, env, packageFolder, node: process.execPath, via, ...hooks });
  const teller = await tellerOf(env);
  write(flags, report, (done) => renderInstall(done, teller));
  return EXIT.pass;
}

/** `code-agent uninstall`. */
export async function uninstall(flags: Flags, { cwd, env }: Door): Promise<number> {
  const report = await uninstallHooks({ cwd, env, packageFolder });
  const teller = await tellerOf(env);
  write(flags, report, (done) => renderUninstall(done, teller));
  return EXIT.pass;
}

/** `code-agent status`. */
export async function status(flags: Flags, door: Door): Promise<number> {
  const { cwd, env } = door;
  const report = await readStatus({ cwd, env, packageFolder });
  const git = await openGit(door);
  try {
    const reviews = runningReviews(git.repository.commonDir);
    const unread = await unreadOutcomes(git);
    const teller = await tellerOf(env);
    const sessions = sanitizeLine(sessionsText(git.repository.commonDir, env));
    const beside = { version: packageJson.version, sessions, reviews: reviews.map(runningText) };
    write(flags, { ...report, reviews, unread, sessions }, (found) =>
      [renderStatus(found, teller, beside), ...unread.map(outcomeText)].join('\n'),
    );
    return EXIT.pass;
  } finally {
    git.close();
  }
}

/** `code-agent doctor`: exit code 1 when something is wrong. */
export async function doctor(flags: Flags, { cwd, env }: Door): Promise<number> {
  const { doctor: diagnose } = await import('../install/doctor.ts');
  const report = await diagnose({ cwd, env, packageFolder });
  const teller = await tellerOf(env);
  write(flags, report, (found) => renderDoctor(found, teller));
  return report.healthy ? EXIT.pass : EXIT.findings;
}

const runningText = ({ pid, commit, startedAt }: RunningReview): string =>
  `${commit === null ? 'waits for its commit' : `of ${commit.slice(0, 7)} goes on`}, since ${startedAt.slice(11, 19)} UTC (process ${pid})`;

async function tellerOf(env: NodeJS.ProcessEnv): Promise<Teller> {
  return {
    home: readEnvironment(env).home ?? '',
    command: packageFolder.includes('node_modules') ? 'npx code-agent' : 'code-agent',
    model: await modelText(env),
  };
}

function write<T>(flags: Flags, report: T, render: (report: T) => string): void {
  process.stdout.write(
    flags['json'] === true ? `${sanitizeJson(JSON.stringify(report, null, 2))}\n` : render(report),
  );
}
