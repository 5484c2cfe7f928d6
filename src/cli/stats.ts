import { statsOf } from '../agent/session-stats.ts';
import { EXIT } from '../code-agent-error.ts';
import { type Door, openGit } from '../local/prepare-review.ts';
import { reachDatabase } from '../local/reach-database.ts';
import { listSessions } from '../local/session-list.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { statsCsv, statsTable } from '../report/stats.ts';
import { storedStats } from '../sessions/postgres/stored-stats.ts';
import { daysAgo, flagDays } from './flag-days.ts';
import { flagText, oneOfFlag } from './flags.ts';
import { refuseUnwritable, writeOutput } from './output.ts';

/** `code-agent stats`: what sessions took, by day and model. */
export async function stats(flags: Record<string, unknown>, door: Door): Promise<number> {
  const format = oneOfFlag(flags, 'format', ['table', 'json', 'csv']);
  const since = daysAgo(flagDays(flags, 'since', '30d'));
  const output = flagText(flags, 'output');
  if (output !== undefined) await refuseUnwritable(output);
  const git = await openGit(door);
  try {
    const reached = await reachDatabase(git, door, ({ sql, repository }) =>
      storedStats(sql, { repository: flags['all'] === true ? null : repository, since }),
    );
    const rows = 'done' in reached ? reached.done : statsOf(statesSince(git.repository.commonDir, since));
    const text =
      format === 'json'
        ? `${sanitizeJson(JSON.stringify(rows, null, 2))}\n`
        : format === 'csv'
          ? statsCsv(rows)
          : statsTable(rows);
    await writeOutput(text, output);
    if ('done' in reached || reached.missing === null) return EXIT.pass;
    process.stderr.write(
      `code-agent: ${sanitizeLine(reached.missing)}. Only what is on this machine is counted.\n`,
    );
    return EXIT.incomplete;
  } finally {
    git.close();
  }
}

const statesSince = (commonDir: string, since: Date) =>
  listSessions(commonDir).flatMap(({ state }) =>
    state !== null && Date.parse(state.startedAt) >= since.getTime() ? [state] : [],
  );
