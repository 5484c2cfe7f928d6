// The App in a process of its own, for tests that kill it, as `serve` or as `work`.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { readAppSettings } from '../../src/app/app-settings.ts';
import { createLog } from '../../src/app/create-log.ts';
import { serve } from '../../src/app/serve.ts';
import { work } from '../../src/app/work.ts';
import { untilSignal } from '../../src/cli/until-signal.ts';
import { processEnvironment, readEnvironment } from '../../src/config/environment.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { keptJobs, quietGitHub } from './intake-setup.ts';

const env = processEnvironment();
/** What is done is written there, a line for each; `<file>.go` lets a review end; `<file>.kill` has it killed before it is queued. */
const file = env['TEST_FILE'] ?? '';
const environment = readEnvironment(env);
const settings = readAppSettings(environment);
const say = (line: string) => appendFileSync(file, `${line}\n`);
const { identity } = quietGitHub();
const options = {
  settings,
  github: quietGitHub({
    async identity() {
      if (existsSync(`${file}.kill`)) {
        writeFileSync(`${file}.killed`, '');
        process.kill(process.pid, 'SIGKILL');
      }
      return identity();
    },
  }),
  jobs: () => ({
    ...keptJobs().handlers,
    async review(
      { number }: { number: number },
      { signal, attempt }: { signal: AbortSignal; attempt: number },
    ) {
      say(`begin ${number} attempt ${attempt}`);
      while (!existsSync(`${file}.go`)) {
        await wait(20);
        if (signal.aborted) {
          say(`told ${number}`);
          throw signal.reason;
        }
      }
      say(`end ${number}`);
    },
  }),
  mayBeCommand,
  trustedBots: async () => [],
  concurrency: 2,
  log: createLog({
    level: 'info',
    held: settings.held,
    isForPerson: false,
    write: (line) => void process.stderr.write(line),
  }),
  beat: { beatMs: 100, deadAfterMs: 700 },
  graceMs: 2_000,
};
const { databaseUrl } = environment;
process.exitCode = await untilSignal((signal) =>
  process.argv[2] === 'work' && databaseUrl !== null
    ? work({ ...options, databaseUrl, signal, onWorking: () => say('working') })
    : serve({ ...options, databaseUrl, signal, onListening: (port) => say(`listening ${port}`) }),
);
